// SPDX-License-Identifier: Apache-2.0
#include "extender/placement/pod_resources.hpp"

#include <algorithm>

namespace kernwise::placement {
namespace {

using Amount = std::optional<double>;

Amount sum_of(const Amount& a, const Amount& b) {
  return a && b ? Amount{*a + *b} : (a ? a : b);
}
Amount larger_of(const Amount& a, const Amount& b) {
  return a && b ? Amount{std::max(*a, *b)} : (a ? a : b);
}
Resources sum_of(const Resources& a, const Resources& b) {
  return {sum_of(a.cores, b.cores), sum_of(a.memory_bytes, b.memory_bytes)};
}
Resources larger_of(const Resources& a, const Resources& b) {
  return {larger_of(a.cores, b.cores), larger_of(a.memory_bytes, b.memory_bytes)};
}

}  // namespace

void ResourceTally::add_main(const Resources& of) {
  running_ = sum_of(running_, of);
}

void ResourceTally::add_init(const Resources& of, bool sidecar) {
  if (sidecar) sidecars_ = sum_of(sidecars_, of);
  // While an init container runs, the sidecars started before it run too.
  starting_ = larger_of(starting_, sidecar ? sidecars_ : sum_of(sidecars_, of));
}

Resources ResourceTally::total(const Resources& overhead) const {
  const Resources needed = larger_of(sum_of(running_, sidecars_), starting_);
  return {needed.cores ? sum_of(needed.cores, overhead.cores) : Amount{},
          needed.memory_bytes ? sum_of(needed.memory_bytes, overhead.memory_bytes) : Amount{}};
}

}  // namespace kernwise::placement
