// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "common/base/json.hpp"
#include "common/http/client.hpp"

namespace kernwise::cli {

/// The orchestrator's API. Errors tell what was asked and what it said.
class Server {
 public:
  /// `tls` is for https.
  explicit Server(http::Url url, http::TlsOptions tls = {})
      : url_(std::move(url)), tls_(std::move(tls)) {}

  /// The body of a 200.
  [[nodiscard]] Result<std::string> get(const std::string& target) const;
  [[nodiscard]] Result<std::string> post(const std::string& target, std::string body) const;

 private:
  [[nodiscard]] Result<std::string> exchange(const http::ClientRequest& request) const;
  http::Url url_;
  http::TlsOptions tls_;
};

/// A document of the API.
[[nodiscard]] Result<json::Value> parse(const std::string& body);

}  // namespace kernwise::cli
