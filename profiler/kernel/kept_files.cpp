// SPDX-License-Identifier: Apache-2.0
#include "profiler/kernel/kept_files.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace kernwise::kernel {
namespace {

constexpr std::uint8_t kLookAgainAfter = 60;  // reads
constexpr std::size_t kForOthers = 256, kReaders = 5;
constexpr std::size_t kMostEver = 4096;
constexpr std::size_t kMostDirectories = 2048;

}  // namespace

void raise_open_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));  // or the limit stays what it is
}

std::size_t kept_files_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const auto allowed = static_cast<std::size_t>(std::min<rlim_t>(limit.rlim_cur, 1U << 20U));
  return std::min(kMostEver, allowed > kForOthers ? (allowed - kForOthers) / kReaders : 0);
}

KeptFiles::KeptFiles(std::string root, std::vector<const char*> names, std::size_t most)
    : root_(std::move(root)), names_(std::move(names)), most_(std::max(most, names_.size())) {}

KeptFiles::Directory& KeptFiles::at(const std::string& path) {
  if (const auto found = directories_.find(path); found != directories_.end()) {
    order_.splice(order_.begin(), order_, found->second.path_);
    return found->second;
  }
  while (!order_.empty() && (open_ + names_.size() > most_ || order_.size() >= kMostDirectories)) {
    const auto oldest = order_.back();
    forget(oldest);
  }
  order_.push_front(path);
  auto& directory = directories_[path];
  directory.files_.resize(names_.size());
  directory.path_ = order_.begin();
  return directory;
}

void KeptFiles::forget(const std::string& path) {
  const auto found = directories_.find(path);
  if (found == directories_.end()) return;
  for (auto& file : found->second.files_) close(file);
  order_.erase(found->second.path_);
  directories_.erase(found);
}

void KeptFiles::close(File& file) {
  if (!file.fd.valid()) return;
  file.fd.reset();
  --open_;
}

bool KeptFiles::open(File& file, const std::string& path, std::size_t index) {
  if (file.fd.valid()) return true;
  if (file.skip > 0) {
    --file.skip;
    return false;
  }
  ((name_ = root_) += path) += '/';
  name_ += names_[index];
  file.fd = Fd(::open(name_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.fd.valid()) {
    file.skip = kLookAgainAfter;
    return false;
  }
  ++open_;
  return true;
}

std::string_view KeptFiles::text(Directory& directory, std::size_t index) {
  auto& file = directory.files_[index];
  // A cgroup that was removed and made again under its path answers ENODEV to the old file.
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (!open(file, *directory.path_, index)) return {};
    const auto size = ::pread(file.fd.value(), buffer_.data(), buffer_.size(), 0);
    if (size >= 0) return {buffer_.data(), static_cast<std::size_t>(size)};
    close(file);
  }
  return {};
}

std::uint64_t KeptFiles::lines(Directory& directory, std::size_t index) {
  std::uint64_t lines = 0;
  auto part = text(directory, index);
  for (off_t offset = 0; !part.empty();) {
    lines += static_cast<std::uint64_t>(std::ranges::count(part, '\n'));
    offset += static_cast<off_t>(part.size());
    const auto size =
        ::pread(directory.files_[index].fd.value(), buffer_.data(), buffer_.size(), offset);
    part = {buffer_.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
  }
  return lines;
}

}  // namespace kernwise::kernel
