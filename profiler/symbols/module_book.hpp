// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/base/clock.hpp"
#include "profiler/symbols/open_file.hpp"
#include "profiler/symbols/question.hpp"

namespace kernwise::symbols {

/// Names that many modules share: copies of one library in many images cost their names once.
class NamePool {
 public:
  using Name = std::shared_ptr<const std::string>;
  [[nodiscard]] Name share(std::string_view name);
  /// Of the names somebody holds; those nobody holds are let go of when this is asked.
  [[nodiscard]] std::size_t bytes() const { return *bytes_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  using Names =
      std::unordered_map<std::string, std::weak_ptr<const std::string>, Hash, std::equal_to<>>;
  std::shared_ptr<Names> names_ = std::make_shared<Names>();
  std::shared_ptr<std::size_t> bytes_ = std::make_shared<std::size_t>(0);
};

/// One file that holds functions, and those of its names that were asked for.
struct Module {
  std::uint32_t id = 0;
  FileKind kind = FileKind::program;
  FileId file;
  std::string label;        ///< `[libc.so.6]`, what its functions are called until they are known
  std::uint32_t pid = 0;    ///< a process that has it
  Mapping mapping;          ///< where it has it (programs)
  std::uint32_t owner = 0;  ///< whose it was at first sight: who pays for reading it
  std::optional<bool> go;
  std::string build_id;

  struct Known {
    std::uint64_t end = 0;
    NamePool::Name name;  // null: no function there
  };
  std::map<std::uint64_t, Known> known;  ///< by begin; ranges do not overlap
  std::set<std::uint64_t> wanted;        ///< addresses to ask for, at most kMaxWanted
  bool facts_wanted = false;             ///< ask even without an address
  bool queued = false;
  double questions = kQuestionBurst;  ///< that may be asked about it now; one more each second
  MonoTime counted;                   ///< when `questions` was true
  std::optional<MonoTime> bad_since;  ///< when it turned out to be hostile or not readable
  static constexpr double kQuestionBurst = 8;

  [[nodiscard]] const Known* find(std::uint64_t address) const;
};

/// Modules by file, least recently used out. The key is the file itself, not its build-id: a
/// container may write any build-id into its files, and must not name the functions of others.
class ModuleBook {
 public:
  static constexpr std::size_t kMaxModules = 4096;
  static constexpr std::size_t kMaxWanted = 512;   ///< addresses of one module
  static constexpr std::size_t kMaxKnown = 16384;  ///< ranges of one module

  explicit ModuleBook(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  /// The module of a file, new ones with the given kind. Valid until the next call.
  [[nodiscard]] Module& open(const FileId& file, FileKind kind);
  [[nodiscard]] Module* find(std::uint32_t id);
  [[nodiscard]] Module* find(const FileId& file);
  /// Notes that the function at `address` should be asked for, unless it is known.
  void want(Module& module, std::uint64_t address);
  /// Gives up what was wanted of a module.
  void give_up(Module& module);
  /// Keeps what was answered to a question about `module`.
  void keep(Module& module, const Question& question, const Answer& answer);
  /// Lets the least recently used go until the limit holds; `keep` does it as well.
  void trim();
  [[nodiscard]] std::size_t bytes() const { return bytes_ + names_.bytes(); }
  [[nodiscard]] std::size_t size() const { return order_.size(); }

 private:
  using Order = std::list<Module>;  // most recently used first
  void drop(Order::iterator module);
  void learn(Module& module, const Function& function);

  std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  std::uint32_t next_id_ = 1;
  NamePool names_;
  Order order_;
  std::unordered_map<FileId, Order::iterator, FileIdHash> by_file_;
  std::unordered_map<std::uint32_t, Order::iterator> by_id_;
};

}  // namespace kernwise::symbols
