// SPDX-License-Identifier: Apache-2.0
// A service that waits for the disk: direct writes, direct reads and synced writes, in turns, on a
// file of its own. A file system without direct I/O (tmpfs) is refused with a message.
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <string>
#include <thread>

#include "common/base/fd.hpp"
#include "test/workloads/lifetime.hpp"
#include "test/workloads/options.hpp"

namespace {

constexpr std::size_t kBlock = 64UL * 1024;
constexpr std::size_t kDirectAlignment = 4096;  // covers every disk's logical block size
constexpr off_t kFileBlocks = 256;              // 16 MiB

struct alignas(kDirectAlignment) Block {
  std::array<char, kBlock> bytes{};
};

// Newer kernels accept O_DIRECT on tmpfs, where nothing ever waits for a disk.
bool in_memory(int fd) {
  struct statfs where{};
  return fstatfs(fd, &where) == 0 && (where.f_type == TMPFS_MAGIC || where.f_type == RAMFS_MAGIC);
}

class Store {
 public:
  explicit Store(const std::string& path)
      : direct_(open(path.c_str(), O_CREAT | O_RDWR | O_DIRECT | O_CLOEXEC, 0600)),
        synced_(open(path.c_str(), O_RDWR | O_CLOEXEC)) {
    if (!direct_.valid()) workload::die("svc-io: open a file for direct I/O below --dir");
    if (!synced_.valid()) workload::die("svc-io: open");
    if (in_memory(direct_.value())) {
      unlink(path.c_str());
      errno = EOPNOTSUPP;
      workload::die("svc-io: --dir is in memory, not on a disk");
    }
    unlink(path.c_str());  // gone with the process, however that ends
  }

  void round(off_t number) {
    const off_t offset = number % kFileBlocks * static_cast<off_t>(kBlock);
    if (pwrite(direct_.value(), block_.bytes.data(), kBlock, offset) < 0)
      workload::die("svc-io: direct write");
    if (pread(direct_.value(), block_.bytes.data(), kBlock, offset) < 0)
      workload::die("svc-io: direct read");
    if (pwrite(synced_.value(), block_.bytes.data(), kDirectAlignment, offset) < 0 ||
        fsync(synced_.value()) != 0)
      workload::die("svc-io: synced write");
  }

 private:
  kernwise::Fd direct_, synced_;
  Block block_;
};

}  // namespace

int main(int argc, char** argv) {
  const auto options = workload::parse_options(argc, argv);
  const workload::Lifetime lifetime(options.seconds);
  Store store(options.dir + "/svc-io." + std::to_string(getpid()));
  std::atomic<bool> stop = false;
  std::thread worker([&store, &stop] {
    for (off_t number = 0; !stop; ++number) store.round(number);
  });
  lifetime.wait();
  stop = true;
  worker.join();
}
