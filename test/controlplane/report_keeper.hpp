// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "common/report/report.hpp"
#include "orchestrator/ingest/report_route.hpp"
#include "test/support/live_server.hpp"

namespace kernwise::test {

/// Takes the profiler's reports as an orchestrator does and keeps the last one.
class ReportKeeper {
 public:
  ReportKeeper() : server_({.routes = {ingest::report_route(desk())}}) {}
  [[nodiscard]] std::string url() const {
    return "http://127.0.0.1:" + std::to_string(server_.port());
  }
  [[nodiscard]] std::optional<report::Report> last() const {
    const std::lock_guard lock(mutex_);
    return last_;
  }

 private:
  ingest::Desk desk() {
    return {.accept =
                [this](report::Report report, const std::string&) {
                  const std::lock_guard lock(mutex_);
                  last_ = std::move(report);
                  return view::Admission::accepted;
                },
            .reply = [](const auto&, const auto&) { return report::Reply{}; },
            .count = [](std::string_view) {}};
  }

  mutable std::mutex mutex_;  // guards last_
  std::optional<report::Report> last_;
  LiveServer server_;
};

}  // namespace kernwise::test
