// SPDX-License-Identifier: Apache-2.0
#include "test/fakes/kube/scenario/scenarios.hpp"

namespace kernwise::test {
namespace {

const std::string kLeases = "/apis/coordination.k8s.io/v1/namespaces/leases/leases";

std::string lease(const std::string& version, const std::string& spec) {
  return R"({"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"leader")" +
         (version.empty() ? "" : R"(,"resourceVersion":")" + version + "\"") + R"(},"spec":{)" +
         spec + "}}";
}

const std::string kLeader = kLeases + "/leader";
const Observer::Looks kLooks{"/spec/holderIdentity", "/spec/leaseDurationSeconds",
                             "/spec/leaseTransitions"};
constexpr const char* kMine =
    R"("holderIdentity":"a","leaseDurationSeconds":10,"acquireTime":"2026-01-01T00:00:00.000000Z","renewTime":"2026-01-01T00:00:00.000000Z","leaseTransitions":0)";

/// The version after a renewal, of which a second one that began with the same version is refused.
std::string make_and_renew(Observer& api) {
  const auto made = api.post("create", kLeases, lease("", kMine), kLooks);
  const auto first = text_at(made, "/metadata/resourceVersion");
  api.post("create again", kLeases, lease("", kMine));
  const auto renewed = api.put(
      "renew", kLeader,
      lease(first, R"("holderIdentity":"a","leaseDurationSeconds":10,"leaseTransitions":1)"),
      kLooks);
  api.put("two at once: the second loses", kLeader,
          lease(first, R"("holderIdentity":"b","leaseDurationSeconds":10)"));
  return text_at(renewed, "/metadata/resourceVersion");
}

const std::string kEvents = "/apis/events.k8s.io/v1/namespaces/events/events";
constexpr const char* kTime = R"("eventTime":"2026-01-01T00:00:00.000000Z",)";
const std::string kWithoutReason =
    std::string(kTime) +
    R"("reportingController":"kernwise.io/s","reportingInstance":"i","action":"Scale",)";
const std::string kWhole = kWithoutReason + R"("reason":"CpuSaturated",)";

std::string event(const std::string& name, const std::string& rest,
                  const std::string& name_space = "events") {
  return R"({"apiVersion":"events.k8s.io/v1","kind":"Event","metadata":{"name":")" + name +
         R"(","namespace":")" + name_space +
         R"("},"regarding":{"kind":"Pod","namespace":"events","name":"p"},)" + rest +
         R"("note":"n","type":"Normal"})";
}

void count_series(Observer& api) {
  const auto series = [](const std::string& count, const std::string& minute) {
    return Observer::Patch{"strategic", R"({"series":{"count":)" + count +
                                            R"(,"lastObservedTime":"2026-01-01T00:0)" + minute +
                                            R"(:00.000000Z"}})"};
  };
  api.patch("series", kEvents + "/p.1", series("2", "1"), {"/series/count"});
  api.patch("series goes on", kEvents + "/p.1", series("7", "2"), {"/series/count"});
  api.patch("series of nothing", kEvents + "/gone", series("2", "1"));
}

}  // namespace

void play_leases(Observer& api) {
  api.get("get none", kLeader);
  const auto version = make_and_renew(api);
  api.put("without a version", kLeader, lease("", kMine));
  api.put("for no time", kLeader,
          lease(version, R"("holderIdentity":"a","leaseDurationSeconds":0)"));
  api.put("with fewer than no transitions", kLeader,
          lease(version, R"("holderIdentity":"a","leaseTransitions":-1)"));
  api.ask({.name = "a field nobody knows",
           .method = "PUT",
           .path = kLeader,
           .query = {{"fieldValidation", "Strict"}},
           .body = lease(version, R"("holder":"a")")});
  api.put("release", kLeader, lease(version, R"("holderIdentity":"","leaseDurationSeconds":1)"),
          kLooks);
  api.remove("delete", kLeader);
  api.put("PUT of a version that is gone", kLeader, lease(version, kMine));
  api.put("PUT makes a new one", kLeader, lease("", kMine), kLooks);
  api.get("times stay as they are", kLeader, {"/spec/acquireTime", "/spec/renewTime"});
}

void play_events(Observer& api) {
  api.post("create", kEvents, event("p.1", kWhole), {"/reason", "/note"});
  api.post("create again", kEvents, event("p.1", kWhole));
  api.post("without all it needs", kEvents, event("p.2", kTime));
  api.post("without a time", kEvents, event("p.3", ""));
  count_series(api);
  api.post("with a related object", kEvents,
           event("p.4", kWhole + R"("related":{"kind":"Pod","name":"xxx"},)"), {"/related/name"});
  const auto reason = "\"reason\":\"" + std::string(129, 'r') + "\",";
  api.post("too long a reason", kEvents, event("p.5", kWithoutReason + reason));
  api.post("of another namespace", "/apis/events.k8s.io/v1/namespaces/leases/events",
           event("x.1", kWhole, "leases"));
}

}  // namespace kernwise::test
