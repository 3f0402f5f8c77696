// SPDX-License-Identifier: Apache-2.0
#include "common/http/client_message.hpp"

#include "common/http/client_text.hpp"
#include "common/http/syntax.hpp"

namespace kernwise::http {
namespace {

namespace beast_http = boost::beast::http;

std::string_view view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

Message to_message(const Url& origin, ClientRequest request) {
  Message message;
  message.method_string(request.method);
  message.target(full_target(origin, request.target));
  message.set(beast_http::field::host, host_field(origin));
  message.set(beast_http::field::user_agent, "kernwise");
  for (const auto& [name, value] : request.headers) message.set(name, value);
  message.erase(beast_http::field::transfer_encoding);
  const bool bodiless =
      request.body.empty() && (request.method == "GET" || request.method == "HEAD");
  message.body() = std::move(request.body);
  message.content_length(bodiless ? boost::optional<std::uint64_t>{} : message.body().size());
  return message;
}

Response to_response(beast_http::response<beast_http::string_body> message) {
  Response response;
  response.status = static_cast<int>(message.result_int());
  response.content_type = std::string(view(message[beast_http::field::content_type]));
  for (const auto& field : message) {
    response.headers.emplace_back(lower_case(view(field.name_string())),
                                  std::string(view(field.value())));
  }
  response.body = std::move(message.body());
  return response;
}

}  // namespace kernwise::http
