// SPDX-License-Identifier: Apache-2.0
#include "profiler/discovery/pod_source.hpp"

#include <algorithm>

#include "profiler/discovery/informer.hpp"
#include "profiler/discovery/kubelet_poll.hpp"

namespace kernwise::discovery {
namespace {

/// As the API server names nodes: DNS labels.
bool is_node_name(std::string_view name) {
  return !name.empty() && name.size() <= 253 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
  });
}

}  // namespace

Result<std::unique_ptr<PodSource>> PodSource::start(boost::asio::io_context& io,
                                                    PodSourceOptions options, PodBook& book) {
  std::unique_ptr<PodSource> source;
  if (!options.watch) {
    source = std::make_unique<KubeletPoll>(io, std::move(options), book);
  } else if (is_node_name(options.node)) {
    source = std::make_unique<Informer>(io, options, book);
  } else {
    return invalid("node: not the name of a Kubernetes node");
  }
  return source;
}

}  // namespace kernwise::discovery
