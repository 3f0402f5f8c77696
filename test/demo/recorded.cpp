// SPDX-License-Identifier: Apache-2.0
#include "test/demo/recorded.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "common/base/file.hpp"
#include "common/report/codec.hpp"

namespace kernwise::demo {

Result<RecordedNode> RecordedNode::load(const std::string& path) {
  const auto text = read_file(path);
  if (!text) return text.error();
  auto report = report::decode_report(*text);
  if (!report) return wrap(report.error(), path);
  return RecordedNode(std::move(*report));
}

Result<> RecordedNode::send(const http::Url& ingest) {
  ++report_.seq;
  const auto reply = http::fetch(ingest, {.method = "POST",
                                          .target = "/v1/report",
                                          .headers = {{"content-type", "application/json"}},
                                          .body = report::encode(report_)});
  if (!reply) return wrap(reply.error(), "send the recorded report of " + name());
  if (reply->status != 200)
    return invalid("send the recorded report of " + name() + ": status " +
                   std::to_string(reply->status) + " " + reply->body);
  return {};
}

Result<std::vector<RecordedNode>> load_recorded(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code failure;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failure))
    if (entry.path().extension() == ".json") paths.push_back(entry.path());
  if (paths.empty()) return invalid("no recorded reports in " + folder);
  std::ranges::sort(paths);
  std::vector<RecordedNode> nodes;
  for (const auto& path : paths) {
    auto node = RecordedNode::load(path);
    if (!node) return node.error();
    nodes.push_back(std::move(*node));
  }
  return nodes;
}

}  // namespace kernwise::demo
