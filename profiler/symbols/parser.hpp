// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "common/base/clock.hpp"
#include "common/base/fd.hpp"
#include "common/base/result.hpp"
#include "profiler/symbols/parser_server.hpp"
#include "profiler/symbols/question.hpp"

namespace kernwise::symbols {

/// Who answers questions about files, one at a time. Implementations: Parser (in its sandbox),
/// test/fakes/DirectParser.
class SymbolSource {
 public:
  virtual ~SymbolSource() = default;
  /// False when it cannot be asked now; the question is lost then. Not while `busy`.
  virtual bool ask(const Question& question, Fd file, MonoTime now) = 0;
  [[nodiscard]] virtual bool busy() const = 0;

  struct Reply {
    std::optional<Answer> answer;  ///< nothing: this file gives no names
    bool hostile = false;          ///< it ended its reader by a fault or held it too long
    std::chrono::nanoseconds spent{0};
  };
  /// The reply to the last question, once, when it is there.
  virtual std::optional<Reply> take(MonoTime now) = 0;
  /// Waits for a reply, `most` at the longest.
  virtual void wait(std::chrono::milliseconds most) = 0;

  /// Since start: questions, and how those ended that gave no answer.
  struct Counts {
    std::uint64_t asked = 0, crashed = 0, timed_out = 0, failed = 0;
    std::uint64_t started = 0;  ///< parser processes
  };
  [[nodiscard]] virtual Counts counts() const { return {}; }
};

/// A running parser process and the socket to it.
struct ParserProcess {
  pid_t pid = -1;
  Fd socket;
};
using StartParser = std::function<Result<ParserProcess>()>;

/// Starts the second mode of this very program (`/proc/self/exe symbol-parser`): a fresh address
/// space, so nothing that the profiler knows or has mapped is in reach of a file. Safe at any time.
[[nodiscard]] Result<ParserProcess> start_parser_program();
/// What `main` calls in that mode.
[[nodiscard]] int parser_main();

/// The parser process, started when first needed and again when it ended (at most once a second)
/// or hangs.
class Parser final : public SymbolSource {
 public:
  explicit Parser(StartParser start = start_parser_program);
  ~Parser() override;
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  bool ask(const Question& question, Fd file, MonoTime now) override;
  [[nodiscard]] bool busy() const override { return asked_.has_value(); }
  std::optional<Reply> take(MonoTime now) override;
  void wait(std::chrono::milliseconds most) override;

  [[nodiscard]] Counts counts() const override { return counts_; }

 private:
  bool ensure_running(MonoTime now);
  void stop();
  [[nodiscard]] Reply judge(std::string_view reply);

  StartParser start_;
  std::optional<ParserProcess> process_;
  std::optional<MonoTime> tried_;
  std::optional<Question> asked_;
  MonoTime asked_at_;
  Counts counts_;
};

}  // namespace kernwise::symbols
