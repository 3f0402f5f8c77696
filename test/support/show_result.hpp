// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <catch2/catch_tostring.hpp>
#include <string>

#include "common/base/result.hpp"

/// Lets `REQUIRE(result)` compile for any value type, and print the error when it fails.
namespace Catch {

template <class T>
struct StringMaker<boost::system::result<T, kernwise::Error>> {
  static std::string convert(const boost::system::result<T, kernwise::Error>& result) {
    return result ? "a value" : "error: " + result.error().message();
  }
};

}  // namespace Catch
