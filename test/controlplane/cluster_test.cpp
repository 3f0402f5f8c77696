// SPDX-License-Identifier: Apache-2.0
// The control plane that the other tests stand on.
#include <csignal>
#include <string>

#include "common/base/json.hpp"
#include "test/controlplane/require.hpp"
#include "test/controlplane/run.hpp"

namespace kernwise::test {
namespace {

/// The text below `path`, or `?`.
std::string text_at(const json::Value& document, const std::vector<std::string>& path) {
  const json::Value* value = &document;
  for (const auto& key : path) {
    value = value->find(key);
    if (value == nullptr) return "?";
  }
  return std::string(value->text());
}

}  // namespace

TEST_CASE("control plane: both sides of kubectl version have the version that was asked for",
          "[controlplane]") {
  KW_REQUIRE_CONTROLPLANE();
  auto cluster = Cluster::up({.controller_manager = false, .scheduler = false});
  require(cluster);
  const auto text = (*cluster)->kubectl({"version", "-o", "json"});
  require(text);
  const auto version = json::parse(*text);
  require(version);
  const std::string& programs = (*cluster)->programs();
  const std::string wanted = "v" + programs.substr(programs.rfind('/') + 1);
  CHECK(text_at(*version, {"clientVersion", "gitVersion"}) == wanted);
  CHECK(text_at(*version, {"serverVersion", "gitVersion"}) == wanted);
  CHECK(text_at(*version, {"serverVersion", "major"}) == "1");
  CHECK("v1." + text_at(*version, {"serverVersion", "minor"}) + "." ==
        wanted.substr(0, wanted.rfind('.') + 1));
}

}  // namespace kernwise::test
