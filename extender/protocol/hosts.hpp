// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "extender/placement/node_table.hpp"

namespace kernwise::protocol {

/// `{"Host":"<name>","Score":` of each row of a table, made once for all answers about its nodes.
class HostTexts {
 public:
  /// Bytes that may be read behind each text.
  static constexpr std::size_t kPadding = 16;

  /// From now on for these nodes; does nothing where they are the same as before.
  void follow(const placement::NodeIndex& index);
  /// Of a row of the table; empty where a name needs escapes, which no answer saves.
  [[nodiscard]] std::string_view of(std::uint32_t row) const {
    if (row >= ends_.size()) return {};
    const std::uint32_t begin = row == 0 ? 0 : ends_[row - 1];
    return {texts_.data() + begin, ends_[row] - begin};
  }

 private:
  std::string texts_;
  std::vector<std::uint32_t> ends_;
  std::uint64_t fingerprint_ = 0;
};

/// Who is named in an answer.
struct Hosts {
  std::span<const std::string_view> names;
  std::span<const std::uint32_t> rows = {};  ///< beside the names, of the table of `texts`
  const HostTexts* texts = nullptr;          ///< none: made anew from each name

  template <class Names>
    requires std::constructible_from<std::span<const std::string_view>, const Names&>
  Hosts(const Names& named) : names(named) {}
  Hosts(std::span<const std::string_view> named, std::span<const std::uint32_t> at,
        const HostTexts& made)
      : names(named), rows(at), texts(&made) {}

  /// What begins the text of a host, up to its score; empty: it has to be made.
  [[nodiscard]] std::string_view text(std::size_t place) const {
    return texts == nullptr ? std::string_view() : texts->of(rows[place]);
  }
};

}  // namespace kernwise::protocol
