// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "common/kube/watch_cache.hpp"
#include "profiler/discovery/pod_source.hpp"

namespace kernwise::discovery {

/// The pods of one node by list and watch of the API server.
class Informer final : public PodSource {
 public:
  Informer(boost::asio::io_context& io, const PodSourceOptions& options, PodBook& book);

  [[nodiscard]] const std::string& problem() const override;

 private:
  std::unique_ptr<kube::KubeClient> client_;
  std::unique_ptr<kube::Clock> clock_;
  kube::Store<kube::Pod> pods_;
  kube::WatchCache<kube::Pod> cache_;
  mutable std::string problem_;  ///< what `problem` has shown
};

}  // namespace kernwise::discovery
