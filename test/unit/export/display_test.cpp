// SPDX-License-Identifier: Apache-2.0
#include "profiler/export/display.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <string>

#include "test/unit/export/sample_report.hpp"

namespace kernwise::profiler {
namespace {

TEST_CASE("display: a loopback peer is who listens there in the same network", "[export]") {
  report::Report report;
  auto web = test::container("web", {});
  web.netns = 5;
  auto api = test::container("api", {});
  api.netns = 5;
  api.listening_ports = {8080};
  auto other = test::container("other", {});
  other.netns = 6;
  other.listening_ports = {9090};
  report.containers = {web, api, other};
  const auto name = [&](const char* address, std::uint16_t port) {
    return peer_name(report, web, test::peer(address, port, 1));
  };
  CHECK(name("127.0.0.1", 8080) == "Deployment/api");
  CHECK(name("::1", 8080) == "Deployment/api");
  CHECK(name("127.0.0.1", 9090) == "127.0.0.1:9090");  // listens in another network
  CHECK(name("10.0.0.1", 8080) == "10.0.0.1:8080");    // whose address that is, is not known here
  report.containers[1].name.workload.clear();
  CHECK(name("127.0.0.1", 8080) == "shop/api");
}

TEST_CASE("display: the disk's cause is the direction waited for most", "[export]") {
  struct Row {
    report::BlockIo block;
    std::string expected;
  };
  const auto block = [](const char* device, std::uint64_t reads, double read_us,
                        std::uint64_t writes, double write_us) {
    report::BlockIo io;
    io.device = device;
    io.reads = reads;
    io.read_latency_p50_us = read_us;
    io.writes = writes;
    io.write_latency_p50_us = write_us;
    return io;
  };
  const auto row = GENERATE_COPY(values<Row>({
      {block("", 0, 0, 0, 0), "disk"},
      {block("254:0", 0, 0, 0, 0), "254:0"},
      {block("254:0", 100, 10, 10, 50), "254:0 read"},    // 1000 us against 500 us
      {block("254:0", 100, 10, 10, 500), "254:0 write"},  // 1000 us against 5000 us
      {block("254:0", 3, 0, 2, 0), "254:0 read"},         // no latencies: more requests
      {block("", 0, 0, 2, 0), "write"},
  }));
  CHECK(disk_cause(row.block) == row.expected);
}

TEST_CASE("display: names are complete where they can be", "[export]") {
  auto one = test::container("cart", {});
  CHECK(full_name(shown(one)) == "shop/cart");
  one.name = {};
  CHECK(full_name(shown(one)) == "uid-cart");
  one.pod_uid.clear();
  one.path = "/system.slice/a\nb";
  CHECK(full_name(shown(one)) == "/system.slice/ab");
  one.name.pod_namespace = "/";
  one.name.pod = "demo";
  CHECK(full_name(shown(one)) == "/demo");
}

}  // namespace
}  // namespace kernwise::profiler
