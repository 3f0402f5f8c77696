// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/ingest/pods_file.hpp"

#include <utility>

#include "common/report/pods_file.hpp"

namespace kernwise::ingest {

Result<std::optional<view::NameBook>> PodsFile::refresh() {
  const FileStamp now = stamp_of(path_);
  if (seen_ && *seen_ == now) return std::optional<view::NameBook>();
  seen_ = now;
  const auto text = read_file(path_);
  if (!text) return text.error();
  auto pods = report::parse_pods(*text);
  if (!pods) return wrap(pods.error(), path_);
  return std::optional(view::NameBook(std::move(*pods)));
}

}  // namespace kernwise::ingest
