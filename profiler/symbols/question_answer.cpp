// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "common/base/utf8.hpp"
#include "profiler/symbols/debug_data.hpp"
#include "profiler/symbols/demangle.hpp"
#include "profiler/symbols/elf_functions.hpp"
#include "profiler/symbols/go_functions.hpp"
#include "profiler/symbols/question.hpp"
#include "profiler/symbols/text_maps.hpp"

namespace kernwise::symbols {
namespace {

/// Takes over what is known in `more`; where both know nothing the narrower claim holds.
void fill_gaps(Functions& functions, Functions more) {
  for (std::size_t i = 0; i < functions.size() && i < more.size(); ++i) {
    if (functions[i].known()) continue;
    if (more[i].known()) {
      functions[i] = std::move(more[i]);
      continue;
    }
    functions[i].begin = std::max(functions[i].begin, more[i].begin);
    functions[i].end = std::min(functions[i].end, more[i].end);
  }
}

bool all_known(const Functions& functions) {
  return std::ranges::all_of(functions, &Function::known);
}

Functions packed_functions(const ByteSource& file, const Section& section,
                           std::span<const std::uint64_t> addresses) {
  const auto unpacked = unpack_debug_data(file, section);
  if (!unpacked) return {};
  const auto inner = ByteSource::memory(*unpacked);
  const auto layout = read_layout(inner);
  if (!layout) return {};
  return find_elf_functions(inner, layout->is_64bit, layout->symtab, addresses);
}

/// By virtual address, best source of names first.
Functions functions_of(const ByteSource& file, const ElfLayout& layout,
                       std::span<const std::uint64_t> addresses) {
  Functions found(addresses.size());
  fill_gaps(found, find_elf_functions(file, layout.is_64bit, layout.symtab, addresses));
  if (!all_known(found)) {
    if (auto more = find_go_functions(file, layout, addresses)) fill_gaps(found, std::move(*more));
  }
  if (!all_known(found) && layout.debug_data.present()) {
    fill_gaps(found, packed_functions(file, layout.debug_data, addresses));
  }
  if (!all_known(found)) {
    fill_gaps(found, find_elf_functions(file, layout.is_64bit, layout.dynsym, addresses));
  }
  return found;
}

/// An answer in addresses becomes one in file offsets, within the segment that holds both.
Function in_offsets(Function function, const ElfLayout& layout, std::uint64_t offset,
                    std::uint64_t address) {
  for (const auto& segment : layout.segments) {
    const bool here = offset >= segment.offset && offset - segment.offset < segment.file_size &&
                      address == offset - segment.offset + segment.address;
    if (!here) continue;
    const auto begin = std::max(function.begin, segment.address) - segment.address;
    const auto end = function.end > segment.address ? function.end - segment.address : 0;
    function.begin = segment.offset + begin;
    function.end = segment.offset + std::min(end, segment.file_size);
    if (function.begin <= offset && offset < function.end) return function;
  }
  return {.begin = offset, .end = offset + 1, .symbol = std::move(function.symbol)};
}

Answer answer_program(const Question& question, int fd) {
  Answer answer;
  const auto file = ByteSource::file(fd);
  const auto layout = read_layout(file);
  if (!layout) return answer;
  answer.readable = true;
  answer.go = layout->go;
  answer.build_id = layout->build_id;
  struct Asked {
    std::uint64_t address = 0;
    std::size_t index = 0;
  };
  std::vector<Asked> asked;
  for (std::size_t i = 0; i < question.addresses.size(); ++i) {
    const auto offset = question.addresses[i];
    answer.functions.push_back({.begin = offset, .end = offset + 1, .symbol = {}});
    if (const auto address = layout->address_of(offset)) asked.push_back({*address, i});
  }
  std::ranges::sort(asked, {}, &Asked::address);
  std::vector<std::uint64_t> addresses;
  addresses.reserve(asked.size());
  for (const auto& each : asked) addresses.push_back(each.address);
  auto found = functions_of(file, *layout, addresses);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    answer.functions[asked[i].index] = in_offsets(
        std::move(found[i]), *layout, question.addresses[asked[i].index], asked[i].address);
  }
  return answer;
}

Answer answer_text(Functions functions) {
  Answer answer;
  answer.readable = true;
  answer.functions = std::move(functions);
  return answer;
}

}  // namespace

Answer answer_question(const Question& question, int fd) {
  Answer answer;
  switch (question.kind) {
    case FileKind::program:
      answer = answer_program(question, fd);
      break;
    case FileKind::perf_map:
      answer = answer_text(find_perf_map_functions(ByteSource::file(fd), question.addresses));
      break;
    case FileKind::kernel:
      answer = answer_text(find_kernel_functions(fd, question.addresses));
      break;
  }
  const bool mangled = question.kind == FileKind::program;
  for (auto& function : answer.functions) {
    function.symbol =
        mangled ? demangled(function.symbol) : printable(function.symbol, kMaxNameBytes);
  }
  return answer;
}

}  // namespace kernwise::symbols
