// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "test/kernel/waits.hpp"

namespace kernwise::test {
namespace {

constexpr std::size_t kFileBytes = 64UL * 1024 * 1024;
constexpr std::size_t kBlock = 64UL * 1024;

/// A file of real blocks that nobody else uses; its name is gone at once.
int make_file(int flags) {
  const auto name = "/var/tmp/kernwise-disk-" + std::to_string(::getpid());
  const int plain = ::open(name.c_str(), O_CREAT | O_RDWR | O_TRUNC, 0600);
  const std::string block(kBlock, 'k');
  for (std::size_t at = 0; at < kFileBytes; at += kBlock) {
    static_cast<void>(!::write(plain, block.data(), block.size()));
  }
  ::fsync(plain);
  const int file = ::open(name.c_str(), O_RDWR | flags);
  ::close(plain);
  ::unlink(name.c_str());
  return file;
}

struct AlignedBlock {
  void* data = std::aligned_alloc(4096, kBlock);
  ~AlignedBlock() { std::free(data); }
};

template <class Operation>
void repeat(Truth& truth, Operation operation) {
  truth.ready = true;
  Stopwatch watch;
  for (std::size_t at = 0; !truth.stop; at = (at + kBlock) % kFileBytes) {
    operation(static_cast<off_t>(at));
    watch.lap(truth, Share::disk);
  }
}

void direct_read(Truth& truth) {
  const int file = make_file(O_DIRECT);
  const AlignedBlock block;
  repeat(truth, [&](off_t at) { static_cast<void>(!::pread(file, block.data, kBlock, at)); });
}

void direct_write(Truth& truth) {
  const int file = make_file(O_DIRECT);
  const AlignedBlock block;
  repeat(truth, [&](off_t at) { static_cast<void>(!::pwrite(file, block.data, kBlock, at)); });
}

void buffered_miss(Truth& truth) {
  const int file = make_file(0);
  ::posix_fadvise(file, 0, 0, POSIX_FADV_RANDOM);
  const AlignedBlock block;
  repeat(truth, [&](off_t at) {
    ::posix_fadvise(file, at, kBlock, POSIX_FADV_DONTNEED);
    static_cast<void>(!::pread(file, block.data, 4096, at));
  });
}

void synced_write(Truth& truth) {
  const int file = make_file(0);
  const AlignedBlock block;
  repeat(truth, [&](off_t at) {
    static_cast<void>(!::pwrite(file, block.data, 4096, at));
    ::fsync(file);
  });
}

void major_fault(Truth& truth) {
  const int file = make_file(0);
  auto* map =
      static_cast<volatile char*>(::mmap(nullptr, kFileBytes, PROT_READ, MAP_SHARED, file, 0));
  ::madvise(const_cast<char*>(map), kFileBytes, MADV_RANDOM);
  repeat(truth, [&](off_t at) {
    auto* page = const_cast<char*>(map) + at;
    ::madvise(page, kBlock, MADV_DONTNEED);
    ::posix_fadvise(file, at, kBlock, POSIX_FADV_DONTNEED);
    static_cast<void>(map[at]);
  });
}

/// Everything in turn, each part measured by itself.
void mixed(Truth& truth) {
  const int file = make_file(0);
  const AlignedBlock block;
  truth.ready = true;
  Stopwatch watch;
  for (std::size_t at = 0; !truth.stop; at = (at + kBlock) % kFileBytes) {
    for (int i = 0; i < 8; ++i) {
      static_cast<void>(!::pwrite(file, block.data, kBlock, static_cast<off_t>(at)));
      ::fsync(file);
    }
    watch.lap(truth, Share::disk);
    let_run(0.01);
    watch.lap(truth, Share::idle);
    burn(0.005);
    watch.lap(truth, Share::idle);
  }
}

}  // namespace

void direct_writes_of_known_number(Truth& truth) {
  const int file = make_file(O_DIRECT);
  const AlignedBlock block;
  truth.ready = true;
  while (truth.seconds[0] == 0) let_run(0.001);
  for (std::uint64_t i = 0; i < kKnownWrites; ++i) {
    static_cast<void>(
        !::pwrite(file, block.data, kKnownBytes, static_cast<off_t>(i * kKnownBytes)));
  }
  truth.stop = true;
  ::pause();
}

std::vector<WaitScenario> disk_scenarios() {
  return {
      {"direct read", Share::disk, direct_read},
      {"direct write", Share::disk, direct_write},
      {"buffered read miss", Share::disk, buffered_miss},
      {"write and fsync", Share::disk, synced_write},
      {"mixed: fsync, sleep and work", Share::disk, mixed},
      {"major fault of a mapped file", Share::disk, major_fault},
  };
}

}  // namespace kernwise::test
