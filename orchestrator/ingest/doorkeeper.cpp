// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/ingest/doorkeeper.hpp"

#include <utility>

#include "common/base/log.hpp"
#include "common/base/utf8.hpp"

namespace kernwise::ingest {
namespace {

constexpr std::size_t kMostAlarms = 4'096;

}  // namespace

Doorkeeper::Doorkeeper(kube::KubeClient& client, Options options)
    : options_(std::move(options)),
      keys_(client),
      authenticator_(options_.rules,
                     {.review =
                          [&client, audience = options_.rules.audience](
                              const std::string& token, kube::Then<kube::TokenVerdict> then) {
                            kube::review_token(client, token, {audience}, std::move(then));
                          },
                      .node_of_pod = options_.node_of_pod,
                      .keys = [this] { return keys_.keys(); },
                      .now = options_.now,
                      .count = options_.count}),
      alarms_(kMostAlarms) {}

void Doorkeeper::wrong_node(const std::string& node, const std::string& claimed) {
  const MonoTime now = options_.now().mono;
  const MonoTime* const last = alarms_.find(node);
  if (last != nullptr && now - *last < kAlarmEvery) return;
  alarms_.put(node, now);
  log::warn("A node reported for another one",
            {{"node", node}, {"claimed", printable(claimed, 253)}});
  if (options_.alarm) options_.alarm(node, claimed);
}

void Doorkeeper::tick() {
  keys_.tick(options_.now().mono);
  authenticator_.tick();
}

}  // namespace kernwise::ingest
