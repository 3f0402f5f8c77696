// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/system/error_category.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/result.hpp"

/// The Kubernetes API as this program uses it.
namespace kernwise::kube {

/// Codes of this category are HTTP statuses of the API server, as in `error.code == status(409)`.
[[nodiscard]] const boost::system::error_category& api_category();
[[nodiscard]] inline boost::system::error_code status(int http_status) {
  return {http_status, api_category()};
}

using Query = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method = "GET";
  std::string path = {};  ///< `/api/v1/pods`
  Query query = {};       ///< not yet percent-encoded
  std::string body = {};
  std::string content_type = {};  ///< of the body
  /// It is repeated (`retry.hpp`) only until then, since it may become wrong while it waits;
  /// without it, it is tried once.
  std::optional<MonoTime> give_up_at = {};
};

/// What the API server said, whatever its status.
struct Answer {
  int status = 0;
  std::string body = {};
  std::optional<std::chrono::seconds> retry_after = {};
};

/// A watch that goes on while this lives. Its handlers are not called after destruction.
class Stream {
 public:
  virtual ~Stream() = default;
};

/// The port to the API server: one request, one answer; it interprets nothing and repeats nothing.
/// One thread; every handler is called from its io_context and never from inside the call.
class KubeClient {
 public:
  using Done = std::function<void(Result<Answer>)>;
  using Line = std::function<void(std::string_view line)>;

  virtual ~KubeClient() = default;
  /// Errors: those of the connection; a status is an answer.
  virtual void send(Request request, Done done) = 0;
  /// A request whose 200 has no end. `line` gets each line of it; `end` comes once, with the answer
  /// (without body after a 200) or what broke the connection.
  [[nodiscard]] virtual std::unique_ptr<Stream> watch(Request request, Line line, Done end) = 0;
};

/// The answer when its status is 2xx, else an error with `status(...)` and the server's message.
[[nodiscard]] Result<Answer> accepted(Result<Answer> answer, std::string_view step);

}  // namespace kernwise::kube
