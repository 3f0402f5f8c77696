// SPDX-License-Identifier: Apache-2.0
// A service that only asks another one (svc-cpu) and waits. Each client's requests go out over a
// kept connection of its own, so as many requests are in flight as there are clients, all in one
// thread: what an asynchronous proxy looks like to the kernel.
#include <cerrno>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "test/workloads/lifetime.hpp"
#include "test/workloads/line_stream.hpp"
#include "test/workloads/loop.hpp"
#include "test/workloads/options.hpp"
#include "test/workloads/socket.hpp"

namespace {

class ChainService {
 public:
  ChainService(workload::Loop& loop, kernwise::Fd listener, std::uint16_t upstream)
      : loop_(loop), listener_(std::move(listener)), upstream_(upstream) {
    loop_.watch(listener_.value(), [this] { welcome(); });
  }

 private:
  struct Pair {
    workload::LineStream client, upstream;
  };

  void welcome() {
    workload::LineStream client(workload::accept_from(listener_.value()));
    workload::LineStream upstream(workload::connect_to(upstream_));
    if (client.fd() < 0 || upstream.fd() < 0) return;
    const int key = client.fd();
    auto& pair = pairs_[key] = std::make_unique<Pair>(std::move(client), std::move(upstream));
    loop_.watch(pair->client.fd(), [this, key] { forward(key, &Pair::client, &Pair::upstream); });
    loop_.watch(pair->upstream.fd(), [this, key] { forward(key, &Pair::upstream, &Pair::client); });
  }

  void forward(int key, workload::LineStream Pair::* from, workload::LineStream Pair::* to) {
    Pair& pair = *pairs_.at(key);
    bool alive = (pair.*from).receive();
    for (std::string line; alive && (pair.*from).take_line(line);)
      alive = (pair.*to).send_line(line);
    if (alive) return;
    loop_.forget(pair.client.fd());
    loop_.forget(pair.upstream.fd());
    pairs_.erase(key);
  }

  workload::Loop& loop_;
  kernwise::Fd listener_;
  std::uint16_t upstream_;
  std::unordered_map<int, std::unique_ptr<Pair>> pairs_;
};

}  // namespace

int main(int argc, char** argv) {
  const auto options = workload::parse_options(argc, argv);
  const workload::Lifetime lifetime(options.seconds);
  if (options.upstream == 0) {
    errno = EINVAL;
    workload::die("svc-chain: --upstream PORT is required");
  }
  workload::Loop loop(lifetime.fd());
  const ChainService service(loop, workload::listen_and_announce(options.port), options.upstream);
  loop.run();
}
