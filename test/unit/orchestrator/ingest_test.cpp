// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <unistd.h>

#include <catch2/catch_all.hpp>
#include <filesystem>
#include <fstream>

#include "common/report/codec.hpp"
#include "orchestrator/ingest/dns_name.hpp"
#include "orchestrator/ingest/pods_file.hpp"
#include "orchestrator/ingest/report_route.hpp"
#include "test/unit/orchestrator/reports.hpp"
#include "test/unit/orchestrator/routes.hpp"

namespace kernwise::ingest {
namespace {

TEST_CASE("node names: RFC 1123 subdomains", "[ingest]") {
  const auto [name, expected] = GENERATE(table<std::string, bool>({
      {"n1", true},
      {"ip-10-0-0-1.eu-west-1.compute.internal", true},
      {std::string(253, 'a'), true},
      {std::string(254, 'a'), false},
      {"", false},
      {"N1", false},
      {"n_1", false},
      {"-n", false},
      {"n-", false},
      {"a..b", false},
      {".a", false},
      {"a.", false},
      {"a/b", false},
      {"n\n1", false},
  }));
  CAPTURE(name);
  CHECK(is_dns_subdomain(name) == expected);
}

/// A route whose reports go into a reducer, and what it counted.
struct Counter {
  view::Reducer reducer;
  std::vector<std::string> counted;
  std::vector<http::Route> routes{report_route(
      {.accept =
           [this](report::Report report, const std::string& address) {
             return reducer.accept(std::move(report), test::arrival(0, address));
           },
       .reply =
           [this](const std::string& node, const auto& wanted) {
             return report::Reply{.window_ms = 0, .names = reducer.names().answer(node, wanted)};
           },
       .count = [this](std::string_view result) { counted.emplace_back(result); }})};

  http::Response post(std::string body, std::string encoding = {}) {
    http::Request request = test::request("POST", "/v1/report");
    request.body = std::move(body);
    if (!encoding.empty()) request.headers = {{"content-encoding", encoding}};
    request.peer = "127.0.0.1";
    return test::ask(routes, std::move(request));
  }
};

TEST_CASE("reports: accepted, repeated, outdated", "[ingest]") {
  Counter counter;
  CHECK(counter.post(report::encode(test::report_of("n1", 5))).status == 200);
  CHECK(counter.post(report::encode(test::report_of("n1", 5))).status == 200);
  const auto old = counter.post(report::encode(test::report_of("n1", 4)));
  CHECK(old.status == 409);
  CHECK(test::parsed(old).find("field")->text() == "seq");
  CHECK(counter.counted == std::vector<std::string>{"accepted", "repeated", "outdated"});
}

TEST_CASE("reports: compressed", "[ingest]") {
  Counter counter;
  const std::string text = report::encode(test::report_of("n1", 1));
  CHECK(counter.post(report::compress(text), "zstd").status == 200);
  CHECK(counter.post("not zstd", "zstd").status == 400);
  CHECK(counter.post(text, "gzip").status == 415);
  CHECK(counter.counted == std::vector<std::string>{"accepted", "invalid", "unsupported"});
}

TEST_CASE("reports: what is wrong is named and changes nothing", "[ingest]") {
  const auto [name, body, field] = GENERATE(table<std::string, std::string, std::string>({
      {"upper case",
       R"({"version":1,"node":"N1","boot_id":"b","seq":1,"window_ms":5000,"totals":{"cores":1},"containers":[]})",
       "node"},
      {"type",
       R"({"version":1,"node":"n1","boot_id":"b","seq":"x","window_ms":5000,"totals":{"cores":1},"containers":[]})",
       "seq"},
      {"missing",
       R"({"version":1,"node":"n1","boot_id":"b","seq":1,"window_ms":5000,"containers":[]})",
       "totals"},
      {"nested",
       R"({"version":1,"node":"n1","boot_id":"b","seq":1,"window_ms":5000,"totals":{"cores":-1},"containers":[]})",
       "totals.cores"},
  }));
  CAPTURE(name);
  Counter counter;
  const auto answer = counter.post(body);
  CHECK(answer.status == 400);
  const auto problem = test::parsed(answer);
  REQUIRE(problem.find("field") != nullptr);
  CHECK(problem.find("field")->text() == field);
  CHECK(counter.reducer.find("n1") == nullptr);
  CHECK(counter.counted == std::vector<std::string>{"invalid"});
}

TEST_CASE("reports: the reply names what was asked for", "[ingest]") {
  Counter counter;
  const auto entry = test::pod_entry("u1", "shop", "cart");
  counter.reducer.rename(std::make_shared<const view::NameBook>(std::vector{entry}));
  auto report = test::report_of("n1", 1);
  report.names_wanted = {{"u1", "c1", "/path"}, {"u2", "c2", "/other"}};
  const auto reply = report::decode_reply(counter.post(report::encode(report)).body).value();
  REQUIRE(reply.names.size() == 1);
  CHECK(reply.names[0].name.pod == "cart");
}

TEST_CASE("reports: one node more than the view holds", "[ingest]") {
  Counter counter;
  counter.reducer = view::Reducer(view::Bounds{.nodes = 1});
  CHECK(counter.post(report::encode(test::report_of("n1", 1))).status == 200);
  CHECK(counter.post(report::encode(test::report_of("n2", 1))).status == 503);
}

TEST_CASE("pods file: read when it changes, kept when it breaks", "[ingest]") {
  std::string pattern = "/tmp/kernwise-pods-XXXXXX";
  const std::filesystem::path folder = ::mkdtemp(pattern.data());
  const std::string path = folder / "pods.yaml";
  const auto write = [&](const std::string& text) {
    const std::string other = path + ".new";
    std::ofstream(other) << text;
    std::filesystem::rename(other, path);
  };
  PodsFile file(path);
  CHECK(file.refresh().has_error());  // not there yet
  write("- {uid: a, name: p}\n");
  auto first = file.refresh().value();
  REQUIRE(first.has_value());
  CHECK(first->pod("a")->name.pod == "p");
  CHECK_FALSE(file.refresh().value().has_value());  // unchanged
  write("- {uid: a, nam: p}\n");
  const auto broken = file.refresh();
  REQUIRE(broken.has_error());
  CHECK(broken.error().message().find("line 1") != std::string::npos);
  CHECK_FALSE(file.refresh().value().has_value());  // said once
  write("- {uid: b, name: q}\n");
  CHECK(file.refresh().value()->pod("b") != nullptr);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace kernwise::ingest
