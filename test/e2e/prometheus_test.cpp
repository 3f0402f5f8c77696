// SPDX-License-Identifier: Apache-2.0
// A real Prometheus reads both programs, and its own checker finds nothing to say.
#include <catch2/catch_test_macros.hpp>
#include <string>

#include "test/demo/api.hpp"
#include "test/demo/stage.hpp"
#include "test/e2e/machine.hpp"

namespace kernwise::e2e {
namespace {

using namespace std::chrono_literals;

/// `job health error` of each active target.
std::string targets(const http::Url& prometheus) {
  const auto answer = demo::get_json(prometheus, "/api/v1/targets?state=active");
  if (!answer) return answer.error().message();
  const json::Value* data = answer->find("data");
  const json::Value* active = data == nullptr ? nullptr : data->find("activeTargets");
  if (active == nullptr) return "no targets";
  std::string text;
  for (const auto& target : active->items()) {
    for (const auto* key : {"scrapePool", "health", "lastError"}) {
      const json::Value* member = target.find(key);
      text += std::string(member == nullptr ? "?" : member->text()) + " ";
    }
    text += "\n";
  }
  return text;
}

/// What promtool says of the metrics at `origin`: its exit code and its words.
std::string promtool(const demo::Scratch& scratch, const http::Url& origin) {
  const auto metrics = http::fetch(origin, {.target = "/metrics"});
  if (!metrics) return metrics.error().message();
  if (metrics->status != 200) return "status " + std::to_string(metrics->status);
  const auto file = scratch.write("metrics.txt", metrics->body);
  if (!file) return file.error().message();
  auto check = demo::Process::start(
      {.program = "/bin/sh",
       .arguments = {"-c", "promtool check metrics <" + *file + " 2>&1; echo exit $?"}});
  if (!check) return check.error().message();
  const auto code = check->await_line("exit ", 30s);
  return code && *code == "0" ? std::string()
                              : "promtool exit " + (code ? *code : "?") + "; run it on:\n" +
                                    metrics->body.substr(0, 4000);
}

}  // namespace

TEST_CASE("prometheus: both targets are up and promtool finds the metrics clean", "[e2e]") {
  need_kernel();
  need_program("prometheus");
  need_program("promtool");
  demo::Stage stage(places());
  require(stage.open([] { return false; }));
  require(stage.send_recorded());
  const auto scratch = demo::Scratch::make();
  require(scratch);
  const auto& api = stage.endpoints().api;
  const Prometheus prometheus(*scratch, {{"kernwise-orchestrator", api.host + ":" + api.port},
                                         {"kernwise-profiler", stage.profiler_address()}});
  const std::string up = "kernwise-orchestrator up  \nkernwise-profiler up  \n";
  std::string seen;
  CHECK(eventually(60s, [&] { return (seen = targets(prometheus.origin())) == up; }));
  INFO(prometheus.last_words());
  CHECK(seen == up);

  // With pods in the view every family has samples.
  CHECK(eventually(60s, [&] {
    const auto text = http::fetch(api, {.target = "/metrics"});
    return text && text->status == 200 && text->body.find("kernwise_") != std::string::npos;
  }));
  const auto profiler = demo::origin_of(stage.profiler_address());
  require(profiler);
  CHECK(eventually(60s, [&] {
    const auto text = http::fetch(*profiler, {.target = "/metrics"});
    return text && text->status == 200 && text->body.find("kpod_") != std::string::npos;
  }));
  CHECK(promtool(*scratch, api).empty());
  CHECK(promtool(*scratch, *profiler).empty());
}

}  // namespace kernwise::e2e
