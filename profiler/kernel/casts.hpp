// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace kernwise::kernel {

/// Loads with bpf_rdonly_cast where the kernel's BTF has it. A verifier may refuse a program for it
/// all the same (a backport without all of it, a lockdown), and then everything is loaded once more
/// without: members are read by calls, which is slower and all that is lost. `load(casts)` gives an
/// owner of programs with `refused()`, how many objects the kernel did not take, and
/// `without_casts()`, which says that it came to this.
template <class Load>
[[nodiscard]] auto load_with_casts(bool in_btf, Load load) {
  auto loaded = load(in_btf);
  const auto refused = loaded->refused();
  if (!in_btf || refused == 0) return loaded;
  loaded.reset();  // its programs are gone before the next ones count
  loaded = load(false);
  if (loaded->refused() < refused) loaded->without_casts();
  return loaded;
}

}  // namespace kernwise::kernel
