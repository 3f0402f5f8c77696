// SPDX-License-Identifier: Apache-2.0
#include "test/bench/prioritize/servers.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <vector>

#include "test/bench/prioritize/bodies.hpp"

namespace kernwise::bench {
namespace {

constexpr std::chrono::seconds kStart{20};

demo::Process start_pinned(const std::string& program, std::vector<std::string> arguments,
                           const std::string& log) {
  arguments.insert(arguments.begin(), {"-c", std::to_string(kServerCore), program});
  auto process = demo::Process::start(
      {.program = "/usr/bin/taskset", .arguments = std::move(arguments), .log = log});
  if (!process) give_up(process.error().message());
  come_first(process->pid());
  return std::move(*process);
}

std::string line_of(demo::Process& process, std::string_view prefix) {
  auto line = process.await_line(prefix, kStart);
  if (!line) give_up(line.error().message());
  return *line;
}

std::uint16_t number_after_colon(const std::string& text, std::size_t from) {
  return static_cast<std::uint16_t>(std::stoul(text.substr(text.find(':', from) + 1)));
}

/// `scheduler=127.0.0.1:8888 ingest=...`
std::uint16_t port_of(const std::string& line, const std::string& listener) {
  const auto at = line.find(listener + "=");
  if (at == std::string::npos) give_up("no " + listener + " in: " + line);
  return number_after_colon(line, at);
}

/// A connection's requests, until it is closed.
void move_bytes(int socket, std::size_t request_bytes, const std::string& answer) {
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  std::vector<char> buffer(request_bytes);
  while (true) {
    for (std::size_t got = 0; got < request_bytes;) {
      const auto count = ::recv(socket, buffer.data() + got, request_bytes - got, 0);
      if (count <= 0) return;
      got += static_cast<std::size_t>(count);
    }
    for (std::size_t sent = 0; sent < answer.size();) {
      const auto count = ::send(socket, answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) return;
      sent += static_cast<std::size_t>(count);
    }
  }
}

}  // namespace

void run_on(int core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  if (::sched_setaffinity(0, sizeof(cores), &cores) != 0) give_up("cannot choose the core");
}

void come_first(pid_t process) {
  constexpr int kPriority = -20;
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(process), kPriority);
  std::ofstream("/proc/" + std::to_string(process) + "/autogroup") << kPriority;
}

void come_last() {
  const sched_param none{};
  ::sched_setscheduler(0, SCHED_BATCH, &none);
  ::setpriority(PRIO_PROCESS, 0, 0);
}

double cpu_seconds(pid_t process) {
  timespec spent{};
  clockid_t clock{};
  if (::clock_getcpuclockid(process, &clock) != 0 || ::clock_gettime(clock, &spent) != 0) return 0;
  return static_cast<double>(spent.tv_sec) + 1e-9 * static_cast<double>(spent.tv_nsec);
}

double Server::status_megabytes(std::string_view field) const {
  std::ifstream status("/proc/" + std::to_string(pid()) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field)) return std::stod(line.substr(field.size())) / 1024;
  }
  return 0;
}

Ours::Ours(const std::string& folder)
    : process_(start_pinned(
          KW_ORCHESTRATOR,
          {"--scheduler.listen", "127.0.0.1:0", "--ingest.listen", "127.0.0.1:0", "--api.listen",
           "127.0.0.1:0", "--kubernetes.enabled", "false", "--placement.warm_up", "0"},
          folder + "/orchestrator.log")) {
  const std::string line = line_of(process_, "listening ");
  port_ = port_of(line, "scheduler");
  ingest_ = port_of(line, "ingest");
  api_ = port_of(line, "api");
  feed();
}

void Ours::feed() {
  Connection connection(ingest_);
  for (int number = 0; number < kNodes; ++number) report_next(connection);
}

void Ours::report_next(Connection& connection) {
  const auto node = static_cast<int>(reports_ % kNodes);
  const std::uint64_t seq = 1 + reports_ / kNodes;
  connection.exchange(request_text("/v1/report", report_of(node, seq)));
  ++reports_;
}

void Ours::add_quiet_nodes(int count) {
  Connection connection(ingest_);
  for (int number = kNodes; number < kNodes + count; ++number) {
    connection.exchange(request_text("/v1/report", report_of(number, 1)));
  }
}

Peer::Peer(const std::string& program, const std::string& folder)
    : process_([&] {
        std::ofstream(folder + "/nodes.json") << peer_rows();
        return start_pinned(program, {"-nodes", folder + "/nodes.json"}, folder + "/peer.log");
      }()) {
  port_ = number_after_colon(line_of(process_, "listening "), 0);
}

Mover::Mover() : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_.value(), any, size) != 0 || ::listen(listener_.value(), 16) != 0 ||
      ::getsockname(listener_.value(), any, &size) != 0) {
    give_up("cannot listen");
  }
  port_ = ntohs(address.sin_port);
}

void Mover::expect(std::size_t request_bytes, std::size_t answer_bytes) {
  if (child_ > 0) {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  child_ = ::fork();
  if (child_ != 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  run_on(kServerCore);
  const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(answer_bytes) +
                             "\r\n\r\n" + std::string(answer_bytes, 'x');
  while (true) {
    const Fd accepted(::accept(listener_.value(), nullptr, nullptr));
    if (accepted.valid()) move_bytes(accepted.value(), request_bytes, answer);
  }
}

Mover::~Mover() {
  if (child_ <= 0) return;
  ::kill(child_, SIGKILL);
  ::waitpid(child_, nullptr, 0);
}

}  // namespace kernwise::bench
