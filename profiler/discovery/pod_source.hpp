// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>

#include "common/http/client.hpp"
#include "profiler/discovery/pod_book.hpp"

namespace kernwise::discovery {

struct PodSourceOptions {
  http::Url origin;
  http::TlsOptions tls;
  std::string token_file;  ///< read for every request, since it is rotated; empty = no token
  std::string node;        ///< whose pods are watched (informer)
  bool watch = false;      ///< informer: list and watch; else the kubelet's /pods again and again
  std::chrono::milliseconds interval{30'000};      ///< between two lists of the kubelet
  std::chrono::milliseconds last_backoff{15'000};  ///< between attempts that fail
  std::uint64_t jitter_seed = std::random_device{}();
};

/// Keeps a PodBook like the node: by asking the kubelet (GET /pods; `get` on nodes/pods), or by a
/// list and watch of the API server for this node only (`list` and `watch` on pods). A failure is
/// logged once per state and tried again with full jitter; names that are known stay.
class PodSource {
 public:
  /// `book` must outlive it. Errors: the node's name is none.
  [[nodiscard]] static Result<std::unique_ptr<PodSource>> start(boost::asio::io_context& io,
                                                                PodSourceOptions options,
                                                                PodBook& book);
  PodSource() = default;
  virtual ~PodSource() = default;
  PodSource(const PodSource&) = delete;
  PodSource& operator=(const PodSource&) = delete;

  /// Why names are not kept up now, for `degraded`; empty when they are.
  [[nodiscard]] virtual const std::string& problem() const = 0;
};

}  // namespace kernwise::discovery
