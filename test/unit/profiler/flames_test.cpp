// SPDX-License-Identifier: Apache-2.0
#include "profiler/app/flames.hpp"

#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <catch2/catch_all.hpp>
#include <optional>
#include <sstream>

#include "profiler/app/flame_recording.hpp"
#include "test/fakes/direct_parser.hpp"
#include "test/fakes/fake_stacks.hpp"

extern "C" [[gnu::noinline]] int kw_flame_known_function(int value) {
  return value + 7;
}

namespace kernwise::profiler {
namespace {

std::uint64_t known_address() {
  return reinterpret_cast<std::uint64_t>(&kw_flame_known_function);
}

/// A stack of this very process: the known function, called from nowhere that is known.
kw_stack stack_of(std::uint32_t slot, kw_record_what kind, std::uint64_t amount) {
  kw_stack stack{};
  stack.kind = kind;
  stack.slot = slot;
  stack.tgid = static_cast<std::uint32_t>(::getpid());
  stack.amount = amount;
  stack.user_depth = 2;
  stack.user[0] = known_address();
  stack.user[1] = 1;
  return stack;
}

/// The sum at the ends of folded lines.
std::uint64_t sum_of(const std::string& folded_lines) {
  std::istringstream lines(folded_lines);
  std::string line;
  std::uint64_t sum = 0;
  while (std::getline(lines, line)) sum += std::stoull(line.substr(line.rfind(' ')));
  return sum;
}

class Bench {
 public:
  Bench()
      : resolver_({}, std::make_unique<test::DirectParser>()),
        flames_(io_, &stacks, resolver_, [](const std::string& pod, const std::string& uid) {
          std::map<std::uint32_t, std::string> found;
          if (pod == "shop/web" || uid == "u1") found = {{1, "app"}, {2, "side"}};
          if (pod == "shop/db") found = {{3, "db"}};
          return found;
        }) {}

  /// Asks; the answer comes into what is returned once `run` has run that far.
  std::shared_ptr<std::optional<http::Response>> ask(const std::string& query) {
    auto answer = std::make_shared<std::optional<http::Response>>();
    flames_.route().handler({.method = "GET", .path = "/v1/flame", .query = query},
                            [answer](http::Response response) { *answer = std::move(response); });
    return answer;
  }
  int status_of(const std::string& query) {
    const auto answer = ask(query);
    return answer->has_value() ? (*answer)->status : 0;
  }
  void run() { io_.run(); }

  test::FakeStacks stacks;

 private:
  boost::asio::io_context io_;
  symbols::Resolver resolver_;
  Flames flames_;
};

TEST_CASE("flames: a bad request says what is wrong with it", "[profiler]") {
  Bench bench;
  const auto [query, status, field] = GENERATE(table<std::string, int, std::string>({
      {"", 400, "pod"},
      {"pod=shop/web&uid=u1", 400, "pod"},
      {"pod=shop/web&type=disk", 400, "type"},
      {"pod=shop/web&format=svg", 400, "format"},
      {"pod=shop/web&seconds=0", 400, "seconds"},
      {"pod=shop/web&seconds=61", 400, "seconds"},
      {"pod=shop/web&seconds=2s", 400, "seconds"},
      {"pod=shop/none", 404, "pod"},
  }));
  CAPTURE(query);
  const auto answer = bench.ask(query);
  REQUIRE(answer->has_value());
  CHECK((*answer)->status == status);
  CHECK((*answer)->body.find("\"field\":\"" + field + "\"") != std::string::npos);
  CHECK(bench.stacks.recorded.empty());
}

TEST_CASE("flames: the stacks of all containers of a pod are answered and add up", "[profiler]") {
  Bench bench;
  const auto answer = bench.ask("pod=shop/web&seconds=1");
  CHECK(bench.stacks.recorded.size() == 2);
  bench.stacks.taken = {stack_of(1, KW_RECORD_CPU, 5), stack_of(2, KW_RECORD_CPU, 2),
                        stack_of(3, KW_RECORD_CPU, 100), stack_of(1, KW_RECORD_WAITS, 100)};
  bench.stacks.losses[2].lost_samples = 4;
  bench.run();
  REQUIRE(answer->has_value());
  CHECK((*answer)->status == 200);
  CHECK((*answer)->body == "[unknown];kw_flame_known_function 7\n[lost] 4\n");
  CHECK(bench.stacks.recorded.empty());
}

TEST_CASE("flames: waits end in their share, also those still open at the end", "[profiler]") {
  Bench bench;
  const auto answer = bench.ask("uid=u1&seconds=1&type=offcpu");
  auto ended = stack_of(1, KW_RECORD_WAITS, 3'000'000);
  ended.wait_class = KW_CLASS_NET_OUT;
  auto open = stack_of(1, KW_RECORD_WAITS, 900'000'000);
  open.wait_class = KW_CLASS_FUTEX_LOCK;
  bench.stacks.taken = {ended};
  bench.stacks.open = {open};
  bench.run();
  REQUIRE(answer->has_value());
  CHECK((*answer)->body ==
        "[unknown];kw_flame_known_function;[lock] 900000\n"
        "[unknown];kw_flame_known_function;[network] 3000\n");
}

TEST_CASE("flames: one pod is recorded once at a time, and only so many pods", "[profiler]") {
  Bench bench;
  const auto first = bench.ask("pod=shop/web&seconds=1");
  CHECK(bench.status_of("uid=u1&seconds=1") == 409);
  CHECK(bench.status_of("uid=u1&seconds=1&type=offcpu") == 0);
  CHECK(bench.status_of("pod=shop/db&seconds=1") == 0);
  CHECK(bench.status_of("pod=shop/db&seconds=1&type=offcpu&format=pprof") == 0);
  CHECK(bench.status_of("pod=shop/web&seconds=1") == 503);
  bench.run();
  CHECK(first->has_value());
  CHECK(bench.status_of("pod=shop/web&seconds=1") == 0);
}

TEST_CASE("flames: what the kernel does not allow is said", "[profiler]") {
  Bench bench;
  bench.stacks.refuses = true;
  const auto answer = bench.ask("pod=shop/web");
  REQUIRE(answer->has_value());
  CHECK((*answer)->status == 503);
  CHECK((*answer)->body.find("not permitted") != std::string::npos);
}

TEST_CASE("flames: a storm of different stacks keeps its sum", "[profiler]") {
  symbols::Resolver resolver;
  FlameRecording recording(resolver, StackKind::cpu, {{1, "app"}}, 1);
  auto stack = stack_of(1, KW_RECORD_CPU, 1);
  for (std::uint64_t i = 0; i < 3 * FlameRecording::kMaxStacks; ++i) {
    stack.user[0] = known_address() + i;
    recording.add(stack);
  }
  const auto profile = recording.profile();
  CHECK(profile.stacks.size() == FlameRecording::kMaxStacks + 1);
  CHECK(sum_of(folded(profile)) == 3 * FlameRecording::kMaxStacks);
  CHECK(folded(profile).find("[other] ") != std::string::npos);
}

TEST_CASE("flames: depths beyond what a stack can hold are not believed", "[profiler]") {
  symbols::Resolver resolver;
  FlameRecording recording(resolver, StackKind::cpu, {{1, "app"}}, 1);
  auto stack = stack_of(1, KW_RECORD_CPU, 1);
  stack.user_depth = stack.kernel_depth = ~0U;
  recording.add(stack);
  REQUIRE(recording.profile().stacks.size() == 1);
  CHECK(recording.profile().stacks[0].frames.size() == KW_STACK_DEPTH + KW_KERNEL_DEPTH);
}

}  // namespace
}  // namespace kernwise::profiler
