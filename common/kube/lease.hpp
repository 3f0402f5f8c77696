// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "common/kube/client.hpp"

namespace kernwise::kube {

struct LeaseName {
  std::string name_space, name;
};

/// The spec of a coordination.k8s.io/v1 Lease. The times are those of whoever wrote them: they are
/// carried along and compared for equality, never with a clock of ours.
struct LeaseRecord {
  std::string holder;  ///< empty = nobody
  std::chrono::seconds duration{0};
  std::string acquired, renewed;  ///< MicroTime
  int transitions = 0;
  bool operator==(const LeaseRecord&) const = default;
};

struct Lease {
  std::string resource_version;
  LeaseRecord record;
};

[[nodiscard]] Request read_lease(const LeaseName& name);
/// Makes the object; 409 when there is one.
[[nodiscard]] Request create_lease(const LeaseName& name, const LeaseRecord& record);
/// Replaces the object of exactly that resource version; 409 when it is another one by now. The
/// server makes one where there is none: 201.
[[nodiscard]] Request replace_lease(const LeaseName& name, const Lease& lease);

/// A Lease as the API server writes it. A missing spec or field is empty or 0. Errors name the
/// field.
[[nodiscard]] Result<Lease> decode_lease(const std::string& body);

/// What became of a request about a lease.
struct LeaseAnswer {
  enum class Kind : std::uint8_t { found, created, absent, conflict, failed };
  Kind kind = Kind::failed;
  Lease lease = {};                                      ///< of found and created
  std::optional<std::chrono::seconds> retry_after = {};  ///< of failed
  std::string problem = {};                              ///< of failed, for the log
};
[[nodiscard]] LeaseAnswer lease_answer(const Result<Answer>& answer);

}  // namespace kernwise::kube
