// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "orchestrator/history/table.hpp"

namespace kernwise::history {

struct StoreOptions {
  std::string path;
  TableBounds bounds = {};
  std::size_t queue = 100'000;  ///< entries waiting for the disk; more are dropped and counted
};

/// History on disk. One thread writes; nobody waits for it. A disk that refuses costs history, not
/// the program: what could not be written is counted.
class Store {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Store>> open(StoreOptions options);
  /// Writes what is queued, then ends.
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// Queues entries; never blocks on the disk.
  void add(std::vector<Entry> entries);
  /// Reads what is on disk by now.
  [[nodiscard]] Result<std::vector<Entry>> read(const Query& query) const;
  /// Waits until everything queued before is written or given up.
  void flush();

  [[nodiscard]] std::uint64_t written() const;
  [[nodiscard]] std::uint64_t dropped() const;

 private:
  class Writer;
  explicit Store(std::unique_ptr<Writer> writer, std::string path);

  std::unique_ptr<Writer> writer_;
  std::string path_;
};

}  // namespace kernwise::history
