// SPDX-License-Identifier: Apache-2.0
#include "common/kube/access.hpp"
#include "test/fuzz/fuzz.hpp"

namespace kernwise::fuzz {

void read(std::string_view input) {
  const auto access = kube::parse_kubeconfig(input, "/folder", "");
  if (!access) {
    must(access.error().context.starts_with("kubeconfig"), "a complaint names the file");
    return;
  }
  must(!access->origin.host.empty(), "a server has a name");
}

}  // namespace kernwise::fuzz
