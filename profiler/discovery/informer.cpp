// SPDX-License-Identifier: Apache-2.0
#include "profiler/discovery/informer.hpp"

#include "common/kube/decode.hpp"
#include "common/kube/http_client.hpp"

namespace kernwise::discovery {
namespace {

std::unique_ptr<kube::KubeClient> client_of(boost::asio::io_context& io,
                                            const PodSourceOptions& options) {
  kube::Access access{
      .origin = options.origin, .tls = options.tls, .token_file = options.token_file};
  // One list now and then: one connection is enough beside that of the watch.
  return std::make_unique<kube::HttpKubeClient>(io, std::move(access),
                                                kube::HttpClientOptions{.connections = 1});
}

kube::WatchOptions watch_of(const PodSourceOptions& options) {
  kube::WatchOptions watch{.objects = {.api = "v1", .plural = "pods"},
                           .field_selector = "spec.nodeName=" + options.node};
  watch.tuning.last_backoff = options.last_backoff;
  watch.most = PodBook::kMaxPods;
  watch.jitter_seed = options.jitter_seed;
  return watch;
}

/// A pod of a StatefulSet has the name of the one before, and another uid.
kube::Store<kube::Pod>::Change follow(PodBook& book) {
  return [&book](const auto& before, const auto& after) {
    const auto now = Monotonic::now();
    if (before && (!after || after->meta.uid != before->meta.uid)) {
      book.remove(before->meta.uid, now);
    }
    if (after) book.put(record_of(*after), now);
  };
}

}  // namespace

Informer::Informer(boost::asio::io_context& io, const PodSourceOptions& options, PodBook& book)
    : client_(client_of(io, options)),
      clock_(kube::clock_of(io)),
      pods_(follow(book)),
      cache_(*client_, *clock_, watch_of(options), kube::decode_pod, pods_) {}

const std::string& Informer::problem() const {
  problem_ = cache_.problem();
  if (!problem_.empty()) problem_.insert(0, "discovery: API server: ");
  return problem_;
}

}  // namespace kernwise::discovery
