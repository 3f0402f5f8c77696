// SPDX-License-Identifier: Apache-2.0
// The stream of a watch: lines in pieces of any size, each an event with an object of any kind.
#include <string>
#include <vector>

#include "common/base/json.hpp"
#include "common/kube/decode.hpp"
#include "common/kube/lines.hpp"
#include "test/fuzz/fuzz.hpp"

namespace kernwise::fuzz {
namespace {

constexpr std::size_t kMaxLine = 512;

std::vector<std::string> lines_of(std::string_view input, std::size_t piece) {
  std::vector<std::string> lines;
  kube::Lines cut(kMaxLine);
  for (std::size_t at = 0; at < input.size(); at += piece) {
    cut.take(input.substr(at, piece), [&](std::string_view line) {
      lines.emplace_back(line);
      return true;
    });
  }
  return lines;
}

void decode(const json::Value& object) {
  (void)kube::decode_pod(object);
  (void)kube::decode_node(object);
  (void)kube::decode_namespace(object);
  (void)kube::decode_service(object);
  (void)kube::decode_endpoint_slice(object);
  (void)kube::decode_replica_set(object);
  (void)kube::decode_deployment(object);
  (void)kube::decode_stateful_set(object);
  (void)kube::decode_daemon_set(object);
  (void)kube::decode_horizontal_autoscaler(object);
  (void)kube::decode_scaled_object(object);
  (void)kube::decode_vertical_autoscaler(object);
}

}  // namespace

void read(std::string_view input) {
  const auto lines = lines_of(input, input.size() + 1);
  must(lines == lines_of(input, 1), "lines do not depend on the pieces they come in");
  must(lines == lines_of(input, 13), "lines do not depend on the pieces they come in");
  for (const auto& line : lines) {
    must(line.size() <= kMaxLine, "no line is longer than the limit");
    const auto event = json::parse(line, {.depth = 64});
    if (!event) continue;
    const auto* const object = event->find("object");
    decode(object ? *object : *event);
  }
}

}  // namespace kernwise::fuzz
