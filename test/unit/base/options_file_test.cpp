// SPDX-License-Identifier: Apache-2.0
#include <rapidcheck.h>

#include <catch2/catch_all.hpp>

#include "test/unit/base/options_program.hpp"
#include "test/unit/base/scratch.hpp"

namespace kernwise::options {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;

TEST_CASE("options: a file nests keys or dots them", "[base]") {
  const Scratch scratch;
  const std::string file = scratch.write("c.yaml",
                                         "apiVersion: config.kernwise.io/v1alpha1\n"
                                         "kind: ProfilerConfiguration\n"
                                         "discovery: {mode: file}\n"
                                         "discovery.kubelet_interval: 10s\n"
                                         "bpf:\n  enabled: false\n  budget: 2.5\n"
                                         "filter:\n  namespaces: [shop, demo]\n  exclude: []\n");
  const Settings values = settings({"--config=" + file});
  CHECK(values.text("discovery.mode") == "file");
  CHECK(values.milliseconds("discovery.kubelet_interval") == 10'000);
  CHECK_FALSE(values.flag("bpf.enabled"));
  CHECK(values.number("bpf.budget") == 2.5);
  CHECK(values.list("filter.namespaces") == std::vector<std::string>{"shop", "demo"});
  CHECK(values.list("filter.exclude").empty());
  CHECK(values.setting("bpf.budget").origin == "file " + file + ":7");
}

TEST_CASE("options: broken files name the line", "[base]") {
  const auto [text, expected] = GENERATE(table<std::string, std::string>({
      {"limit: 5\nwindw: 5s\n", ": line 2: unknown option 'windw', did you mean 'window'?"},
      {"discovery:\n  mod: file\n",
       ": line 2: unknown option 'discovery.mod', did you mean 'discovery.mo"},
      {"discovery: file\n", ": line 1: unknown option 'discovery'"},
      {"\nwindow: 5\n", ": line 2: window: expected a duration from 1s to 60s, got '5'"},
      {"window: {a: 1}\n", ": line 1: window: expected a value"},
      {"window: [5s]\n", ": line 1: window: expected a value"},
      {"window:\n", ": line 1: window: expected a value"},
      {"filter.exclude: {a: b}\n", ": line 1: filter.exclude: expected a list"},
      {"filter.exclude: [[a]]\n", ": line 1: filter.exclude: expected a list of words"},
      {"filter.exclude: [\"a,b\"]\n", ": line 1: filter.exclude: expected a list of words"},
      {"limit: 5\nlimit: 6\n", ": line 2: limit: written twice"},
      {"bpf.budget: 1\nbpf: {budget: 2}\n", ": line 2: bpf.budget: written twice"},
      {"apiVersion: v2\n", ": line 1: apiVersion: expected config.kernwise.io/v1alpha1"},
      {"kind: [a]\n", ": line 1: kind: expected a word"},
      {"- window\n", ": line 1: expected keys and values"},
      {"just text\n", ": line 1: expected keys and values"},
      {"limit: 5\n---\nlimit: 6\n", ": more than one document"},
      {"? [a]\n: b\n", ": expected a word as key"},
      {"a: [\n", ":"},
      {"a: \"\n", ":"},
      {"limit: *missing\n", ": line 1: "},
      {",---*a---%YAML5s -]", ": more than"},  // YAML::LoadAll of yaml-cpp 0.7.0 never returns
      {"\n!!int*a,#:", ": "},                  // neither from this
      {"\xFF\xFE", ": not valid UTF-8"},
      {std::string(20'000, '['), ":"},
  }));
  CAPTURE(text.substr(0, 100));
  const Scratch scratch;
  const std::string file = scratch.write("c.yaml", text);
  const std::string message = complaint({"--config", file});
  CHECK_THAT(message, StartsWith(file));
  CHECK_THAT(message, ContainsSubstring(expected));
}

TEST_CASE("options: a file over 1 MiB or one that is not there is an error", "[base]") {
  const Scratch scratch;
  const std::string huge = scratch.write("c.yaml", std::string(1024 * 1024 + 1, '#'));
  CHECK_THAT(complaint({"--config", huge}), ContainsSubstring("larger than 1048576 bytes"));
  CHECK_THAT(complaint({"--config", scratch.path("missing")}),
             ContainsSubstring("missing: No such file or directory"));
}

TEST_CASE("options: an empty file changes nothing", "[base]") {
  const std::string text = GENERATE("", "# nothing\n", "---\n", "{}\n");
  const Scratch scratch;
  CHECK(settings({"--config", scratch.write("c.yaml", text)}).integer("limit") == 10);
}

TEST_CASE("options: aliases do not multiply work", "[base]") {
  const Scratch scratch;
  std::string text = "a0: &a0 {x: 1}\n";
  for (int at = 1; at < 30; ++at) {
    const std::string before = std::to_string(at - 1);
    text += "a" + std::to_string(at) + ": &a" + std::to_string(at) + " {x: *a" + before +
            ", y: *a" + before + "}\n";
  }
  CHECK_THAT(complaint({"--config", scratch.write("c.yaml", text)}),
             ContainsSubstring("unknown option 'a0'"));
}

TEST_CASE("options: the environment may name the file", "[base]") {
  const Scratch scratch;
  const Environment environment{{"KERNWISE_TEST_CONFIG", scratch.write("a.yaml", "limit: 2\n")}};
  CHECK(settings({}, environment).integer("limit") == 2);
  const std::string other = scratch.write("b.yaml", "limit: 3\n");
  CHECK(settings({"--config", other}, environment).integer("limit") == 3);
}

TEST_CASE("options: any arguments and any file end in settings, a text or a complaint", "[base]") {
  const Scratch scratch;
  REQUIRE(rc::check("total function", [&](const std::vector<std::string>& arguments) {
    const Result<Outcome> outcome = load(program(), arguments, {});
    const bool told = outcome.has_value() || !outcome.error().message().empty();
    RC_ASSERT(told);
  }));
  const auto word = rc::gen::elementOf(std::vector<std::string>{
      "window", ":", " ", "\n", "-", "5s",  "{",       "}", "[",   "]",  "&a", "*a",    "!!int",
      "|",      ">", "'", "\"", "#", "bpf", "enabled", ",", "---", "? ", "<<", "%YAML", "\t"});
  REQUIRE(rc::check("any file", [&] {
    std::string text;
    for (const std::string& next : *rc::gen::container<std::vector<std::string>>(word)) {
      text += next;
    }
    const Result<Outcome> outcome =
        load(program(), {"--config", scratch.write("c.yaml", text)}, {});
    const bool told = outcome.has_value() || !outcome.error().message().empty();
    RC_ASSERT(told);
  }));
}

}  // namespace kernwise::options
