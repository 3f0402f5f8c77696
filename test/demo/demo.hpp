// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "test/demo/cgroups.hpp"
#include "test/demo/process.hpp"
#include "test/demo/questions.hpp"
#include "test/demo/recorded.hpp"
#include "test/demo/scratch.hpp"
#include "test/demo/services.hpp"

namespace kernwise::demo {

struct Settings {
  Seconds duration{30};
  std::string json_file;  ///< where the outcome goes; empty = nowhere
};

/// The whole demonstration. Its destructor stops what it started and removes what it made.
class Demo {
 public:
  Demo(Settings settings, Places places, StopSignals& signals)
      : settings_(std::move(settings)), places_(std::move(places)), signals_(signals) {}
  Demo(const Demo&) = delete;
  Demo& operator=(const Demo&) = delete;
  ~Demo();

  /// Until its time is over or a signal comes. Errors: something did not start, or ended early.
  [[nodiscard]] Result<> run();

 private:
  [[nodiscard]] Result<> start();
  [[nodiscard]] Result<> start_orchestrator(const std::string& pods_file);
  [[nodiscard]] Result<> start_profiler();
  [[nodiscard]] Result<> show_window();
  [[nodiscard]] Result<> conclude();
  [[nodiscard]] Result<> all_running();

  Settings settings_;
  Places places_;
  StopSignals& signals_;
  std::optional<Scratch> scratch_;
  std::optional<CgroupTree> cgroups_;
  std::vector<RecordedNode> recorded_;
  std::optional<Endpoints> endpoints_;
  std::vector<Process> processes_;  ///< in the order of their start
};

}  // namespace kernwise::demo
