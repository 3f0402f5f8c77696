// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

#include "common/kube/access.hpp"
#include "common/kube/client.hpp"

namespace kernwise::kube {

struct HttpClientOptions {
  std::size_t connections = 4;                ///< for requests; each watch has one more of its own
  std::chrono::milliseconds timeout{30'000};  ///< of a request
  std::chrono::milliseconds connect{5'000};
  /// A watch that says nothing for so long is over. The server ends each within a minute.
  std::chrono::milliseconds silence{75'000};
  std::size_t answer_bytes = 64UL * 1024 * 1024;
  std::size_t line_bytes = 8UL * 1024 * 1024;  ///< of a watch; the server takes objects of 3 MiB
};

/// The API server over HTTP/1.1. A request waits for the connection that has the fewest; at most
/// 64 wait for each, one more fails at once (resource_unavailable_try_again). The token file is
/// read for each request, certificates for each connection. A line of a watch that is too long is
/// dropped, and handed over as an empty one.
class HttpKubeClient final : public KubeClient {
 public:
  HttpKubeClient(boost::asio::io_context& io, Access access, HttpClientOptions options = {});
  ~HttpKubeClient() override;
  HttpKubeClient(const HttpKubeClient&) = delete;
  HttpKubeClient& operator=(const HttpKubeClient&) = delete;

  /// Requests that have no answer when this goes are never answered.
  void send(Request request, Done done) override;
  [[nodiscard]] std::unique_ptr<Stream> watch(Request request, Line line, Done end) override;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace kernwise::kube
