// SPDX-License-Identifier: Apache-2.0
#include "common/kube/event_recorder.hpp"

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

}  // namespace

/// What an answer may still find when it comes.
struct EventRecorder::State {
  std::function<MonoTime()> clock;
  EventBook book;

  explicit State(Options options)
      : clock(std::move(options.clock)),
        book(std::move(options.source), options.times, randomness()) {}

  void answered(std::uint64_t number, const Result<Answer>& answer) {
    if (const auto good = accepted(answer, "event"); !good) {
      log::warn("Event was not told", {{"err", printable(good.error().message(), kMostShown)}});
    }
    book.answered(number, answer, clock());
  }
};

EventRecorder::EventRecorder(KubeClient& client, Options options)
    : client_(client), state_(std::make_shared<State>(std::move(options))) {}

EventRecorder::~EventRecorder() = default;

void EventRecorder::note(Event event, WallTime wall) {
  state_->book.note(std::move(event), state_->clock(), wall);
}

void EventRecorder::tick() {
  auto call = state_->book.next(state_->clock());
  if (!call) return;
  client_.send(std::move(call->request),
               [weak = std::weak_ptr(state_), number = call->number](const Result<Answer>& answer) {
                 if (const auto state = weak.lock()) state->answered(number, answer);
               });
}

const EventCounts& EventRecorder::counts() const {
  return state_->book.counts();
}

}  // namespace kernwise::kube
