// SPDX-License-Identifier: Apache-2.0
// The whole line on the real kernel: services of known behaviour in, verdicts, placements and
// decisions out, and nothing left behind.
#include <unistd.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <csignal>
#include <filesystem>
#include <map>
#include <ranges>
#include <string>

#include "common/base/file.hpp"
#include "common/base/json.hpp"
#include "test/demo/process.hpp"
#include "test/e2e/machine.hpp"

namespace kernwise::e2e {
namespace {

using namespace std::chrono_literals;

/// A file name that nobody else uses, gone with this object.
class OutputFile {
 public:
  OutputFile() : path_("/var/tmp/kernwise-e2e-" + std::to_string(getpid()) + ".json") {}
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  ~OutputFile() { std::filesystem::remove(path_); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string text_at(const json::Value& object, std::string_view key) {
  const json::Value* member = object.find(key);
  return member == nullptr ? std::string() : std::string(member->text());
}

/// The item of the array `list` of `document` whose member `key` is `wanted`.
const json::Value& item(const json::Value& document, std::string_view list, std::string_view key,
                        const std::string& wanted) {
  CAPTURE(list, wanted);
  const json::Value* array = document.find(list);
  REQUIRE(array != nullptr);
  for (const auto& candidate : array->items())
    if (text_at(candidate, key) == wanted) return candidate;
  FAIL("not in the output: " << wanted);
  return *array;
}

const json::Value& pod(const json::Value& document, const std::string& name) {
  return item(document, "pods", "name", "demo/" + name);
}

const json::Value& decision(const json::Value& document, const std::string& name) {
  return item(document, "decisions", "workload", "demo/Deployment/" + name);
}

/// Name of the first entry of a list of the pod: its top function, or its largest peer.
std::string first_name(const json::Value& of, std::string_view list) {
  const json::Value* entries = of.find(list);
  if (entries == nullptr || entries->items().empty()) return {};
  return text_at(entries->items().front(), "name");
}

std::map<std::string, int> scores(const json::Value& document, const std::string& pod_name) {
  std::map<std::string, int> by_host;
  const json::Value* list = item(document, "prioritize", "pod", pod_name).find("scores");
  REQUIRE(list != nullptr);
  for (const auto& entry : list->items())
    by_host[text_at(entry, "Host")] = std::stoi(text_at(entry, "Score"));
  return by_host;
}

void check_verdicts(const json::Value& document) {
  CHECK(text_at(pod(document, "svc-cpu"), "verdict") == "cpu_saturated");
  CHECK(first_name(pod(document, "svc-cpu"), "top_functions") == "burn_cycles");
  CHECK(text_at(pod(document, "svc-io"), "verdict") == "disk_bound");
  CHECK(text_at(pod(document, "svc-chain"), "verdict") == "downstream_wait");
  CHECK(first_name(pod(document, "svc-chain"), "peers") == "demo/svc-cpu");
  CHECK(text_at(pod(document, "svc-idle"), "verdict") == "idle");
  CHECK(text_at(pod(document, "svc-lock"), "verdict") == "lock_bound");
}

void check_decisions(const json::Value& document) {
  const auto& cpu = decision(document, "svc-cpu");
  CHECK(text_at(cpu, "action") == "scale_up");
  CHECK(std::stoi(text_at(cpu, "to")) > std::stoi(text_at(cpu, "from")));
  CHECK(text_at(decision(document, "svc-io"), "action") == "hold");
  const auto& chain = decision(document, "svc-chain");
  CHECK(text_at(chain, "action") == "redirect");
  CHECK(text_at(chain, "target") == "demo/Deployment/svc-cpu");
}

void check_placements(const json::Value& document) {
  const auto disk_bound = scores(document, "demo/svc-io-new");
  REQUIRE(disk_bound.size() == 3);
  // What this machine itself scores depends on its disk and on who else keeps it busy.
  CHECK(disk_bound.at("recorded-quiet") - disk_bound.at("recorded-disk-saturated") >= 3);
  CHECK(scores(document, "demo/svc-cpu-new").size() == 3);
}

void check_nothing_left(const Traces& before) {
  // The kernel frees programs a moment after the process that held them is gone.
  std::string left;
  CHECK(eventually(10s, [&] { return (left = traces().beyond(before)).empty(); }));
  INFO(left);
  CHECK(left.empty());
}

}  // namespace

TEST_CASE("demo: known services get their verdicts, decisions and placements, and nothing is left",
          "[e2e]") {
  need_kernel();
  const Traces before = traces();
  const OutputFile output;
  auto program = demo::Process::start(
      {.program = demo_program(), .arguments = {"--seconds", "25", "--json", output.path()}});
  require(program);
  const auto code = program->await_end(120s);
  require(code);
  REQUIRE(*code == 0);
  const auto text = read_file(output.path());
  require(text);
  const auto document = json::parse(*text, {.depth = 32});
  require(document);
  INFO(*text);
  check_verdicts(*document);
  check_decisions(*document);
  check_placements(*document);
  check_nothing_left(before);
}

TEST_CASE("demo: stopped in the middle, as by Ctrl-C, it leaves nothing", "[e2e]") {
  need_kernel();
  const int signal = GENERATE(SIGINT, SIGTERM);
  const Traces before = traces();
  auto program =
      demo::Process::start({.program = demo_program(), .arguments = {"--seconds", "60"}});
  require(program);
  require(program->await_line("demo/svc-lock", 60s));  // in the middle of its first tables
  program->signal(signal);
  const auto code = program->await_end(60s);
  require(code);
  CHECK(*code == 128 + signal);
  check_nothing_left(before);
}

TEST_CASE("demo: a program that is missing is named, and what had started is stopped", "[e2e]") {
  need_kernel();
  const Traces before = traces();
  auto program = demo::Process::start(
      {.program = demo_program(), .arguments = {"--seconds", "10", "--build", "/nonexistent"}});
  require(program);
  const auto code = program->await_end(60s);
  require(code);
  CHECK(*code == 1);
  check_nothing_left(before);
}

}  // namespace kernwise::e2e
