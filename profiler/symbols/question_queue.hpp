// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "profiler/symbols/module_book.hpp"
#include "profiler/symbols/parser.hpp"

namespace kernwise::symbols {

/// Time that reading files may take: a burst, and a share of all time after that.
class ReadBudget {
 public:
  ReadBudget(std::chrono::nanoseconds burst, double share, MonoTime now)
      : burst_(Seconds(burst).count()), share_(share), left_(burst_), filled_(now) {}
  [[nodiscard]] bool any(MonoTime now);
  void spend(std::chrono::nanoseconds time) { left_ -= Seconds(time).count(); }

 private:
  double burst_, share_, left_;  // seconds
  MonoTime filled_;
};

/// Which module is asked about next. One question is out at a time; modules take turns, none is
/// asked more than eight times at once and once a second after that, and each container pays for
/// its own: a file that keeps its reader busy for three seconds costs the others just that.
class QuestionQueue {
 public:
  struct Options {
    std::string proc_root;
    std::size_t max_file_bytes = 0;
    std::chrono::nanoseconds burst{0};
    double share = 0;
  };
  /// Opens the kernel's table of functions: that needs CAP_SYSLOG, which may be dropped afterwards.
  QuestionQueue(Options options, ModuleBook& modules, std::unique_ptr<SymbolSource> source);

  /// Puts a module in line for what is wanted of it. `file`, when given, is what will be read:
  /// the process that has it may be gone by then.
  void add(Module& module, MonoTime now, Fd file = {});
  /// Takes the reply that is there and asks the next question.
  void pump(MonoTime now);
  /// As `pump`, waiting for the reply to the question that is out.
  void wait(std::chrono::milliseconds most) { source_->wait(most); }
  [[nodiscard]] bool busy(MonoTime now);
  [[nodiscard]] SymbolSource::Counts counts() const {
    return source_ ? source_->counts() : SymbolSource::Counts{};
  }

 private:
  [[nodiscard]] bool due(Module& module, MonoTime now);
  [[nodiscard]] ReadBudget& budget(const Module& module, MonoTime now);
  [[nodiscard]] Fd open(const Module& module);
  void note(const SymbolSource::Reply& reply, MonoTime now);
  bool ask_next(MonoTime now);

  struct Out {
    std::uint32_t module = 0;
    Question question;
  };
  Options options_;
  ModuleBook& modules_;
  std::unique_ptr<SymbolSource> source_;  // null: nothing is ever asked
  Fd kernel_;
  std::deque<std::uint32_t> line_;
  std::map<std::uint32_t, Fd> files_;                      // of modules in line, by id
  std::unordered_map<std::uint32_t, ReadBudget> budgets_;  // by owner
  std::optional<Out> out_;
};

}  // namespace kernwise::symbols
