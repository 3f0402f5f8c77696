// SPDX-License-Identifier: Apache-2.0
#include "test/controlplane/folder.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

namespace kernwise::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kParent = "/var/tmp";
constexpr const char* kPrefix = "kernwise-controlplane-";

Fd lock_of(const fs::path& folder) {
  Fd lock(open((folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.valid() && flock(lock.value(), LOCK_EX | LOCK_NB) != 0) lock.reset();
  return lock;
}

/// A folder that was made a moment ago and is not locked yet is not old.
bool is_left_behind(const fs::path& folder) {
  std::error_code failure;
  const auto written = fs::last_write_time(folder, failure);
  constexpr std::chrono::minutes kSettled{1};
  return !failure && fs::file_time_type::clock::now() - written > kSettled &&
         lock_of(folder).valid();
}

void remove_left_behind() {
  std::error_code failure;
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(kParent, failure))
    if (entry.path().filename().string().starts_with(kPrefix)) folders.push_back(entry.path());
  for (const auto& folder : folders)
    if (is_left_behind(folder)) fs::remove_all(folder, failure);
}

}  // namespace

Result<Folder> Folder::make() {
  remove_left_behind();
  std::string path = std::string(kParent) + "/" + kPrefix + "XXXXXX";
  if (mkdtemp(path.data()) == nullptr) return errno_error(errno, "make the folder " + path);
  Fd lock = lock_of(path);
  if (!lock.valid()) return errno_error(errno, "lock " + path);
  return Folder(std::move(path), std::move(lock));
}

Folder::Folder(Folder&& other) noexcept
    : path_(std::exchange(other.path_, {})), lock_(std::move(other.lock_)) {}

Folder::~Folder() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

}  // namespace kernwise::test
