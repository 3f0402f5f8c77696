// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/ingest/jwt.hpp"

#include <array>

#include "common/base/json.hpp"

namespace kernwise::ingest {
namespace {

constexpr json::Limits kLimits{.depth = 8, .bytes = kMaxToken, .values = 500};
constexpr std::size_t kMostAudiences = 16, kMaxText = 1024;
constexpr std::uint64_t kLatest = 1ULL << 40U;  ///< seconds; far beyond what clocks hold

/// 0..63, or -1.
int value_of(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '-') return 62;
  return c == '_' ? 63 : -1;
}

Result<json::Value> object_of(std::string_view part, const char* name) {
  const auto text = from_base64url(part);
  if (!text) return invalid(std::string("token: ") + name + ": not base64url");
  auto value = json::parse(*text, kLimits);
  // The complaint of the parser may show a piece of the text.
  if (!value || value->kind() != json::Kind::object) {
    return invalid(std::string("token: ") + name + ": not a JSON object");
  }
  return value;
}

Result<> read_text(const json::Cursor& object, const char* key, std::string& target) {
  const auto field = object.optional(key);
  if (!field) return field.error();
  if (field->empty()) return {};
  auto text = field->front().string(kMaxText);
  if (!text) return text.error();
  target = *std::move(text);
  return {};
}

Result<> read_time(const json::Cursor& claims, const char* key,
                   std::optional<std::uint64_t>& target) {
  const auto field = claims.optional(key);
  if (!field) return field.error();
  if (field->empty()) return {};
  const auto seconds = field->front().unsigned_integer(kLatest);
  if (!seconds) return seconds.error();
  target = *seconds;
  return {};
}

/// One audience may stand without a list around it.
Result<> read_audiences(const json::Cursor& claims, std::vector<std::string>& target) {
  const auto field = claims.optional("aud");
  if (!field) return field.error();
  if (field->empty()) return {};
  const json::Cursor& audiences = field->front();
  const bool single = audiences.value().kind() == json::Kind::string;
  const auto all = single ? Result<std::vector<json::Cursor>>(std::vector{audiences})
                          : audiences.items(kMostAudiences);
  if (!all) return all.error();
  for (const json::Cursor& each : *all) {
    auto text = each.string(kMaxText);
    if (!text) return text.error();
    target.push_back(*std::move(text));
  }
  return {};
}

Result<> read_claims(const json::Value& payload, Jwt& jwt) {
  const json::Cursor claims(payload, "token: claims");
  auto done = read_text(claims, "iss", jwt.issuer);
  if (done) done = read_text(claims, "sub", jwt.subject);
  if (done) done = read_audiences(claims, jwt.audiences);
  if (done) done = read_time(claims, "exp", jwt.expires);
  return done ? read_time(claims, "nbf", jwt.not_before) : done;
}

}  // namespace

std::optional<std::string> from_base64url(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size() * 3 / 4);
  unsigned bits = 0, count = 0;
  for (const char c : text) {
    const int value = value_of(c);
    if (value < 0) return std::nullopt;
    bits = (bits << 6U) | static_cast<unsigned>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes.push_back(static_cast<char>((bits >> count) & 0xffU));
    bits &= (1U << count) - 1;
  }
  if (count == 6 || bits != 0) return std::nullopt;
  return bytes;
}

Result<Jwt> parse_jwt(std::string_view token) {
  if (token.size() > kMaxToken) return invalid("token: too long");
  const std::size_t first = token.find('.'), last = token.rfind('.');
  const bool three =
      first != std::string_view::npos && first != last && token.find('.', first + 1) == last;
  if (!three) return invalid("token: expected three parts");
  const auto header = object_of(token.substr(0, first), "header");
  if (!header) return header.error();
  const auto payload = object_of(token.substr(first + 1, last - first - 1), "claims");
  if (!payload) return payload.error();
  Jwt jwt;
  const json::Cursor names(*header, "token: header");
  if (auto done = read_text(names, "alg", jwt.algorithm); !done) return done.error();
  if (auto done = read_text(names, "kid", jwt.key_id); !done) return done.error();
  if (auto done = read_claims(*payload, jwt); !done) return done.error();
  jwt.signed_text = std::string(token.substr(0, last));
  auto signature = from_base64url(token.substr(last + 1));
  if (!signature || signature->empty()) return invalid("token: signature: not base64url");
  jwt.signature = *std::move(signature);
  return jwt;
}

}  // namespace kernwise::ingest
