// SPDX-License-Identifier: Apache-2.0
// A closed loop: each connection sends its next request as soon as the answer is there. Prints how
// many requests were answered. Ends early when the service does.
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "test/workloads/lifetime.hpp"
#include "test/workloads/line_stream.hpp"
#include "test/workloads/loop.hpp"
#include "test/workloads/options.hpp"
#include "test/workloads/socket.hpp"

int main(int argc, char** argv) {
  const auto options = workload::parse_options(argc, argv);
  const workload::Lifetime lifetime(options.seconds);
  workload::Loop loop(lifetime.fd());
  std::uint64_t done = 0;
  int open = options.connections;
  std::vector<workload::LineStream> connections;
  connections.reserve(static_cast<std::size_t>(options.connections));  // callbacks keep references

  for (int index = 0; index < options.connections; ++index) {
    auto& connection = connections.emplace_back(workload::connect_to(options.port));
    if (connection.fd() < 0) workload::die("load-gen: connect to --port");
    loop.watch(connection.fd(), [&] {
      bool alive = connection.receive();
      for (std::string answer; alive && connection.take_line(answer); ++done)
        alive = connection.send_line("work");
      if (alive) return;
      loop.forget(connection.fd());
      if (--open == 0) loop.stop();
    });
    if (!connection.send_line("work")) workload::die("load-gen: send");
  }
  loop.run();
  std::printf("requests %llu%s\n", static_cast<unsigned long long>(done),
              open == 0 ? ", the service went away" : "");
}
