// SPDX-License-Identifier: Apache-2.0
#include "profiler/kernel/procfs.hpp"

#include <rapidcheck.h>

#include <catch2/catch_all.hpp>

#include "test/support/show_result.hpp"

namespace kernwise::kernel {

TEST_CASE("parse_stat: busy is everything but idle and iowait", "[kernel-files]") {
  const auto times = parse_stat(
      "cpu  100 20 30 5000 400 5 6 7 50 0\n"
      "cpu0 50 10 15 2500 200 2 3 3 25 0\n"
      "cpu1 50 10 15 2500 200 3 3 4 25 0\n"
      "intr 12345\n",
      100.0);
  REQUIRE(times);
  CHECK(times->busy_seconds == Catch::Approx(1.68));  // (100+20+30+5+6+7) / 100; guest is in user
  CHECK(times->cores == 2);
  CHECK_FALSE(parse_stat("", 100.0));
}

TEST_CASE("parse_netstat: the column of that name in the group's second line", "[kernel-files]") {
  const std::string text =
      "TcpExt: SyncookiesSent ListenOverflows ListenDrops\n"
      "TcpExt: 0 42 43\n"
      "IpExt: InNoRoutes\n"
      "IpExt: 7\n";
  CHECK(parse_netstat(text, "TcpExt:", "ListenOverflows") == 42U);
  CHECK(parse_netstat(text, "IpExt:", "InNoRoutes") == 7U);
  CHECK_FALSE(parse_netstat(text, "TcpExt:", "Missing"));
  CHECK_FALSE(parse_netstat("TcpExt: A\n", "TcpExt:", "A"));
}

TEST_CASE("the /proc parsers take any text", "[kernel-files]") {
  REQUIRE(rc::check("no crash", [](const std::string& text) {
    static_cast<void>(parse_stat(text, 100));
    static_cast<void>(parse_netstat(text, "TcpExt:", "ListenOverflows"));
  }));
}

TEST_CASE("read_self: this process has memory and has used a CPU", "[kernel-files]") {
  const auto self = read_self();
  CHECK(self.resident_bytes > 100'000);
  CHECK(self.cpu_ns > 0);
}

}  // namespace kernwise::kernel
