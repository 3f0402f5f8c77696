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
  /// Which row follows another has not changed since the request began: from a row that comes again
  /// on, all come again, up to the last one.
  [[nodiscard]] bool kept_order() const { return kept_order_; }

  /// `{"Host":"<name>","Score":` of each row. A copy, like a walk, that a loop keeps in registers:
  /// writing bytes could change everything else for all that a compiler knows.
  class Texts {
   public:
    [[nodiscard]] std::string_view of(std::uint32_t row) const {
      return {bytes_ + starts_[row], starts_[row + 1] - starts_[row]};
    }

   private:
    friend KnownNodes;
    const char* bytes_ = nullptr;
    const std::uint32_t* starts_ = nullptr;
  };
  [[nodiscard]] Texts texts() const;

  /// A way along the names that probably come next.
  class Walk {
   public:
    /// The name that probably comes next, which needs no escapes; empty: no idea.
    [[nodiscard]] std::string_view likely() const { return part_of_next(kBefore, kBehind); }
    /// The same with what stands around it where another one follows: `"name","`.
    [[nodiscard]] std::string_view likely_item() const {
      return part_of_next(kBefore - 1, kBehind - std::string_view(R"(",")").size());
    }
    /// It has come: its row.
    std::uint32_t take() { return previous_ = successor_[previous_]; }

   private:
    friend KnownNodes;
    [[nodiscard]] std::string_view part_of_next(std::size_t from, std::size_t behind) const {
      const std::uint32_t guess = successor_[previous_];
      if (guess >= size_) return {};
      const std::string_view text = texts_.of(guess);
      return {text.data() + from, text.size() - from - behind};
    }

    const std::uint32_t* successor_ = nullptr;
    Texts texts_;
    std::uint32_t size_ = 0, previous_ = 0;
  };
  [[nodiscard]] Walk walk() const;
  /// The request has come as far as that.
  void go_on_from(const Walk& walk) { previous_ = walk.previous_; }

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
  bool kept_order_ = true;
  std::string texts_;                  // behind each other
  std::vector<std::uint32_t> starts_;  // of each, and where the last one ends
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
      : rows_(rows), unknown_(unknown), texts_(nodes.texts()), longest_(nodes.longest()) {}
  /// Nobody knows any of them.
  template <class Names>
    requires std::constructible_from<std::span<const std::string_view>, const Names&>
  Hosts(const Names& names) : unknown_(names), known_(false) {}

  [[nodiscard]] std::size_t size() const { return known_ ? rows_.size() : unknown_.size(); }
  /// Empty where nobody is known; kNoRow: it is the next of unknown().
  [[nodiscard]] std::span<const std::uint32_t> rows() const { return rows_; }
  [[nodiscard]] std::span<const std::string_view> unknown() const { return unknown_; }
  /// What begins the text of a host, up to its score.
  [[nodiscard]] KnownNodes::Texts texts() const { return texts_; }
  /// Bytes of the longest of those texts.
  [[nodiscard]] std::size_t longest() const { return longest_; }

 private:
  std::span<const std::uint32_t> rows_;
  std::span<const std::string_view> unknown_;
  KnownNodes::Texts texts_;
  std::size_t longest_ = 0;
  bool known_ = true;
};

}  // namespace kernwise::protocol
