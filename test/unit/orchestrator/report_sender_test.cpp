// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_all.hpp>

#include "common/report/codec.hpp"
#include "orchestrator/ingest/report_route.hpp"
#include "test/unit/orchestrator/reports.hpp"
#include "test/unit/orchestrator/routes.hpp"

namespace kernwise::ingest {
namespace {

using Lines = std::vector<std::string>;

/// A route that knows two tokens at once, lets others wait, and what came of it.
struct Desks {
  std::map<std::string, Standing> tokens{
      {"token-1", {.access = Access::granted, .node = "n1"}},
      {"stranger", {.access = Access::forbidden, .reason = "token: not of the profilers"}},
      {"often", {.access = Access::rate_limited, .reason = "token: too many"}},
      {"down", {.access = Access::unavailable, .reason = "token: nobody can say"}}};
  view::Reducer reducer;
  Lines counted, wrong, peers;
  std::vector<Authenticator::Done> waiting;
  std::vector<http::Response> answers;
  http::Route route = report_route(
      {.authenticate =
           [this](const std::string& token, const std::string& peer, Authenticator::Done done) {
             peers.push_back(peer);
             const auto found = tokens.find(token);
             if (found == tokens.end()) return waiting.push_back(std::move(done));
             done(found->second);
           },
       .wrong_node = [this](const std::string& node,
                            const std::string& claimed) { wrong.push_back(node + ">" + claimed); },
       .accept =
           [this](report::Report report, const std::string& address) {
             return reducer.accept(std::move(report), test::arrival(0, address));
           },
       .reply = [](const std::string&, const auto&) { return report::Reply{}; },
       .count = [this](std::string_view result) { counted.emplace_back(result); }});

  void post(std::string body, std::vector<http::Header> headers) {
    http::Request request = test::request("POST", "/v1/report");
    request.body = std::move(body);
    request.headers = std::move(headers);
    request.peer = "10.0.0.9";
    route.handler(request, [this](http::Response given) { answers.push_back(std::move(given)); });
  }
  http::Response ask(const std::string& body, const std::string& authorization) {
    post(body, {{"authorization", authorization}});
    return answers.back();
  }
};

std::string without_node() {
  auto report = test::report_of("n1", 2);
  report.node.clear();
  return report::encode(report);
}

}  // namespace

TEST_CASE("senders: a report counts for the node of its token", "[ingest]") {
  Desks desks;
  CHECK(desks.ask(report::encode(test::report_of("n1", 1)), "Bearer token-1").status == 200);
  CHECK(desks.ask(without_node(), "bEARER  token-1 ").status == 200);
  CHECK(desks.reducer.find("n1")->report.seq == 2);
  CHECK(desks.peers == Lines{"10.0.0.9", "10.0.0.9"});
  CHECK(desks.counted == Lines{"accepted", "accepted"});
}

TEST_CASE("senders: one node cannot speak for another", "[ingest]") {
  Desks desks;
  const auto answer = desks.ask(report::encode(test::report_of("n2", 1)), "Bearer token-1");
  CHECK(answer.status == 403);
  CHECK(test::parsed(answer).find("field")->text() == "node");
  CHECK(desks.wrong == Lines{"n1>n2"});
  CHECK(desks.counted == Lines{"wrong_node"});
  CHECK(desks.reducer.find("n1") == nullptr);
  CHECK(desks.reducer.find("n2") == nullptr);
}

TEST_CASE("senders: who is refused learns why, before his report is read", "[ingest]") {
  struct Row {
    const char* name;
    std::vector<http::Header> headers;
    int status;
    const char* result;
  };
  const std::vector<Row> rows{
      {"no token", {}, 401, "unauthenticated"},
      {"another scheme", {{"authorization", "Basic YTpi"}}, 401, "unauthenticated"},
      {"nothing after it", {{"authorization", "Bearer "}}, 401, "unauthenticated"},
      {"two of them",
       {{"authorization", "Bearer token-1"}, {"authorization", "Bearer token-1"}},
       401,
       "unauthenticated"},
      {"stranger", {{"authorization", "Bearer stranger"}}, 403, "forbidden"},
      {"often", {{"authorization", "Bearer often"}}, 429, "rate_limited"},
      {"down", {{"authorization", "Bearer down"}}, 503, "unavailable"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    Desks desks;
    desks.post("not a report", row.headers);
    REQUIRE(desks.answers.size() == 1);
    const auto& answer = desks.answers.front();
    CHECK(answer.status == row.status);
    CHECK(test::parsed(answer).find("field")->text() == "Authorization");
    CHECK(desks.counted == Lines{row.result});
    const bool later = row.status == 429 || row.status == 503;
    const http::Header expected =
        later ? http::Header("Retry-After", "2") : http::Header("WWW-Authenticate", "Bearer");
    CHECK(std::ranges::count(answer.headers, expected) == (row.status == 403 ? 0 : 1));
  }
}

TEST_CASE("senders: a report waits for the word on its token", "[ingest]") {
  Desks desks;
  desks.post(report::compress(report::encode(test::report_of("n7", 3))),
             {{"authorization", "Bearer later"}, {"content-encoding", "zstd"}});
  CHECK(desks.answers.empty());
  REQUIRE(desks.waiting.size() == 1);
  desks.waiting.front()({.access = Access::granted, .node = "n7"});
  REQUIRE(desks.answers.size() == 1);
  CHECK(desks.answers.front().status == 200);
  CHECK(desks.reducer.find("n7")->report.seq == 3);
}

TEST_CASE("senders: what waits is bounded, and its room is given back", "[ingest]") {
  Desks desks;
  const std::string large(1024UL * 1024, 'x');
  for (int i = 0; i < 70; ++i) desks.post(large, {{"authorization", "Bearer later"}});
  CHECK(desks.answers.size() == 6);  // 64 MiB wait
  CHECK(desks.answers.front().status == 503);
  for (const auto& done : desks.waiting) done({.access = Access::granted, .node = "n1"});
  CHECK(desks.answers.size() == 70);
  CHECK(desks.answers.back().status == 400);
  desks.post(large, {{"authorization", "Bearer later"}});
  CHECK(desks.answers.size() == 70);
}

}  // namespace kernwise::ingest
