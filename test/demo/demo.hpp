// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "common/base/clock.hpp"
#include "test/demo/stage.hpp"

namespace kernwise::demo {

struct Settings {
  Seconds duration{30};
  std::string json_file = {};  ///< where the outcome goes; empty = nowhere
};

/// The demonstration for people: a table each window, then the conclusions.
class Demo {
 public:
  Demo(Settings settings, Places places, StopSignals& signals)
      : settings_(std::move(settings)), signals_(signals), stage_(std::move(places)) {}

  /// Until its time is over or a signal comes. Errors: something did not start, or ended early.
  [[nodiscard]] Result<> run();

 private:
  [[nodiscard]] Result<> show_window();
  [[nodiscard]] Result<> conclude();

  Settings settings_;
  StopSignals& signals_;
  Stage stage_;
};

}  // namespace kernwise::demo
