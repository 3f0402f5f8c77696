// SPDX-License-Identifier: Apache-2.0
#include "profiler/discovery/names.hpp"

#include <rapidcheck.h>

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace kernwise::discovery {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr MonoTime kStart{};

report::Name named(const std::string& pod, const std::string& container = "") {
  report::Name name;
  name.pod_namespace = "shop";
  name.pod = pod;
  name.container = container;
  return name;
}

report::NameRequest cgroup(const std::string& uid, const std::string& id,
                           const std::string& path = "") {
  return {.pod_uid = uid, .container_id = id, .path = path};
}

report::NameEntry answer(const report::NameRequest& to, const report::Name& name) {
  return {.pod_uid = to.pod_uid, .container_id = to.container_id, .path = to.path, .name = name};
}

TEST_CASE("names: the most exact answer wins", "[discovery]") {
  NameBook book;
  auto app = named("cart", "app");
  app.limit = 0.5;
  book.learn({answer(cgroup("u1", "c1"), app), answer(cgroup("", "", "/a/b"), named("plain"))},
             kStart);
  CHECK(book.find(cgroup("u1", "c1")) == app);
  // Another container of the pod: its own name and limit are not known.
  CHECK(book.find(cgroup("u1", "c2")) == named("cart"));
  CHECK(book.find(cgroup("u1", "")) == named("cart"));
  CHECK(book.find(cgroup("", "", "/a/b")) == named("plain"));
  CHECK_FALSE(book.find(cgroup("u2", "c1")).has_value());
  CHECK_FALSE(book.find(cgroup("", "c1")).has_value());
}

TEST_CASE("names: a container without a pod is found by its id", "[discovery]") {
  NameBook book;
  book.learn({answer(cgroup("", "c1"), named("cart", "app"))}, kStart);
  CHECK(book.find(cgroup("", "c1")) == named("cart", "app"));
}

TEST_CASE("names: an empty answer is none", "[discovery]") {
  NameBook book;
  book.learn({answer(cgroup("u1", "c1"), report::Name{})}, kStart);
  CHECK_FALSE(book.find(cgroup("u1", "c1")).has_value());
  CHECK(book.size() == 0);
}

TEST_CASE("names: a missing name is asked for ever more rarely", "[discovery]") {
  NameBook book;
  const std::vector<report::NameRequest> present = {cgroup("u1", "c1")};
  std::vector<long long> asked_at;
  for (int second = 0; second < 1500; ++second) {
    if (!book.wanted(present, kStart + seconds(second)).empty()) asked_at.push_back(second);
  }
  // 5, 10, 20, ... between them, 300 s at most.
  CHECK(asked_at == std::vector<long long>{0, 5, 15, 35, 75, 155, 315, 615, 915, 1215});
}

TEST_CASE("names: an answer ends the asking until it is old", "[discovery]") {
  NameBook book;
  const std::vector<report::NameRequest> present = {cgroup("u1", "c1"), cgroup("u1", "c2")};
  CHECK(book.wanted(present, kStart).size() == 2);
  book.learn({answer(present[0], named("cart", "app"))}, kStart + seconds(1));
  const auto again = book.wanted(present, kStart + seconds(6));
  REQUIRE(again.size() == 1);
  CHECK(again[0].container_id == "c2");
  CHECK(book.wanted({present[0]}, kStart + minutes(9)).empty());
  CHECK(book.wanted({present[0]}, kStart + minutes(11)).size() == 1);
  CHECK(book.find(present[0]) == named("cart", "app"));
}

TEST_CASE("names: one report asks for a bounded number, the rest next time", "[discovery]") {
  NameBook book;
  std::vector<report::NameRequest> present;
  for (int i = 0; i < 10; ++i) present.push_back(cgroup("u" + std::to_string(i), "c"));
  CHECK(book.wanted(present, kStart, 6).size() == 6);
  const auto rest = book.wanted(present, kStart, 6);
  REQUIRE(rest.size() == 4);
  CHECK(rest[0].pod_uid == "u6");
}

TEST_CASE("names: the least recently used name leaves", "[discovery]") {
  NameBook book(2);
  book.learn({answer(cgroup("", "", "a"), named("a")), answer(cgroup("", "", "b"), named("b"))},
             kStart);
  CHECK(book.find(cgroup("", "", "a")).has_value());
  book.learn({answer(cgroup("", "", "c"), named("c"))}, kStart);
  CHECK(book.size() == 2);
  CHECK(book.find(cgroup("", "", "a")).has_value());
  CHECK_FALSE(book.find(cgroup("", "", "b")).has_value());
}

TEST_CASE("names: nothing makes the book grow beyond its capacity", "[discovery]") {
  REQUIRE(rc::check("bounded", [] {
    NameBook book(16);
    const auto texts =
        *rc::gen::container<std::vector<std::string>>(rc::gen::arbitrary<std::string>());
    for (const auto& text : texts) {
      const auto request = cgroup(text, text + "c", text);
      (void)book.wanted({request}, kStart);
      book.learn({answer(request, named(text + "x"))}, kStart);
      RC_ASSERT(book.find(request) == named(text + "x"));
      RC_ASSERT(book.size() <= 16U);
    }
  }));
}

class PodsFile {
 public:
  PodsFile() {
    std::string pattern = (std::filesystem::temp_directory_path() / "kernwise-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
  }
  ~PodsFile() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  PodsFile(const PodsFile&) = delete;
  PodsFile& operator=(const PodsFile&) = delete;
  [[nodiscard]] std::string path() const { return folder_ + "/pods.yaml"; }
  /// Replaces the file as editors and config maps do: a new one takes the old one's place.
  void write(const std::string& text) const {
    std::ofstream(folder_ + "/new") << text;
    std::filesystem::rename(folder_ + "/new", path());
  }

 private:
  std::string folder_;
};

TEST_CASE("names: the pods file names pods and plain cgroups", "[discovery]") {
  const PodsFile file;
  file.write(
      "- {uid: u1, namespace: shop, name: cart, workload: Deployment/cart, labels: {app: cart, "
      "empty: ''}}\n"
      "- {uid: system.slice/ssh.service, namespace: host, name: ssh}\n");
  NameBook book;
  const auto read = book.reload(file.path());
  REQUIRE(read.has_value());
  CHECK(*read);
  CHECK(book.find(cgroup("u1", "c1"))->workload == "Deployment/cart");
  CHECK(book.find(cgroup("", "", "/system.slice/ssh.service"))->pod == "ssh");
  CHECK(book.wanted({cgroup("u1", "c1")}, kStart).empty());
  const auto* labels = book.labels_of(*book.find(cgroup("u1", "c1")));
  REQUIRE(labels != nullptr);
  CHECK(*labels == Labels{{"app", "cart"}, {"empty", ""}});
  CHECK(book.labels_of(named("none")) == nullptr);
  CHECK_FALSE(*book.reload(file.path()));  // unchanged
}

TEST_CASE("names: a bad pods file is told once and changes nothing", "[discovery]") {
  const PodsFile file;
  NameBook book;
  CHECK_FALSE(book.reload(file.path()).has_value());  // not there
  CHECK(book.reload(file.path()).has_value());        // said once
  file.write("- {uid: u1, name: cart}\n");
  REQUIRE(book.reload(file.path()).has_value());
  file.write("- {uid: u1\n");
  const auto bad = book.reload(file.path());
  REQUIRE_FALSE(bad.has_value());
  CHECK(bad.error().message().find(file.path()) != std::string::npos);
  CHECK(book.find(cgroup("u1", ""))->pod == "cart");
  CHECK(book.reload(file.path()).has_value());
  file.write("- {uid: u1, name: other}\n");
  REQUIRE(book.reload(file.path()).has_value());
  CHECK(book.find(cgroup("u1", ""))->pod == "other");
  std::filesystem::remove(file.path());
  CHECK_FALSE(book.reload(file.path()).has_value());
  CHECK(book.find(cgroup("u1", ""))->pod == "other");
  CHECK_FALSE(book.reload(std::filesystem::path(file.path()).parent_path()).has_value());
}

}  // namespace
}  // namespace kernwise::discovery
