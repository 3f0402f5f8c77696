// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "cli/verbs.hpp"

namespace kernwise::cli {

/// The body of an answer: as it came, else what `tell` makes of its document (Result<>).
template <class Tell>
Result<> show(const Result<std::string>& body, const Output& output, Tell tell) {
  if (!body) return body.error();
  if (output.json) {
    output.to << *body << '\n';
    return {};
  }
  const auto document = parse(*body);
  if (!document) return document.error();
  return tell(*document);
}

}  // namespace kernwise::cli
