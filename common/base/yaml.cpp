// SPDX-License-Identifier: Apache-2.0
#include "common/base/yaml.hpp"

#include <yaml-cpp/eventhandler.h>

#include <sstream>

#include "common/base/utf8.hpp"

namespace kernwise::yaml {
namespace {

constexpr std::size_t kMaxBytes = 1024UL * 1024;

/// Hears a document and keeps nothing.
class Listener : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

/// Whether anything follows the first document. `YAML::LoadAll` would tell too, but in 0.7.0 it
/// never returns from `,---*a` and allocates until the machine is out of memory.
bool has_more(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  Listener nothing;
  return parser.HandleNextDocument(nothing) && parser.HandleNextDocument(nothing);
}

Error at_line(int line, const std::string& what) {
  return invalid("line " + std::to_string(line + 1) + ": " + what);
}

}  // namespace

Result<Document> parse(std::string_view text) {
  if (text.size() > kMaxBytes) return invalid("larger than 1048576 bytes");
  if (!is_valid_utf8(text)) return invalid("not valid UTF-8");
  try {
    const std::string owned(text);
    if (has_more(owned)) return invalid("more than one document");
    return Document{YAML::Load(owned)};
  } catch (const YAML::Exception& problem) {
    return at_line(problem.mark.line, printable(problem.msg));
  }
}

Error complain(const YAML::Node& node, const std::string& what) {
  return at_line(node.Mark().line, what);
}

}  // namespace kernwise::yaml
