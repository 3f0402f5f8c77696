// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "orchestrator/app/actuator.hpp"
#include "orchestrator/app/core.hpp"
#include "test/fakes/kube/direct_client.hpp"

/// Replicas of the orchestrator, without sockets and clocks, before one fake API server.
namespace kernwise::test {

/// One replica: its own way to the API server, caches, view, lead and gate.
struct Replica {
  Replica(boost::asio::io_context& io, ApiFront& front, const MonoTime& now, const std::string& pod,
          const actuate::Rules& rules);

  DirectClient client;
  cluster::Stores stores;
  std::optional<MonoTime> heard;  ///< when the caches were last filled
  bool api_away = false;          ///< of this replica only
  bool stopped = false;           ///< like by SIGSTOP
  orchestrator::Core core;
  std::unique_ptr<orchestrator::Actuator> actuator;
};

/// Ten nodes report a saturated Deployment `shop/web` of three replicas in mode Act.
class ReplicaRig {
 public:
  explicit ReplicaRig(std::size_t replicas, const actuate::Rules& rules = {});
  ~ReplicaRig();

  /// Simulated time: a tenth of a second per step, reports and scaling every five seconds.
  void run(std::chrono::milliseconds duration);
  /// Runs until `done` or for that long; the time it took.
  template <class Done>
  std::chrono::milliseconds until(Done done, std::chrono::milliseconds patience) {
    const MonoTime began = now_;
    while (!done() && now_ - began < patience) step();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now_ - began);
  }

  [[nodiscard]] Replica& replica(std::size_t index) { return *replicas_[index]; }
  /// Those that may write now.
  [[nodiscard]] std::vector<std::size_t> leaders() const;
  [[nodiscard]] ApiFront& front() { return front_; }
  [[nodiscard]] MonoTime now() const { return now_; }
  [[nodiscard]] api::Now now_for() const { return {now_, wall()}; }
  [[nodiscard]] std::int64_t replicas();
  /// What became of the newest decision about the workload: `applied act`, ...
  [[nodiscard]] std::string outcome(std::size_t index = 0);
  /// Accepted writes to the workload, in order.
  [[nodiscard]] std::vector<Write> writes();
  /// The text of `/metrics`.
  [[nodiscard]] std::string metrics(std::size_t index = 0);
  void annotate(const std::string& key, const std::string& value);

  std::set<std::string> silent;  ///< nodes that do not report
  Verdict verdict = Verdict::cpu_saturated;
  double cores_per_pod = 1;  ///< on CPU; the limit is one core

 private:
  [[nodiscard]] WallTime wall() const;
  void step();
  void refill(Replica& replica);
  void report();

  boost::asio::io_context io_;
  MonoTime now_{std::chrono::seconds(100'000)};
  ApiFront front_;
  std::vector<std::unique_ptr<Replica>> replicas_;
  std::uint64_t steps_ = 0;
};

}  // namespace kernwise::test
