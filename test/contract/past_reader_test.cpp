// SPDX-License-Identifier: Apache-2.0
// What is believed of the answers of a Prometheus about the past.
#include <boost/asio/ip/tcp.hpp>
#include <catch2/catch_all.hpp>

#include "orchestrator/app/past_reader.hpp"
#include "orchestrator/history/past_queries.hpp"
#include "test/support/authority.hpp"
#include "test/support/fake_prometheus.hpp"
#include "test/unit/base/scratch.hpp"

namespace kernwise::orchestrator {
namespace {

using test::always;
using test::FakePrometheus;
using test::reading_of;
using test::sample;
using test::vector_of;
using namespace std::chrono_literals;

using test::Authority;

TEST_CASE("past: hostile answers are named and believed in nothing", "[past]") {
  struct Row {
    const char* what;
    std::string body;
    std::string_view result;
    std::size_t skipped = 0;  ///< of each of the nine answers
    int status = 200;
  };
  std::string many;
  for (std::size_t i = 0; i <= history::kMostPastSamples; ++i) {
    many += std::string(many.empty() ? "" : ",") + R"({"metric":{},"value":[1,"1"]})";
  }
  const std::vector<Row> rows{
      {"an error of Prometheus", R"({"status":"error","error":"x"})", "unusable"},
      {"a refusal", R"({"status":"error"})", "refused", 0, 422},
      {"not allowed", "", "refused", 0, 403},
      {"a page", "<html>", "unusable"},
      {"nothing", "", "unusable"},
      {"a matrix", R"({"status":"success","data":{"resultType":"matrix","result":[]}})",
       "unusable"},
      {"a scalar", R"({"status":"success","data":{"resultType":"scalar","result":[1,"1"]}})",
       "unusable"},
      {"no list", R"({"status":"success","data":{"resultType":"vector","result":{}}})", "unusable"},
      {"deep", std::string(4'000, '['), "unusable"},
      {"too many samples", vector_of(many), "too_large"},
      {"too many bytes", std::string(history::kMostPastBytes + 1, ' '), "too_large"},
      {"not a number", vector_of(sample("NaN")), "ok", 1},
      {"infinity", vector_of(sample("+Inf") + "," + sample("-Inf")), "ok", 2},
      {"negative", vector_of(sample("-1")), "ok", 1},
      {"huge", vector_of(sample("1e300")), "ok", 1},
      {"words", vector_of(sample("1 or more")), "ok", 1},
      {"no value", vector_of(R"({"metric":{"namespace":"a","workload":"B/c","node":"n"}})"), "ok",
       1},
      {"no labels", vector_of(sample("1", "")), "ok", 1},
      {"no node", vector_of(sample("1", R"("namespace":"a","workload":"B/c")")), "ok", 1},
      {"no namespace", vector_of(sample("1", R"("namespace":"","workload":"B/c","node":"n")")),
       "ok", 1},
      {"another's namespace",
       vector_of(sample("1", R"("namespace":"a/B","workload":"B/c","node":"n")")), "ok", 1},
      {"no kind", vector_of(sample("1", R"("namespace":"a","workload":"c","node":"n")")), "ok", 1},
      {"three parts", vector_of(sample("1", R"("namespace":"a","workload":"x/B/c","node":"n")")),
       "ok", 1},
      {"control characters",
       vector_of(sample("1", R"("namespace":"a","workload":"B/c\n","node":"n")")), "ok", 1},
      {"a long name",
       vector_of(sample(
           "1", R"("namespace":"a","workload":"B/)" + std::string(600, 'c') + R"(","node":"n")")),
       "ok", 1},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    FakePrometheus prometheus(always(row.body, row.status));
    const PastReading reading = reading_of({.url = prometheus.url()});
    CAPTURE(reading.problem);
    CHECK(reading.result == row.result);
    CHECK(reading.problem.empty() == (row.result == "ok"));
    CHECK(reading.profiles.empty());
    CHECK(reading.skipped == row.skipped * view::kPasts);
  }
}

TEST_CASE("past: one that is not there, or does not answer, is unreachable", "[past]") {
  http::Url gone;
  {
    FakePrometheus prometheus(always(""));
    gone = prometheus.url();
  }
  CHECK(reading_of({.url = gone}).result == "unreachable");
  boost::asio::io_context io;
  const boost::asio::ip::tcp::acceptor silent(
      io, {boost::asio::ip::address_v4::loopback(), 0});  // connects, and never answers
  const http::Url url{"http", "127.0.0.1", std::to_string(silent.local_endpoint().port()), ""};
  CHECK(reading_of({.url = url, .patience = 50ms}).result == "unreachable");
}

TEST_CASE("past: over TLS it is verified and shown who asks", "[past]") {
  const Authority authority, clients, stranger;
  http::ServerTls tls;
  const auto own = authority.issue("IP:127.0.0.1");
  tls.certificate_file = own.certificate;
  tls.key_file = own.key;
  tls.client_ca_file = clients.ca_file();
  FakePrometheus prometheus(always(vector_of(sample("1"))), tls);
  const Scratch scratch;
  const auto ours = clients.issue("DNS:kernwise", "kernwise");
  const http::TlsOptions good{
      .ca_file = authority.ca_file(), .certificate_file = ours.certificate, .key_file = ours.key};
  const std::string token = scratch.write("token", "abc.def\n");
  const PastReading reading =
      reading_of({.url = prometheus.url("https"), .tls = good, .token_file = token});
  CAPTURE(reading.problem);
  CHECK(reading.result == "ok");
  CHECK(reading.profiles.at("shop/Deployment/cart").replicas == 1);
  CHECK(prometheus.authorization() == "Bearer abc.def");
  CHECK(
      reading_of({.url = prometheus.url("https"), .tls = good, .token_file = "/nowhere"}).result ==
      "token");
  http::TlsOptions wrong = good;
  wrong.ca_file = stranger.ca_file();
  CHECK(reading_of({.url = prometheus.url("https"), .tls = wrong}).result == "unreachable");
  const http::TlsOptions nobody{.ca_file = authority.ca_file()};
  CHECK(reading_of({.url = prometheus.url("https"), .tls = nobody}).result == "unreachable");
}

}  // namespace
}  // namespace kernwise::orchestrator
