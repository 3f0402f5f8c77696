// SPDX-License-Identifier: Apache-2.0
// Whatever a pod calls itself, a real Prometheus takes the page and keeps every pod's series.

#include <boost/asio/io_context.hpp>
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <thread>

#include "common/http/server.hpp"
#include "profiler/export/kpod_metrics.hpp"
#include "test/demo/api.hpp"
#include "test/demo/scratch.hpp"
#include "test/e2e/machine.hpp"

namespace kernwise::e2e {
namespace {

using namespace std::chrono_literals;

/// Pods with names that are no text, more than one line, or a megabyte.
std::string hostile_page() {
  const std::string names[] = {std::string("bad\xff\xfe utf8"), "two\nlines\r\n# TYPE x gauge",
                               std::string(1024UL * 1024, 'n'), "\"} 1\nkpod_evil{a=\"",
                               std::string("nul\0byte", 8),     "back\\slash"};
  profiler::ExportInput input;
  input.report.node = "n1";
  input.report.window_ms = 5000;
  for (const auto& name : names) {
    report::Container container;
    container.cgroup_id = input.report.containers.size() + 1;
    container.name.pod_namespace = container.name.pod = container.name.container = name;
    auto& totals = input.totals[container.cgroup_id];
    totals.disks[1U << 16U].reads = 1;
    input.files[container.cgroup_id].interfaces = {{.name = name, .received = {}, .sent = {}}};
    input.files[container.cgroup_id].file_systems = {{.mountpoint = name}};
    input.report.containers.push_back(std::move(container));
  }
  input.report.degraded = {names[0], names[1], names[2]};
  return metrics::serialise(profiler::kpod_families(input, {}), {});
}

/// A server of one page in a thread of its own.
class Page {
 public:
  explicit Page(std::string text) {
    http::ServerOptions options;
    options.listen = "127.0.0.1:0";
    options.routes = {{.method = "GET",
                       .path = "/metrics",
                       .handler = http::immediate([text](const http::Request&) {
                         return http::Response{
                             .status = 200, .content_type = metrics::kTextFormat, .body = text};
                       })}};
    auto started = http::Server::start(io_, std::move(options));
    require(started);
    server_ = std::move(*started);
    thread_ = std::thread([this] { io_.run(); });
  }
  ~Page() {
    io_.stop();
    thread_.join();
  }
  Page(const Page&) = delete;
  Page& operator=(const Page&) = delete;
  [[nodiscard]] std::string address() const {
    return "127.0.0.1:" + std::to_string(server_->port());
  }

 private:
  boost::asio::io_context io_;
  std::unique_ptr<http::Server> server_;
  std::thread thread_;
};

/// The number that a query of one value gives; -1 without an answer.
double value_of(const http::Url& prometheus, const std::string& query) {
  const auto answer = demo::get_json(prometheus, "/api/v1/query?query=" + query);
  if (!answer) return -1;
  const json::Value* data = answer->find("data");
  const json::Value* result = data == nullptr ? nullptr : data->find("result");
  if (result == nullptr || result->items().empty()) return -1;
  const json::Value* value = result->items().front().find("value");
  if (value == nullptr || value->items().size() != 2) return -1;
  return std::stod(std::string(value->items().back().text()));
}

}  // namespace

TEST_CASE("prometheus: hostile names never break a scrape", "[e2e]") {
  need_program("prometheus");
  const auto scratch = demo::Scratch::make();
  require(scratch);
  const Page page(hostile_page());
  const Prometheus prometheus(*scratch, {{"hostile", page.address()}});
  CHECK(eventually(60s, [&] { return value_of(prometheus.origin(), "up") == 1; }));
  INFO(prometheus.last_words());
  CHECK(value_of(prometheus.origin(), "count(kpod_mem_oom_kills_total)") == 6);
  CHECK(value_of(prometheus.origin(), "count(kpod_fs_capacity_bytes)") == 6);
  CHECK(value_of(prometheus.origin(), "count(kpod_evil)") == -1);
}

}  // namespace kernwise::e2e
