// SPDX-License-Identifier: Apache-2.0
#include "test/unit/symbols/made_files.hpp"

#include <lzma.h>
#include <sys/mman.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <cstring>
#include <utility>

namespace kernwise::test {

Fd memory_file(const std::string& bytes) {
  Fd fd(::memfd_create("made", MFD_CLOEXEC));
  REQUIRE(::write(fd.value(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  return fd;
}

namespace {

Elf64_Ehdr header_of(std::size_t sections, std::uint64_t sections_at) {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_EXEC;
  header.e_machine = EM_X86_64;
  header.e_version = EV_CURRENT;
  header.e_phoff = sizeof(header);
  header.e_shoff = sections_at;
  header.e_ehsize = sizeof(header);
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = 1;
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shnum = static_cast<Elf64_Half>(sections);
  header.e_shstrndx = static_cast<Elf64_Half>(sections - 1);
  return header;
}

}  // namespace

std::string elf_of(std::vector<MadeSection> sections) {
  sections.push_back({.name = ".shstrtab", .type = SHT_STRTAB, .bytes = std::string(1, '\0')});
  std::vector<Elf64_Shdr> headers(1);
  std::string body;
  for (auto& section : sections) {
    Elf64_Shdr header{};
    header.sh_name = static_cast<Elf64_Word>(sections.back().bytes.size());
    sections.back().bytes += section.name + '\0';
    header.sh_type = section.type;
    header.sh_link = section.link;
    header.sh_entsize = section.entry_size;
    headers.push_back(header);
  }
  const std::uint64_t body_at = sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr);
  for (std::size_t i = 0; i < sections.size(); ++i) {
    body.resize((body.size() + 31) / 32 * 32 + (32 - body_at % 32) % 32, '\0');
    auto& header = headers[i + 1];
    header.sh_offset = body_at + body.size();
    header.sh_size = sections[i].bytes.size();
    header.sh_addr = sections[i].address != 0 ? kLoadedAt + header.sh_offset : 0;
    body += sections[i].bytes;
  }
  Elf64_Phdr load{};
  load.p_type = PT_LOAD;
  load.p_flags = PF_R | PF_X;
  load.p_vaddr = kLoadedAt;
  load.p_filesz = 0x200000;
  std::string bytes = raw(header_of(headers.size(), body_at + body.size())) + raw(load) + body;
  for (const auto& header : headers) bytes += raw(header);
  return bytes;
}

std::vector<MadeSection> symbol_sections(const std::vector<Entry>& entries, std::uint32_t index,
                                         bool dynamic) {
  std::string names(1, '\0');
  std::string symbols = raw(Elf64_Sym{});
  for (const auto& entry : entries) {
    Elf64_Sym symbol{};
    symbol.st_name = static_cast<Elf64_Word>(names.size());
    symbol.st_info = entry.info;
    symbol.st_shndx = 1;
    symbol.st_value = entry.address;
    symbol.st_size = entry.size;
    symbols += raw(symbol);
    names += entry.name;
    names += '\0';
  }
  const std::uint32_t type = dynamic ? SHT_DYNSYM : SHT_SYMTAB;
  return {{.name = dynamic ? ".dynsym" : ".symtab",
           .type = type,
           .bytes = symbols,
           .link = index + 1,
           .entry_size = sizeof(Elf64_Sym)},
          {.name = dynamic ? ".dynstr" : ".strtab", .type = SHT_STRTAB, .bytes = names}};
}

std::string small_elf(const std::vector<Entry>& entries, const char* extra_section) {
  auto sections = symbol_sections(entries, 1);
  sections.push_back({.name = extra_section});
  return elf_of(std::move(sections));
}

std::string go_table(GoForm form, const std::vector<GoEntry>& functions, std::uint64_t end,
                     std::uint64_t base, bool with_text) {
  const bool narrow = form == GoForm::go118 || form == GoForm::go120;
  const auto field = [&](std::uint64_t value) {
    return narrow ? raw(static_cast<std::uint32_t>(value)) : raw(value);
  };
  const auto from = narrow ? base : 0;
  const std::uint64_t width = narrow ? 4 : 8;
  const std::uint64_t head = form == GoForm::go12 ? 16 : form == GoForm::go116 ? 64 : 72;
  std::string names(1, '\0');
  for (const auto& function : functions) names += function.name + '\0';
  // Header, names, then the pairs and the records they point to.
  const auto names_at = head;
  const auto pairs_at = form == GoForm::go12 ? head : head + names.size();
  const auto records_from = form == GoForm::go12 ? 0 : pairs_at;
  std::string pairs, records;
  std::uint64_t name = 1;
  const auto pairs_size = (functions.size() * 2 + 1) * width;
  const auto after_records = pairs_at + pairs_size + functions.size() * (width + 4);
  for (const auto& function : functions) {
    pairs += field(function.start - from);
    pairs += field(pairs_at + pairs_size + records.size() - records_from);
    const auto name_at = form == GoForm::go12 ? after_records + name : name;
    records += field(function.start - from) + raw(static_cast<std::uint32_t>(name_at));
    name += function.name.size() + 1;
  }
  pairs += field(end - from);
  const std::uint32_t magic = form == GoForm::go12    ? 0xfffffffb
                              : form == GoForm::go116 ? 0xfffffffa
                              : form == GoForm::go118 ? 0xfffffff0
                                                      : 0xfffffff1;
  std::string table = raw(magic) + std::string("\0\0\1\10", 4);
  table += raw(static_cast<std::uint64_t>(functions.size()));
  if (form == GoForm::go12) return table + pairs + records + names;
  table += raw(std::uint64_t{0});  // files
  if (narrow) table += raw(with_text ? base : std::uint64_t{0});
  table += raw(names_at) + raw(names_at) + raw(names_at) + raw(names_at) + raw(pairs_at);
  return table + names + pairs + records;
}

std::string packed(const std::string& bytes) {
  std::string result(lzma_stream_buffer_bound(bytes.size()), '\0');
  std::size_t size = 0;
  REQUIRE(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC32, nullptr,
                                  reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(),
                                  reinterpret_cast<std::uint8_t*>(result.data()), &size,
                                  result.size()) == LZMA_OK);
  result.resize(size);
  return result;
}

}  // namespace kernwise::test
