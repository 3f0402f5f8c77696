// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "profiler/symbols/question.hpp"

/// The process beside the profiler that has hostile files read. It holds no capability and reads
/// none of them itself: each file gets a process of its own, in the sandbox, for one question.
namespace kernwise::symbols {

inline constexpr const char* kParserMode = "symbol-parser";  ///< argument of that program mode
inline constexpr int kParserSocket = 3;                      ///< its only descriptor

/// How a reader ended; the first word of each reply, its answer follows.
enum class ReaderEnd : std::uint32_t {
  answered = 1,
  crashed,    ///< by a signal: a fault, a limit, or a system call it may not make
  timed_out,  ///< killed after kReaderTime
  failed,     ///< no process could be started, or the sandbox could not be entered
};
inline constexpr int kReaderTimeMs = 3000;

using AnswerFile = std::function<Answer(const Question&, int fd)>;

/// Serves questions from `socket` (SOCK_SEQPACKET, each with its file attached) until the other
/// side is gone, then returns. Call in a process made for it. `answer` runs in the readers.
int serve_parser(int socket, const AnswerFile& answer = answer_question);

}  // namespace kernwise::symbols
