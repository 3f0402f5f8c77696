// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/clock.hpp"

/// Addresses of running processes -> function names. Never reads the memory of the target.
namespace kernwise::symbols {

struct ResolverOptions {
  std::string proc_root = "/proc";
  std::size_t cache_bytes =
      8UL * 1024 * 1024;  ///< of all symbol tables together, least recently used out
  std::size_t max_file_bytes = 512UL * 1024 * 1024;
  /// Symbol bytes that may be read at once, and per second after that; files above wait their turn.
  std::size_t read_burst_bytes = 256UL * 1024 * 1024;
  std::size_t read_bytes_per_second = 16UL * 1024 * 1024;
  std::function<MonoTime()> now = [] { return Monotonic::now(); };
};

class Resolver {
 public:
  explicit Resolver(ResolverOptions options = {});
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// The demangled full name of the function at `address` of process `pid`; else `[libc.so.6]`, the
  /// file that holds it; else `[vdso]`, `[jit]` (code in memory without a file) or `[unknown]`. C++
  /// loses its parameter list: `ns::Type::method`. At most 512 bytes of printable UTF-8. A process
  /// that has ended is still answered from what is known of it.
  [[nodiscard]] std::string function_at(std::uint32_t pid, std::uint64_t address);
  /// True when the program of `pid` was built by Go (has a .go.buildinfo section). Cached by
  /// process; false when it cannot be read.
  [[nodiscard]] bool is_go(std::uint32_t pid);
  /// Forget what is known of a process that has ended or called exec.
  void forget(std::uint32_t pid);
  /// Bytes held by the cache now: symbol tables, and what is known of processes.
  [[nodiscard]] std::size_t cached_bytes() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kernwise::symbols
