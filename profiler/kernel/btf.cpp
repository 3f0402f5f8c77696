// SPDX-License-Identifier: Apache-2.0
#include "profiler/kernel/btf.hpp"

#include <bpf/btf.h>

#include <cerrno>
#include <string_view>

namespace kernwise::kernel {

void KernelTypes::Free::operator()(btf* types) const {
  btf__free(types);
}

Result<KernelTypes> KernelTypes::load() {
  btf* types = btf__load_vmlinux_btf();
  if (!types) return errno_error(errno, "read the kernel's BTF (/sys/kernel/btf/vmlinux)");
  return KernelTypes(types);
}

int KernelTypes::tracepoint_arguments(const std::string& name) const {
  const int id =
      btf__find_by_name_kind(types_.get(), ("btf_trace_" + name).c_str(), BTF_KIND_TYPEDEF);
  if (id < 0) return -1;
  const btf_type* type = btf__type_by_id(types_.get(), static_cast<__u32>(id));
  const btf_type* pointer = btf__type_by_id(types_.get(), type->type);
  if (!pointer || !btf_is_ptr(pointer)) return -1;
  const btf_type* prototype = btf__type_by_id(types_.get(), pointer->type);
  if (!prototype || !btf_is_func_proto(prototype)) return -1;
  return btf_vlen(prototype) - 1;  // the first parameter is the tracepoint's own data
}

bool KernelTypes::has_function(const std::string& name) const {
  return btf__find_by_name_kind(types_.get(), name.c_str(), BTF_KIND_FUNC) >= 0;
}

bool KernelTypes::has_enumerator(const std::string& type, const std::string& name) const {
  const int id = btf__find_by_name_kind(types_.get(), type.c_str(), BTF_KIND_ENUM);
  if (id < 0) return false;
  const btf_type* found = btf__type_by_id(types_.get(), static_cast<__u32>(id));
  const struct btf_enum* values = ::btf_enum(found);
  for (int i = 0; i < btf_vlen(found); ++i) {
    if (name == btf__name_by_offset(types_.get(), values[i].name_off)) return true;
  }
  return false;
}

}  // namespace kernwise::kernel
