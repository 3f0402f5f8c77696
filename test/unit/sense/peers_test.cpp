// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch_all.hpp>

#include "profiler/sense/window.hpp"

namespace kernwise::sense {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

kw_peer_key v4(std::uint8_t last_octet, std::uint16_t port) {
  kw_peer_key key{};
  key.slot = 1;
  key.role = KW_ROLE_OUTBOUND;
  key.at.family = 2;
  key.at.port = port;
  key.at.address[10] = key.at.address[11] = 0xff;
  key.at.address[12] = 10;
  key.at.address[15] = last_octet;
  return key;
}

}  // namespace

TEST_CASE("peers_between: blocked time is split by what each peer had outstanding", "[sense]") {
  const Span window{10 * kSecond, 12 * kSecond};
  PeerReading slow{v4(7, 8080), {}}, fast{v4(8, 9090), {}}, quiet{v4(9, 80), {}};
  slow.value.outstanding_sum = static_cast<__s64>(3 * kSecond / 2);  // 1.5 s
  slow.value.requests = 10;
  slow.value.latency_ns = 3 * kSecond / 2;                       // 150 ms each
  slow.value.wait_ns = kSecond;                                  // 0.5 threads
  fast.value.outstanding_sum = static_cast<__s64>(kSecond / 2);  // 0.5 s
  fast.value.requests = 100;
  const PeerReading peers_now[] = {fast, slow, quiet};
  const auto peers = peers_between({}, peers_now, window, 0.8, 16);
  REQUIRE(peers.size() == 2);  // who did nothing is not listed
  CHECK(peers[0].address == "10.0.0.7");
  CHECK(peers[0].port == 8080);
  CHECK(peers[0].blocked == Catch::Approx(0.6));  // 0.8 * 1.5 / (1.5 + 0.5)
  CHECK(peers[0].share == Catch::Approx(0.5));
  CHECK(peers[0].wait_ms == Catch::Approx(150));
  CHECK(peers[1].blocked == Catch::Approx(0.2));
  CHECK(peers_between({}, peers_now, window, 0.8, 1).size() == 1);
}

TEST_CASE("address_text: IPv4 in its short form, IPv6 as it is", "[sense]") {
  CHECK(address_text(v4(7, 1).at) == "10.0.0.7");
  kw_endpoint endpoint{};
  endpoint.address[15] = 1;
  CHECK(address_text(endpoint) == "::1");
}

}  // namespace kernwise::sense
