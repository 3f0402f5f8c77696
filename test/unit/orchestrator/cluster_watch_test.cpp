// SPDX-License-Identifier: Apache-2.0
#include <boost/asio/io_context.hpp>
#include <catch2/catch_all.hpp>
#include <set>

#include "orchestrator/cluster/api_calls.hpp"
#include "orchestrator/cluster/cluster.hpp"
#include "test/fakes/kube/direct_client.hpp"
#include "test/fakes/kube/json.hpp"
#include "test/fakes/manual_clock.hpp"

namespace kernwise::cluster {
namespace {

using namespace std::chrono_literals;

/// A cluster on the fake API server. Time passes with `settle` only.
class Fixture {
 public:
  Fixture() {
    front_.api().permit([this](const test::FakeApi::Attempt& attempt) {
      seen.insert(attempt.group + "/" + attempt.resource + " " + attempt.verb);
      return true;
    });
    auto client = std::make_unique<test::DirectClient>(io_, front_);
    client_ = client.get();
    auto clock = std::make_unique<test::ManualClock>();
    clock_ = clock.get();
    cluster = std::make_unique<Cluster>(std::move(client), std::move(clock), NameFilter());
  }

  void settle(Monotonic::duration time = 1s) {
    for (int step = 0; step < 10; ++step) {
      clock_->advance(time / 10);
      wall_ += std::chrono::duration_cast<WallTime::duration>(time / 10);
      front_.api().tick();
      io_.restart();
      io_.poll();
    }
  }
  [[nodiscard]] MonoTime now() const { return clock_->now(); }
  [[nodiscard]] test::ApiFront& front() { return front_; }
  void down(bool is_down) {
    client_->down(is_down);
    if (is_down) front_.cut_watches();
  }

  std::set<std::string> seen;

 private:
  boost::asio::io_context io_;
  WallTime wall_{std::chrono::hours(24)};
  test::ApiFront front_{[this] { return wall_; }};
  test::DirectClient* client_ = nullptr;
  test::ManualClock* clock_ = nullptr;

 public:
  std::unique_ptr<Cluster> cluster;  // last: it uses all of the above
};

test::Json pod(const std::string& name, const std::string& node) {
  return test::json_of(R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":")" + name +
                       R"(","namespace":"shop","labels":{"app":"cart"},"ownerReferences":[)" +
                       R"({"apiVersion":"apps/v1","kind":"ReplicaSet","name":"cart-5","uid":"u",)" +
                       R"("controller":true}]},"spec":{"nodeName":")" + node +
                       R"(","containers":[{"name":"app","image":"cart:1"}]},)" +
                       R"("status":{"phase":"Running","podIPs":[{"ip":"10.1.0.1"}]}})");
}

const test::Json kReplicaSet = test::json_of(
    R"({"apiVersion":"apps/v1","kind":"ReplicaSet","metadata":{"name":"cart-5","namespace":"shop",)"
    R"("ownerReferences":[{"apiVersion":"apps/v1","kind":"Deployment","name":"cart","uid":"d",)"
    R"("controller":true}]},"spec":{"replicas":1},"status":{"replicas":1}})");

TEST_CASE("cluster: names follow the API server's objects", "[cluster]") {
  Fixture fixture;
  fixture.front().api().put(pod("cart-a", "n1"));
  fixture.front().api().put(kReplicaSet);
  CHECK_FALSE(fixture.cluster->synced());
  CHECK_FALSE(fixture.cluster->age(fixture.now()));
  CHECK_FALSE(fixture.cluster->publish());
  fixture.settle();
  REQUIRE(fixture.cluster->synced());
  const auto first = fixture.cluster->publish();
  REQUIRE(first);
  CHECK(first->nodes == std::set<std::string>{"n1"});
  CHECK(first->book->workload_at("10.1.0.1", 80) == "shop/Deployment/cart");
  CHECK_FALSE(fixture.cluster->publish());
  fixture.front().api().remove("v1", "Pod", "shop", "cart-a");
  fixture.settle();
  CHECK(fixture.cluster->publish()->book->size() == 0);
}

TEST_CASE("cluster: it stays synced while the API server is away, and knows how old it is",
          "[cluster]") {
  Fixture fixture;
  fixture.front().api().put(pod("cart-a", "n1"));
  fixture.settle();
  REQUIRE(fixture.cluster->synced());
  fixture.down(true);
  fixture.settle(60s);
  CHECK(fixture.cluster->synced());
  CHECK(fixture.cluster->age(fixture.now()).value() >= 59s);
  CHECK(fixture.cluster->heard(fixture.now()).value() <= fixture.now() - 59s);
  CHECK(fixture.cluster->stores().pods.objects().size() == 1);
  fixture.down(false);
  fixture.settle(60s);
  fixture.settle(60s);
  CHECK(fixture.cluster->age(fixture.now()).value() < 60s);
}

TEST_CASE("cluster: it asks for what its table of calls says, and for all of it", "[cluster]") {
  std::set<std::string> watched;
  for (const ApiCall& call : api_calls()) {
    const std::string verb(call.verb);
    if (verb != "list" && verb != "watch") continue;
    watched.insert(std::string(call.group) + "/" + std::string(call.resource) + " " + verb);
  }
  Fixture fixture;
  // Kinds that this cluster does not have are asked for and answered with 404.
  fixture.front().api().allow_streaming_lists(GENERATE(true, false));
  fixture.settle();
  fixture.settle();
  CHECK(fixture.cluster->synced());
  std::set<std::string> asked;
  for (const auto& request : fixture.front().seen())
    asked.insert(request.verb + " " + request.path);
  for (const std::string& call : fixture.seen) {
    CAPTURE(call);
    CHECK(watched.contains(call));
  }
  for (const std::string& call : watched) {
    const std::string resource =
        call.substr(call.find('/') + 1, call.find(' ') - call.find('/') - 1);
    CAPTURE(call);
    CHECK(std::any_of(asked.begin(), asked.end(),
                      [&](const std::string& each) { return each.ends_with("/" + resource); }));
  }
}

TEST_CASE("cluster: metrics tell how each watch does", "[cluster]") {
  Fixture fixture;
  fixture.front().api().put(pod("cart-a", "n1"));
  std::vector<metrics::Family> families;
  fixture.cluster->add_metrics(families, fixture.now());
  CHECK(metrics::serialise(families, {}).find("age_seconds{") == std::string::npos);
  fixture.settle();
  families.clear();
  fixture.cluster->add_metrics(families, fixture.now());
  const std::string text = metrics::serialise(families, {});
  CHECK(text.find("kernwise_kube_objects{resource=\"pods\"} 1\n") != std::string::npos);
  CHECK(text.find("kernwise_kube_age_seconds{resource=\"pods\"} ") != std::string::npos);
  CHECK(text.find("kernwise_kube_lists_total{resource=\"nodes\"} 1\n") != std::string::npos);
}

}  // namespace
}  // namespace kernwise::cluster
