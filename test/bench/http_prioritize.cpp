// SPDX-License-Identifier: Apache-2.0
// What kube-scheduler would see: /prioritize of the running orchestrator over one kept connection,
// one call at a time, with 500 and with 5,000 node names.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "common/base/fd.hpp"
#include "common/base/json.hpp"
#include "common/base/log.hpp"
#include "common/report/codec.hpp"
#include "orchestrator/app/config.hpp"
#include "orchestrator/app/orchestrator.hpp"
#include "orchestrator/view/snapshot.hpp"

namespace {

using namespace kernwise;
using Clock = std::chrono::steady_clock;

constexpr int kNodes = 5000;
constexpr std::chrono::seconds kMeasure{3};

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "bench-prioritize: %s\n", why.c_str());
  std::exit(1);
}

/// Forty characters, as long as cloud providers make them.
std::string node_name(int number) {
  char name[64];
  std::snprintf(name, sizeof(name), "ip-10-%03d-%03d.eu-central-1.compute.internal", number / 1000,
                number % 1000);
  return name;
}

/// One kept connection, blocking, header and body in one write.
class Connection {
 public:
  explicit Connection(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_.value(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
      give_up("connect");
    }
    const int on = 1;
    ::setsockopt(socket_.value(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }

  /// The body of the answer; only 200 counts.
  std::string post(const std::string& path, const std::string& body) {
    const std::string request = "POST " + path +
                                " HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
                                "Content-Length: " +
                                std::to_string(body.size()) + "\r\n\r\n" + body;
    for (std::size_t sent = 0; sent < request.size();) {
      const auto count = ::write(socket_.value(), request.data() + sent, request.size() - sent);
      if (count <= 0) give_up("write");
      sent += static_cast<std::size_t>(count);
    }
    return receive();
  }

 private:
  std::string receive() {
    std::string text;
    std::size_t head = std::string::npos;
    while ((head = text.find("\r\n\r\n")) == std::string::npos) read_more(text);
    if (!text.starts_with("HTTP/1.1 200")) give_up(text.substr(0, 200));
    const auto at = text.find("Content-Length: ");
    if (at == std::string::npos) give_up("an answer without Content-Length");
    const auto length = std::strtoull(text.c_str() + at + 16, nullptr, 10);
    while (text.size() < head + 4 + length) read_more(text);
    return text.substr(head + 4);
  }

  void read_more(std::string& text) {
    char buffer[64 * 1024];
    const auto count = ::read(socket_.value(), buffer, sizeof(buffer));
    if (count <= 0) give_up("read");
    text.append(buffer, static_cast<std::size_t>(count));
  }

  Fd socket_;
};

report::Report report_of(int number) {
  report::Report report;
  report.node = node_name(number);
  report.boot_id = "00000000-0000-4000-8000-000000000000";
  report.seq = 1;
  report.window_ms = 5000;
  report.totals.cores = 16;
  report.totals.busy = 16.0 * (number % 100) / 100;
  report.totals.contention = number % 7;
  report.totals.memory_capacity_bytes = 64ULL << 30;
  report.totals.memory_used_bytes = static_cast<std::uint64_t>(number % 64) << 30;
  return report;
}

std::string request_for(int names) {
  json::Writer writer;
  writer.begin_object().key("Pod").raw(
      R"({"metadata":{"name":"web-1","namespace":"shop","labels":{"app":"web"}},"spec":{"containers":[{"name":"app","image":"web:1","resources":{"requests":{"cpu":"500m","memory":"256Mi"}}}]}})");
  writer.key("Nodes").null().key("NodeNames").begin_array();
  for (int number = 0; number < names; ++number) writer.value(node_name(number));
  writer.end_array().end_object();
  return writer.take();
}

void measure(Connection& connection, int names) {
  const auto request = request_for(names);
  for (int warm_up = 0; warm_up < 50; ++warm_up) connection.post("/prioritize", request);
  std::vector<double> micros;
  std::size_t answer_bytes = 0;
  const auto begin = Clock::now();
  while (Clock::now() - begin < kMeasure) {
    const auto sent = Clock::now();
    answer_bytes = connection.post("/prioritize", request).size();
    micros.push_back(std::chrono::duration<double, std::micro>(Clock::now() - sent).count());
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  std::ranges::sort(micros);
  std::printf(
      "%5d names  %8.0f requests/s  p50 %7.0f us  p99 %7.0f us  request %zu B  answer %zu B\n",
      names, static_cast<double>(micros.size()) / seconds, micros[micros.size() / 2],
      micros[micros.size() * 99 / 100], request.size(), answer_bytes);
}

}  // namespace

int main() {
  log::configure(log::Level::warn, log::Format::logfmt);
  orchestrator::Config config;
  config.scheduler_listen = config.ingest_listen = config.api_listen = "127.0.0.1:0";
  auto running = orchestrator::Orchestrator::start(config);
  if (!running) give_up(running.error().message());
  const auto ports = (*running)->ports();
  Connection ingest(ports.ingest);
  for (int number = 0; number < kNodes; ++number) {
    ingest.post("/v1/report", report::encode(report_of(number)));
  }
  while ((*running)->snapshot()->nodes.size() < kNodes) ::usleep(10'000);
  Connection scheduler(ports.scheduler);
  for (const int names : {500, 5000}) measure(scheduler, names);
  (*running)->stop();
  return 0;
}
