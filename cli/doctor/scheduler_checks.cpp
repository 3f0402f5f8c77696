// SPDX-License-Identifier: Apache-2.0
#include "cli/doctor/scheduler_checks.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace kernwise::doctor {
namespace {

constexpr std::chrono::milliseconds kLongestTimeout{1'000};
/// What `managedFields` and the like cannot tell: kube-scheduler may be one minor older than the
/// API server and never newer (Kubernetes' version skew policy).
constexpr int kMinorsBehind = 1;

Finding good(std::string what) {
  return {.state = State::good, .what = std::move(what)};
}
Finding bad(std::string what, std::string next) {
  return {.state = State::bad, .what = std::move(what), .next = std::move(next)};
}
Finding not_known(std::string what) {
  return {.state = State::not_known, .what = std::move(what)};
}

std::string quoted(std::string_view text) {
  return "'" + std::string(text) + "'";
}

bool is_https(const Extender& extender) {
  return extender.url_prefix.starts_with("https://");
}

Finding check_extender(const SchedulerFacts& facts) {
  if (facts.extenders.size() == 1) return good("one extender, " + facts.extenders[0].url_prefix);
  if (facts.extenders.empty()) {
    return bad("the file has no extender of ours",
               "add the `extenders` of scheduler-config/default-scheduler-patch.yaml");
  }
  return bad("the file has " + std::to_string(facts.extenders.size()) + " extenders of ours",
             "keep one: each of them adds its scores");
}

Finding check_port(const Extender& extender, const SchedulerFacts& facts) {
  if (!facts.answer) return not_known(extender.url_prefix + " was not asked");
  if (*facts.answer == Answer::nothing) {
    return bad("nothing answers at " + extender.url_prefix,
               "give the address of `scheduler.listen`, 8888 by default; from the host's network "
               "names of services are not known");
  }
  if (*facts.answer == Answer::other) {
    return bad("what answers at " + extender.url_prefix + " is not the scheduler's listener",
               "give the port of `scheduler.listen` (8888), not of the API (8080) or of reports "
               "(8443)");
  }
  return good(extender.url_prefix + " answers");
}

Finding check_scheme(const Extender& extender, const SchedulerFacts& facts) {
  if (extender.enable_https && !is_https(extender)) {
    return bad("enableHTTPS with " + extender.url_prefix + ": the address decides, and it is plain",
               "write https:// in urlPrefix");
  }
  if (!facts.answer || *facts.answer == Answer::nothing || *facts.answer == Answer::other) {
    return not_known("what is spoken there was not found out");
  }
  const bool tls = *facts.answer == Answer::encrypted;
  if (tls == is_https(extender)) return good(tls ? "both speak TLS" : "both speak plain HTTP");
  return bad(tls ? "the listener speaks TLS and urlPrefix is http://"
                 : "the listener speaks plain HTTP and urlPrefix is https://",
             tls ? "write https:// in urlPrefix and give a tlsConfig"
                 : "write http:// in urlPrefix (loopback), or give the orchestrator "
                   "scheduler.tls.certificate and .key");
}

Finding check_ca(const Extender& extender) {
  if (!is_https(extender)) return good("not needed without TLS");
  if (!extender.has_ca) {
    return bad("https without caFile or caData: kube-scheduler then verifies nothing",
               "set tlsConfig.caFile to the authority that manifests/certificates.sh made");
  }
  if (!extender.has_certificate) {
    return bad("no certFile and keyFile: the listener lets nobody in without a certificate",
               "set tlsConfig.certFile and .keyFile as manifests/certificates.sh made them");
  }
  return good("the certificate is verified, and one is shown");
}

std::string path_of(const Extender& extender) {
  const std::size_t host = extender.url_prefix.find("://");
  const std::size_t begin = host == std::string::npos ? 0 : host + 3;
  const std::size_t slash = extender.url_prefix.find('/', begin);
  std::string path = slash == std::string::npos ? "" : extender.url_prefix.substr(slash);
  while (path.ends_with('/')) path.pop_back();
  return path;
}

Finding check_verbs(const Extender& extender, const SchedulerFacts& facts) {
  const std::string path = path_of(extender);
  if (path != facts.path_prefix) {
    return bad("urlPrefix has the path " + quoted(path) + ", and the orchestrator serves " +
                   quoted(facts.path_prefix),
               "make urlPrefix and `scheduler.prefix` agree");
  }
  if (extender.prioritize_verb != "prioritize" &&
      extender.prioritize_verb != "prioritize/relative") {
    return bad("prioritizeVerb is " + quoted(extender.prioritize_verb),
               "set prioritizeVerb: prioritize");
  }
  if (!extender.filter_verb.empty() && extender.filter_verb != "filter") {
    return bad("filterVerb is " + quoted(extender.filter_verb),
               "leave filterVerb out, or set filterVerb: filter");
  }
  if (!extender.bind_verb.empty() || !extender.preempt_verb.empty()) {
    return bad("bindVerb or preemptVerb is set, and neither is served",
               "leave bindVerb and preemptVerb out");
  }
  return good(extender.prioritize_verb);
}

Finding check_weight(const Extender& extender) {
  if (extender.weight > 0) return good(std::to_string(extender.weight));
  return bad(
      "weight is " + std::to_string(extender.weight) + ": kube-scheduler does not start with that",
      "set weight: 3");
}

Finding check_node_cache(const Extender& extender) {
  if (extender.node_cache_capable) return good("names are sent");
  return bad("nodeCacheCapable is false: 5 MB instead of 22 KB for 500 nodes, with every pod",
             "set nodeCacheCapable: true");
}

Finding check_ignorable(const Extender& extender) {
  if (extender.ignorable) return good("pods are placed without us, too");
  return bad("ignorable is false: without the orchestrator no pod is placed",
             "set ignorable: true");
}

Finding check_timeout(const Extender& extender) {
  const std::string text = std::to_string(extender.timeout.count()) + " ms";
  if (extender.timeout <= kLongestTimeout) return good(text);
  return bad("httpTimeout is " + text + ": a hung orchestrator costs that for every pod",
             "set httpTimeout: 200ms");
}

Finding check_account(const SchedulerFacts& facts) {
  if (!facts.service_account) return not_known("service accounts were not looked at");
  if (*facts.service_account) return good("it is there");
  return bad("the service account that the scheduler's pods run as is not there",
             "kubectl apply -k manifests/overlays/second-scheduler");
}

Finding check_security(const SchedulerFacts& facts) {
  if (!facts.profiler_security) return not_known("the profilers' namespace was not looked at");
  const std::string& level = *facts.profiler_security;
  if (level.empty() || level == "privileged") {
    return good(level.empty() ? "no level is enforced" : level);
  }
  return bad("pod security " + quoted(level) +
                 " is enforced in the profilers' namespace, so none of them can start",
             "kubectl label namespace kernwise-profiler --overwrite "
             "pod-security.kubernetes.io/enforce=privileged");
}

/// Replicas that each lead: by different leases, or by none.
Finding check_replicas(const SchedulerFacts& facts) {
  if (!facts.replicas) return not_known("the scheduler's pods were not looked at");
  const auto& replicas = *facts.replicas;
  if (replicas.size() < 2) return good(std::to_string(replicas.size()) + " runs");
  std::set<std::string> leases;
  for (const Replica& replica : replicas) {
    if (!replica.elects_leader) {
      return bad(replica.name + " schedules beside " + std::to_string(replicas.size() - 1) +
                     " more without electing a leader",
                 "set leaderElection.leaderElect: true");
    }
    leases.insert(replica.lease);
  }
  if (leases.size() == 1) return good("they elect one by " + *leases.begin());
  return bad("they elect " + std::to_string(leases.size()) + " leaders: " + *leases.begin() +
                 " and " + *leases.rbegin(),
             "give all replicas the same leaderElection.resourceNamespace and .resourceName");
}

/// What is wrong with the lease itself; no value when nothing is.
std::optional<Finding> wrong_lease(const Election& election, const SchedulerFacts& facts) {
  if (!election.serves_default && election.lease == "kube-system/kube-scheduler") {
    return bad("the lease " + election.lease +
                   " is that of the cluster's own scheduler: only one of the two schedules",
               "set leaderElection.resourceName: kernwise-scheduler and .resourceNamespace: "
               "kernwise");
  }
  if (!facts.lease) return std::nullopt;
  const LeaseSeen& lease = *facts.lease;
  if (!lease.exists || lease.holder.empty()) {
    return bad("nobody holds the lease " + election.lease + ": no scheduler of this file leads",
               "start the scheduler; it must be allowed to create, get and update that lease");
  }
  if (lease.since_renewed > lease.duration) {
    return bad("the lease " + election.lease + " of " + lease.holder + " was renewed " +
                   std::to_string(lease.since_renewed.count()) + " s ago, by this machine's clock",
               "look at the log of that scheduler: it is gone, or cannot reach the API server");
  }
  return std::nullopt;
}

/// Somebody who is none of the overlay's pods holds their lease.
bool is_strange(const LeaseSeen& lease, const std::vector<Replica>& replicas) {
  return std::none_of(replicas.begin(), replicas.end(), [&](const Replica& replica) {
    return lease.holder == replica.name || lease.holder.starts_with(replica.name + "_");
  });
}

/// Two that lead at once, or none: two different schedulers that take turns, a lease that nobody
/// keeps.
Finding check_leaders(const SchedulerFacts& facts) {
  if (facts.election && facts.election->elects_leader) {
    if (auto wrong = wrong_lease(*facts.election, facts)) return *std::move(wrong);
    const bool known = facts.replicas && !facts.replicas->empty() && facts.lease;
    if (known && !facts.election->serves_default && is_strange(*facts.lease, *facts.replicas)) {
      return bad("the lease " + facts.election->lease + " is held by " + facts.lease->holder +
                     ", which is none of the scheduler's pods: two schedulers share it",
                 "give each scheduler a leaderElection.resourceName of its own");
    }
  }
  return check_replicas(facts);
}

std::string text_of(KubeVersion version) {
  return std::to_string(version.major) + "." + std::to_string(version.minor);
}

Finding check_versions(const SchedulerFacts& facts) {
  if (!facts.scheduler || !facts.api_server) return not_known("the versions were not found out");
  const std::string both =
      "kube-scheduler " + text_of(*facts.scheduler) + ", API server " + text_of(*facts.api_server);
  const int behind = facts.api_server->minor - facts.scheduler->minor;
  const bool same_major = facts.api_server->major == facts.scheduler->major;
  if (same_major && behind >= 0 && behind <= kMinorsBehind) return good(both);
  return bad(both, "use the kube-scheduler of the API server's minor version");
}

}  // namespace

std::string_view name_of(Mistake mistake) {
  static constexpr std::array<std::string_view, kMistakes> kNames{
      "extender",     "address",          "http or https", "certificates", "verbs",
      "weight",       "nodeCacheCapable", "ignorable",     "timeout",      "service account",
      "pod security", "leaders",          "versions"};
  return kNames[static_cast<std::size_t>(mistake)];
}

std::vector<Finding> examine(const SchedulerFacts& facts) {
  std::vector<Finding> findings{check_extender(facts)};
  if (facts.extenders.empty()) {
    for (std::size_t i = 1; i <= static_cast<std::size_t>(Mistake::slow_timeout); ++i) {
      findings.push_back(not_known("there is no extender"));
    }
  } else {
    const Extender& extender = facts.extenders.front();
    findings.push_back(check_port(extender, facts));
    findings.push_back(check_scheme(extender, facts));
    findings.push_back(check_ca(extender));
    findings.push_back(check_verbs(extender, facts));
    findings.push_back(check_weight(extender));
    findings.push_back(check_node_cache(extender));
    findings.push_back(check_ignorable(extender));
    findings.push_back(check_timeout(extender));
  }
  findings.push_back(check_account(facts));
  findings.push_back(check_security(facts));
  findings.push_back(check_leaders(facts));
  findings.push_back(check_versions(facts));
  for (std::size_t i = 0; i < findings.size(); ++i) {
    findings[i].mistake = static_cast<Mistake>(i);
  }
  return findings;
}

}  // namespace kernwise::doctor
