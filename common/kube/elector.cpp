// SPDX-License-Identifier: Apache-2.0
#include "common/kube/elector.hpp"

#include <array>
#include <cstdio>
#include <random>
#include <utility>

#include "common/base/log.hpp"
#include "common/base/utf8.hpp"

namespace kernwise::kube {
namespace {

constexpr std::size_t kMostShown = 300;

std::function<double()> randomness() {
  return [engine = std::mt19937_64(std::random_device{}())]() mutable {
    return std::uniform_real_distribution<double>(0, 1)(engine);
  };
}

Request request_of(const LeaseName& name, const LeaseCall& call) {
  switch (call.kind) {
    case LeaseCall::Kind::create:
      return create_lease(name, call.lease.record);
    case LeaseCall::Kind::replace:
      return replace_lease(name, call.lease);
    case LeaseCall::Kind::read:
      break;
  }
  return read_lease(name);
}

}  // namespace

std::string elector_identity(std::string_view pod) {
  std::array<char, 16> digits{};
  const unsigned value = std::random_device{}();
  const int length = std::snprintf(digits.data(), digits.size(), "_%08x", value);
  return std::string(pod).append(digits.data(), static_cast<std::size_t>(length));
}

/// What an answer may still find when it comes.
struct Elector::State {
  Options options;
  Election election;
  bool was_leading = false;

  explicit State(Options given)
      : options(std::move(given)), election(options.identity, options.times, randomness()) {}

  void note() {
    const bool leads = election.leading(options.clock());
    if (std::exchange(was_leading, leads) == leads) return;
    log::info(leads ? "Leading" : "Not leading any more",
              {{"lease", options.lease.name_space + "/" + options.lease.name},
               {"identity", election.identity()},
               {"holder", printable(election.holder(), kMostShown)}});
  }
  void answered(std::uint64_t number, const LeaseAnswer& answer) {
    if (answer.kind == LeaseAnswer::Kind::failed) {
      log::warn("Lease was not reached", {{"err", printable(answer.problem, kMostShown)}});
    }
    election.answered(number, answer, options.clock());
    note();
  }
};

Elector::Elector(KubeClient& client, Options options)
    : client_(client), state_(std::make_shared<State>(std::move(options))) {}

Elector::~Elector() = default;

void Elector::tick(WallTime wall) {
  state_->note();
  const auto call = state_->election.next(state_->options.clock(), wall);
  if (!call) return;
  client_.send(request_of(state_->options.lease, *call),
               [weak = std::weak_ptr(state_), number = call->number](const Result<Answer>& answer) {
                 if (const auto state = weak.lock()) state->answered(number, lease_answer(answer));
               });
}

void Elector::stop() {
  state_->election.stop();
  state_->note();
}

bool Elector::leading() const {
  return state_->election.leading(state_->options.clock());
}

const Election& Elector::election() const {
  return state_->election;
}

}  // namespace kernwise::kube
