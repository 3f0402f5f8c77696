// SPDX-License-Identifier: Apache-2.0
#include "test/demo/state.hpp"

#include <algorithm>
#include <utility>

#include "test/demo/api.hpp"

namespace kernwise::demo {
namespace {

constexpr std::size_t kMaxItems = 10'000;

Result<std::string> text_at(const json::Cursor& object, std::string_view key) {
  const auto member = object.at(key);
  return member ? member->string(1024) : Result<std::string>(member.error());
}

Result<double> number_at(const json::Cursor& object, std::string_view key) {
  const auto member = object.at(key);
  return member ? member->number() : Result<double>(member.error());
}

Result<std::vector<json::Cursor>> items_at(const json::Cursor& object, std::string_view key) {
  const auto member = object.at(key);
  return member ? member->items(kMaxItems) : Result<std::vector<json::Cursor>>(member.error());
}

Result<std::vector<Weighed>> weighed_at(const json::Cursor& object, std::string_view key,
                                        std::string_view weight) {
  const auto items = items_at(object, key);
  if (!items) return items.error();
  std::vector<Weighed> list;
  for (const auto& item : *items) {
    const json::Value* const direction = item.value().find("direction");
    if (direction != nullptr && direction->text() == "inbound") continue;  // nobody waits for those
    auto name = text_at(item, "name");
    if (!name) return name.error();
    const auto value = number_at(item, weight);
    if (!value) return value.error();
    list.push_back({std::move(*name), *value});
  }
  std::ranges::sort(list, std::greater(), &Weighed::weight);
  return list;
}

Result<std::vector<std::string>> texts_at(const json::Cursor& object, std::string_view key) {
  const auto items = items_at(object, key);
  if (!items) return items.error();
  std::vector<std::string> list;
  for (const auto& item : *items) {
    auto text = item.string(1024);
    if (!text) return text.error();
    list.push_back(std::move(*text));
  }
  return list;
}

Result<WaitShares> shares_at(const json::Cursor& object) {
  const auto all = object.at("shares");
  if (!all) return all.error();
  WaitShares shares;
  for (std::size_t index = 0; index < kShareCount; ++index) {
    const auto share = static_cast<Share>(index);
    const auto value = number_at(*all, name_of(share));
    if (!value) return value.error();
    shares[share] = *value;
  }
  return shares;
}

template <class T, class Into>
bool take(Result<T> from, Into& into, Error& failure) {
  if (!from) {
    failure = from.error();
    return false;
  }
  into = std::move(*from);
  return true;
}

Result<PodState> pod_in(const json::Cursor& item) {
  PodState pod;
  Error failure;
  const bool complete =
      take(text_at(item, "verdict"), pod.verdict, failure) &&
      take(number_at(item, "confidence"), pod.confidence, failure) &&
      take(shares_at(item), pod.shares, failure) &&
      take(weighed_at(item, "top_functions", "samples"), pod.functions, failure) &&
      take(weighed_at(item, "peers", "share"), pod.peers, failure) &&
      take(texts_at(item, "evidence"), pod.evidence, failure);
  if (!complete) return failure;
  return pod;
}

Result<DecisionState> decision_in(const json::Cursor& item) {
  DecisionState decision;
  Error failure;
  const bool complete = take(text_at(item, "action"), decision.action, failure) &&
                        take(text_at(item, "target"), decision.target, failure) &&
                        take(text_at(item, "reason"), decision.reason, failure) &&
                        take(number_at(item, "from"), decision.from, failure) &&
                        take(number_at(item, "to"), decision.to, failure) &&
                        take(texts_at(item, "evidence"), decision.evidence, failure);
  if (!complete) return failure;
  decision.whole = item.value();
  return decision;
}

void write(json::Writer& out, std::string_view key, const std::vector<Weighed>& list,
           std::string_view weight) {
  out.key(key).begin_array();
  for (const auto& entry : list)
    out.begin_object().member("name", entry.name).member(weight, entry.weight).end_object();
  out.end_array();
}

void write(json::Writer& out, const PodState& pod) {
  out.begin_object().member("name", pod.name).member("verdict", pod.verdict);
  out.member("confidence", pod.confidence).key("shares").begin_object();
  for (std::size_t index = 0; index < kShareCount; ++index) {
    const auto share = static_cast<Share>(index);
    out.member(name_of(share), pod.shares[share]);
  }
  out.end_object();
  write(out, "top_functions", pod.functions, "samples");
  write(out, "peers", pod.peers, "share");
  out.key("evidence").begin_array();
  for (const auto& line : pod.evidence) out.value(line);
  out.end_array().end_object();
}

void write(json::Writer& out, const Placement& placement) {
  out.begin_object().member("pod", placement.pod).key("scores").begin_array();
  for (const auto& [host, score] : placement.scores)
    out.begin_object().member("Host", host).member("Score", score).end_object();
  out.end_array().key("explain").value(placement.explanation);
  out.end_object();
}

}  // namespace

Result<std::vector<PodState>> pods_in(const json::Value& answer, std::string_view pod_namespace) {
  const auto items = items_at(json::Cursor(answer, "/v1/pods"), "items");
  if (!items) return items.error();
  std::vector<PodState> pods;
  for (const auto& item : *items) {
    auto name = text_at(item, "name");
    if (!name) return name.error();
    if (!name->starts_with(std::string(pod_namespace) + "/")) continue;
    auto pod = pod_in(item);
    if (!pod) return pod.error();
    pod->name = std::move(*name);
    pods.push_back(std::move(*pod));
  }
  return pods;
}

Result<std::vector<DecisionState>> decisions_in(const json::Value& answer,
                                                std::string_view pod_namespace) {
  const auto items = items_at(json::Cursor(answer, "/v1/decisions"), "items");
  if (!items) return items.error();
  std::vector<DecisionState> decisions;
  for (const auto& item : *items) {
    const auto workload = text_at(item, "workload");
    if (!workload) return workload.error();
    if (!workload->starts_with(std::string(pod_namespace) + "/")) continue;
    auto decision = decision_in(item);
    if (!decision) return decision.error();
    decision->workload = *workload;
    decisions.push_back(std::move(*decision));
  }
  return decisions;
}

Result<std::vector<HostScore>> scores_in(const json::Value& answer) {
  const auto items = json::Cursor(answer, "/prioritize").items(kMaxItems);
  if (!items) return items.error();
  std::vector<HostScore> scores;
  for (const auto& item : *items) {
    auto host = text_at(item, "Host");
    if (!host) return host.error();
    const auto member = item.at("Score");
    if (!member) return member.error();
    const auto score = member->unsigned_integer(10);
    if (!score) return score.error();
    scores.push_back({std::move(*host), *score});
  }
  return scores;
}

std::string to_json(const Outcome& outcome) {
  json::Writer out;
  out.begin_object().key("pods").begin_array();
  for (const auto& pod : outcome.pods) write(out, pod);
  out.end_array().key("prioritize").begin_array();
  for (const auto& placement : outcome.placements) write(out, placement);
  out.end_array().key("decisions").begin_array();
  for (const auto& decision : outcome.decisions) out.value(decision.whole);
  out.end_array().end_object();
  return out.take();
}

}  // namespace kernwise::demo
