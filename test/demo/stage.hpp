// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "test/demo/cgroups.hpp"
#include "test/demo/process.hpp"
#include "test/demo/questions.hpp"
#include "test/demo/recorded.hpp"
#include "test/demo/scratch.hpp"
#include "test/demo/services.hpp"

namespace kernwise::demo {

/// Orchestrator, profiler, the sample services in their cgroups and the load on them. The
/// destructor stops what was started and removes what was made. Use it from the main thread.
class Stage {
 public:
  explicit Stage(Places places) : places_(std::move(places)) {}
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;
  ~Stage();

  /// Starts everything; between two steps `enough` may end it early without an error. Errors: what
  /// did not start, and its last messages.
  [[nodiscard]] Result<> open(const std::function<bool()>& enough);
  /// Where the orchestrator listens; only after `open`.
  [[nodiscard]] const Endpoints& endpoints() const { return *endpoints_; }
  /// Where the profiler listens, `host:port`; only after `open`.
  [[nodiscard]] const std::string& profiler_address() const { return profiler_address_; }
  [[nodiscard]] const std::vector<RecordedNode>& recorded() const { return recorded_; }

  /// One more window of the recorded nodes.
  [[nodiscard]] Result<> send_recorded();
  /// Errors: a program that has ended by itself, and its last messages.
  [[nodiscard]] Result<> all_running();

  /// Ends a program or service at once, as a crash does, and forgets it.
  void crash(std::string_view program);
  /// Again after a crash, the orchestrator with its addresses and its history.
  [[nodiscard]] Result<> start_orchestrator();
  [[nodiscard]] Result<> start_profiler();

 private:
  [[nodiscard]] Result<> prepare();
  [[nodiscard]] Result<std::string> start_listening(const Command& command);

  Places places_;
  std::optional<Scratch> scratch_;
  std::optional<CgroupTree> cgroups_;
  std::vector<Service> services_;
  std::vector<RecordedNode> recorded_;
  std::string pods_file_, profiler_address_;
  std::optional<Endpoints> endpoints_;
  std::vector<Process> processes_;  ///< in the order of their start
};

}  // namespace kernwise::demo
