// SPDX-License-Identifier: Apache-2.0
#include <yaml-cpp/yaml.h>

#include <set>

#include "common/base/file.hpp"
#include "common/base/options_sources.hpp"
#include "common/base/utf8.hpp"

namespace kernwise::options {
namespace {

constexpr std::size_t kMaxFileBytes = 1024 * 1024;
constexpr std::size_t kMaxDepth = 8;
/// Aliases let a small file describe a huge tree; a file with more entries is not configuration.
constexpr std::size_t kMaxEntries = 10'000;
constexpr std::string_view kApiVersion = "config.kernwise.io/v1alpha1";

/// Walks one document. Everything it keeps is the list of what was written.
class FileReader {
 public:
  FileReader(const Program& program, const std::string& path) : program_(program), path_(path) {
    for (const Option& option : program.table) known_.push_back(option.key);
  }

  Result<> walk(const YAML::Node& map, const std::string& prefix, std::size_t depth) {
    if (depth > kMaxDepth) return complain(map, "nested too deeply");
    for (const auto& entry : map) {
      if (++entries_ > kMaxEntries) return complain(map, "more than 10000 entries");
      if (!entry.first.IsScalar()) return complain(entry.first, "expected a word as key");
      const std::string key = prefix + entry.first.Scalar();
      if (auto done = take(key, entry, depth); !done) return done.error();
    }
    return {};
  }

  std::vector<Written> written;

 private:
  Result<> take(const std::string& key, const YAML::detail::iterator_value& entry,
                std::size_t depth) {
    if (key == "apiVersion" || key == "kind") return heading(key, entry.second);
    const Option* option = find(program_, key);
    if (entry.second.IsMap() && option == nullptr && is_section(key)) {
      return walk(entry.second, key + ".", depth + 1);
    }
    if (option == nullptr) return complain(entry.first, unknown(known_, key));
    if (!seen_.insert(key).second) return complain(entry.first, key + ": written twice");
    auto value = value_of(*option, entry.second);
    if (!value) return complain(entry.first, key + ": " + value.error().context);
    const std::string place = place_of(entry.first);
    written.push_back({key, *value, "file " + place, place + ": " + key});
    return {};
  }

  Result<> heading(const std::string& key, const YAML::Node& value) {
    if (!value.IsScalar()) return complain(value, key + ": expected a word");
    if (key == "apiVersion" && value.Scalar() != kApiVersion) {
      return complain(value, "apiVersion: expected " + std::string(kApiVersion));
    }
    return {};
  }

  static Result<std::string> value_of(const Option& option, const YAML::Node& node) {
    if (node.IsScalar()) return node.Scalar();
    if (!node.IsSequence() || !is_list(option.check)) {
      return invalid(is_list(option.check) ? "expected a list" : "expected a value");
    }
    if (node.size() > kMaxEntries) return invalid("more than 10000 elements");
    std::string joined;
    for (const auto& element : node) {
      if (!element.IsScalar() || element.Scalar().find(',') != std::string::npos) {
        return invalid("expected a list of words without commas");
      }
      joined.append(joined.empty() ? "" : ",").append(element.Scalar());
    }
    return joined;
  }

  /// Whether some option lies below `key`, as `discovery.mode` below `discovery`.
  bool is_section(const std::string& key) const {
    for (const std::string& option : known_) {
      if (option.starts_with(key + ".")) return true;
    }
    return false;
  }
  std::string place_of(const YAML::Node& node) const {
    return path_ + ":" + std::to_string(node.Mark().line + 1);
  }
  Error complain(const YAML::Node& where, const std::string& what) const {
    return invalid(place_of(where) + ": " + what);
  }

  const Program& program_;
  const std::string& path_;
  std::vector<std::string> known_;
  std::set<std::string> seen_;
  std::size_t entries_ = 0;
};

Result<std::vector<Written>> read_document(const Program& program, const std::string& path,
                                           const std::string& text) {
  const std::vector<YAML::Node> documents = YAML::LoadAll(text);
  if (documents.size() > 1) return invalid(path + ": more than one document");
  if (documents.empty() || documents.front().IsNull()) return std::vector<Written>{};
  if (!documents.front().IsMap()) return invalid(path + ":1: expected keys and values");
  FileReader reader(program, path);
  if (auto done = reader.walk(documents.front(), "", 1); !done) return done.error();
  return std::move(reader.written);
}

}  // namespace

Result<std::vector<Written>> read_yaml(const Program& program, const std::string& path) {
  auto text = read_file(path, kMaxFileBytes);
  if (!text) return wrap(text.error(), "configuration");
  if (!is_valid_utf8(*text)) return invalid(path + ": not valid UTF-8");
  try {
    return read_document(program, path, *text);
  } catch (const YAML::Exception& problem) {
    return invalid(path + ":" + std::to_string(problem.mark.line + 1) + ": " + problem.msg);
  }
}

}  // namespace kernwise::options
