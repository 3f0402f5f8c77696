// SPDX-License-Identifier: Apache-2.0
#include "common/http/client_text.hpp"

#include <limits>

#include "common/http/syntax.hpp"

namespace kernwise::http {

Result<> check_request(const Url& origin, const ClientRequest& request) {
  if (origin.scheme != "http" && origin.scheme != "https") {
    return invalid("url: only http and https are spoken here");
  }
  const auto port = decimal(origin.port);
  const bool reachable = port && *port <= std::numeric_limits<std::uint16_t>::max();
  if (!reachable || !is_authority(origin.host)) return invalid("url: bad host or port");
  if (!is_token(request.method)) return invalid("method: not a token");
  if (!is_origin_form(request.target) || !is_origin_form(full_target(origin, request.target))) {
    return invalid("target: must be a path in ASCII");
  }
  for (const auto& [name, value] : request.headers) {
    if (!is_token(name) || !is_field_value(value)) return invalid("headers: not a header line");
  }
  return {};
}

std::string full_target(const Url& origin, const std::string& target) {
  std::string prefix = origin.path;
  if (prefix.ends_with('/')) prefix.pop_back();
  return !prefix.empty() && target == "/" ? prefix : prefix + target;
}

std::string host_field(const Url& origin) {
  const bool v6 = origin.host.find(':') != std::string::npos;
  const std::string host = v6 ? "[" + origin.host + "]" : origin.host;
  const bool usual = origin.port == (origin.scheme == "https" ? "443" : "80");
  return usual ? host : host + ":" + origin.port;
}

std::string step(const Url& origin, std::string_view doing) {
  return std::string(doing) + " " + origin.host + ":" + origin.port;
}

}  // namespace kernwise::http
