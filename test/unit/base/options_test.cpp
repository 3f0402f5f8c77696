// SPDX-License-Identifier: Apache-2.0
#include "common/base/options.hpp"

#include <algorithm>
#include <catch2/catch_all.hpp>
#include <cstdlib>

#include "common/base/version.hpp"
#include "test/unit/base/options_program.hpp"
#include "test/unit/base/scratch.hpp"

namespace kernwise::options {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

TEST_CASE("options: defaults are normalised and say so", "[base]") {
  const Settings values = settings({});
  CHECK(values.milliseconds("window") == 5000);
  CHECK(values.text("window") == "5000ms");
  CHECK(values.flag("bpf.enabled"));
  CHECK(values.number("bpf.budget") == 1);
  CHECK(values.integer("limit") == 10);
  CHECK(values.list("filter.namespaces").empty());
  CHECK(values.list("filter.exclude") == std::vector<std::string>{"kube-system", "kube-public"});
  CHECK(values.setting("window").origin == "default");
}

TEST_CASE("options: file < environment < flag, for every option", "[base]") {
  struct Row {
    std::string key, variable, file, environment, flag;
  };
  const Row row = GENERATE(
      Row{"window", "WINDOW", "6000ms", "7000ms", "8000ms"},
      Row{"discovery.mode", "DISCOVERY_MODE", "kubelet", "file", "orchestrator"},
      Row{"discovery.kubelet_interval", "DISCOVERY_KUBELET_INTERVAL", "2000ms", "3000ms", "4000ms"},
      Row{"bpf.enabled", "BPF_ENABLED", "false", "true", "false"},
      Row{"bpf.budget", "BPF_BUDGET", "2", "3", "4.5"}, Row{"limit", "LIMIT", "2", "3", "4"},
      Row{"listen", "LISTEN", "a:1", "b:2", "[::1]:0"},
      Row{"orchestrator.url", "ORCHESTRATOR_URL", "http://a", "http://b", "http://c"},
      Row{"filter.namespaces", "FILTER_NAMESPACES", "a,b", "c", "d,e"},
      Row{"filter.exclude", "FILTER_EXCLUDE", "a", "b,c", "d"});
  CAPTURE(row.key);
  const Scratch scratch;
  const std::string file =
      scratch.write("c.yaml", "# comment\n" + row.key + ": \"" + row.file + "\"\n");
  const Environment environment{{"KERNWISE_TEST_" + row.variable, row.environment}};
  const std::string flag = "--" + row.key + "=" + row.flag;

  const Settings from_file = settings({"--config", file});
  CHECK(from_file.text(row.key) == row.file);
  CHECK(from_file.setting(row.key).origin == "file " + file + ":2");
  const Settings from_environment = settings({"--config", file}, environment);
  CHECK(from_environment.text(row.key) == row.environment);
  CHECK(from_environment.setting(row.key).origin == "environment KERNWISE_TEST_" + row.variable);
  const Settings from_flag = settings({"--config", file, flag}, environment);
  CHECK(from_flag.text(row.key) == row.flag);
  CHECK(from_flag.setting(row.key).origin == "flag");
}

TEST_CASE("options: flags are written in three ways, and the last one wins", "[base]") {
  CHECK(settings({"--limit", "5"}).integer("limit") == 5);
  CHECK(settings({"--limit=5", "--limit=6"}).integer("limit") == 6);
  CHECK(settings({"--bpf.enabled=false", "--bpf.enabled"}).flag("bpf.enabled"));
  CHECK_FALSE(settings({"--bpf.enabled", "false"}).flag("bpf.enabled"));
  CHECK(settings({"--bpf.enabled", "--limit", "5"}).integer("limit") == 5);
  CHECK(settings({"--orchestrator.url=a=b"}).text("orchestrator.url") == "a=b");
  CHECK(settings({"--orchestrator.url="}, {{"KERNWISE_TEST_ORCHESTRATOR_URL", "x"}})
            .text("orchestrator.url")
            .empty());
}

TEST_CASE("options: broken flags name the flag", "[base]") {
  const auto [arguments, expected] = GENERATE(table<Arguments, std::string>({
      {{"--windw", "5s"}, "unknown option '--windw', did you mean '--window'?"},
      {{"--mode=file"}, "unknown option '--mode', did you mean '--discovery.mode'?"},
      {{"--confg", "x"}, "unknown option '--confg', did you mean '--config'?"},
      {{"window"}, "unexpected argument 'window'"},
      {{"-w"}, "unexpected argument '-w'"},
      {{"--window"}, "--window: needs a value"},
      {{"--window", "--limit"}, "--window: needs a value"},
      {{"--window", "5"}, "--window: expected a duration from 1s to 60s, got '5'"},
      {{"--window=61s"}, "--window: expected a duration from 1s to 60s, got '61s'"},
      {{"--window=999ms"}, "--window: expected a duration from 1s to 60s, got '999ms'"},
      {{"--window=-5s"}, "--window: expected a duration"},
      {{"--window=1e999s"}, "--window: expected a duration"},
      {{"--window=nans"}, "--window: expected a duration"},
      {{"--discovery.mode=pods"}, "expected one of orchestrator, kubelet, file, got 'pods'"},
      {{"--bpf.enabled=maybe"}, "--bpf.enabled: expected true or false, got 'maybe'"},
      {{"--bpf.budget=101"}, "--bpf.budget: expected a number from 0 to 100, got '101'"},
      {{"--bpf.budget=nan"}, "--bpf.budget: expected a number"},
      {{"--bpf.budget=1x"}, "--bpf.budget: expected a number"},
      {{"--limit=0"}, "--limit: expected an integer from 1 to 1000, got '0'"},
      {{"--limit=1.5"}, "--limit: expected an integer"},
      {{"--limit="}, "--limit: expected an integer from 1 to 1000, got ''"},
      {{"--limit=99999999999999999999"}, "--limit: expected an integer"},
      {{"--listen=5000"}, "--listen: expected host:port"},
      {{"--listen=:5000"}, "--listen: expected host:port"},
      {{"--listen=h:65536"}, "--listen: expected host:port"},
      {{"--listen=h:+1"}, "--listen: expected host:port"},
      {{"--listen=::1:80"}, "--listen: expected host:port or [IPv6]:port"},
      {{"--listen=a/b:80"}, "--listen: expected host:port"},
      {{"--filter.exclude=a,,b"}, "--filter.exclude: expected a list"},
      {{"--orchestrator.url=a\nb"}, "--orchestrator.url: expected text without control"},
      {{"--config"}, "--config: needs a value"},
      {{"--\xFF\n\x1B[31m"}, "unknown option '--\xEF\xBF\xBD[31m'"},
  }));
  CAPTURE(arguments);
  CHECK_THAT(complaint(arguments), ContainsSubstring(expected));
}

TEST_CASE("options: durations are any unit of time", "[base]") {
  const auto [written, expected] = GENERATE(table<std::string, long long>({{"1500ms", 1500},
                                                                           {"1.5s", 1500},
                                                                           {"2m", 120'000},
                                                                           {"1h", 3'600'000},
                                                                           {"0.5d", 43'200'000}}));
  const Result<std::string> value = duration("1ms", "1d")(written);
  REQUIRE(value);
  CHECK(*value == std::to_string(expected) + "ms");
}

TEST_CASE("options: an unknown variable is an error, a Service's variable is not", "[base]") {
  CHECK(complaint({}, {{"KERNWISE_TEST_WINDW", "5s"}}) ==
        "environment: unknown option 'KERNWISE_TEST_WINDW', did you mean 'KERNWISE_TEST_WINDOW'?");
  CHECK(complaint({}, {{"KERNWISE_TEST_WINDOW", "5"}}) ==
        "KERNWISE_TEST_WINDOW: expected a duration from 1s to 60s, got '5'");
  CHECK(complaint({}, {{"KERNWISE_TEST_SERVICE_HOST", "10.0.0.1"},
                       {"KERNWISE_TEST_SERVICE_PORT", "8443"},
                       {"KERNWISE_TEST_SERVICE_PORT_INGEST", "8443"},
                       {"KERNWISE_TEST_PORT", "tcp://10.0.0.1:8443"},
                       {"KERNWISE_TEST_PORT_8443_TCP_ADDR", "10.0.0.1"},
                       {"KERNWISE_OTHER_WINDW", "1"}}) == "accepted");
}

TEST_CASE("options: --help, --version and --print-config print and stop", "[base]") {
  const Result<Outcome> help = load(program(), {"--help"}, {});
  REQUIRE(help);
  CHECK_FALSE(help->settings.has_value());
  for (const Option& option : program().table) {
    CHECK_THAT(help->text, ContainsSubstring("--" + option.key));
    CHECK_THAT(help->text, ContainsSubstring(option.help));
  }
  CHECK(load(program(), {"--version"}, {})->text ==
        "kernwise-test " + std::string(version()) + "\n");
  CHECK(load(program(), {"--version", "-h"}, {})->text == help->text);
  const std::string config =
      load(program(), {"--print-config", "--limit=7"}, {{"KERNWISE_TEST_BPF_BUDGET", "3"}})->text;
  CHECK_THAT(config, ContainsSubstring("limit = 7"));
  CHECK_THAT(config, ContainsSubstring("# flag\n"));
  CHECK_THAT(config, ContainsSubstring("# environment KERNWISE_TEST_BPF_BUDGET\n"));
  CHECK_THAT(config, ContainsSubstring("orchestrator.url = \"\""));
  CHECK(std::count(config.begin(), config.end(), '\n') == 10);
  CHECK_THAT(complaint({"--print-config", "--limit=0"}), StartsWith("--limit: expected"));
}

TEST_CASE("options: the reference has a row for each option", "[base]") {
  const std::string text = reference(program());
  CHECK_THAT(text, ContainsSubstring("| `discovery.mode` | `KERNWISE_TEST_DISCOVERY_MODE` | "
                                     "`orchestrator` | Names |\n"));
  CHECK(std::count(text.begin(), text.end(), '\n') == 12);
}

TEST_CASE("options: the process environment has what the shell set", "[base]") {
  REQUIRE(::setenv("KERNWISE_TEST_PROCESS", "a=b", 1) == 0);
  CHECK(process_environment().at("KERNWISE_TEST_PROCESS") == "a=b");
  REQUIRE(::unsetenv("KERNWISE_TEST_PROCESS") == 0);
}

}  // namespace kernwise::options
