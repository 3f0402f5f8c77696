// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/ingest/pods_file.hpp"

#include <cerrno>
#include <tuple>
#include <utility>

#include "common/base/file.hpp"
#include "common/report/pods_file.hpp"

namespace kernwise::ingest {

bool PodsFile::Stamp::operator==(const Stamp& other) const {
  return std::tie(device, inode, size, changed.tv_sec, changed.tv_nsec) ==
         std::tie(other.device, other.inode, other.size, other.changed.tv_sec,
                  other.changed.tv_nsec);
}

Result<std::optional<view::NameBook>> PodsFile::refresh() {
  struct stat status{};
  Stamp now;
  if (::stat(path_.c_str(), &status) == 0) {
    now = {status.st_dev, status.st_ino, status.st_size, status.st_mtim};
  }
  if (seen_ && *seen_ == now) return std::optional<view::NameBook>();
  seen_ = now;
  const auto text = read_file(path_);
  if (!text) return text.error();
  auto pods = report::parse_pods(*text);
  if (!pods) return wrap(pods.error(), path_);
  return std::optional(view::NameBook(std::move(*pods)));
}

}  // namespace kernwise::ingest
