// SPDX-License-Identifier: Apache-2.0
#include "profiler/discovery/pod_book.hpp"

#include <catch2/catch_all.hpp>

namespace kernwise::discovery {
namespace {

using namespace std::chrono_literals;

const std::string kApp(64, 'a'), kPause(64, 'f');
const std::string kHash(32, 'e');
const MonoTime kStart{1000s};

PodRecord pod(const std::string& uid, const std::string& name) {
  PodRecord record;
  record.uid = uid;
  record.pod_namespace = "shop";
  record.name = name;
  record.workload = "Deployment/cart";
  record.labels = {{"app", "cart"}};
  record.containers = {{.name = "app", .id = kApp, .request = 0.5, .limit = 1.0}};
  return record;
}

report::NameRequest container(const std::string& uid, const std::string& id) {
  return {.pod_uid = uid, .container_id = id, .path = {}};
}

}  // namespace

TEST_CASE("PodBook: names a container with what its pod says", "[discovery]") {
  PodBook book;
  book.replace({pod("u1", "cart-1")}, kStart);
  const auto name = book.find(container("u1", kApp), kStart);
  REQUIRE(name);
  CHECK(name->pod_namespace == "shop");
  CHECK(name->pod == "cart-1");
  CHECK(name->container == "app");
  CHECK(name->workload == "Deployment/cart");
  CHECK(name->request == 0.5);
  CHECK(name->limit == 1.0);
  CHECK(book.labels_of("u1")->at("app") == "cart");
  CHECK_FALSE(book.find(container("u2", kApp), kStart));
}

TEST_CASE("PodBook: a container that no status lists is the sandbox, after a while",
          "[discovery]") {
  PodBook book;
  book.replace({pod("u1", "cart-1")}, kStart);
  CHECK(book.find(container("u1", kPause), kStart)->container.empty());
  CHECK(book.find(container("u1", kPause), kStart + 29s)->container.empty());
  CHECK(book.find(container("u1", kPause), kStart + 30s)->container == "POD");
  auto later = pod("u1", "cart-1");  // it was a container whose status came late
  later.containers.push_back({.name = "slow", .id = kPause, .request = {}, .limit = {}});
  book.put(later, kStart + 31s);
  CHECK(book.find(container("u1", kPause), kStart + 31s)->container == "slow");
}

TEST_CASE("PodBook: a static pod is found by the hash that its cgroup has", "[discovery]") {
  PodBook book;
  auto mirror = pod("api-uid", "etcd-n1");
  mirror.config_hash = kHash;
  book.put(mirror, kStart);
  CHECK(book.find(container(kHash, kApp), kStart)->pod == "etcd-n1");
  auto from_kubelet = pod(kHash, "etcd-n1");  // the kubelet says the hash is the uid
  from_kubelet.config_hash = kHash;
  book.put(from_kubelet, kStart);
  CHECK(book.size() == 1);
}

TEST_CASE("PodBook: an annotation gives nobody another pod's place", "[discovery]") {
  PodBook book;
  book.put(pod("11111111-2222-3333-4444-555555555555", "victim"), kStart);
  auto hostile = pod("66666666-2222-3333-4444-555555555555", "hostile");
  hostile.config_hash = "11111111-2222-3333-4444-555555555555";  // no hash at all
  book.put(hostile, kStart);
  CHECK(book.find(container("11111111-2222-3333-4444-555555555555", kApp), kStart)->pod ==
        "victim");
  auto system = pod("a", "etcd-n1");
  system.config_hash = kHash;
  book.put(system, kStart);
  hostile.config_hash = kHash;
  book.put(hostile, kStart);
  CHECK(book.find(container(kHash, kApp), kStart)->pod == "etcd-n1");
}

TEST_CASE("PodBook: a deleted pod keeps its name for its last windows", "[discovery]") {
  PodBook book;
  book.replace({pod("u1", "one"), pod("u2", "two")}, kStart);
  book.remove("u1", kStart + 1s);
  book.replace({}, kStart + 2s);  // and u2 is in no list any more
  CHECK(book.find(container("u1", kApp), kStart + 100s));
  book.replace({}, kStart + 121s);
  CHECK_FALSE(book.find(container("u1", kApp), kStart + 121s));
  CHECK(book.find(container("u2", kApp), kStart + 121s));
  book.replace({pod("u2", "two")}, kStart + 121s);  // it was there after all
  book.replace({pod("u2", "two")}, kStart + 300s);
  CHECK(book.find(container("u2", kApp), kStart + 300s));
}

TEST_CASE("PodBook: holds so many and no more", "[discovery]") {
  PodBook book;
  for (std::size_t i = 0; i < PodBook::kMaxPods + 100; ++i) {
    book.put(pod("u" + std::to_string(i), "p"), kStart);
  }
  CHECK(book.size() == PodBook::kMaxPods);
}

}  // namespace kernwise::discovery
