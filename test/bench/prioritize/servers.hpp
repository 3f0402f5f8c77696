// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/fd.hpp"
#include "test/bench/prioritize/connection.hpp"
#include "test/demo/process.hpp"

namespace kernwise::bench {

/// The core that every server runs on, and the one for whoever asks.
inline constexpr int kServerCore = 0, kClientCore = 1;
void run_on(int core);
/// Lets a process run before whatever else runs on this machine; nothing when that is not allowed.
/// Sessions compete as groups where the kernel groups them, so that must be told, too.
void come_first(pid_t process);
/// Lets the calling thread run after the others of this program.
void come_last();
/// CPU time of a process so far, all its threads.
[[nodiscard]] double cpu_seconds(pid_t process);

/// A server under test: a process on kServerCore.
class Server {
 public:
  virtual ~Server() = default;
  [[nodiscard]] virtual std::uint16_t port() const = 0;
  [[nodiscard]] virtual pid_t pid() const = 0;
  /// Most memory it ever had resident, in MB.
  [[nodiscard]] double peak_megabytes() const { return status_megabytes("VmHWM:"); }
  [[nodiscard]] double resident_megabytes() const { return status_megabytes("VmRSS:"); }

 private:
  [[nodiscard]] double status_megabytes(std::string_view field) const;
};

/// kernwise-orchestrator, fed with one report of every node. `folder` takes its log.
class Ours final : public Server {
 public:
  explicit Ours(const std::string& folder);
  [[nodiscard]] std::uint16_t port() const override { return port_; }
  [[nodiscard]] pid_t pid() const override { return process_.pid(); }
  /// The next report of every node, so that none of its data is old.
  void feed();
  /// The next report of the node that is next.
  void report_next(Connection& connection);
  /// Nodes beside those that are asked about report once and then no more.
  void add_quiet_nodes(int count);
  [[nodiscard]] std::uint16_t api() const { return api_; }
  [[nodiscard]] std::uint16_t ingest() const { return ingest_; }

 private:
  demo::Process process_;
  std::uint16_t port_ = 0, ingest_ = 0, api_ = 0;
  std::uint64_t reports_ = 0;  ///< of the nodes asked about
};

/// The extender in Go at `program`.
class Peer final : public Server {
 public:
  Peer(const std::string& program, const std::string& folder);
  [[nodiscard]] std::uint16_t port() const override { return port_; }
  [[nodiscard]] pid_t pid() const override { return process_.pid(); }

 private:
  demo::Process process_;
  std::uint16_t port_ = 0;
};

/// Reads a request of known length and writes an answer of known bytes: what moving them costs.
class Mover final : public Server {
 public:
  Mover();
  ~Mover() override;
  Mover(const Mover&) = delete;
  Mover& operator=(const Mover&) = delete;
  /// From the next connection on, requests are that long and answered with `answer`.
  void expect(std::size_t request_bytes, std::size_t answer_bytes);
  [[nodiscard]] std::uint16_t port() const override { return port_; }
  [[nodiscard]] pid_t pid() const override { return child_; }

 private:
  Fd listener_;
  std::uint16_t port_ = 0;
  pid_t child_ = -1;
};

}  // namespace kernwise::bench
