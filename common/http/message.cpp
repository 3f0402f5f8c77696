// SPDX-License-Identifier: Apache-2.0
#include "common/http/message.hpp"

#include <algorithm>

#include "common/base/json.hpp"
#include "common/http/syntax.hpp"

namespace kernwise::http {

std::string_view Request::header(std::string_view lower_case_name) const {
  const auto found = std::ranges::find(headers, lower_case_name, &Header::first);
  return found == headers.end() ? std::string_view{} : std::string_view(found->second);
}

std::string Request::parameter(std::string_view name) const {
  std::string_view rest = query;
  while (!rest.empty()) {
    const auto end = rest.find('&');
    const auto pair = rest.substr(0, end);
    const auto equals = std::min(pair.find('='), pair.size());
    if (percent_decode(pair.substr(0, equals), true) == name) {
      return percent_decode(pair.substr(std::min(equals + 1, pair.size())), true);
    }
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  return {};
}

Response error_response(int status, std::string_view message, std::string_view field) {
  json::Writer writer;
  writer.begin_object().member("error", message);
  if (!field.empty()) writer.member("field", field);
  writer.end_object();
  return {.status = status, .content_type = "application/json", .body = writer.take()};
}

Response text_response(int status, std::string text) {
  return {.status = status, .content_type = "text/plain; charset=utf-8", .body = std::move(text)};
}

}  // namespace kernwise::http
