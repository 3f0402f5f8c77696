// SPDX-License-Identifier: Apache-2.0
#include "profiler/kernel/process_files.hpp"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>

#include "common/base/file.hpp"
#include "profiler/kernel/cgroupfs.hpp"

namespace kernwise::kernel {
namespace {

std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  const auto line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

std::string_view take_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  const auto word = line.substr(0, line.find(' '));
  line.remove_prefix(word.size());
  return word;
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

/// `254:1` as a number with the major in the upper half.
std::optional<std::uint32_t> device_of(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto major = number(text.substr(0, colon)), minor = number(text.substr(colon + 1));
  if (!major || !minor) return std::nullopt;
  return static_cast<std::uint32_t>(*major << 16U | (*minor & 0xffffU));
}

/// Mount points are written with blanks and backslashes as octal numbers: `\040`.
std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    const auto* digits = text.data() + i + 1;
    if (text[i] == '\\' && i + 3 < text.size() &&
        std::from_chars(digits, digits + 3, value, 8).ptr == digits + 3) {
      plain.push_back(static_cast<char>(value));
      i += 3;
    } else {
      plain.push_back(text[i]);
    }
  }
  return plain;
}

}  // namespace

std::vector<sense::InterfaceTotals> parse_net_dev(std::string_view text) {
  std::vector<sense::InterfaceTotals> interfaces;
  while (!text.empty() && interfaces.size() < kMaxInterfaces) {
    auto line = take_line(text);
    const auto colon = line.rfind(':');
    if (colon == std::string_view::npos) continue;  // the two lines of headings
    auto name = line.substr(0, colon);
    line.remove_prefix(colon + 1);
    name.remove_prefix(std::min(name.find_first_not_of(' '), name.size()));
    std::array<std::uint64_t, 16> values{};
    const bool whole = std::ranges::all_of(values, [&line](std::uint64_t& value) {
      const auto read = number(take_word(line));
      value = read.value_or(0);
      return read.has_value();
    });
    if (!whole || name == "lo") continue;
    interfaces.push_back({.name = std::string(name),
                          .received = {values[0], values[1], values[2], values[3]},
                          .sent = {values[8], values[9], values[10], values[11]}});
  }
  return interfaces;
}

std::vector<Mount> parse_mounts(std::string_view mountinfo) {
  constexpr std::array<std::string_view, 4> kTypes = {"overlay", "ext4", "xfs", "btrfs"};
  std::vector<Mount> mounts;
  while (!mountinfo.empty() && mounts.size() < kMaxMounts) {
    auto line = take_line(mountinfo);
    const auto dash = line.find(" - ");
    if (dash == std::string_view::npos) continue;
    auto after = line.substr(dash + 3);
    if (std::ranges::find(kTypes, take_word(after)) == kTypes.end()) continue;
    take_word(line);  // mount id
    take_word(line);  // its parent's
    const auto device = take_word(line);
    take_word(line);  // root within the file system
    mounts.push_back({std::string(device), unescaped(take_word(line))});
  }
  return mounts;
}

void set_io_stat(std::map<std::uint32_t, sense::DiskTotals>& disks, std::string_view text) {
  while (!text.empty()) {
    auto line = take_line(text);
    const auto device = device_of(take_word(line));
    if (!device) continue;
    auto& disk = disks[*device];
    const std::pair<std::string_view, std::uint64_t*> fields[] = {{"rbytes=", &disk.read_bytes},
                                                                  {"wbytes=", &disk.written_bytes},
                                                                  {"rios=", &disk.reads},
                                                                  {"wios=", &disk.writes}};
    for (auto word = take_word(line); !word.empty(); word = take_word(line)) {
      for (const auto& [key, value] : fields) {
        if (word.starts_with(key)) *value = number(word.substr(key.size())).value_or(0);
      }
    }
  }
}

void set_blkio(std::map<std::uint32_t, sense::DiskTotals>& disks, std::string_view text,
               bool bytes) {
  while (!text.empty()) {
    auto line = take_line(text);
    const auto device = device_of(take_word(line));
    const auto kind = take_word(line);
    const auto value = number(take_word(line));
    if (!device || !value || (kind != "Read" && kind != "Write")) continue;
    auto& disk = disks[*device];
    auto& read = bytes ? disk.read_bytes : disk.reads;
    auto& written = bytes ? disk.written_bytes : disk.writes;
    (kind == "Read" ? read : written) = *value;
  }
}

std::optional<std::string> controller_path(std::string_view proc_cgroup,
                                           std::string_view controller) {
  while (!proc_cgroup.empty()) {
    auto line = take_line(proc_cgroup);
    line.remove_prefix(std::min(line.find(':') + 1, line.size()));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string names = "," + std::string(line.substr(0, colon)) + ",";
    if (names.find("," + std::string(controller) + ",") == std::string::npos) continue;
    const auto path = line.substr(colon + 1);
    if (path.empty() || path == "/") return std::nullopt;
    return std::string(path);
  }
  return std::nullopt;
}

std::map<std::string, std::string> parse_controllers(std::string_view mountinfo) {
  std::map<std::string, std::string> mounts;
  while (!mountinfo.empty()) {
    auto line = take_line(mountinfo);
    const auto type = line.find(" - cgroup ");
    if (type == std::string_view::npos) continue;
    const std::string options = "," + std::string(line.substr(line.rfind(' ') + 1)) + ",";
    for (int field = 0; field < 4; ++field) take_word(line);
    const auto point = unescaped(take_word(line));
    for (const auto* name : {"memory", "blkio", "cpu"}) {
      if (options.find("," + std::string(name) + ",") != std::string::npos) mounts[name] = point;
    }
  }
  return mounts;
}

std::string device_name(const std::string& sys_root, std::uint32_t device) {
  const auto number = std::to_string(device >> 16U) + ":" + std::to_string(device & 0xffffU);
  std::error_code failure;
  const auto target =
      std::filesystem::read_symlink(sys_root + "/dev/block/" + number, failure).filename();
  return failure || target.empty() ? number : target.string();
}

std::optional<sense::FileSystemUse> measure_file_system(const std::string& path) {
  struct stat status{};
  struct statvfs use{};
  // Single files are mounted over a container's own (/etc/hosts): their file system is the node's.
  if (::stat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return std::nullopt;
  if (::statvfs(path.c_str(), &use) != 0 || use.f_blocks == 0) return std::nullopt;
  const std::uint64_t unit = use.f_frsize;
  return sense::FileSystemUse{.mountpoint = {},
                              .capacity_bytes = use.f_blocks * unit,
                              .used_bytes = (use.f_blocks - use.f_bfree) * unit,
                              .available_bytes = use.f_bavail * unit};
}

}  // namespace kernwise::kernel
