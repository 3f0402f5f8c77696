// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <utility>

#include "profiler/symbols/parser.hpp"

namespace kernwise::test {

/// Reads files within the test's own process, at once: its answers are there when asked for.
class DirectParser final : public symbols::SymbolSource {
 public:
  explicit DirectParser(symbols::AnswerFile answer = symbols::answer_question)
      : answer_(std::move(answer)) {}
  bool ask(const symbols::Question& question, Fd file, MonoTime) override {
    reply_ = Reply{.answer = answer_(question, file.value())};
    return true;
  }
  [[nodiscard]] bool busy() const override { return reply_.has_value(); }
  std::optional<Reply> take(MonoTime) override { return std::exchange(reply_, std::nullopt); }
  void wait(std::chrono::milliseconds) override {}

 private:
  symbols::AnswerFile answer_;
  std::optional<Reply> reply_;
};

}  // namespace kernwise::test
