// SPDX-License-Identifier: Apache-2.0
#include "test/unit/metrics/exposition.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <vector>

#include "common/base/utf8.hpp"

namespace kernwise::metrics {
namespace {

bool is_name_byte(char byte, bool first, bool colon) {
  const auto unsigned_byte = static_cast<unsigned char>(byte);
  return byte == '_' || (colon && byte == ':') || std::isalpha(unsigned_byte) != 0 ||
         (!first && std::isdigit(unsigned_byte) != 0);
}

/// Reads one line from left to right.
class Line {
 public:
  explicit Line(std::string_view rest) : rest_(rest) {}

  bool skip(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  std::string name(bool colon) {
    std::size_t size = 0;
    while (size < rest_.size() && is_name_byte(rest_[size], size == 0, colon)) ++size;
    const std::string name(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return name;
  }
  /// A quoted label value with its escapes still in; nothing when the quotes or escapes are broken.
  std::optional<std::string> quoted() {
    if (!skip("\"")) return std::nullopt;
    std::string value;
    while (!rest_.empty() && rest_.front() != '"') {
      if (rest_.front() == '\\') {
        if (rest_.size() < 2 ||
            std::string_view("\\\"n").find(rest_[1]) == std::string_view::npos) {
          return std::nullopt;
        }
        value.push_back(rest_.front());
        rest_.remove_prefix(1);
      }
      value.push_back(rest_.front());
      rest_.remove_prefix(1);
    }
    return skip("\"") ? std::optional(value) : std::nullopt;
  }
  /// `{a="b",c="d"}` as sorted pairs; empty braces and a trailing comma are allowed.
  std::optional<std::vector<std::string>> labels() {
    std::vector<std::string> labels;
    std::vector<std::string> names;
    if (!skip("{")) return labels;
    while (!skip("}")) {
      const std::string label = name(false);
      const bool twice = std::find(names.begin(), names.end(), label) != names.end();
      if (label.empty() || twice || !skip("=")) return std::nullopt;
      const auto value = quoted();
      if (!value) return std::nullopt;
      names.push_back(label);
      labels.push_back(label + "=\"" + *value + "\"");
      if (!skip(",") && !rest_.starts_with("}")) return std::nullopt;
    }
    std::sort(labels.begin(), labels.end());
    return labels;
  }
  /// What is left, as a number.
  std::optional<double> number() {
    if (!skip(" ")) return std::nullopt;
    skip("+");
    double value = 0;
    const auto [stop, problem] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    const bool whole = stop == rest_.data() + rest_.size();
    return problem == std::errc{} && whole ? std::optional(value) : std::nullopt;
  }
  [[nodiscard]] std::string rest() const { return std::string(rest_); }

 private:
  std::string_view rest_;
};

std::string read_comment(Line line, Exposition& found) {
  const bool help = line.skip("# HELP ");
  if (!help && !line.skip("# TYPE ")) return "a comment that is neither HELP nor TYPE";
  const std::string name = line.name(true);
  if (name.empty() || !line.skip(" ")) return "a comment without a name";
  auto& texts = help ? found.help : found.types;
  return texts.emplace(name, line.rest()).second ? "" : "a second HELP or TYPE of " + name;
}

std::string read_sample(Line line, Exposition& found) {
  std::string series = line.name(true);
  if (series.empty()) return "expected a metric name";
  const auto labels = line.labels();
  if (!labels) return "broken labels of " + series;
  for (const std::string& label : *labels) series += (&label == labels->data() ? "{" : ",") + label;
  if (!labels->empty()) series += "}";
  const auto value = line.number();
  if (!value) return "expected value after metric " + series;
  return found.series.emplace(series, *value).second ? "" : "a second sample of " + series;
}

}  // namespace

std::optional<Exposition> read_exposition(std::string_view text, std::string* problem) {
  Exposition found;
  *problem = is_valid_utf8(text) ? "" : "invalid UTF-8";
  if (!text.empty() && text.back() != '\n') *problem = "no line break at the end";
  while (!text.empty() && problem->empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) continue;
    *problem =
        line.front() == '#' ? read_comment(Line(line), found) : read_sample(Line(line), found);
  }
  return problem->empty() ? std::optional(found) : std::nullopt;
}

}  // namespace kernwise::metrics
