// SPDX-License-Identifier: Apache-2.0
#include "common/kube/path.hpp"

namespace kernwise::kube {
namespace {

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

/// A segment `.` or `..` would be taken out of the path by whoever normalises it.
std::string segment(std::string_view text) {
  if (text == "." || text == "..") return text.size() == 1 ? "%2E" : "%2E%2E";
  return percent_encode(text);
}

}  // namespace

std::string percent_encode(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (is_unreserved(c)) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += kHex[byte >> 4U];
    encoded += kHex[byte & 15U];
  }
  return encoded;
}

std::string path_of(const ObjectPath& object, std::string_view subresource) {
  const auto slash = object.api.find('/');
  std::string path = slash == std::string::npos ? "/api/" + segment(object.api)
                                                : "/apis/" + segment(object.api.substr(0, slash)) +
                                                      "/" + segment(object.api.substr(slash + 1));
  if (!object.name_space.empty()) path += "/namespaces/" + segment(object.name_space);
  path += "/" + segment(object.plural);
  if (!object.name.empty()) path += "/" + segment(object.name);
  if (!subresource.empty()) path += "/" + segment(subresource);
  return path;
}

std::string target_of(const Request& request) {
  std::string target = request.path;
  char separator = '?';
  for (const auto& [name, value] : request.query) {
    target += separator;
    target += percent_encode(name) + "=" + percent_encode(value);
    separator = '&';
  }
  return target;
}

}  // namespace kernwise::kube
