// SPDX-License-Identifier: Apache-2.0
#include "test/bench/prioritize/bodies.hpp"

#include <cstdio>

#include "common/base/json.hpp"
#include "common/report/codec.hpp"

namespace kernwise::bench {
namespace {

constexpr double kCores = 16;
constexpr std::uint64_t kGiB = 1ULL << 30U;
constexpr int kImages = 50;  ///< what a kubelet reports at most

report::Node totals_of(int number) {
  report::Node totals;
  totals.cores = kCores;
  totals.busy = kCores * (number % 100) / 100;
  totals.contention = number % 7;
  totals.memory_capacity_bytes = 64 * kGiB;
  totals.memory_used_bytes = static_cast<std::uint64_t>(number % 64) * kGiB;
  return totals;
}

constexpr const char* kPod =
    R"({"metadata":{"name":"web-1","namespace":"shop","uid":"0e7e8a6e-6ad1-4f3c-9d0a-5f0a54a4c9a1",)"
    R"("labels":{"app":"web"}},"spec":{"containers":[{"name":"app","image":"web:1","resources":)"
    R"({"requests":{"cpu":"500m","memory":"256Mi"}}}]}})";

void write_images(json::Writer& json) {
  json.key("images").begin_array();
  for (int image = 0; image < kImages; ++image) {
    const std::string name = "registry.example.org/team-" + std::to_string(image % 9) +
                             "/service-" + std::to_string(image) + "@sha256:";
    json.begin_object().key("names").begin_array();
    json.value(name + std::string(64, static_cast<char>('a' + image % 6))).end_array();
    json.member("sizeBytes", 10'000'000 + image).end_object();
  }
  json.end_array();
}

void write_node(json::Writer& json, int number) {
  json.begin_object().key("metadata").begin_object().member("name", node_name(number));
  json.key("labels").begin_object().member("kubernetes.io/arch", "amd64");
  json.member("kubernetes.io/hostname", node_name(number)).end_object().end_object();
  json.key("spec").begin_object().member("providerID", "aws:///" + node_name(number)).end_object();
  json.key("status").begin_object();
  for (const char* amounts : {"capacity", "allocatable"}) {
    json.key(amounts).begin_object().member("cpu", "16").member("memory", "64Gi");
    json.member("pods", "110").end_object();
  }
  write_images(json);
  json.end_object().end_object();
}

}  // namespace

std::string node_name(int number) {
  char name[64];
  std::snprintf(name, sizeof(name), "ip-10-%03d-%03d.eu-central-1.compute.internal", number / 1000,
                number % 1000);
  return name;
}

std::string report_of(int number, std::uint64_t seq) {
  report::Report report;
  report.node = node_name(number);
  report.boot_id = "00000000-0000-4000-8000-000000000000";
  report.seq = seq;
  report.window_ms = 5000;
  report.totals = totals_of(number);
  return report::encode(report);
}

std::string peer_rows() {
  json::Writer json;
  json.begin_array();
  for (int number = 0; number < kNodes; ++number) {
    const report::Node totals = totals_of(number);
    const double memory = static_cast<double>(totals.memory_capacity_bytes);
    json.begin_object().member("Name", node_name(number)).key("Load").begin_array();
    json.value(totals.busy / kCores).value(0.0);
    json.value(static_cast<double>(totals.memory_used_bytes) / memory).end_array();
    json.key("Contention").begin_array();
    const double used = totals.busy / kCores;
    const double waiting = totals.contention / (totals.contention + totals.busy + 1e-9);
    json.value(waiting * used * used).value(0.0).value(0.0);
    json.end_array().key("Sensitivity").begin_array().value(0.0).value(0.0).value(0.0).end_array();
    json.key("Capacity").begin_array().value(kCores).value(0.0).value(memory).end_array();
    json.end_object();
  }
  json.end_array();
  return json.take();
}

std::string asking_names(int count) {
  json::Writer json;
  json.begin_object().key("Pod").raw(kPod).key("Nodes").null();
  json.key("NodeNames").begin_array();
  for (int number = 0; number < count; ++number) json.value(node_name(number));
  json.end_array().end_object();
  return json.take();
}

std::string asking_nodes(int count) {
  json::Writer json;
  json.begin_object().key("Pod").raw(kPod).key("Nodes").begin_object();
  json.key("metadata").begin_object().end_object().key("items").begin_array();
  for (int number = 0; number < count; ++number) write_node(json, number);
  json.end_array().end_object().key("NodeNames").null().end_object();
  return json.take();
}

}  // namespace kernwise::bench
