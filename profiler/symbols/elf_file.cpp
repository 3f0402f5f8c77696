// SPDX-License-Identifier: Apache-2.0
#include "profiler/symbols/elf_file.hpp"

#include <elf.h>
#include <gelf.h>
#include <libelf.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <memory>
#include <string_view>

namespace kernwise::symbols {
namespace {

constexpr std::size_t kMaxSections = 16'384;
constexpr std::size_t kMaxSegments = 512;
constexpr std::uint64_t kMaxSectionNames = 1024UL * 1024;
constexpr std::uint64_t kMaxNotes = 64UL * 1024;
constexpr std::size_t kMaxBuildId = 64;

using ElfHandle = std::unique_ptr<Elf, decltype(&elf_end)>;

template <class Header>
bool counts_fit(const unsigned char* raw) {
  Header header{};
  std::memcpy(&header, raw, sizeof(header));
  // Zero sections with a section table mean "the count is in section 0", which has no bound.
  const bool extended = header.e_shnum == 0 && header.e_shoff != 0;
  return !extended && header.e_shnum <= kMaxSections && header.e_phnum <= kMaxSegments;
}

Result<void> check_header(const ByteSource& file) {
  std::array<unsigned char, sizeof(Elf64_Ehdr)> raw{};
  const auto size = std::min<std::uint64_t>(raw.size(), file.size());
  if (size < sizeof(Elf32_Ehdr)) return invalid("ELF header: too short");
  if (!file.read(raw.data(), size, 0)) return invalid("ELF header: not readable");
  if (std::memcmp(raw.data(), ELFMAG, SELFMAG) != 0) return invalid("ELF header: no ELF file");
  constexpr auto kHost = std::endian::native == std::endian::little ? ELFDATA2LSB : ELFDATA2MSB;
  if (raw[EI_DATA] != kHost) return invalid("ELF header: foreign byte order");
  const bool fits = raw[EI_CLASS] == ELFCLASS64   ? counts_fit<Elf64_Ehdr>(raw.data())
                    : raw[EI_CLASS] == ELFCLASS32 ? counts_fit<Elf32_Ehdr>(raw.data())
                                                  : false;
  if (!fits) return invalid("ELF header: unknown class or too many sections or segments");
  return {};
}

/// Reads the tables of one file, keeping only what lies within it.
class LayoutReader {
 public:
  LayoutReader(Elf* elf, std::uint64_t file_size) : elf_(elf), file_size_(file_size) {}

  Result<ElfLayout> read() {
    layout_.is_64bit = gelf_getclass(elf_) == ELFCLASS64;
    read_segments();
    read_sections();
    return std::move(layout_);
  }

 private:
  [[nodiscard]] bool within(std::uint64_t offset, std::uint64_t size) const {
    return offset <= file_size_ && size <= file_size_ - offset;
  }

  void read_segments() {
    std::size_t count = 0;
    if (elf_getphdrnum(elf_, &count) != 0) return;
    for (std::size_t i = 0; i < count && i < kMaxSegments; ++i) {
      GElf_Phdr header{};
      if (gelf_getphdr(elf_, static_cast<int>(i), &header) == nullptr) return;
      if (header.p_type != PT_LOAD || header.p_filesz == 0) continue;
      layout_.segments.push_back({.offset = header.p_offset,
                                  .file_size = header.p_filesz,
                                  .address = header.p_vaddr,
                                  .executable = (header.p_flags & PF_X) != 0});
    }
  }

  void read_sections() {
    const std::size_t names = section_names();
    for (Elf_Scn* section = elf_nextscn(elf_, nullptr); section != nullptr;
         section = elf_nextscn(elf_, section)) {
      GElf_Shdr header{};
      if (gelf_getshdr(section, &header) == nullptr) continue;
      layout_.sections = true;
      if (header.sh_type == SHT_SYMTAB) layout_.symtab = symbol_section(header);
      if (header.sh_type == SHT_DYNSYM) layout_.dynsym = symbol_section(header);
      if (header.sh_type == SHT_NOTE) read_notes(section, header);
      if (names == 0) continue;
      const char* name = elf_strptr(elf_, names, header.sh_name);
      if (name != nullptr) note_named(name, header);
    }
  }

  void note_named(std::string_view name, const GElf_Shdr& header) {
    if (name == ".go.buildinfo") layout_.go = true;
    if (header.sh_type == SHT_NOBITS || !within(header.sh_offset, header.sh_size)) return;
    const Section here{
        .offset = header.sh_offset, .size = header.sh_size, .address = header.sh_addr};
    if (name == ".gopclntab" || name == ".data.rel.ro.gopclntab") layout_.pclntab = here;
    if (name == ".go.module") layout_.go_module = here;
    if (name == ".rela.dyn") layout_.relocations = here;
    if (name == ".gnu_debugdata") layout_.debug_data = here;
  }

  /// Index of the section with the sections' names; 0 when it is missing or absurdly large.
  std::size_t section_names() {
    std::size_t index = 0;
    GElf_Shdr header{};
    if (elf_getshdrstrndx(elf_, &index) != 0 || index == 0) return 0;
    Elf_Scn* section = elf_getscn(elf_, index);
    if (section == nullptr || gelf_getshdr(section, &header) == nullptr) return 0;
    const bool usable = header.sh_type == SHT_STRTAB && header.sh_size <= kMaxSectionNames &&
                        within(header.sh_offset, header.sh_size);
    return usable ? index : 0;
  }

  SymbolSection symbol_section(const GElf_Shdr& header) {
    const std::uint64_t entry = layout_.is_64bit ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
    GElf_Shdr names{};
    Elf_Scn* section = elf_getscn(elf_, header.sh_link);
    if (section == nullptr || gelf_getshdr(section, &names) == nullptr) return {};
    if (names.sh_type != SHT_STRTAB || header.sh_entsize != entry) return {};
    if (!within(header.sh_offset, header.sh_size)) return {};
    if (!within(names.sh_offset, names.sh_size)) return {};
    return {.offset = header.sh_offset,
            .size = header.sh_size,
            .names_offset = names.sh_offset,
            .names_size = names.sh_size};
  }

  void read_notes(Elf_Scn* section, const GElf_Shdr& header) {
    if (!layout_.build_id.empty() || header.sh_size > kMaxNotes) return;
    if (!within(header.sh_offset, header.sh_size)) return;
    Elf_Data* data = elf_getdata(section, nullptr);
    if (data == nullptr || data->d_buf == nullptr) return;
    GElf_Nhdr note{};
    std::size_t name = 0;
    std::size_t content = 0;
    for (std::size_t at = 0; (at = gelf_getnote(data, at, &note, &name, &content)) > 0;) {
      const char* bytes = static_cast<const char*>(data->d_buf);
      const bool is_build_id = note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
                               std::memcmp(bytes + name, "GNU", 4) == 0;
      if (is_build_id && note.n_descsz > 0 && note.n_descsz <= kMaxBuildId) {
        layout_.build_id.assign(bytes + content, note.n_descsz);
        return;
      }
    }
  }

  Elf* elf_;
  std::uint64_t file_size_;
  ElfLayout layout_;
};

ElfHandle open_elf(const ByteSource& file) {
  if (file.fd() >= 0) return {elf_begin(file.fd(), ELF_C_READ, nullptr), &elf_end};
  // libelf only reads an image that it was not asked to update.
  return {elf_memory(const_cast<char*>(file.bytes().data()), file.size()), &elf_end};
}

}  // namespace

std::optional<std::uint64_t> ElfLayout::address_of(std::uint64_t file_offset) const {
  for (const bool executable : {true, false}) {
    for (const auto& segment : segments) {
      if (segment.executable == executable && file_offset >= segment.offset &&
          file_offset - segment.offset < segment.file_size) {
        return file_offset - segment.offset + segment.address;
      }
    }
  }
  return std::nullopt;
}

std::optional<std::uint64_t> ElfLayout::offset_of(std::uint64_t address) const {
  for (const auto& segment : segments) {
    if (address >= segment.address && address - segment.address < segment.file_size) {
      return address - segment.address + segment.offset;
    }
  }
  return std::nullopt;
}

Result<ElfLayout> read_layout(const ByteSource& file) {
  if (auto checked = check_header(file); !checked) return checked.error();
  if (elf_version(EV_CURRENT) == EV_NONE) return invalid("libelf: version mismatch");
  const ElfHandle elf = open_elf(file);
  if (!elf || elf_kind(elf.get()) != ELF_K_ELF) {
    const char* why = elf_errmsg(-1);
    return invalid(std::string("ELF file: ") + (why == nullptr ? "not readable" : why));
  }
  return LayoutReader(elf.get(), file.size()).read();
}

}  // namespace kernwise::symbols
