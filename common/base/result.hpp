// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>
#include <string>
#include <string_view>
#include <utility>

namespace kernwise {

/// Why an operation failed: a code for machines, and for people the attempted operation with the
/// outermost step first ("start profiler: open sched object: Permission denied").
struct Error {
  boost::system::error_code code;
  std::string context;

  /// `context: message of the code`; only the context where the code says nothing more.
  [[nodiscard]] std::string message() const;
};

/// Either a value or the reason why there is none. Never thrown across; callers return early.
template <class T = void>
using Result = boost::system::result<T, Error>;

/// An error of our own making: bad input, a limit, a broken rule (code `invalid_argument`).
[[nodiscard]] Error invalid(std::string context);

/// The world said no: `context` and an errno value.
[[nodiscard]] Error errno_error(int error_number, std::string context);

/// Adds the step that was being attempted in front of an error on its way up.
[[nodiscard]] Error wrap(Error error, std::string_view step);

/// Lets `Result::value()` report the whole context; reaching it is a programming error.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location&);

}  // namespace kernwise
