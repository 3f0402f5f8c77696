// SPDX-License-Identifier: Apache-2.0
#include "extender/protocol/hosts.hpp"

#include "extender/protocol/byte_scan.hpp"
#include "extender/protocol/encode.hpp"

namespace kernwise::protocol {

void HostTexts::follow(const placement::NodeIndex& index) {
  if (fingerprint_ == index.fingerprint() && ends_.size() == index.size()) return;
  fingerprint_ = index.fingerprint();
  texts_.clear();
  ends_.clear();
  for (std::uint32_t row = 0; row < index.size(); ++row) {
    if (const std::string_view name = index.name(row); is_plain(name)) {
      texts_.append(kHostBefore).append(name).append(kHostBehind);
    }
    ends_.push_back(static_cast<std::uint32_t>(texts_.size()));
  }
  texts_.append(kPadding, ' ');
}

}  // namespace kernwise::protocol
