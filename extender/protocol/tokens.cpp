// SPDX-License-Identifier: Apache-2.0
#include "extender/protocol/tokens.hpp"

#include <simdjson.h>

#include <algorithm>
#include <string>
#include <utility>

#include "extender/protocol/escapes.hpp"

namespace kernwise::protocol::reader {
namespace {

/// A window and its index fit into a second level cache beside each other.
constexpr std::size_t kWindow = 256UL * 1024;
constexpr std::size_t kFirstWindow = 8UL * 1024;
/// The largest index that is kept, four bytes each: for a string so long that a window had to grow.
constexpr std::size_t kKept = 8UL * 1024 * 1024;
constexpr std::uint32_t kNoMore[] = {0};
constexpr char kEnd[] = {'\0'};

const std::uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

}  // namespace

Tokens::Tokens() = default;
Tokens::~Tokens() = default;
Tokens::Tokens(Tokens&&) noexcept = default;
Tokens& Tokens::operator=(Tokens&&) noexcept = default;

void Tokens::begin(std::string_view text) {
  text_ = text;
  at_ = end_ = kNoMore;
  base_ = kEnd;
  looked_ = 0;
  window_ = kFirstWindow;
  error_.reset();
  if (stage_ && stage_->capacity() > kKept) stage_.reset();
}

/// The next window; at the end the token that stands for it.
void Tokens::refill() {
  at_ = end_;
  while (at_ == end_ && !error_ && looked_ < text_.size()) {
    for (std::size_t bytes = std::exchange(window_, std::min(2 * window_, kWindow));; bytes *= 2) {
      const std::size_t end = window_end(looked_, bytes);
      if (end == looked_) continue;
      const int failed = index(looked_, end);
      // That comma stood in a string. A window twice as long costs no more than all before it.
      if (failed == simdjson::UNCLOSED_STRING && end < text_.size()) continue;
      if (failed == simdjson::SUCCESS) look_at(looked_, end);
      if (failed != simdjson::SUCCESS && failed != simdjson::EMPTY) {
        error_ = invalid(std::string("body: ") +
                         simdjson::error_message(static_cast<simdjson::error_code>(failed)));
      }
      looked_ = end;
      break;
    }
  }
  if (!error_ && at_ != end_) return;
  base_ = kEnd;
  at_ = kNoMore;
  end_ = kNoMore + 1;
}

void Tokens::go_to(const char* place) {
  const auto offset = static_cast<std::size_t>(place - text_.data());
  if (offset < looked_) {
    while (at_ != end_ && base_ + *at_ < place) ++at_;
  } else {
    at_ = end_;
    looked_ = offset;
  }
}

/// Takes over the index of [begin, end).
void Tokens::look_at(std::size_t begin, std::size_t end) {
  if (const auto broken = broken_escape(text_.substr(begin, end - begin))) {
    error_ = invalid("body: a broken escape at byte " + std::to_string(begin + *broken));
    return;
  }
  base_ = text_.data() + begin;
  at_ = stage_->structural_indexes.get();
  end_ = at_ + stage_->n_structural_indexes;
}

/// Behind the last comma within `bytes`; `begin` where there is none.
std::size_t Tokens::window_end(std::size_t begin, std::size_t bytes) const {
  if (text_.size() - begin <= bytes) return text_.size();
  const auto comma = text_.substr(begin, bytes).rfind(',');
  return comma == std::string_view::npos ? begin : begin + comma + 1;
}

/// simdjson's error code. It is its first stage alone that is called here: a part of simdjson that
/// it does not promise to keep, so nothing else relies on it.
int Tokens::index(std::size_t begin, std::size_t end) {
  const std::size_t bytes = end - begin;
  if (!stage_) {
    const auto failed = simdjson::get_active_implementation()->create_dom_parser_implementation(
        std::max(kWindow, bytes), 1, stage_);
    if (failed) return failed;
  } else if (stage_->capacity() < bytes) {
    if (const auto failed = stage_->allocate(bytes, 1)) return failed;
  }
  return stage_->stage1(bytes_of(text_) + begin, bytes, simdjson::stage1_mode::regular);
}

std::string_view Tokens::unescape(std::string_view raw, std::string& memory) const {
  // Both sides are read and written in steps of a register; the quote ends the reading.
  std::string padded(raw);
  padded.append(1, '"').append(simdjson::SIMDJSON_PADDING, ' ');
  memory.resize(padded.size());
  auto* const to = reinterpret_cast<std::uint8_t*>(memory.data());
  const std::uint8_t* const end = stage_->parse_string(bytes_of(padded), to);
  if (end == nullptr) return {};  // broken_escape() has seen to it that there is none
  return {memory.data(), static_cast<std::size_t>(end - to)};
}

}  // namespace kernwise::protocol::reader
