// SPDX-License-Identifier: Apache-2.0
#include "test/unit/orchestrator/token_bench.hpp"

namespace kernwise::ingest {

TEST_CASE("authenticator: while the API server is away, keys speak for known tokens", "[ingest]") {
  Bench bench;
  bench.keys = KeySet::parse(bench.signer.jwks(), TokenClaims().issuer).value();
  const std::string known = bench.token("known", std::chrono::hours(1));
  bench.check(known);
  bench.answer(good());
  bench.pass(std::chrono::seconds(61));
  bench.check(known);
  bench.answer(away());
  CHECK(bench.last() == Access::granted);
  bench.check(bench.token("stranger"));
  bench.answer(away());
  CHECK(bench.last() == Access::unavailable);
  // From now on nobody waits for the server; it is asked every 15 s.
  for (int second = 63; second <= 10 * 60; ++second) {
    bench.pass(std::chrono::seconds(1));
    const auto before = bench.verdicts.size();
    bench.check(known);
    REQUIRE(bench.verdicts.size() == before + 1);
    REQUIRE(bench.last() == Access::granted);
    if (!bench.asked.empty()) bench.answer(away());
  }
  CHECK(std::ranges::count(bench.counted, "unavailable") < 45);
  // Ten minutes after its last word nobody stands for the token any more.
  bench.pass(std::chrono::seconds(20));
  bench.check(known);
  bench.answer(away());
  CHECK(bench.last() == Access::unavailable);
  bench.check(known);
  bench.answer(good());
  CHECK(bench.last() == Access::granted);
}

TEST_CASE("authenticator: offline is for an absent server only", "[ingest]") {
  struct Row {
    const char* name;
    Error error;
    bool granted;
  };
  const auto errc = [](boost::system::errc::errc_t code) {
    return Error{boost::system::errc::make_error_code(code), "x"};
  };
  const std::vector<Row> rows{
      {"500", away(500), true},
      {"429", away(429), true},
      {"connection refused", errc(boost::system::errc::connection_refused), true},
      {"timed out", errc(boost::system::errc::timed_out), true},
      {"403: we may not ask", away(403), false},
      {"404", away(404), false},
      {"nonsense", invalid("token review: kind"), false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    Bench bench;
    bench.keys = KeySet::parse(bench.signer.jwks(), TokenClaims().issuer).value();
    const std::string token = bench.token();
    bench.check(token);
    bench.answer(good());
    bench.pass(std::chrono::seconds(61));
    bench.check(token);
    bench.answer(row.error);
    CHECK((bench.last() == Access::granted) == row.granted);
  }
}

TEST_CASE("authenticator: without the right keys nobody is granted offline", "[ingest]") {
  const bool any = GENERATE(false, true);
  Bench bench;
  if (any) bench.keys = KeySet::parse(Signer().jwks(), TokenClaims().issuer).value();
  const std::string token = bench.token();
  bench.check(token);
  bench.answer(good());
  bench.pass(std::chrono::seconds(61));
  bench.check(token);
  bench.answer(away());
  CHECK(bench.last() == Access::unavailable);
}

TEST_CASE("authenticator: an answer that takes too long is none", "[ingest]") {
  Bench bench;
  const std::string token = bench.token();
  bench.check(token);
  bench.pass(std::chrono::seconds(9));
  bench.authenticator->tick();
  CHECK(bench.verdicts.empty());
  bench.pass(std::chrono::seconds(1));
  bench.authenticator->tick();
  CHECK(bench.last() == Access::unavailable);
  bench.check(token);
  REQUIRE(bench.asked.size() == 2);
  bench.answer(good("n1"));  // to the question that was given up
  CHECK(bench.verdicts.size() == 1);
  bench.answer(good("n2"));
  CHECK(bench.verdicts.back().node == "n2");
}

TEST_CASE("authenticator: a silent server holds up no token it has confirmed", "[ingest]") {
  Bench bench;
  bench.keys = KeySet::parse(bench.signer.jwks(), TokenClaims().issuer).value();
  const std::string token = bench.token("t", std::chrono::hours(1));
  bench.check(token);
  bench.answer(good());
  for (int second = 1; second <= 300; ++second) {
    bench.pass(std::chrono::seconds(1));
    bench.authenticator->tick();
    const auto before = bench.verdicts.size();
    bench.check(token);
    REQUIRE(bench.verdicts.size() == before + 1);
    REQUIRE(bench.last() == Access::granted);
  }
}

TEST_CASE("authenticator: an answer that comes after the end is for nobody", "[ingest]") {
  Bench bench;
  bench.check(bench.token());
  bench.authenticator.reset();
  bench.answer(good());
  CHECK(bench.verdicts.empty());
}

}  // namespace kernwise::ingest
