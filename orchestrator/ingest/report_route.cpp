// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/ingest/report_route.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "common/base/log.hpp"
#include "common/base/utf8.hpp"
#include "common/http/syntax.hpp"
#include "common/report/codec.hpp"
#include "orchestrator/ingest/dns_name.hpp"

namespace kernwise::ingest {
namespace {

constexpr std::size_t kMostWaitingBytes = 64UL * 1024 * 1024;
constexpr const char* kRetryAfter = "2";  ///< seconds; profilers add chance of their own

/// A report as it came.
struct Parcel {
  std::string body, encoding, peer;
};

http::Response refuse(const Desk& desk, std::string_view result, int status,
                      std::string_view message, std::string_view field = {}) {
  desk.count(result);
  return http::error_response(status, message, field);
}

/// The field that a complaint begins with: `report: containers[3].verdict: ...`.
std::string_view field_of(std::string_view complaint) {
  constexpr std::string_view kStep = "report: ";
  if (complaint.starts_with(kStep)) complaint.remove_prefix(kStep.size());
  const std::size_t colon = complaint.find(": ");
  const std::string_view field = complaint.substr(0, colon);
  const bool path = colon != std::string_view::npos && !field.empty() &&
                    field.find(' ') == std::string_view::npos;
  return path ? field : std::string_view();
}

http::Response refuse_invalid(const Desk& desk, const Error& error) {
  const std::string message = error.message();
  return refuse(desk, "invalid", 400, message, field_of(message));
}

/// The node of a report is that of its sender; without one, the one it names.
Result<> settle_node(report::Report& report, const std::string* sender) {
  if (sender != nullptr && report.node.empty()) report.node = *sender;
  if (is_dns_subdomain(report.node)) return {};
  return invalid("node: expected a node name (RFC 1123 subdomain)");
}

http::Response refuse_wrong_node(const Desk& desk, const std::string& sender,
                                 const std::string& claimed) {
  if (desk.wrong_node) desk.wrong_node(sender, claimed);
  return refuse(desk, "wrong_node", 403, "node: not the one that the token is bound to", "node");
}

http::Response take(const Desk& desk, std::string_view text, const std::string& address,
                    const std::string* sender) {
  auto report = report::decode_report(text);
  if (!report) return refuse_invalid(desk, report.error());
  if (auto settled = settle_node(*report, sender); !settled) {
    return refuse_invalid(desk, settled.error());
  }
  if (sender != nullptr && report->node != *sender) {
    return refuse_wrong_node(desk, *sender, report->node);
  }
  const std::string node = report->node;
  const std::vector<report::NameRequest> wanted = report->names_wanted;
  const view::Admission admission = desk.accept(std::move(*report), address);
  const std::string_view result = name_of(admission);
  if (admission == view::Admission::outdated) {
    return refuse(desk, result, 409, "seq: a newer report of this node was taken", "seq");
  }
  if (admission == view::Admission::full) {
    return refuse(desk, result, 503, "node: as many nodes as this orchestrator holds", "node");
  }
  desk.count(result);
  return {.body = report::encode(desk.reply(node, wanted))};
}

http::Response open_parcel(const Desk& desk, std::string_view body, std::string_view encoding,
                           const std::string& peer, const std::string* sender) {
  if (encoding.empty() || encoding == "identity") return take(desk, body, peer, sender);
  if (encoding != "zstd") {
    return refuse(desk, "unsupported", 415, "Content-Encoding: only zstd is understood",
                  "Content-Encoding");
  }
  const auto text = report::decompress(body);
  if (!text) return refuse_invalid(desk, text.error());
  return take(desk, *text, peer, sender);
}

http::Response refuse_sender(const Desk& desk, const Standing& verdict, const std::string& peer) {
  struct Row {
    std::string_view result;
    int status;
    std::vector<http::Header> headers;
  };
  const auto row = [&]() -> Row {
    switch (verdict.access) {
      case Access::unauthenticated:
        return {"unauthenticated", 401, {{"WWW-Authenticate", "Bearer"}}};
      case Access::rate_limited:
        return {"rate_limited", 429, {{"Retry-After", kRetryAfter}}};
      case Access::forbidden:
        return {"forbidden", 403, {}};
      default:
        return {"unavailable", 503, {{"Retry-After", kRetryAfter}}};
    }
  }();
  log::warn("Sender of a report was refused",
            {{"peer", peer}, {"reason", printable(verdict.reason, 200)}});
  http::Response response = refuse(desk, row.result, row.status, verdict.reason, "Authorization");
  response.headers = row.headers;
  return response;
}

/// The token of the one Authorization header; empty when there is none, or not exactly one.
std::string token_of(const http::Request& request) {
  constexpr std::string_view kScheme = "bearer ";
  const auto is_it = [](const http::Header& header) { return header.first == "authorization"; };
  if (std::ranges::count_if(request.headers, is_it) != 1) return {};
  const std::string_view value = request.header("authorization");
  if (!http::equal_ignoring_case(value.substr(0, kScheme.size()), kScheme)) return {};
  return std::string(http::trim(value.substr(kScheme.size())));
}

/// What the callers of one route share.
struct Counter {
  Desk desk;
  std::size_t waiting_bytes = 0;
};

/// One report whose sender is being found out. While the request is at hand it is read from there;
/// only a report that must wait is copied.
class Caller : public std::enable_shared_from_this<Caller> {
 public:
  Caller(std::shared_ptr<Counter> counter, http::Respond respond)
      : counter_(std::move(counter)), respond_(std::move(respond)) {}

  void begin(const http::Request& request) {
    request_ = &request;
    counter_->desk.authenticate(
        token_of(request), request.peer,
        [self = shared_from_this()](const Standing& verdict) { self->end(verdict); });
    request_ = nullptr;
    if (respond_) wait(request);
  }

 private:
  void wait(const http::Request& request) {
    if (counter_->waiting_bytes + request.body.size() > kMostWaitingBytes) {
      const Standing full{.access = Access::unavailable, .reason = "too many reports wait"};
      return std::exchange(respond_, {})(refuse_sender(counter_->desk, full, request.peer));
    }
    parcel_ = {request.body, std::string(request.header("content-encoding")), request.peer};
    counter_->waiting_bytes += parcel_.body.size();
  }

  void end(const Standing& verdict) {
    const auto respond = std::exchange(respond_, {});
    if (!respond) return;
    if (request_ == nullptr) counter_->waiting_bytes -= parcel_.body.size();
    const std::string& peer = request_ != nullptr ? request_->peer : parcel_.peer;
    if (verdict.access != Access::granted) {
      return respond(refuse_sender(counter_->desk, verdict, peer));
    }
    const std::string_view body = request_ != nullptr ? request_->body : parcel_.body;
    const std::string_view encoding =
        request_ != nullptr ? request_->header("content-encoding") : parcel_.encoding;
    respond(open_parcel(counter_->desk, body, encoding, peer, &verdict.node));
  }

  std::shared_ptr<Counter> counter_;
  http::Respond respond_;
  const http::Request* request_ = nullptr;
  Parcel parcel_;
};

}  // namespace

http::Route report_route(Desk desk) {
  return {.method = "POST",
          .path = "/v1/report",
          .max_body = report::kMaxReportBytes,
          .handler = [counter = std::make_shared<Counter>(Counter{.desk = std::move(desk)})](
                         const http::Request& request, http::Respond respond) {
            const Desk& own = counter->desk;
            if (!own.authenticate) {
              return respond(open_parcel(own, request.body, request.header("content-encoding"),
                                         request.peer, nullptr));
            }
            if (token_of(request).empty()) {
              const Standing none{.access = Access::unauthenticated,
                                  .reason = "Authorization: expected one Bearer token"};
              return respond(refuse_sender(own, none, request.peer));
            }
            std::make_shared<Caller>(counter, std::move(respond))->begin(request);
          }};
}

}  // namespace kernwise::ingest
