// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>

#include "common/http/client.hpp"
#include "common/http/syntax.hpp"

namespace kernwise::http {
namespace {

/// Splits `host`, `host:port` or `[v6]:port` into `url`.
Result<> parse_authority(std::string_view text, Url& url) {
  std::string_view port;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return invalid("url: `[` without `]`");
    url.host = text.substr(1, close - 1);
    port = text.substr(close + 1);
  } else {
    const auto colon = std::min(text.find(':'), text.size());
    url.host = text.substr(0, colon);
    port = text.substr(colon);
  }
  if (!is_authority(url.host) || url.host.find_first_of("[]") != std::string::npos) {
    return invalid("url: bad host name");
  }
  if (port.empty()) {
    url.port = url.scheme == "https" ? "443" : "80";
    return {};
  }
  const auto number = decimal(port.substr(1));
  if (port.front() != ':' || !number || *number == 0 ||
      *number > std::numeric_limits<std::uint16_t>::max()) {
    return invalid("url: port must be 1 to 65535");
  }
  url.port = std::to_string(*number);
  return {};
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
  const auto colon = text.find("://");
  Url url;
  url.scheme = lower_case(text.substr(0, std::min(colon, text.size())));
  if (colon == std::string_view::npos || (url.scheme != "http" && url.scheme != "https")) {
    return invalid("url: must begin with http:// or https://");
  }
  text.remove_prefix(colon + 3);
  const auto slash = std::min(text.find('/'), text.size());
  if (auto parsed = parse_authority(text.substr(0, slash), url); !parsed) return parsed.error();
  url.path = text.substr(slash);
  const bool has_query = url.path.find('?') != std::string::npos;
  if (!url.path.empty() && (has_query || !is_origin_form(url.path))) {
    return invalid("url: path must be ASCII without query and fragment");
  }
  return url;
}

}  // namespace kernwise::http
