// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// PURE. What can be wrong between kube-scheduler and us, from facts that somebody else found out.
namespace kernwise::doctor {

/// One entry of `extenders` in a KubeSchedulerConfiguration; the values that kube-scheduler takes
/// where the file has none.
struct Extender {
  std::string url_prefix = {};
  std::string filter_verb = {}, prioritize_verb = {}, preempt_verb = {}, bind_verb = {};
  std::int64_t weight = 0;
  bool node_cache_capable = false;
  bool ignorable = false;
  bool enable_https = false;
  bool has_ca = false;
  bool has_certificate = false;  ///< with its key, for us to know who asks
  std::chrono::milliseconds timeout{5'000};
};

/// How a listener answers at an address.
enum class Answer : std::uint8_t {
  nothing,    ///< refused, no route, or not in time
  other,      ///< something answers, and it is not our scheduler listener
  plain,      ///< our scheduler listener, over HTTP
  encrypted,  ///< something that speaks TLS
};

/// A kube-scheduler that serves one of the profiles of the file.
struct Replica {
  std::string name = {};       ///< of its pod
  std::string lease = {};      ///< `namespace/name` that it elects its leader by
  bool elects_leader = false;  ///< without it every replica schedules
};

/// By what the schedulers that read the file elect one of them.
struct Election {
  bool elects_leader = true;
  std::string lease = {};      ///< `namespace/name`
  bool serves_default = true;  ///< the profile `default-scheduler`, as the cluster's own does
};

/// That lease, as the cluster has it.
struct LeaseSeen {
  bool exists = false;
  std::string holder = {};                ///< `POD_UUID` or `HOST_UUID`; empty = nobody
  std::chrono::seconds duration{15};      ///< for which it is held without being renewed
  std::chrono::seconds since_renewed{0};  ///< by the clock of this machine
};

/// Major and minor version.
struct KubeVersion {
  int major = 0, minor = 0;
};

/// Absent = could not be found out.
struct SchedulerFacts {
  std::vector<Extender> extenders = {};      ///< those that are ours or could be meant to be
  std::string path_prefix = {};              ///< `scheduler.prefix` of the orchestrator
  std::optional<Answer> answer = {};         ///< at the address of the extender
  std::optional<bool> service_account = {};  ///< that the scheduler's pods run as, is there
  std::optional<std::string> profiler_security = {};  ///< pod security level that is enforced there
  std::optional<std::vector<Replica>> replicas = {};
  std::optional<Election> election = {};
  std::optional<LeaseSeen> lease = {};
  std::optional<KubeVersion> scheduler = {}, api_server = {};
};

/// The mistakes of wiring, in the order in which one should look at them.
enum class Mistake : std::uint8_t {
  no_extender,  ///< nothing in the file is ours
  wrong_port,
  http_or_https,
  no_ca,
  wrong_verb,
  weight,
  whole_nodes,  ///< nodeCacheCapable is false
  not_ignorable,
  slow_timeout,
  no_service_account,
  pod_security,
  two_leaders,
  version_skew,
};
inline constexpr std::size_t kMistakes = 13;
[[nodiscard]] std::string_view name_of(Mistake mistake);

enum class State : std::uint8_t { good, bad, not_known };

struct Finding {
  Mistake mistake = {};
  State state = State::not_known;
  std::string what = {};  ///< that was found, with the value
  std::string next = {};  ///< step, where it is bad
};

/// One finding per mistake, in that order.
[[nodiscard]] std::vector<Finding> examine(const SchedulerFacts& facts);

}  // namespace kernwise::doctor
