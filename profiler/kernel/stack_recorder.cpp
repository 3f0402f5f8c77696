// SPDX-License-Identifier: Apache-2.0
#include "profiler/kernel/stack_recorder.hpp"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <vector>

#include "profiler/kernel/bpf_reader.hpp"
#include "profiler/kernel/map_access.hpp"
#include "profiler/kernel/programs.hpp"

namespace kernwise::kernel {

struct StackRecorder::State {
  explicit State(Programs& from) : programs(from) {}

  [[nodiscard]] kw_record& record(std::uint32_t slot) const {
    return records.as<kw_record>()[slot];
  }
  [[nodiscard]] bool takes_waits() const {
    return (std::atomic_ref(globals.as<kw_globals>()->shed).load() & KW_SHED_WAIT_STACKS) == 0;
  }
  void forget_waits(const std::set<std::uint32_t>& slots,
                    const std::function<void(const kw_stack&)>& each) const;

  Programs& programs;
  Mapping records, globals;
  Ring<kw_stack> stacks;
  const bpf_map* waits = nullptr;
  std::set<std::uint32_t> waiting;  // slots whose waits are recorded
};

/// Takes the waits of `slots` out of the table and tells them as lasting until now.
void StackRecorder::State::forget_waits(const std::set<std::uint32_t>& slots,
                                        const std::function<void(const kw_stack&)>& each) const {
  const auto now = kernel_now_ns();
  std::vector<__u32> threads;
  for_each_entry<__u32, kw_wait>(waits, [&](const __u32& thread, const kw_wait& wait) {
    if (!slots.contains(wait.slot)) return;
    threads.push_back(thread);
    if (!each || wait.since_ns >= now) return;
    kw_stack stack{};
    stack.kind = KW_RECORD_WAITS;
    stack.slot = wait.slot;
    stack.tgid = wait.tgid;
    stack.wait_class = wait.wait_class;
    stack.amount = now - wait.since_ns;
    stack.user_depth = wait.user_depth;
    std::ranges::copy(wait.user, stack.user);
    each(stack);
  });
  for (const auto thread : threads) bpf_map_delete_elem(bpf_map__fd(waits), &thread);
}

StackRecorder::StackRecorder(std::unique_ptr<State> state) : state_(std::move(state)) {}

StackRecorder::~StackRecorder() {
  static_cast<void>(state_->programs.record_waits(false));
}

Result<std::unique_ptr<StackRecorder>> StackRecorder::open(Programs& programs) {
  auto state = std::make_unique<State>(programs);
  auto records = Mapping::of(programs, "kw_records", sizeof(kw_record) * KW_MAX_SLOTS);
  if (!records) return wrap(records.error(), "record stacks");
  state->records = std::move(*records);
  auto globals = Mapping::of(programs, "kw_global", sizeof(kw_globals));
  if (!globals) return wrap(globals.error(), "record stacks");
  state->globals = std::move(*globals);
  state->stacks.open(programs.map("kw_stacks"));
  state->waits = programs.map("kw_waits");
  return std::unique_ptr<StackRecorder>(new StackRecorder(std::move(state)));
}

Result<> StackRecorder::begin(const std::set<std::uint32_t>& slots, kw_record_what what) {
  if (what == KW_RECORD_WAITS) {
    if (!state_->takes_waits()) return invalid("bpf.budget: stacks of waits are not taken now");
    if (auto attached = state_->programs.record_waits(true); !attached) return attached.error();
    state_->forget_waits(slots, {});
    state_->waiting.insert(slots.begin(), slots.end());
  }
  for (const auto slot : slots) {
    auto& record = state_->record(slot);
    if (what == KW_RECORD_CPU) record.lost_samples = 0;
    if (what == KW_RECORD_WAITS) {
      record.lost_waits = record.lost_wait_ns = 0;
      record.since_ns = kernel_now_ns();
    }
    std::atomic_ref(record.what).fetch_or(what);
  }
  return {};
}

void StackRecorder::end(const std::set<std::uint32_t>& slots, kw_record_what what,
                        const std::function<void(const kw_stack&)>& each) {
  for (const auto slot : slots) {
    std::atomic_ref(state_->record(slot).what).fetch_and(~static_cast<std::uint32_t>(what));
  }
  state_->stacks.drain(each);
  if (what != KW_RECORD_WAITS) return;
  state_->forget_waits(slots, each);
  for (const auto slot : slots) state_->waiting.erase(slot);
  if (state_->waiting.empty()) static_cast<void>(state_->programs.record_waits(false));
}

void StackRecorder::drain(const std::function<void(const kw_stack&)>& each) {
  state_->stacks.drain(each);
}

kw_record StackRecorder::lost(std::uint32_t slot) const {
  return state_->record(slot);
}

}  // namespace kernwise::kernel
