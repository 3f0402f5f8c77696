// SPDX-License-Identifier: Apache-2.0
#include "test/unit/orchestrator/token_bench.hpp"

namespace kernwise::ingest {

TEST_CASE("authenticator: what cannot be good costs the API server nothing", "[ingest]") {
  Bench bench;
  bench.check("random");
  CHECK(bench.last() == Access::unauthenticated);
  bench.check(bench.signer.token({.audiences = {"https://kubernetes.default.svc"}}));
  CHECK(bench.last() == Access::unauthenticated);
  bench.check(bench.signer.token({.user = "system:serviceaccount:default:default"}));
  CHECK(bench.last() == Access::forbidden);
  CHECK(bench.asked.empty());
}

TEST_CASE("authenticator: one question answers all who ask, and for a minute", "[ingest]") {
  Bench bench;
  const std::string token = bench.token();
  for (int i = 0; i < 5; ++i) bench.check(token);
  CHECK(bench.verdicts.empty());
  REQUIRE(bench.asked.size() == 1);
  bench.answer(good());
  CHECK(bench.verdicts.size() == 5);
  CHECK(bench.verdicts.back().node == "n1");
  bench.check(token);
  CHECK(bench.verdicts.size() == 6);
  CHECK(bench.asked.empty());
}

TEST_CASE("authenticator: is sure again before the minute is over, and nobody waits", "[ingest]") {
  Bench bench;
  const std::string token = bench.token();
  bench.check(token);
  bench.answer(good());
  bench.pass(std::chrono::seconds(44));
  bench.check(token);
  CHECK(bench.asked.empty());
  bench.pass(std::chrono::seconds(2));
  bench.check(token);
  bench.check(token);
  CHECK(bench.verdicts.size() == 4);
  CHECK(bench.asked.size() == 1);
  bench.answer(good());
  bench.pass(std::chrono::seconds(40));
  bench.check(token);
  CHECK(bench.verdicts.size() == 5);
  CHECK(bench.asked.empty());
}

TEST_CASE("authenticator: a token that was good and is not any more is refused", "[ingest]") {
  Bench bench;
  const std::string token = bench.token();
  bench.check(token);
  bench.answer(good());
  bench.pass(std::chrono::seconds(46));
  bench.check(token);
  bench.answer(changed([](auto& said) { said.authenticated = false; }));  // its pod was deleted
  bench.check(token);
  CHECK(bench.last() == Access::unauthenticated);
  CHECK(bench.asked.empty());  // the refusal is remembered ...
  bench.pass(std::chrono::seconds(6));
  bench.check(token);
  CHECK(bench.asked.size() == 1);  // ... for five seconds
}

TEST_CASE("authenticator: no token outlives its own end", "[ingest]") {
  Bench bench;
  const std::string token = bench.token("t", std::chrono::seconds(20));
  bench.check(token);
  bench.answer(good());
  bench.pass(std::chrono::seconds(19));
  bench.check(token);
  CHECK(bench.asked.empty());
  bench.pass(std::chrono::seconds(2));
  bench.check(token);
  CHECK(bench.asked.size() == 1);
}

TEST_CASE("authenticator: one address cannot use up what is for all", "[ingest]") {
  Bench bench;
  for (int i = 0; i < 1000; ++i) bench.check(bench.token(std::to_string(i)), "10.6.6.6");
  CHECK(bench.asked.size() == 16);  // at once; 4 more wait
  CHECK(bench.verdicts.size() == 980);
  CHECK(bench.last() == Access::rate_limited);
  bench.check(bench.token("honest"), "10.0.0.1");
  for (int i = 0; i < 20; ++i)
    bench.answer(changed([](auto& said) { said.authenticated = false; }));
  bench.answer(good());
  CHECK(bench.last() == Access::granted);
  bench.pass(std::chrono::seconds(1));
  for (int i = 0; i < 10; ++i) bench.check(bench.token("later" + std::to_string(i)), "10.6.6.6");
  CHECK(bench.asked.size() == 5);  // five a second
}

TEST_CASE("authenticator: everything that waits is bounded", "[ingest]") {
  Bench bench({.questions = 3, .at_once = 2, .askers = 2, .per_peer = {.burst = 100}});
  for (int i = 0; i < 5; ++i) bench.check(bench.token(std::to_string(i)));
  CHECK(bench.asked.size() == 2);
  CHECK(bench.verdicts.size() == 2);
  CHECK(bench.last() == Access::unavailable);
  CHECK(bench.asked.size() == 2);
  for (int i = 0; i < 3; ++i) bench.answer(good());
  CHECK(bench.verdicts.size() == 5);
  const std::string same = bench.token("same");
  for (int i = 0; i < 3; ++i) bench.check(same);
  CHECK(bench.verdicts.size() == 6);
  CHECK(bench.last() == Access::unavailable);
  bench.answer(good());
  CHECK(bench.verdicts.size() == 8);
  CHECK(bench.asked.empty());
}

}  // namespace kernwise::ingest
