// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/ingest/report_route.hpp"

#include <utility>

#include "common/report/codec.hpp"
#include "orchestrator/ingest/dns_name.hpp"

namespace kernwise::ingest {
namespace {

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

http::Response take(const Desk& desk, std::string_view text, const std::string& address) {
  auto report = report::decode_report(text);
  if (!report) return refuse_invalid(desk, report.error());
  if (!is_dns_subdomain(report->node)) {
    return refuse(desk, "invalid", 400, "node: expected a node name (RFC 1123 subdomain)", "node");
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

http::Response answer(const Desk& desk, const http::Request& request) {
  const std::string_view encoding = request.header("content-encoding");
  if (encoding.empty() || encoding == "identity") return take(desk, request.body, request.peer);
  if (encoding != "zstd") {
    return refuse(desk, "unsupported", 415, "Content-Encoding: only zstd is understood",
                  "Content-Encoding");
  }
  const auto text = report::decompress(request.body);
  if (!text) return refuse_invalid(desk, text.error());
  return take(desk, *text, request.peer);
}

}  // namespace

http::Route report_route(Desk desk) {
  return {.method = "POST",
          .path = "/v1/report",
          .max_body = report::kMaxReportBytes,
          .handler = http::immediate([desk = std::move(desk)](const http::Request& request) {
            return answer(desk, request);
          })};
}

}  // namespace kernwise::ingest
