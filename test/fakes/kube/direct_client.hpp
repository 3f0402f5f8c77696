// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "common/kube/client.hpp"
#include "test/fakes/kube/front.hpp"

namespace kernwise::test {

/// A client of the fake API server in the same process and thread: what it says arrives with the
/// next turn of `io`, in order. For tests where the time is an argument.
///
///     boost::asio::io_context io;
///     ApiFront front([&] { return wall; });
///     DirectClient client(io, front);
///     ... client.send({.path = "/api/v1/pods"}, done);  io.poll();
class DirectClient final : public kube::KubeClient {
 public:
  DirectClient(boost::asio::io_context& io, ApiFront& front, std::string token = "admin");
  ~DirectClient() override;

  void send(kube::Request request, Done done) override;
  [[nodiscard]] std::unique_ptr<kube::Stream> watch(kube::Request request, Line line,
                                                    Done end) override;
  /// While down, nothing reaches the server: connection refused.
  void down(bool is_down) { down_ = is_down; }

 private:
  class Exchange;
  class Open;
  boost::asio::io_context& io_;
  ApiFront& front_;
  std::string token_;
  bool down_ = false;
};

}  // namespace kernwise::test
