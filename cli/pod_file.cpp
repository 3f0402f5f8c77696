// SPDX-License-Identifier: Apache-2.0
#include "cli/pod_file.hpp"

#include <optional>

#include "common/base/json.hpp"
#include "common/base/yaml.hpp"

namespace kernwise::cli {
namespace {

constexpr std::size_t kMostValues = 20'000;

/// Copies a tree of YAML; every step counts, since aliases may repeat.
class Copier {
 public:
  explicit Copier(json::Writer& out) : out_(out) {}

  Result<> copy(const YAML::Node& node, int depth) {
    if (++values_ > kMostValues || depth > 32) return yaml::complain(node, "too much of it");
    switch (node.Type()) {
      case YAML::NodeType::Map:
        return map(node, depth);
      case YAML::NodeType::Sequence:
        out_.begin_array();
        for (const YAML::Node& item : node) {
          if (auto done = copy(item, depth + 1); !done) return done;
        }
        out_.end_array();
        return {};
      case YAML::NodeType::Scalar:
        scalar(node);
        return {};
      default:
        out_.null();
        return {};
    }
  }

 private:
  Result<> map(const YAML::Node& node, int depth) {
    out_.begin_object();
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) return yaml::complain(node, "expected text as a key");
      out_.key(entry.first.Scalar());
      if (auto done = copy(entry.second, depth + 1); !done) return done;
    }
    out_.end_object();
    return {};
  }

  /// What is quoted is text; plain words may be truth values or whole numbers.
  void scalar(const YAML::Node& node) {
    const std::string& text = node.Scalar();
    const bool plain = node.Tag() == "?";
    if (plain && (text == "true" || text == "false")) {
      out_.value(text == "true");
      return;
    }
    long long number = 0;
    if (plain && YAML::convert<long long>::decode(node, number)) {
      out_.value(static_cast<std::int64_t>(number));
      return;
    }
    out_.value(text);
  }

  json::Writer& out_;
  std::size_t values_ = 0;
};

std::string text_of(const YAML::Node& node, const char* fallback = "") {
  return node && node.IsScalar() ? node.Scalar() : std::string(fallback);
}

YAML::Node child(const YAML::Node& node, const char* key) {
  return node && node.IsMap() ? node[key] : YAML::Node(YAML::NodeType::Undefined);
}

/// Namespace, name and owner as its controller would write them; the rest of `from` as it is.
Result<> write_metadata(json::Writer& out, const YAML::Node& from, const YAML::Node& whole,
                        bool templated) {
  const YAML::Node meta = child(whole, "metadata");
  const std::string name = text_of(child(meta, "name"), "pod");
  out.begin_object().member("name", templated ? name + "-whatif" : name);
  out.member("namespace", text_of(child(meta, "namespace"), "default"));
  for (const char* key : {"labels", "annotations"}) {
    const YAML::Node pairs = child(from, key);
    if (!pairs || !pairs.IsMap()) continue;
    out.key(key).begin_object();
    for (const auto& pair : pairs) out.member(text_of(pair.first), text_of(pair.second));
    out.end_object();
  }
  if (templated) {
    out.key("ownerReferences").begin_array().begin_object();
    out.member("kind", text_of(child(whole, "kind"))).member("name", name);
    out.member("uid", "whatif").member("controller", true).end_object().end_array();
  }
  out.end_object();
  return {};
}

}  // namespace

Result<std::string> question_about(std::string_view text) {
  const auto document = yaml::parse(text);
  if (!document) return document.error();
  const YAML::Node whole = document->root;
  YAML::Node pod = whole;  // moved along with reset: an assignment would change the document
  const std::string kind = text_of(child(whole, "kind"), "Pod");
  const bool templated = kind != "Pod";
  if (kind == "CronJob") pod.reset(child(child(pod, "spec"), "jobTemplate"));
  if (templated) pod.reset(child(child(pod, "spec"), "template"));
  const YAML::Node spec = child(pod, "spec");
  if (!spec || !spec.IsMap()) {
    return yaml::complain(whole, "expected a Pod, or a workload with a template of one");
  }
  json::Writer out;
  out.begin_object().key("Pod").begin_object().key("metadata");
  if (auto done = write_metadata(out, child(pod, "metadata"), whole, templated); !done) {
    return done.error();
  }
  if (auto done = Copier(out.key("spec")).copy(spec, 0); !done) return done.error();
  out.end_object().end_object();
  return out.take();
}

}  // namespace kernwise::cli
