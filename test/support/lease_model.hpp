// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "common/kube/election.hpp"

/// Electors with clocks of their own against a model of the API server, in simulated true time.
namespace kernwise::test {

using Millis = std::int64_t;

/// What may go wrong on the way. Probabilities in 0..1.
struct LeaseFaults {
  double lost_requests = 0, lost_answers = 0, errors = 0;
  Millis most_delay = 50;        ///< of each direction
  double pauses_per_minute = 0;  ///< per elector; SIGSTOP and CONT
  double edits_per_minute = 0;   ///< somebody deletes or edits the lease
  double skew = 0;               ///< clock speeds within 1 - skew .. 1 + skew
};

class LeaseModel {
 public:
  LeaseModel(std::size_t electors, const LeaseFaults& faults, std::uint64_t seed);

  /// Twenty milliseconds of true time.
  void step();
  /// Never again answered, like a killed process.
  void kill(std::size_t elector) { processes_[elector].dead = true; }
  void stop(std::size_t elector) { processes_[elector].election->stop(); }
  void pause(std::size_t elector, Millis duration) {
    processes_[elector].paused_until = now_ + duration;
  }

  [[nodiscard]] Millis now() const { return now_; }
  /// Those who would write now, a stopped process as well: it may continue at any instant.
  [[nodiscard]] std::vector<std::size_t> writers() const;
  [[nodiscard]] const kube::Election& election(std::size_t index) const {
    return *processes_[index].election;
  }
  LeaseFaults faults;

 private:
  struct Process {
    std::unique_ptr<kube::Election> election;
    double speed = 1;
    Millis offset = 0, wall_offset = 0, paused_until = 0;
    bool dead = false;
  };
  struct Message {
    Millis at = 0;
    std::size_t process = 0;
    kube::LeaseCall call;
    std::optional<kube::LeaseAnswer> answer = {};  ///< on the way back
  };
  [[nodiscard]] bool chance(double probability);
  [[nodiscard]] Millis delay();
  [[nodiscard]] MonoTime clock(const Process& process) const;
  [[nodiscard]] kube::LeaseAnswer serve(const kube::LeaseCall& call);
  void deliver();
  void run(std::size_t index);
  void meddle();

  std::mt19937_64 random_;
  std::vector<Process> processes_;
  std::list<Message> messages_;
  std::optional<kube::Lease> lease_;
  std::uint64_t version_ = 0;
  Millis now_ = 0;
};

}  // namespace kernwise::test
