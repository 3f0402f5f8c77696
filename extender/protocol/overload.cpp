// SPDX-License-Identifier: Apache-2.0
#include "extender/protocol/overload.hpp"

namespace kernwise::protocol {

void Overload::spent(MonoTime begin, MonoTime end) {
  static_cast<void>(at(begin));
  busy_ += end - begin;
}

bool Overload::at(MonoTime now) {
  if (now - window_ < params_.window) return overloaded_;
  const double share = Seconds(busy_) / Seconds(params_.window);
  overloaded_ = share >= params_.busy || (overloaded_ && share > params_.calm);
  // After a pause the last whole window was empty.
  if (now - window_ >= 2 * params_.window) overloaded_ = false;
  window_ = now;
  busy_ = {};
  return overloaded_;
}

}  // namespace kernwise::protocol
