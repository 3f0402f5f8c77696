// SPDX-License-Identifier: Apache-2.0
#include "common/kube/lines.hpp"

#include <utility>

namespace kernwise::kube {

void Lines::take(std::string_view piece, const std::function<bool(std::string_view)>& line) {
  for (auto end = piece.find('\n'); end != std::string_view::npos; end = piece.find('\n')) {
    const auto rest = piece.substr(end + 1);
    if (!hand_over(piece.substr(0, end), line)) return;
    piece = rest;
  }
  keep(piece);
}

bool Lines::hand_over(std::string_view end, const std::function<bool(std::string_view)>& line) {
  keep(end);
  const auto whole = std::exchange(begun_, {});
  if (std::exchange(too_long_, false)) return line({});
  return whole.empty() || line(whole);
}

void Lines::keep(std::string_view piece) {
  if (too_long_ || begun_.size() + piece.size() > max_) {
    too_long_ = true;
    begun_ = {};
    return;
  }
  begun_.append(piece);
}

}  // namespace kernwise::kube
