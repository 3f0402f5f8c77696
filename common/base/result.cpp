// SPDX-License-Identifier: Apache-2.0
#include "common/base/result.hpp"

#include <boost/system/errc.hpp>
#include <boost/system/generic_category.hpp>
#include <stdexcept>

namespace kernwise {

std::string Error::message() const {
  const bool own_words =
      code == boost::system::errc::make_error_code(boost::system::errc::invalid_argument);
  if (!code || (own_words && !context.empty())) return context;
  if (context.empty()) return code.message();
  return context + ": " + code.message();
}

Error invalid(std::string context) {
  return {boost::system::errc::make_error_code(boost::system::errc::invalid_argument),
          std::move(context)};
}

Error errno_error(int error_number, std::string context) {
  return {boost::system::error_code(error_number, boost::system::generic_category()),
          std::move(context)};
}

Error wrap(Error error, std::string_view step) {
  std::string context(step);
  if (!error.context.empty()) context.append(": ").append(error.context);
  error.context = std::move(context);
  return error;
}

void throw_exception_from_error(const Error& error, const boost::source_location&) {
  throw std::runtime_error(error.message());
}

}  // namespace kernwise
