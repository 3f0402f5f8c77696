// SPDX-License-Identifier: Apache-2.0
#include "common/base/options.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <numeric>

#include "common/base/options_sources.hpp"
#include "common/base/utf8.hpp"
#include "common/base/version.hpp"

namespace kernwise::options {
namespace {

constexpr std::size_t kMaxArguments = 1000;
constexpr std::size_t kShownBytes = 64;

/// Levenshtein distance; both texts are short (keys, and at most kShownBytes of a typo).
std::size_t distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), 0U);
  for (std::size_t i = 1; i <= from.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

/// How far a typed key is from a known one; somebody may have left the section out.
std::size_t effort(std::string_view typed, std::string_view known) {
  const std::string_view last = known.substr(known.rfind('.') + 1);
  return std::min(distance(typed, known), distance(typed, last) + 1);
}

struct CommandLine {
  std::vector<Written> written;
  std::optional<std::string> config;
  std::string wanted;  ///< `help`, `version` or `print-config`
};

/// Reads the flags from left to right.
class FlagReader {
 public:
  FlagReader(const Program& program, const std::vector<std::string>& arguments)
      : program_(program), arguments_(arguments) {
    std::transform(program.table.begin(), program.table.end(), std::back_inserter(known_),
                   [](const Option& option) { return "--" + option.key; });
  }

  Result<CommandLine> read() {
    if (arguments_.size() > kMaxArguments) return invalid("more than 1000 arguments");
    while (next_ < arguments_.size()) {
      if (auto done = take(arguments_[next_++]); !done) return done.error();
    }
    return std::move(line_);
  }

 private:
  Result<> take(std::string_view argument) {
    if (argument == "-h") argument = "--help";
    if (!argument.starts_with("--")) {
      return invalid("unexpected argument '" + printable(argument, kShownBytes) + "'");
    }
    const std::size_t equals = argument.find('=');
    const std::string key(argument.substr(2, equals == argument.npos ? equals : equals - 2));
    std::optional<std::string> value;
    if (equals != argument.npos) value = argument.substr(equals + 1);
    if (!value && (key == "help" || key == "version" || key == "print-config")) {
      // Help wins: it is what somebody asks for who is lost.
      if (line_.wanted != "help") line_.wanted = key;
      return {};
    }
    return take_value(key, std::move(value));
  }

  Result<> take_value(const std::string& key, std::optional<std::string> value) {
    const Option* option = find(program_, key);
    if (option == nullptr && key != "config") return invalid(unknown(known_, "--" + key));
    const bool follows = next_ < arguments_.size() && !arguments_[next_].starts_with("--");
    if (!value && follows) value = arguments_[next_++];
    if (!value && option != nullptr && is_boolean(option->check)) value = "true";
    if (!value) return invalid("--" + key + ": needs a value");
    if (option == nullptr) {
      line_.config = std::move(value);
    } else {
      line_.written.push_back({key, std::move(*value), "flag", "--" + key});
    }
    return {};
  }

  const Program& program_;
  const std::vector<std::string>& arguments_;
  std::vector<std::string> known_{"--config", "--help", "--version", "--print-config"};
  std::size_t next_ = 0;
  CommandLine line_;
};

/// Checks what a source wrote and puts it over what the sources before it said.
Result<> apply(const Program& program, const std::vector<Written>& source, Values& values) {
  for (const Written& item : source) {
    const Option* option = find(program, item.key);
    if (item.value.empty() && option->fallback.empty()) {
      values[item.key] = {"", item.origin};
      continue;
    }
    auto value = option->check(item.value);
    if (!value) return wrap(value.error(), item.place);
    values[item.key] = {std::move(*value), item.origin};
  }
  return {};
}

std::vector<Written> defaults(const Program& program) {
  std::vector<Written> written;
  written.reserve(program.table.size());
  for (const Option& option : program.table) {
    written.push_back({option.key, option.fallback, "default", "default of " + option.key});
  }
  return written;
}

Result<Settings> settle(const Program& program, const CommandLine& line,
                        const Environment& environment) {
  Values values;
  if (auto done = apply(program, defaults(program), values); !done) return done.error();
  std::optional<std::string> file = line.config;
  const auto variable = environment.find(program.env_prefix + "CONFIG");
  if (!file && variable != environment.end()) file = variable->second;
  if (file) {
    auto source = read_yaml(program, *file);
    if (!source) return source.error();
    if (auto done = apply(program, *source, values); !done) return done.error();
  }
  auto source = read_environment(program, environment);
  if (!source) return source.error();
  if (auto done = apply(program, *source, values); !done) return done.error();
  if (auto done = apply(program, line.written, values); !done) return done.error();
  return Settings(std::move(values));
}

template <class Number>
Number leading_number(const std::string& text) {
  Number number{};
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

const Option* find(const Program& program, std::string_view key) {
  for (const Option& option : program.table) {
    if (option.key == key) return &option;
  }
  return nullptr;
}

std::string unknown(const std::vector<std::string>& known, std::string_view key) {
  const std::string typed = printable(key, kShownBytes);
  std::string text = "unknown option '" + typed + "'";
  const auto nearest = std::min_element(
      known.begin(), known.end(),
      [&typed](const auto& a, const auto& b) { return effort(typed, a) < effort(typed, b); });
  if (nearest != known.end()) text += ", did you mean '" + *nearest + "'?";
  return text;
}

Result<Outcome> load(const Program& program, const std::vector<std::string>& arguments,
                     const Environment& environment) {
  auto line = FlagReader(program, arguments).read();
  if (!line) return line.error();
  if (line->wanted == "help") return Outcome{std::nullopt, help(program)};
  if (line->wanted == "version") {
    return Outcome{std::nullopt, program.name + " " + std::string(version()) + "\n"};
  }
  auto settings = settle(program, *line, environment);
  if (!settings) return settings.error();
  if (line->wanted == "print-config") return Outcome{std::nullopt, settings->describe()};
  return Outcome{std::move(*settings), ""};
}

const Setting& Settings::setting(std::string_view key) const {
  const auto found = values_.find(key);
  if (found == values_.end()) {
    // Our own code asked for a key that its table does not have: no input leads here.
    std::fprintf(stderr, "no such option: %.*s\n", static_cast<int>(key.size()), key.data());
    std::abort();
  }
  return found->second;
}

const std::string& Settings::text(std::string_view key) const {
  return setting(key).value;
}

bool Settings::flag(std::string_view key) const {
  return text(key) == "true";
}

double Settings::number(std::string_view key) const {
  return leading_number<double>(text(key));
}

long long Settings::integer(std::string_view key) const {
  return leading_number<long long>(text(key));
}

long long Settings::milliseconds(std::string_view key) const {
  return leading_number<long long>(text(key));
}

std::vector<std::string> Settings::list(std::string_view key) const {
  std::vector<std::string> elements;
  std::string_view rest = text(key);
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    elements.emplace_back(rest.substr(0, comma));
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  }
  return elements;
}

}  // namespace kernwise::options
