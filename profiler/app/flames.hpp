// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "common/http/server.hpp"
#include "profiler/app/containers.hpp"
#include "profiler/app/naming.hpp"
#include "profiler/kernel/stack_recorder.hpp"
#include "profiler/symbols/resolver.hpp"

namespace boost::asio {
class io_context;  // NOLINT(readability-identifier-naming)
}

namespace kernwise::profiler {

/// Stacks on request: `GET /v1/flame?pod=NAMESPACE/NAME|uid=UID&type=cpu|offcpu&seconds=N&
/// format=folded|pprof` records that pod for N seconds (1 to 60, default 10) and answers then.
/// 400 says which parameter is wrong, 404 that there is no such pod here, 409 that it is being
/// recorded already, 503 that this cannot be done here or too many are asked for at once.
class Flames {
 public:
  static constexpr std::size_t kMaxAtOnce = 4;

  /// Containers (by slot) of the pod with this full name or uid; the one not asked for is empty.
  using FindPod = std::function<std::map<std::uint32_t, std::string>(const std::string& pod,
                                                                     const std::string& uid)>;
  /// `source` may be nullptr: everything is answered with 503. All outlive this.
  Flames(boost::asio::io_context& io, kernel::StackSource* source, symbols::Resolver& resolver,
         FindPod find);
  ~Flames();
  Flames(const Flames&) = delete;
  Flames& operator=(const Flames&) = delete;

  [[nodiscard]] http::Route route();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

/// Slots of the containers of the pod that every surface calls `pod` (or that has this uid) and
/// what they are called.
[[nodiscard]] std::map<std::uint32_t, std::string> slots_of_pod(const ContainerTable& table,
                                                                Naming& naming, MonoTime now,
                                                                const std::string& pod,
                                                                const std::string& uid);

}  // namespace kernwise::profiler
