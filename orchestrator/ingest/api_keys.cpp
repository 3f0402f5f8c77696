// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/ingest/api_keys.hpp"

#include <utility>

#include "common/base/json.hpp"
#include "common/base/log.hpp"

namespace kernwise::ingest {
namespace {

Result<std::string> issuer_in(Result<kube::Answer> answer) {
  auto good = kube::accepted(std::move(answer), "read the issuer of tokens");
  if (!good) return good.error();
  const auto document = json::parse(good->body, {.depth = 8, .bytes = 64UL * 1024});
  if (!document) return wrap(document.error(), "openid-configuration");
  const auto issuer = json::Cursor(*document, "openid-configuration").at("issuer");
  if (!issuer) return issuer.error();
  return issuer->string(1024);
}

Result<KeySet> keys_in(Result<kube::Answer> answer, const std::string& issuer) {
  auto good = kube::accepted(std::move(answer), "read the keys of tokens");
  if (!good) return good.error();
  return KeySet::parse(good->body, issuer);
}

}  // namespace

void ApiKeys::tick(MonoTime now) {
  if (now < due_) return;
  due_ = now + (keys_ && !failing_ ? std::chrono::seconds(kFetchEvery) : kRetryAfter);
  client_.send({.path = "/.well-known/openid-configuration"},
               [this, alive = std::weak_ptr(alive_)](Result<kube::Answer> answer) {
                 if (alive.expired()) return;
                 const auto issuer = issuer_in(std::move(answer));
                 if (!issuer) return fetched(issuer.error());
                 fetch_keys(*issuer);
               });
}

void ApiKeys::fetch_keys(const std::string& issuer) {
  client_.send({.path = "/openid/v1/jwks"},
               [this, issuer, alive = std::weak_ptr(alive_)](Result<kube::Answer> answer) {
                 if (!alive.expired()) fetched(keys_in(std::move(answer), issuer));
               });
}

/// What was fetched before stays good when the server does not answer: that is what it is for.
void ApiKeys::fetched(Result<KeySet> keys) {
  const bool failed_before = std::exchange(failing_, !keys);
  if (keys) {
    keys_ = *std::move(keys);
  } else if (!failed_before) {
    log::warn(
        "Keys of the API server were not read; without them no report counts while it is away",
        {{"err", keys.error().message()}, {"known", keys_ ? "yes" : "no"}});
  }
}

}  // namespace kernwise::ingest
