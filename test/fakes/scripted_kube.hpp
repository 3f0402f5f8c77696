// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/kube/client.hpp"

namespace kernwise::test {

/// A KubeClient whose other side is the test: it looks at what was asked, and answers when it
/// likes. Handlers are called from inside `answer`, `run`, `line` and `end`, never from `send`.
class ScriptedKube final : public kube::KubeClient {
 public:
  /// A watch that was asked for.
  class Watch {
   public:
    Watch(kube::Request asked, Line on_line, Done on_end)
        : request(std::move(asked)), line_(std::move(on_line)), end_(std::move(on_end)) {}
    /// Whether its Stream lives and it has not ended.
    [[nodiscard]] bool open() const { return open_; }
    void line(std::string_view text) {
      if (const auto handler = line_; open_) handler(text);
    }
    void end(Result<kube::Answer> with = kube::Answer{.status = 200}) {
      if (!std::exchange(open_, false)) return;
      const auto handler = end_;
      handler(std::move(with));
    }
    const kube::Request request;

   private:
    friend class ScriptedKube;
    Line line_;
    Done end_;
    bool open_ = true;
  };

  void send(kube::Request request, Done done) override {
    waiting_.push_back({request, std::move(done)});
    requests.push_back(std::move(request));
  }
  [[nodiscard]] std::unique_ptr<kube::Stream> watch(kube::Request request, Line line,
                                                    Done end) override {
    watches.push_back(std::make_shared<Watch>(std::move(request), std::move(line), std::move(end)));
    return std::make_unique<Handle>(watches.back());
  }

  /// Requests without an answer.
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  /// Answers the oldest request that has no answer; there must be one.
  void answer(Result<kube::Answer> with) {
    const auto oldest = std::move(waiting_.at(0));
    waiting_.pop_front();
    oldest.done(std::move(with));
  }
  void answer(int status, std::string body = {}) {
    answer(kube::Answer{.status = status, .body = std::move(body)});
  }
  /// Answers what waits, and what is asked because of that, with what `script` says.
  void run(const std::function<Result<kube::Answer>(const kube::Request&)>& script) {
    while (!waiting_.empty()) answer(script(waiting_.front().request));
  }

  std::vector<kube::Request> requests;  ///< all that were ever sent, oldest first
  std::vector<std::shared_ptr<Watch>> watches;

 private:
  struct Waiting {
    kube::Request request;
    Done done;
  };
  class Handle final : public kube::Stream {
   public:
    explicit Handle(std::shared_ptr<Watch> of) : of_(std::move(of)) {}
    ~Handle() override { of_->open_ = false; }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;

   private:
    std::shared_ptr<Watch> of_;
  };

  std::deque<Waiting> waiting_;
};

}  // namespace kernwise::test
