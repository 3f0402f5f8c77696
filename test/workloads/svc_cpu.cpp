// SPDX-License-Identifier: Apache-2.0
// A service that needs CPU: each request is a line, costs 2 ms of CPU and is answered by a line.
// One thread, so that it saturates one core and its clients queue.
#include <chrono>
#include <map>
#include <string>
#include <utility>

#include "test/workloads/burn.hpp"
#include "test/workloads/lifetime.hpp"
#include "test/workloads/line_stream.hpp"
#include "test/workloads/loop.hpp"
#include "test/workloads/options.hpp"
#include "test/workloads/socket.hpp"

namespace {

using namespace std::chrono_literals;

class CpuService {
 public:
  CpuService(workload::Loop& loop, kernwise::Fd listener)
      : loop_(loop), listener_(std::move(listener)) {
    loop_.watch(listener_.value(), [this] { welcome(); });
  }

 private:
  void welcome() {
    workload::LineStream client(workload::accept_from(listener_.value()));
    const int fd = client.fd();
    if (fd < 0) return;
    clients_.emplace(fd, std::move(client));
    loop_.watch(fd, [this, fd] { serve(fd); });
  }

  void serve(int fd) {
    auto& client = clients_.at(fd);
    bool alive = client.receive();
    for (std::string request; alive && client.take_line(request);) {
      burn_cycles(2ms);
      alive = client.send_line("done " + request);
    }
    if (alive) return;
    loop_.forget(fd);
    clients_.erase(fd);
  }

  workload::Loop& loop_;
  kernwise::Fd listener_;
  std::map<int, workload::LineStream> clients_;
};

}  // namespace

int main(int argc, char** argv) {
  const auto options = workload::parse_options(argc, argv);
  const workload::Lifetime lifetime(options.seconds);
  workload::Loop loop(lifetime.fd());
  const CpuService service(loop, workload::listen_and_announce(options.port));
  loop.run();
}
