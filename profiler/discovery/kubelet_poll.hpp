// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "profiler/discovery/pod_source.hpp"

namespace kernwise::discovery {

/// The pods of this node by asking its kubelet again and again.
class KubeletPoll final : public PodSource {
 public:
  KubeletPoll(boost::asio::io_context& io, PodSourceOptions options, PodBook& book);
  ~KubeletPoll() override;

  [[nodiscard]] const std::string& problem() const override;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace kernwise::discovery
