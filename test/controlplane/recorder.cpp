// SPDX-License-Identifier: Apache-2.0
#include "test/controlplane/recorder.hpp"

#include <utility>

namespace kernwise::test {
namespace {

http::ServerOptions serving(const http::Handler& handler) {
  http::ServerOptions options;
  for (const char* path : {"/filter", "/prioritize", "/prioritize/relative"})
    options.routes.push_back(
        {.method = "POST", .path = path, .max_body = 64UL * 1024 * 1024, .handler = handler});
  return options;
}

}  // namespace

Recorder::Recorder(http::Url extender)
    : extender_(std::move(extender)),
      server_(serving(
          http::immediate([this](const http::Request& request) { return hand_on(request); }))) {}

std::string Recorder::url() const {
  return "http://127.0.0.1:" + std::to_string(server_.port());
}

http::Response Recorder::hand_on(const http::Request& request) {
  auto answer = http::fetch(extender_, {.method = request.method,
                                        .target = request.path,
                                        .headers = {{"content-type", "application/json"}},
                                        .body = request.body});
  http::Response response{.status = 502};
  if (answer) response = {.status = answer->status, .body = answer->body};
  const std::lock_guard lock(mutex_);
  calls_.push_back({.verb = request.path.substr(1),
                    .headers = request.headers,
                    .body = request.body,
                    .answer = response.body,
                    .status = response.status});
  return response;
}

std::vector<Call> Recorder::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

}  // namespace kernwise::test
