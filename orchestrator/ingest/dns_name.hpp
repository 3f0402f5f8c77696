// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace kernwise::ingest {

/// True for an RFC 1123 subdomain, as Kubernetes requires of node names: labels of letters, digits
/// and inner dashes in lower case, joined by dots, 253 bytes at most.
[[nodiscard]] bool is_dns_subdomain(std::string_view name);

}  // namespace kernwise::ingest
