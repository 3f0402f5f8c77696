// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "common/http/client.hpp"
#include "common/report/report.hpp"

namespace kernwise::demo {

/// A report of another machine, recorded earlier and sent again each window as if that machine
/// were still there. It gives placement nodes to choose from.
class RecordedNode {
 public:
  /// Errors: the file is missing or is not a report of version 1.
  [[nodiscard]] static Result<RecordedNode> load(const std::string& path);

  [[nodiscard]] const std::string& name() const { return report_.node; }
  /// Pushes the report with the next sequence number.
  [[nodiscard]] Result<> send(const http::Url& ingest);

 private:
  explicit RecordedNode(report::Report report) : report_(std::move(report)) {}
  report::Report report_;
};

/// Every *.json of `folder`, by file name. Errors: as `load`, or there is none.
[[nodiscard]] Result<std::vector<RecordedNode>> load_recorded(const std::string& folder);

}  // namespace kernwise::demo
