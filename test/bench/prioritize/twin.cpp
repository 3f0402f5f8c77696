// SPDX-License-Identifier: Apache-2.0
#include "test/bench/prioritize/twin.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <csignal>
#include <string>
#include <utility>

#include "common/http/server.hpp"
#include "extender/protocol/decode.hpp"

namespace kernwise::bench {
namespace {

/// Tells its port and serves until it is killed.
[[noreturn]] void serve(const std::string& answer, int tell_port) {
  const auto handler = http::immediate([&answer](const http::Request&) {
    http::Response response;
    response.quotes.push_back({.at = 0, .text = answer});
    return response;
  });
  http::ServerOptions options;
  for (const char* path : {"/prioritize", "/prioritize/relative", "/filter"}) {
    options.routes.push_back(
        {.method = "POST", .path = path, .max_body = protocol::kMaxBodyBytes, .handler = handler});
  }
  boost::asio::io_context io(1);
  auto server = http::Server::start(io, std::move(options));
  if (!server) give_up(server.error().message());
  const std::uint16_t port = (*server)->port();
  if (::write(tell_port, &port, sizeof(port)) != sizeof(port)) give_up("cannot tell the port");
  io.run();
  ::_exit(0);
}

}  // namespace

void Twin::expect(std::size_t answer_bytes) {
  end();
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) give_up("pipe");
  const Fd told(ends[0]), tell(ends[1]);
  child_ = ::fork();
  if (child_ < 0) give_up("fork");
  if (child_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    run_on(kServerCore);
    serve(std::string(answer_bytes, 'x'), tell.value());
  }
  if (::read(told.value(), &port_, sizeof(port_)) != sizeof(port_)) give_up("no twin");
}

void Twin::end() {
  if (child_ <= 0) return;
  ::kill(child_, SIGKILL);
  ::waitpid(child_, nullptr, 0);
}

}  // namespace kernwise::bench
