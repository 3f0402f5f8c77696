// SPDX-License-Identifier: Apache-2.0
#include "orchestrator/history/store.hpp"

#include <atomic>
#include <condition_variable>
#include <iterator>
#include <mutex>
#include <thread>
#include <utility>

#include "common/base/log.hpp"

namespace kernwise::history {

class Store::Writer {
 public:
  Writer(Table table, std::size_t most)
      : table_(std::move(table)), most_(most), thread_([this] { write_all(); }) {}

  ~Writer() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  void add(std::vector<Entry> entries) {
    {
      const std::lock_guard lock(mutex_);
      const std::size_t room = most_ - std::min(most_, queue_.size());
      if (entries.size() > room) {
        dropped_ += entries.size() - room;
        entries.resize(room);
      }
      queue_.insert(queue_.end(), std::make_move_iterator(entries.begin()),
                    std::make_move_iterator(entries.end()));
    }
    changed_.notify_all();
  }

  void flush() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return queue_.empty() && !busy_; });
  }

  [[nodiscard]] std::uint64_t written() const { return written_; }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 private:
  void write_all() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return ending_ || !queue_.empty(); });
      if (queue_.empty()) return;
      const std::vector<Entry> batch = std::exchange(queue_, {});
      busy_ = true;
      lock.unlock();
      write(batch);
      lock.lock();
      busy_ = false;
      changed_.notify_all();
    }
  }

  void write(const std::vector<Entry>& batch) {
    const auto done = table_.append(batch);
    if (done) {
      written_ += batch.size();
    } else {
      dropped_ += batch.size();
    }
    // One line when it begins to fail and one when it works again.
    if (done.has_error() == failing_) return;
    failing_ = done.has_error();
    if (failing_) {
      log::warn("History is not written", {{"err", done.error().message()}});
    } else {
      log::info("History is written again");
    }
  }

  Table table_;
  const std::size_t most_;
  std::atomic<std::uint64_t> written_{0}, dropped_{0};
  bool failing_ = false;  // writer thread only
  std::mutex mutex_;      // guards queue_, busy_ and ending_
  std::condition_variable changed_;
  std::vector<Entry> queue_;
  bool busy_ = false, ending_ = false;
  std::thread thread_;  // last: uses everything above
};

Store::Store(std::unique_ptr<Writer> writer, std::string path)
    : writer_(std::move(writer)), path_(std::move(path)) {}

Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(StoreOptions options) {
  bool renamed = false;
  auto table = Table::open(options.path, options.bounds, &renamed);
  if (!table) return table.error();
  if (renamed) {
    log::warn("History file was broken and set aside",
              {{"path", options.path}, {"kept_as", options.path + ".corrupt"}});
  }
  auto writer = std::make_unique<Writer>(std::move(*table), options.queue);
  return std::unique_ptr<Store>(new Store(std::move(writer), std::move(options.path)));
}

void Store::add(std::vector<Entry> entries) {
  writer_->add(std::move(entries));
}

Result<std::vector<Entry>> Store::read(const Query& query) const {
  return read_entries(path_, query);
}

void Store::flush() {
  writer_->flush();
}

std::uint64_t Store::written() const {
  return writer_->written();
}

std::uint64_t Store::dropped() const {
  return writer_->dropped();
}

}  // namespace kernwise::history
