// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "common/report/report.hpp"

/// Reports that the tests of profiler/export share.
namespace kernwise::test {

[[nodiscard]] WaitShares shares(std::initializer_list<std::pair<Share, double>> parts);

/// A container of namespace `shop` with these shares.
[[nodiscard]] report::Container container(const std::string& pod, const WaitShares& shares);

[[nodiscard]] report::Peer peer(const std::string& address, std::uint16_t port, double share);

/// One window of 5 s on node `n1`: svc-cpu computes, svc-io writes, svc-web waits for the API.
[[nodiscard]] report::Report three_services();

/// Names that try to leave whatever they are written into.
[[nodiscard]] std::vector<std::string> hostile_names();

}  // namespace kernwise::test
