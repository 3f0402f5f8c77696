// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "extender/placement/node_table.hpp"

namespace kernwise::protocol {

/// The nodes of a table as a listener meets them, call for call: in requests in an order that is
/// often that of the request before, in answers as texts that are always the same. kube-scheduler
/// keeps its order from pod to pod and only rotates the start, so many names are found by one
/// comparison. One per listener thread; an order that is out of date costs time, never correctness.
class KnownNodes {
 public:
  /// Bytes that may be read behind each text.
  static constexpr std::size_t kPadding = 32;

  /// Starts a request against `index`, which must outlive it.
  void begin(const placement::NodeIndex& index);
  /// Row of the request's next name, or kNoRow.
  [[nodiscard]] std::uint32_t next(std::string_view name);

  /// A way along the names that probably come next: a copy of what that takes, so that a loop keeps
  /// it in registers.
  class Walk {
   public:
    /// The name that probably comes next, which needs no escapes; empty: no idea.
    [[nodiscard]] std::string_view likely() const {
      const std::uint32_t guess = successor_[previous_];
      if (guess >= size_) return {};
      const std::uint32_t begin = guess == 0 ? 0 : ends_[guess - 1];
      return {texts_ + begin + kBefore, ends_[guess] - begin - kBefore - kBehind};
    }
    /// It has come: its row.
    std::uint32_t take() { return previous_ = successor_[previous_]; }

   private:
    friend KnownNodes;
    const std::uint32_t* successor_ = nullptr;
    const std::uint32_t* ends_ = nullptr;
    const char* texts_ = nullptr;
    std::uint32_t size_ = 0, previous_ = 0;
  };
  [[nodiscard]] Walk walk() const;
  /// The request has come as far as that.
  void go_on_from(const Walk& walk) { previous_ = walk.previous_; }

  /// `{"Host":"<name>","Score":` of a row.
  [[nodiscard]] std::string_view text(std::uint32_t row) const {
    const std::uint32_t begin = row == 0 ? 0 : ends_[row - 1];
    return {texts_.data() + begin, ends_[row] - begin};
  }
  /// Bytes of the longest of these texts.
  [[nodiscard]] std::size_t longest() const { return longest_; }

 private:
  /// Bytes of a text around a name without escapes.
  static constexpr std::size_t kBefore = std::string_view(R"({"Host":")").size();
  static constexpr std::size_t kBehind = std::string_view(R"(","Score":)").size();

  void make_texts();

  const placement::NodeIndex* index_ = nullptr;
  std::vector<std::uint32_t> successor_;  // by row; the last entry is the request's first row
  std::uint32_t previous_ = 0;
  std::string texts_;  // behind each other
  std::vector<std::uint32_t> ends_;
  std::size_t longest_ = 0;
  bool plain_ = true;  // no name needs escapes
  std::uint64_t fingerprint_ = 0;
};

/// Who is named in an answer, one behind the other.
class Hosts {
 public:
  /// `rows` are of the table that `nodes` follows; `unknown` are the names of those with kNoRow.
  Hosts(std::span<const std::uint32_t> rows, std::span<const std::string_view> unknown,
        const KnownNodes& nodes)
      : rows_(rows), unknown_(unknown), nodes_(&nodes) {}
  /// Nobody knows any of them.
  template <class Names>
    requires std::constructible_from<std::span<const std::string_view>, const Names&>
  Hosts(const Names& names) : unknown_(names) {}

  [[nodiscard]] std::size_t size() const { return nodes_ ? rows_.size() : unknown_.size(); }
  /// kNoRow: it is the next of unknown().
  [[nodiscard]] std::uint32_t row(std::size_t place) const {
    return nodes_ ? rows_[place] : placement::kNoRow;
  }
  [[nodiscard]] std::span<const std::string_view> unknown() const { return unknown_; }
  /// What begins the text of a host, up to its score.
  [[nodiscard]] std::string_view text(std::uint32_t row) const { return nodes_->text(row); }
  /// Bytes of the longest of those texts.
  [[nodiscard]] std::size_t longest() const { return nodes_ ? nodes_->longest() : 0; }

 private:
  std::span<const std::uint32_t> rows_;
  std::span<const std::string_view> unknown_;
  const KnownNodes* nodes_ = nullptr;
};

}  // namespace kernwise::protocol
