// SPDX-License-Identifier: Apache-2.0
#include "profiler/app/flame_recording.hpp"

#include <algorithm>
#include <utility>

#include "common/report/vocabulary.hpp"
#include "profiler/sense/window.hpp"

namespace kernwise::profiler {
namespace {

std::string hexadecimal(const std::string& bytes) {
  static constexpr const char* kDigits = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

/// A return address lies behind its call, which may be the last instruction of the function.
std::uint64_t call_of(std::uint64_t address, std::uint32_t depth) {
  return depth == 0 ? address : address - 1;
}

}  // namespace

std::set<std::uint32_t> FlameRecording::slots() const {
  std::set<std::uint32_t> slots;
  for (const auto& [slot, name] : containers_) slots.insert(slot);
  return slots;
}

std::vector<symbols::Frame> FlameRecording::place(const kw_stack& stack) {
  std::vector<symbols::Frame> frames;
  for (auto i = std::min<std::uint32_t>(stack.user_depth, KW_STACK_DEPTH); i > 0; --i) {
    frames.push_back(resolver_.locate(stack.tgid, call_of(stack.user[i - 1], i - 1), stack.slot));
  }
  for (auto i = std::min<std::uint32_t>(stack.kernel_depth, KW_KERNEL_DEPTH); i > 0; --i) {
    frames.push_back(resolver_.locate_kernel(call_of(stack.kernel[i - 1], i - 1)));
  }
  return frames;
}

void FlameRecording::add(const kw_stack& stack) {
  const auto wanted = kind_ == StackKind::cpu ? KW_RECORD_CPU : KW_RECORD_WAITS;
  if (stack.kind != wanted || !containers_.contains(stack.slot)) return;
  Key key{.slot = stack.slot, .wait_class = stack.wait_class, .frames = place(stack)};
  if (stacks_.size() >= kMaxStacks && !stacks_.contains(key)) key.frames.clear();
  auto& amount = stacks_[std::move(key)];
  const bool ticks = kind_ == StackKind::cpu;
  amount.count += ticks ? stack.amount : 1;
  amount.nanoseconds += ticks ? stack.amount * period_ns_ : stack.amount;
}

void FlameRecording::lose(std::uint32_t slot, const kw_record& lost) {
  auto& amount = lost_[slot];
  const bool ticks = kind_ == StackKind::cpu;
  amount.count += ticks ? lost.lost_samples : lost.lost_waits;
  amount.nanoseconds += ticks ? lost.lost_samples * period_ns_ : lost.lost_wait_ns;
}

void FlameRecording::want_names() {
  for (const auto& [key, amount] : stacks_) {
    for (const auto& frame : key.frames) resolver_.want(frame);
  }
}

StackFrame FlameRecording::describe(const symbols::Frame& frame) {
  StackFrame described{.function = resolver_.name(frame),
                       .file = resolver_.file(frame),
                       .build_id = hexadecimal(resolver_.build_id(frame))};
  // The mark that flame graphs colour the kernel's functions by.
  const bool kernel = described.file == "[kernel]" && described.function != described.file;
  if (kernel) described.function += "_[k]";
  return described;
}

void FlameRecording::append(StackProfile& profile, std::uint32_t slot, ProfiledStack stack,
                            const Amount& amount) const {
  stack.count = amount.count;
  stack.nanoseconds = amount.nanoseconds;
  stack.container = containers_.at(slot);
  profile.stacks.push_back(std::move(stack));
}

StackProfile FlameRecording::profile() {
  StackProfile profile;
  profile.kind = kind_;
  profile.period_ns = period_ns_;
  std::map<symbols::Frame, StackFrame> described;
  for (const auto& [key, amount] : stacks_) {
    ProfiledStack stack;
    for (const auto& frame : key.frames) {
      auto known = described.find(frame);
      if (known == described.end()) known = described.emplace(frame, describe(frame)).first;
      stack.frames.push_back(known->second);
    }
    if (key.frames.empty()) stack.frames.push_back({.function = "[other]"});
    if (kind_ == StackKind::off_cpu) {
      stack.wait = name_of(sense::share_of(static_cast<kw_class>(key.wait_class), true));
    }
    append(profile, key.slot, std::move(stack), amount);
  }
  for (const auto& [slot, amount] : lost_) {
    if (amount.count == 0) continue;
    append(profile, slot, {.frames = {{.function = "[lost]"}}}, amount);
  }
  return profile;
}

}  // namespace kernwise::profiler
