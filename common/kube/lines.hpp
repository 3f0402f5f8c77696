// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace kernwise::kube {

/// Cuts a stream into lines. Empty ones are left out; one of more than `max` bytes is dropped and
/// becomes an empty one, so that whoever counts knows.
class Lines {
 public:
  explicit Lines(std::size_t max) : max_(max) {}

  /// `line` gets each line that `piece` ends; false from it ends the work and forgets the rest.
  void take(std::string_view piece, const std::function<bool(std::string_view)>& line);

 private:
  bool hand_over(std::string_view end, const std::function<bool(std::string_view)>& line);
  void keep(std::string_view piece);

  std::size_t max_;
  std::string begun_;
  bool too_long_ = false;
};

}  // namespace kernwise::kube
