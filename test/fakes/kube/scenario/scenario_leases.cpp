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

}  // namespace

void play_leases(Observer& api) {
  const auto one = kLeases + "/leader";
  const Observer::Looks looks{"/spec/holderIdentity", "/spec/leaseDurationSeconds",
                              "/spec/leaseTransitions"};
  const std::string mine =
      R"("holderIdentity":"a","leaseDurationSeconds":10,"acquireTime":"2026-01-01T00:00:00.000000Z","renewTime":"2026-01-01T00:00:00.000000Z","leaseTransitions":0)";
  api.ask({.name = "get none", .path = one});
  const auto made = api.ask(
      {.name = "create", .method = "POST", .path = kLeases, .body = lease("", mine)}, looks);
  const auto first = text_at(made, "/metadata/resourceVersion");
  api.ask({.name = "create again", .method = "POST", .path = kLeases, .body = lease("", mine)});
  const auto renewed = api.ask(
      {.name = "renew",
       .method = "PUT",
       .path = one,
       .body =
           lease(first, R"("holderIdentity":"a","leaseDurationSeconds":10,"leaseTransitions":1)")},
      looks);
  api.ask({.name = "two at once: the second loses",
           .method = "PUT",
           .path = one,
           .body = lease(first, R"("holderIdentity":"b","leaseDurationSeconds":10)")});
  api.ask({.name = "without a version", .method = "PUT", .path = one, .body = lease("", mine)});
  const auto version = text_at(renewed, "/metadata/resourceVersion");
  api.ask({.name = "for no time",
           .method = "PUT",
           .path = one,
           .body = lease(version, R"("holderIdentity":"a","leaseDurationSeconds":0)")});
  api.ask({.name = "with fewer than no transitions",
           .method = "PUT",
           .path = one,
           .body = lease(version, R"("holderIdentity":"a","leaseTransitions":-1)")});
  api.ask({.name = "a field nobody knows",
           .method = "PUT",
           .path = one,
           .query = {{"fieldValidation", "Strict"}},
           .body = lease(version, R"("holder":"a")")});
  api.ask({.name = "release",
           .method = "PUT",
           .path = one,
           .body = lease(version, R"("holderIdentity":"","leaseDurationSeconds":1)")},
          looks);
  api.ask({.name = "delete", .method = "DELETE", .path = one});
  api.ask({.name = "PUT of a version that is gone",
           .method = "PUT",
           .path = one,
           .body = lease(version, mine)});
  api.ask({.name = "PUT makes a new one", .method = "PUT", .path = one, .body = lease("", mine)},
          looks);
  api.ask({.name = "times stay as they are", .path = one},
          {"/spec/acquireTime", "/spec/renewTime"});
}

void play_events(Observer& api) {
  const std::string events = "/apis/events.k8s.io/v1/namespaces/events/events";
  const auto event = [](const std::string& name, const std::string& rest) {
    return R"({"apiVersion":"events.k8s.io/v1","kind":"Event","metadata":{"name":")" + name +
           R"(","namespace":"events"},"regarding":{"kind":"Pod","namespace":"events","name":"p"},)" +
           rest + R"("note":"n","type":"Normal"})";
  };
  const std::string whole =
      R"("eventTime":"2026-01-01T00:00:00.000000Z","reportingController":"kernwise.io/s","reportingInstance":"i","action":"Scale","reason":"CpuSaturated",)";
  api.ask({.name = "create", .method = "POST", .path = events, .body = event("p.1", whole)},
          {"/reason", "/note"});
  api.ask({.name = "create again", .method = "POST", .path = events, .body = event("p.1", whole)});
  api.ask({.name = "without all it needs",
           .method = "POST",
           .path = events,
           .body = event("p.2", R"("eventTime":"2026-01-01T00:00:00.000000Z",)")});
  api.ask({.name = "without a time", .method = "POST", .path = events, .body = event("p.3", "")});
  api.ask({.name = "series",
           .method = "PATCH",
           .path = events + "/p.1",
           .body = R"({"series":{"count":2,"lastObservedTime":"2026-01-01T00:01:00.000000Z"}})",
           .type = "strategic"},
          {"/series/count"});
  api.ask({.name = "series goes on",
           .method = "PATCH",
           .path = events + "/p.1",
           .body = R"({"series":{"count":7,"lastObservedTime":"2026-01-01T00:02:00.000000Z"}})",
           .type = "strategic"},
          {"/series/count"});
  api.ask({.name = "series of nothing",
           .method = "PATCH",
           .path = events + "/gone",
           .body = R"({"series":{"count":2,"lastObservedTime":"2026-01-01T00:01:00.000000Z"}})",
           .type = "strategic"});
  api.ask({.name = "with a related object",
           .method = "POST",
           .path = events,
           .body = event("p.4", whole + R"("related":{"kind":"Pod","name":")" +
                                    std::string(3, 'x') + "\"},")},
          {"/related/name"});
  const auto reason = "\"reason\":\"" + std::string(129, 'r') + "\",";
  api.ask({.name = "too long a reason",
           .method = "POST",
           .path = events,
           .body = event("p.5", whole.substr(0, whole.find("\"reason\"")) + reason)});
  api.ask(
      {.name = "of another namespace",
       .method = "POST",
       .path = "/apis/events.k8s.io/v1/namespaces/leases/events",
       .body =
           R"({"apiVersion":"events.k8s.io/v1","kind":"Event","metadata":{"name":"x.1","namespace":"leases"},"regarding":{"kind":"Pod","namespace":"events","name":"p"},)" +
           whole + R"("note":"n","type":"Normal"})"});
}

}  // namespace kernwise::test
