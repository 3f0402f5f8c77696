// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "extender/pending/speculation.hpp"
#include "extender/protocol/encode.hpp"
#include "extender/protocol/service.hpp"
#include "test/bench/prioritize/bodies.hpp"

/// What one /prioritize costs in process, stage by stage: `read` (with the names looked up),
/// `distinct`, `rank` (`rank_again`: another pod of the same kind), `place` (where the pod will
/// probably go), `encode` (into memory used before), and `all` of it as the listener calls it.
/// Names have 40 characters, the Pod about 3.6 KB, as measured on real clusters. `shuffled` is the
/// order that defeats the memory of the last request.
namespace kernwise::protocol {
namespace {

enum class Order { kept, shuffled };

std::string node_name(std::size_t i) {
  std::string digits = std::to_string(i);
  digits.insert(0, 6 - digits.size(), '0');
  return "ip-10-0-" + digits + ".eu-central-1.compute.in";  // 8 + 6 + 26 = 40
}

/// A Pod of the usual size: most of it is environment, volumes and conditions that nobody reads
/// here.
std::string usual_pod() {
  std::string env;
  for (int i = 0; i < 24; ++i) {
    env += R"({"name":"SETTING_)" + std::to_string(i) +
           R"(","value":"a value of ordinary length, here and there \"quoted\""},)";
  }
  env.pop_back();
  return R"({"metadata":{"name":"cart-5f7d8c9b4-x2x7p","namespace":"shop","uid":)"
         R"("0e7e8a6e-6ad1-4f3c-9d0a-5f0a54a4c9a1","labels":{"app":"cart","tier":"web"},)"
         R"("annotations":{"prometheus.io/scrape":"true"},"ownerReferences":[{"apiVersion":"apps/v1",)"
         R"("kind":"ReplicaSet","name":"cart-5f7d8c9b4","uid":"b7","controller":true}]},)"
         R"("spec":{"priority":0,"schedulerName":"kernwise-scheduler","containers":[{"name":"app",)"
         R"("image":"registry.example.org/shop/cart:1.17.3","env":[)" +
         env +
         R"(],"resources":{"requests":{"cpu":"250m","memory":"256Mi"},"limits":{"cpu":"1"}}}]},)"
         R"("status":{"phase":"Pending"}})";
}

placement::NodeTable cluster_of(std::size_t count) {
  std::mt19937 chance(7);
  std::uniform_real_distribution<double> part(0, 1);
  std::vector<placement::NodeRow> rows(count);
  for (std::size_t i = 0; i < count; ++i) {
    rows[i].name = node_name(i);
    rows[i].load = {part(chance), part(chance), part(chance)};
    rows[i].contention = {part(chance) / 4, part(chance) / 4, 0};
    rows[i].sensitivity = {part(chance) / 4, part(chance) / 4, 0};
    rows[i].capacity = {16, 1, 64e9};
    rows[i].age_seconds = 5 * part(chance);  // what reports every 5 s look like
  }
  return placement::NodeTable(std::move(rows));
}

/// Names as kube-scheduler sends them: the cluster's order from a rotating start.
std::string request_for(std::size_t count, Order order) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) names.push_back(node_name((i + count / 3) % count));
  if (order == Order::shuffled) std::shuffle(names.begin(), names.end(), std::mt19937(7));
  std::string body = R"({"Pod":)" + usual_pod() + R"(,"Nodes":null,"NodeNames":[)";
  for (const std::string& name : names) body += '"' + name + "\",";
  body.back() = ']';
  body += '}';
  return body;
}

struct Stage {
  explicit Stage(const benchmark::State& state, Order sent = Order::kept)
      : count(static_cast<std::size_t>(state.range(0))),
        nodes(std::make_shared<const placement::NodeTable>(cluster_of(count))),
        body(request_for(count, sent)) {
    for (int call = 0; call < 2; ++call) read();  // the second one knows what to expect
    distinct.keep_first(args, count);
    profile = book.profile_of(args.pod);
    ranking = placement::rank(*nodes, args.rows, {.pod = profile, .params = score});
  }

  void read() {
    known.begin(nodes->index());
    const auto decoded = decoder.decode(body, known, args);
    if (!decoded) std::abort();
  }
  [[nodiscard]] Hosts hosts() const { return {args.rows, args.unknown, known}; }

  std::size_t count;
  std::shared_ptr<const placement::NodeTable> nodes;
  std::string body;
  placement::PriorBook book;
  Decoder decoder;
  ExtenderArgs args;
  KnownNodes known;
  Distinct distinct;
  placement::PodProfile profile;
  placement::ScoreParams score;
  placement::Ranking ranking;
};

void read(benchmark::State& state, Order sent) {
  Stage stage(state, sent);
  for (auto _ : state) stage.read();
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(stage.body.size()));
}

/// As a scheduler sends them that may not keep nodes: some 8 KB each.
void read_whole_nodes(benchmark::State& state) {
  Stage stage(state);
  stage.body = bench::asking_nodes(static_cast<int>(state.range(0)));
  for (auto _ : state) stage.read();
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(stage.body.size()));
}

void distinct(benchmark::State& state) {
  Stage stage(state);
  for (auto _ : state) stage.distinct.keep_first(stage.args, stage.count);
}

void rank(benchmark::State& state) {
  const Stage stage(state);
  for (auto _ : state) {
    benchmark::DoNotOptimize(placement::rank(*stage.nodes, stage.args.rows,
                                             {.pod = stage.profile, .params = stage.score}));
  }
}

void rank_again(benchmark::State& state) {
  const Stage stage(state);
  placement::RatingMemory memory;
  memory.follow(stage.nodes);
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        placement::rank(*stage.nodes, stage.args.rows,
                        {.pod = stage.profile, .params = stage.score, .memory = &memory}));
  }
}

void place(benchmark::State& state) {
  const Stage stage(state);
  pending::Speculation speculation;
  MonoTime now;
  for (auto _ : state) {
    speculation.advance(stage.nodes, now += std::chrono::milliseconds(1),
                        [](std::string_view) { return false; });
    speculation.place(stage.args.pod.uid, stage.args.rows, stage.ranking, stage.profile.demand);
  }
}

void encode(benchmark::State& state) {
  const Stage stage(state);
  std::string answer;
  for (auto _ : state) {
    answer = encode_priorities(stage.ranking, stage.hosts(), std::move(answer));
    benchmark::DoNotOptimize(answer.data());
  }
  state.counters["bytes"] = static_cast<double>(answer.size());
}

void encode_sparse(benchmark::State& state) {
  const Stage stage(state);
  std::string answer;
  for (auto _ : state) {
    answer = encode_relative(stage.ranking, stage.hosts(), std::move(answer));
    benchmark::DoNotOptimize(answer.data());
  }
  state.counters["bytes"] = static_cast<double>(answer.size());
}

void all(benchmark::State& state, Order order) {
  const Stage stage(state, order);
  const Cluster cluster{.nodes = stage.nodes, .profiles = stage.book};
  Service service;
  Outcome outcome;
  std::string answer;
  for (auto _ : state) {
    answer = service.prioritize(stage.body, cluster, outcome, std::move(answer));
    benchmark::DoNotOptimize(answer.data());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void sizes(benchmark::internal::Benchmark* run) {
  run->Arg(500)->Arg(5000)->Unit(benchmark::kMicrosecond);
}

BENCHMARK_CAPTURE(read, kept, Order::kept)->Apply(sizes);
BENCHMARK_CAPTURE(read, shuffled, Order::shuffled)->Apply(sizes);
BENCHMARK(read_whole_nodes)->Apply(sizes);
BENCHMARK(distinct)->Apply(sizes);
BENCHMARK(rank)->Apply(sizes);
BENCHMARK(rank_again)->Apply(sizes);
BENCHMARK(place)->Apply(sizes);
BENCHMARK(encode)->Apply(sizes);
BENCHMARK(encode_sparse)->Apply(sizes);
BENCHMARK_CAPTURE(all, kept, Order::kept)->Apply(sizes);
BENCHMARK_CAPTURE(all, shuffled, Order::shuffled)->Apply(sizes);

}  // namespace
}  // namespace kernwise::protocol

BENCHMARK_MAIN();
