// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/base/clock.hpp"
#include "profiler/symbols/parser.hpp"

/// Addresses of running processes and of the kernel -> function names. Never reads the memory of
/// the target. A place is found at once; its name is asked of the parser and comes later.
namespace kernwise::symbols {

/// A place in a file: the same function has the same place in every process. Module 0 is nowhere.
struct Frame {
  std::uint32_t module = 0;
  std::uint64_t address = 0;
  auto operator<=>(const Frame&) const = default;
};

struct ResolverOptions {
  std::string proc_root = "/proc";
  std::size_t cache_bytes = 4UL * 1024 * 1024;  ///< of all names together, least recently used out
  std::size_t max_file_bytes = 512UL * 1024 * 1024;
  /// Time that reading the files of one container may take: at once, and per second after that.
  std::chrono::milliseconds read_burst{2'000};
  double read_share = 0.05;
  std::function<MonoTime()> now = [] { return Monotonic::now(); };
};

class Resolver {
 public:
  /// Without a `source` every function is called by its file.
  explicit Resolver(ResolverOptions options = {}, std::unique_ptr<SymbolSource> source = nullptr);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// Where `address` of process `pid` lies, and asks for its name. `owner` (a container) pays for
  /// reading new files. A process that has ended is still answered from what is known of it.
  [[nodiscard]] Frame locate(std::uint32_t pid, std::uint64_t address, std::uint32_t owner = 0);
  [[nodiscard]] Frame locate_kernel(std::uint64_t address);
  /// The name of the function there as far as it is known: demangled, in full; else `[libc.so.6]`,
  /// the file that holds it; else `[vdso]`, `[jit]` (code in memory without a file or a perf map),
  /// `[kernel]` or `[unknown]`. At most 512 bytes of printable UTF-8.
  [[nodiscard]] std::string name(const Frame& frame);
  /// What a frame is called by its file: `[libc.so.6]`.
  [[nodiscard]] std::string file(const Frame& frame);
  /// Asks again for a name that was not known; for frames kept over many questions.
  void want(const Frame& frame);
  /// Raw bytes of the build-id of the file a frame lies in; empty when it has none or is unknown.
  [[nodiscard]] std::string build_id(const Frame& frame);

  /// Takes what has been answered and asks what is waiting. Call often; never waits.
  void pump();
  /// The same until nothing is left to ask, `most` at the longest.
  void wait(std::chrono::milliseconds most);
  /// True when a question is out, or one could be asked now.
  [[nodiscard]] bool busy() const;

  /// All in one for a single address: locate, wait, name.
  [[nodiscard]] std::string function_at(std::uint32_t pid, std::uint64_t address);

  /// Whether the program of `pid` was built by Go (has a .go.buildinfo section). Nothing while the
  /// answer is on its way; false when it cannot be read.
  [[nodiscard]] std::optional<bool> is_go(std::uint32_t pid, std::uint32_t owner = 0);
  /// Forget what is known of a process that has ended or called exec.
  void forget(std::uint32_t pid);
  /// Bytes held by the cache now: names, and what is known of processes.
  [[nodiscard]] std::size_t cached_bytes() const;
  /// What became of the questions to its source.
  [[nodiscard]] SymbolSource::Counts counts() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kernwise::symbols
