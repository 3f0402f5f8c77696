// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/history/past_queries.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "common/base/json.hpp"

namespace kernwise::history {
namespace {

using json::Cursor;
using std::chrono::minutes;
using view::Past;

constexpr int kMoments = 144;
/// Shorter rates would miss scrapes that are a minute apart.
constexpr minutes kShortestRate{5};
constexpr double kMostValue = 1e18;
constexpr std::size_t kLongestName = 512;

constexpr const char* kBy = " by (namespace, workload, node) ";
constexpr const char* kByPod = " by (namespace, workload, node, pod) ";

std::string in_minutes(minutes span) {
  return std::to_string(span.count()) + "m";
}

/// The thread-seconds of pods whose workload is known.
std::string seconds(std::string_view shares) {
  return R"(kernwise_container_wait_seconds_total{workload!="",)" + std::string(shares) + "}";
}

std::string increase(std::string_view shares, minutes range) {
  return std::string("sum") + kBy + "(increase(" + seconds(shares) + "[" + in_minutes(range) +
         "]))";
}

std::string moments(minutes range) {
  return "[" + in_minutes(range) + ":" + in_minutes(std::max(minutes(1), range / kMoments)) + "]";
}

std::string high_rate(std::string_view shares, minutes range) {
  const minutes rate = std::max(kShortestRate, range / kMoments);
  return std::string("avg") + kBy + "(quantile_over_time(0.9, sum" + kByPod + "(rate(" +
         seconds(shares) + "[" + in_minutes(rate) + "]))" + moments(range) + "))";
}

std::string pods(minutes range) {
  return std::string("group") + kByPod + "(last_over_time(" + seconds(R"(share="on_cpu")") + "[" +
         in_minutes(range) + "]))";
}

/// Memory that a pod cannot give back. Its series do not name the workload; where two claim a pod,
/// one of them gets it, so that no claim spoils the answer about all others.
std::string high_memory(minutes range) {
  return std::string("avg") + kBy +
         "(quantile_over_time(0.9, sum by (namespace, pod, node) (kpod_mem_cgroup_usage_bytes - "
         "kpod_mem_cgroup_cache_bytes)" +
         moments(range) +
         ") * on (namespace, pod, node) group_left (workload) topk by (namespace, pod, node) (1, " +
         pods(range) + "))";
}

/// `Deployment/cart`.
bool is_workload(std::string_view name) {
  const std::size_t slash = name.find('/');
  return slash != std::string_view::npos && slash > 0 && slash + 1 < name.size() &&
         name.find('/', slash + 1) == std::string_view::npos;
}

std::optional<std::string> label(const Cursor& labels, const char* name) {
  const auto member = labels.at(name);
  if (!member) return std::nullopt;
  auto text = member->string(kLongestName);
  if (!text || text->empty()) return std::nullopt;
  return *std::move(text);
}

/// `[1763856000.123, "0.25"]`
std::optional<double> number_in(const Cursor& pair) {
  const auto items = pair.items(2);
  if (!items || items->size() != 2) return std::nullopt;
  const std::string_view text = (*items)[1].value().text();
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (!std::isfinite(value) || value < 0 || value > kMostValue) return std::nullopt;
  return value;
}

std::optional<view::PastSample> sample_in(const Cursor& item) {
  const auto labels = item.at("metric");
  const auto pair = item.at("value");
  if (!labels || !pair) return std::nullopt;
  const auto pod_namespace = label(*labels, "namespace");
  const auto workload = label(*labels, "workload");
  auto node = label(*labels, "node");
  const auto value = number_in(*pair);
  if (!pod_namespace || !workload || !node || !value) return std::nullopt;
  if (!is_workload(*workload) || pod_namespace->find('/') != std::string::npos) {
    return std::nullopt;
  }
  return view::PastSample{*pod_namespace + "/" + *workload, *std::move(node), *value};
}

Result<> expect(const Cursor& object, const char* key, std::string_view word) {
  const auto member = object.at(key);
  if (!member) return member.error();
  if (member->value().text() == word) return {};
  return member->error("expected '" + std::string(word) + "'");
}

}  // namespace

std::string past_query(Past past, minutes range) {
  switch (past) {
    case Past::pods:
      return std::string("count") + kBy + "(" + pods(range) + ")";
    case Past::cpu:
      return increase(R"(share=~"on_cpu|runqueue")", range);
    case Past::runqueue:
      return increase(R"(share="runqueue")", range);
    case Past::disk:
      return increase(R"(share="disk")", range);
    case Past::memory:
      return increase(R"(share="memory")", range);
    case Past::active:
      return increase(R"(share!="idle")", range);
    case Past::cores:
      return high_rate(R"(share=~"on_cpu|runqueue")", range);
    case Past::disk_part:
      return high_rate(R"(share="disk")", range);
    case Past::memory_bytes:
      return high_memory(range);
  }
  return {};
}

Result<PastAnswer> read_past_answer(std::string_view body) {
  const json::Limits limits{.depth = 8, .bytes = kMostPastBytes, .values = 16 * kMostPastSamples};
  const auto document = json::parse(body, limits);
  if (!document) return document.error();
  const Cursor root(*document, "answer");
  if (auto good = expect(root, "status", "success"); !good) return good.error();
  const auto data = root.at("data");
  if (!data) return data.error();
  if (auto good = expect(*data, "resultType", "vector"); !good) return good.error();
  const auto result = data->at("result");
  if (!result) return result.error();
  if (result->value().items().size() > kMostPastSamples) {
    return Error{make_error_code(boost::system::errc::message_size),
                 "more than " + std::to_string(kMostPastSamples) + " samples"};
  }
  const auto items = result->items(kMostPastSamples);
  if (!items) return items.error();
  PastAnswer answer;
  answer.samples.reserve(items->size());
  for (const Cursor& item : *items) {
    auto sample = sample_in(item);
    if (sample) {
      answer.samples.push_back(*std::move(sample));
    } else {
      ++answer.skipped;
    }
  }
  return answer;
}

}  // namespace kernwise::history
