// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/dependencies/components.hpp"

#include <algorithm>
#include <limits>

namespace kernwise::dependencies {
namespace {

constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

class Tarjan {
 public:
  explicit Tarjan(const Adjacency& neighbours)
      : neighbours_(neighbours),
        order_(neighbours.size(), kNone),
        lowest_(neighbours.size(), kNone),
        component_(neighbours.size(), kNone) {}

  std::vector<std::size_t> run() {
    for (std::size_t vertex = 0; vertex < neighbours_.size(); ++vertex) {
      if (order_[vertex] == kNone) explore(vertex);
    }
    return component_;
  }

 private:
  struct Frame {
    std::size_t vertex;
    std::size_t next = 0;  ///< neighbour to look at next
  };

  void explore(std::size_t start) {
    std::vector<Frame> frames;
    enter(frames, start);
    while (!frames.empty()) {
      Frame& frame = frames.back();
      const std::size_t vertex = frame.vertex;
      if (frame.next < neighbours_[vertex].size()) {
        const std::size_t neighbour = neighbours_[vertex][frame.next++];
        if (order_[neighbour] == kNone) {
          enter(frames, neighbour);
        } else if (component_[neighbour] == kNone) {
          lowest_[vertex] = std::min(lowest_[vertex], order_[neighbour]);
        }
        continue;
      }
      if (lowest_[vertex] == order_[vertex]) close(vertex);
      frames.pop_back();
      if (!frames.empty()) {
        std::size_t& parent = lowest_[frames.back().vertex];
        parent = std::min(parent, lowest_[vertex]);
      }
    }
  }

  void enter(std::vector<Frame>& frames, std::size_t vertex) {
    order_[vertex] = lowest_[vertex] = visited_++;
    open_.push_back(vertex);
    frames.push_back({vertex});
  }

  /// Everything opened since `vertex` forms one component with it.
  void close(std::size_t vertex) {
    std::size_t member = kNone;
    do {
      member = open_.back();
      open_.pop_back();
      component_[member] = components_;
    } while (member != vertex);
    ++components_;
  }

  const Adjacency& neighbours_;
  std::vector<std::size_t> order_, lowest_, component_;
  std::vector<std::size_t> open_;
  std::size_t visited_ = 0, components_ = 0;
};

}  // namespace

std::vector<std::size_t> components_of(const Adjacency& neighbours) {
  return Tarjan(neighbours).run();
}

}  // namespace kernwise::dependencies
