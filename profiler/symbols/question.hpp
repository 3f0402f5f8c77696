// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "profiler/symbols/function.hpp"

/// What the profiler asks its symbol parser about one open file, and what that answers. The bytes
/// of an answer come from a process that read a hostile file: decoding trusts none of them.
namespace kernwise::symbols {

inline constexpr std::size_t kMaxAsked = 128;        ///< addresses in one question
inline constexpr std::size_t kMaxBuildIdBytes = 64;  ///< raw
inline constexpr std::size_t kMaxAnswerBytes = 128UL * 1024;

enum class FileKind : std::uint8_t {
  program = 1,  ///< ELF; asked and answered in file offsets
  perf_map,     ///< asked and answered in the process' addresses
  kernel,       ///< /proc/kallsyms; kernel addresses
};

struct Question {
  FileKind kind = FileKind::program;
  std::vector<std::uint64_t> addresses =
      {};  ///< ascending, at most kMaxAsked; none asks for facts only
  bool operator==(const Question&) const = default;
};

struct Answer {
  bool readable = false;      ///< false: not a file of this kind, no names to be had
  bool go = false;            ///< built by Go
  std::string build_id = {};  ///< raw bytes
  Functions functions = {};   ///< one for each address; symbols are ready to show
  bool operator==(const Answer&) const = default;
};

[[nodiscard]] std::string encode(const Question& question);
[[nodiscard]] std::optional<Question> decode_question(std::string_view bytes);
[[nodiscard]] std::string encode(const Answer& answer);
/// Nothing when the bytes are no answer to `asked` addresses: another number of functions, a name
/// above 512 bytes or not printable, a function without its address.
[[nodiscard]] std::optional<Answer> decode_answer(std::string_view bytes, const Question& asked);

/// Reads the file behind `fd`. Of a program `.symtab` is asked first, then Go's table, then
/// `.gnu_debugdata`, then `.dynsym`. Names come demangled. Any file is survived as far as the
/// formats go; the time and memory it costs are limited by who calls.
[[nodiscard]] Answer answer_question(const Question& question, int fd);

}  // namespace kernwise::symbols
