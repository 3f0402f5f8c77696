// SPDX-License-Identifier: Apache-2.0
#include "common/kube/list_page.hpp"

#include <optional>

#include "common/kube/fields.hpp"

namespace kernwise::kube {
namespace {

constexpr std::size_t kMaxContinue = 4'096;

/// Finds where values begin and end; what is in them is for the JSON reader to judge.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool take(char wanted) {
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }
  /// The next value, whole; nothing when there is none.
  std::optional<std::string_view> value() {
    skip_blanks();
    const std::size_t begin = at_;
    std::size_t depth = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (depth == 0 && (c == ',' || c == ']' || c == '}' || c == ':')) break;
      if (c == '"') {
        if (!skip_string()) return std::nullopt;
      } else {
        ++at_;
      }
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
    }
    if (depth != 0 || at_ == begin) return std::nullopt;
    const auto end = text_.find_last_not_of(" \t\r\n", at_ - 1);
    return text_.substr(begin, end + 1 - begin);
  }

 private:
  void skip_blanks() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }
  bool skip_string() {
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') {
        ++at_;
        return true;
      }
      if (text_[at_] == '\\') ++at_;
    }
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

Error broken() {
  return invalid("list: not a whole list");
}

/// Calls `each` with the values of an array.
Result<> split_items(std::string_view text, const std::function<void(std::string_view)>& each) {
  if (text.starts_with("null")) return {};  // as Go writes a list of none
  Scanner scanner(text);
  if (!scanner.take('[')) return invalid("list: items: expected an array");
  if (scanner.take(']')) return {};
  do {
    const auto value = scanner.value();
    if (!value) return broken();
    each(*value);
  } while (scanner.take(','));
  return scanner.take(']') ? Result<>() : broken();
}

Result<ListHead> head_of(std::string_view metadata) {
  const auto parsed = json::parse(metadata, kObjectLimits);
  if (!parsed) return wrap(parsed.error(), "list: metadata");
  ListHead head{.version = text_of(*parsed, "resourceVersion"),
                .more = text_of(*parsed, "continue", kMaxContinue + 1)};
  if (head.version.empty()) return invalid("list: metadata.resourceVersion: is missing");
  if (head.more.size() > kMaxContinue) return invalid("list: metadata.continue: too long");
  return head;
}

}  // namespace

Result<ListHead> split_list(std::string_view text,
                            const std::function<void(std::string_view)>& item) {
  Scanner scanner(text);
  std::optional<Result<ListHead>> head;
  bool items = false;
  if (!scanner.take('{')) return broken();
  do {
    const auto key = scanner.value();
    if (!key || !scanner.take(':')) return broken();
    const auto value = scanner.value();
    if (!value) return broken();
    if (key->starts_with("\"metadata\"")) head = head_of(*value);
    if (!key->starts_with("\"items\"")) continue;
    items = true;
    if (auto split = split_items(*value, item); !split) return split.error();
  } while (scanner.take(','));
  if (!scanner.take('}')) return broken();
  if (!items || !head) return invalid("list: expected metadata and items");
  return *head;
}

}  // namespace kernwise::kube
