// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/scaling/size.hpp"

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstdio>

namespace kernwise::scaling {
namespace {

/// More than any cluster runs; keeps the conversion to int defined whatever a node reports.
constexpr double kMostReplicas = 1'000'000;

/// Reports come from other machines: what is not a finite amount counts as nothing.
double amount(double value) {
  return std::isfinite(value) && value > 0 ? value : 0;
}

}  // namespace

Offered offered_load(const WorkloadState& state, const Params& params) {
  const double per_request = amount(state.cores_per_request);
  const double requests = amount(state.requests_per_second);
  const double queued = amount(state.queued_requests);
  if (per_request <= 0 || requests <= 0) return {amount(state.demand_cores), false};
  const double drain = params.drain_seconds > 0 ? params.drain_seconds : 1;
  return {requests * per_request + queued * per_request / drain, true};
}

Size size_of(const WorkloadState& state, const Params& params, const Offered& offered) {
  Size size{.offered = offered, .wanted = 0, .utilisation = 0};
  const double per_replica = amount(state.cores_per_replica);
  const double useful = per_replica * amount(params.target_utilisation);
  if (useful <= 0) return size;
  // 2.1 / 0.7 is 3.0000000000000004 in binary: a hair above must not cost a replica.
  const double exact = size.offered.cores / useful;
  size.wanted = static_cast<int>(std::min(std::ceil(exact - 1e-9), kMostReplicas));
  size.wanted = std::max(size.wanted, 1);
  if (state.replicas > 0) size.utilisation = size.offered.cores / (state.replicas * per_replica);
  return size;
}

std::string describe_offered(const WorkloadState& state, const Params& params, const Size& size) {
  if (!size.offered.by_requests) {
    return line("offered load %.2f cores (on CPU, runnable and throttled)", size.offered.cores);
  }
  return line("offered load %.2f cores = %.1f requests/s x %.4f cores + %.1f queued / %.0f s",
              size.offered.cores, state.requests_per_second, state.cores_per_request,
              state.queued_requests, params.drain_seconds);
}

std::string describe_wanted(const WorkloadState& state, const Params& params, const Size& size) {
  if (size.wanted == 0) return "what one replica can use is not known yet";
  return line("%d wanted = %.2f / (%.2f target x %.2f cores per replica), %d running", size.wanted,
              size.offered.cores, params.target_utilisation, state.cores_per_replica,
              state.replicas);
}

std::string line(const char* format, ...) {
  char text[256];
  va_list values;
  va_start(values, format);
  std::vsnprintf(text, sizeof text, format, values);
  va_end(values);
  return text;
}

}  // namespace kernwise::scaling
