// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_all.hpp>
#include <deque>

#include "orchestrator/ingest/authenticator.hpp"
#include "test/support/show_result.hpp"
#include "test/support/signer.hpp"

namespace kernwise::ingest {
namespace {

using test::Signer;
using test::TokenClaims;

constexpr const char* kUser = "system:serviceaccount:kernwise-profiler:kernwise-profiler";
const std::string kNode = "authentication.kubernetes.io/node-name";
const std::string kPod = "authentication.kubernetes.io/pod-uid";

kube::TokenVerdict good(const std::string& node = "n1") {
  kube::TokenVerdict said;
  said.authenticated = true;
  said.user = kUser;
  said.extra = {{kNode, {node}}};
  said.audiences = {"kernwise-orchestrator"};
  return said;
}

kube::TokenVerdict changed(const std::function<void(kube::TokenVerdict&)>& change) {
  auto verdict = good();
  change(verdict);
  return verdict;
}

std::optional<std::string> node_of_pod(const std::string& uid) {
  return uid == "pod-on-n2" ? std::optional<std::string>("n2") : std::nullopt;
}

Error away(int status = 503) {
  return {.code = kube::status(status), .context = "review token"};
}

/// An authenticator with a clock and an API server of this test.
struct Bench {
  using Answer = kube::Then<kube::TokenVerdict>;

  explicit Bench(Authenticator::Bounds bounds = {}) {
    authenticator.emplace(
        IdentityRules{.user = kUser},
        Authenticator::Ports{
            .review = [this](const std::string&, Answer then) { asked.push_back(std::move(then)); },
            .node_of_pod = node_of_pod,
            .keys = [this] { return keys ? &*keys : nullptr; },
            .now = [this] { return now; },
            .count = [this](std::string_view result) { counted.emplace_back(result); }},
        bounds);
  }

  void pass(std::chrono::milliseconds time) {
    now.mono += time;
    now.wall += time;
  }
  /// The next question is answered.
  void answer(const Result<kube::TokenVerdict>& said) {
    REQUIRE_FALSE(asked.empty());
    const Answer then = asked.front();
    asked.pop_front();
    then(said);
  }
  /// Asks; the answer is here or comes into `verdicts`.
  void check(const std::string& token, const std::string& peer = "10.0.0.1") {
    authenticator->check(token, peer,
                         [this](const Verdict& verdict) { verdicts.push_back(verdict); });
  }
  [[nodiscard]] std::string token(const std::string& id = "t",
                                  std::chrono::seconds life = std::chrono::minutes(10)) const {
    return signer.token({.expires = now.wall + life, .id = id});
  }
  Access last() {
    REQUIRE_FALSE(verdicts.empty());
    return verdicts.back().access;
  }

  Signer signer;
  Authenticator::Moment now{MonoTime(std::chrono::hours(1)), WallTime(std::chrono::hours(500'000))};
  std::optional<KeySet> keys;
  std::deque<Answer> asked;
  std::vector<Verdict> verdicts;
  std::vector<std::string> counted;
  std::optional<Authenticator> authenticator;
};

}  // namespace

TEST_CASE("identity: the node is the token's and nobody else's word", "[ingest]") {
  const IdentityRules rules{.user = kUser};
  struct Row {
    const char* name;
    kube::TokenVerdict said;
    Access access;
    std::string node;
  };
  const std::vector<Row> rows{
      {"node claim", good(), Access::granted, "n1"},
      {"not authenticated", changed([](auto& said) { said.authenticated = false; }),
       Access::unauthenticated, ""},
      {"no audience", changed([](auto& said) { said.audiences = {}; }), Access::unauthenticated,
       ""},
      {"another audience", changed([](auto& said) { said.audiences = {"vault"}; }),
       Access::unauthenticated, ""},
      {"another account",
       changed([](auto& said) { said.user = "system:serviceaccount:kernwise-profiler:default"; }),
       Access::forbidden, ""},
      {"a node's own name", changed([](auto& said) { said.user = "system:node:n1"; }),
       Access::forbidden, ""},
      {"no claim", changed([](auto& said) { said.extra = {}; }), Access::forbidden, ""},
      {"two nodes", changed([](auto& said) { said.extra[kNode] = {"n1", "n2"}; }),
       Access::forbidden, ""},
      {"no node name", changed([](auto& said) { said.extra[kNode] = {"N/1"}; }), Access::forbidden,
       ""},
      {"pod (below 1.30)", changed([](auto& said) { said.extra = {{kPod, {"pod-on-n2"}}}; }),
       Access::granted, "n2"},
      {"unknown pod", changed([](auto& said) { said.extra = {{kPod, {"other"}}}; }),
       Access::forbidden, ""},
      {"a claim that says nothing is not made good by the pod",
       changed([](auto& said) { said.extra = {{kNode, {}}, {kPod, {"pod-on-n2"}}}; }),
       Access::forbidden, ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const Verdict verdict = judge(row.said, rules, node_of_pod);
    CHECK(verdict.access == row.access);
    CHECK(verdict.node == row.node);
    CHECK(verdict.reason.empty() == (row.access == Access::granted));
  }
  CHECK(
      judge(changed([](auto& said) { said.extra = {{kPod, {"pod-on-n2"}}}; }), rules, {}).access ==
      Access::forbidden);
}

TEST_CASE("identity: a service account is written NAMESPACE:NAME", "[ingest]") {
  CHECK(user_of("kernwise-profiler:kernwise-profiler").value() == kUser);
  for (const char* bad : {"", "a", ":a", "a:", "a:b:c", "A:b", "system:serviceaccount:a:b"}) {
    CAPTURE(bad);
    CHECK_FALSE(user_of(bad));
  }
}

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

TEST_CASE("authenticator: an answer that comes after the end is for nobody", "[ingest]") {
  Bench bench;
  bench.check(bench.token());
  bench.authenticator.reset();
  bench.answer(good());
  CHECK(bench.verdicts.empty());
}

TEST_CASE("recent map: the one not used for longest makes room", "[ingest]") {
  RecentMap<int, int> map(2);
  map.put(1, 10);
  map.put(2, 20);
  CHECK(*map.find(1) == 10);
  map.put(3, 30);
  CHECK(map.find(2) == nullptr);
  CHECK(*map.find(1) == 10);
  CHECK(map.size() == 2);
  map.erase(1);
  CHECK(map.find(1) == nullptr);
}

}  // namespace kernwise::ingest
