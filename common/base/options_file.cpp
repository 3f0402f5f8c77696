// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "common/base/file.hpp"
#include "common/base/options_sources.hpp"
#include "common/base/yaml.hpp"

namespace kernwise::options {
namespace {

constexpr std::size_t kMaxFileBytes = 1024UL * 1024;
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
    if (depth > kMaxDepth) return yaml::complain(map, "nested too deeply");
    for (const auto& entry : map) {
      if (++entries_ > kMaxEntries) return yaml::complain(map, "more than 10000 entries");
      if (!entry.first.IsScalar()) return yaml::complain(entry.first, "expected a word as key");
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
    if (option == nullptr) return yaml::complain(entry.first, unknown(known_, key));
    if (!seen_.insert(key).second) return yaml::complain(entry.first, key + ": written twice");
    auto value = value_of(*option, entry.second);
    if (!value) return yaml::complain(entry.first, key + ": " + value.error().context);
    const std::string line = std::to_string(entry.first.Mark().line + 1);
    written.push_back(
        {key, *value, "file " + path_ + ":" + line, path_ + ": line " + line + ": " + key});
    return {};
  }

  Result<> heading(const std::string& key, const YAML::Node& value) {
    if (!value.IsScalar()) return yaml::complain(value, key + ": expected a word");
    if (key == "apiVersion" && value.Scalar() != kApiVersion) {
      return yaml::complain(value, "apiVersion: expected " + std::string(kApiVersion));
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

  const Program& program_;
  const std::string& path_;
  std::vector<std::string> known_;
  std::set<std::string> seen_;
  std::size_t entries_ = 0;
};

}  // namespace

Result<std::vector<Written>> read_yaml(const Program& program, const std::string& path) {
  const auto text = read_file(path, kMaxFileBytes);
  if (!text) return wrap(text.error(), "configuration");
  const auto document = yaml::parse(*text);
  if (!document) return wrap(document.error(), path);
  FileReader reader(program, path);
  if (document->root.IsNull()) return std::move(reader.written);
  if (!document->root.IsMap()) {
    return wrap(yaml::complain(document->root, "expected keys and values"), path);
  }
  if (auto done = reader.walk(document->root, "", 1); !done) return wrap(done.error(), path);
  return std::move(reader.written);
}

}  // namespace kernwise::options
