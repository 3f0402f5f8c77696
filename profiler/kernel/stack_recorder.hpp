// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>

#include "common/base/result.hpp"
#include "ebpf/kernwise_stacks.h"

namespace kernwise::kernel {

class Programs;

/// Where whole stacks come from. Implementations: StackRecorder, test/fakes/FakeStacks.
class StackSource {
 public:
  virtual ~StackSource() = default;
  /// Takes the stacks of these slots from now on: `what` is KW_RECORD_CPU or KW_RECORD_WAITS.
  /// Errors: this kernel or these privileges do not allow it, or the valve has shed it.
  [[nodiscard]] virtual Result<> begin(const std::set<std::uint32_t>& slots,
                                       kw_record_what what) = 0;
  /// Ends that. Waits that are still open are handed to `each` as they are.
  virtual void end(const std::set<std::uint32_t>& slots, kw_record_what what,
                   const std::function<void(const kw_stack&)>& each) = 0;
  /// Hands over what was taken since the last call.
  virtual void drain(const std::function<void(const kw_stack&)>& each) = 0;
  /// What of a slot could not be taken since it began.
  [[nodiscard]] virtual kw_record lost(std::uint32_t slot) const = 0;
};

/// Stacks of the loaded programs. Each slot is recorded at most once for each `what`.
class StackRecorder final : public StackSource {
 public:
  /// `programs` must outlive it. Errors: a map cannot be mapped, sampling is off.
  [[nodiscard]] static Result<std::unique_ptr<StackRecorder>> open(Programs& programs);
  ~StackRecorder() override;

  [[nodiscard]] Result<> begin(const std::set<std::uint32_t>& slots, kw_record_what what) override;
  void end(const std::set<std::uint32_t>& slots, kw_record_what what,
           const std::function<void(const kw_stack&)>& each) override;
  void drain(const std::function<void(const kw_stack&)>& each) override;
  [[nodiscard]] kw_record lost(std::uint32_t slot) const override;

 private:
  struct State;
  explicit StackRecorder(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace kernwise::kernel
