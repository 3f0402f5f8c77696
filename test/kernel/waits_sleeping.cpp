// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "test/kernel/waits.hpp"

namespace kernwise::test {
namespace {

/// Repeats `operation` until told to stop and books its waiting as `share`.
template <class Operation>
void repeat(Truth& truth, Share share, Operation operation) {
  truth.ready = true;
  Stopwatch watch;
  while (!truth.stop) {
    operation();
    watch.lap(truth, share);
  }
}

void sleep_ms(long milliseconds) {
  timespec time{milliseconds / 1000, milliseconds % 1000 * 1'000'000};
  ::nanosleep(&time, nullptr);
}

void nanosleeps(Truth& truth) {
  repeat(truth, Share::idle, [] { sleep_ms(20); });
}

void condition_variable(Truth& truth) {
  std::mutex mutex;
  std::condition_variable condition;
  std::unique_lock lock(mutex);
  repeat(truth, Share::idle, [&] { condition.wait_for(lock, std::chrono::milliseconds(20)); });
}

/// Two processes hand a mutex to each other: the measured one waits while the other holds it.
void contended_mutex(Truth& truth) {
  struct Shared {
    pthread_mutex_t mutex;
  };
  auto* shared = static_cast<Shared*>(
      ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  ::pthread_mutex_init(&shared->mutex, nullptr);
  std::thread holder([&] {
    Stopwatch watch;
    while (!truth.stop) {
      ::pthread_mutex_lock(&shared->mutex);
      sleep_ms(20);
      ::pthread_mutex_unlock(&shared->mutex);
      sleep_ms(1);
      watch.lap(truth, Share::idle);
    }
  });
  repeat(truth, Share::lock, [&] {
    ::pthread_mutex_lock(&shared->mutex);
    ::pthread_mutex_unlock(&shared->mutex);
  });
  holder.join();
}

/// A descriptor pair whose other end speaks every 20 ms.
template <class Operation>
void woken_by(Truth& truth, Share share, int write_end, Operation operation) {
  std::thread writer([&truth, write_end] {
    Stopwatch watch;
    while (!truth.stop) {
      sleep_ms(20);
      static_cast<void>(!::write(write_end, "x", 1));
      watch.lap(truth, Share::idle);
    }
  });
  repeat(truth, share, operation);
  writer.join();
}

void pipe_read(Truth& truth) {
  std::array<int, 2> ends{};
  static_cast<void>(!::pipe(ends.data()));
  woken_by(truth, Share::ipc, ends[1], [&] {
    char byte = 0;
    static_cast<void>(!::read(ends[0], &byte, 1));
  });
}

void unix_read(Truth& truth) {
  std::array<int, 2> ends{};
  static_cast<void>(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()));
  woken_by(truth, Share::ipc, ends[1], [&] {
    char byte = 0;
    static_cast<void>(!::read(ends[0], &byte, 1));
  });
}

void poll_timeout(Truth& truth) {
  std::array<int, 2> ends{};
  static_cast<void>(!::pipe(ends.data()));
  pollfd waiting{ends[0], POLLIN, 0};
  repeat(truth, Share::idle, [&] { ::poll(&waiting, 1, 20); });
}

void epoll_timeout(Truth& truth) {
  const int epoll = ::epoll_create1(0);
  repeat(truth, Share::idle, [&] {
    epoll_event event{};
    ::epoll_wait(epoll, &event, 1, 20);
  });
}

void file_lock(Truth& truth) {
  std::string name = "/tmp/kernwise-flock-" + std::to_string(::getpid());
  const int mine = ::open(name.c_str(), O_CREAT | O_RDWR, 0600);
  const int other = ::open(name.c_str(), O_RDWR);
  ::unlink(name.c_str());
  std::thread holder([&] {
    Stopwatch watch;
    while (!truth.stop) {
      ::flock(other, LOCK_EX);
      sleep_ms(20);
      ::flock(other, LOCK_UN);
      sleep_ms(1);
      watch.lap(truth, Share::idle);
    }
  });
  repeat(truth, Share::lock, [&] {
    ::flock(mine, LOCK_EX);
    ::flock(mine, LOCK_UN);
  });
  holder.join();
}

/// The child keeps the time for both: its parent waits for it all along.
void wait_for_child(Truth& truth) {
  const pid_t child = ::fork();
  if (child != 0) {
    ::waitpid(child, nullptr, 0);
    return;
  }
  truth.ready = true;
  Stopwatch watch;
  while (!truth.stop) {
    sleep_ms(20);
    watch.lap(truth, Share::idle);
    truth.add(Share::idle, watch.last_lap());
  }
  ::_exit(0);
}

/// One wait that is open over the whole window.
void endless_sleep(Truth& truth) {
  std::thread clock([&] {
    Stopwatch watch;
    truth.ready = true;
    while (!truth.stop) {
      sleep_ms(20);
      watch.lap(truth, Share::idle);
      truth.add(Share::idle, watch.last_lap());  // of the main thread, which never comes back
    }
  });
  ::pause();
}

}  // namespace

std::vector<WaitScenario> sleeping_scenarios() {
  return {
      {"nanosleep", Share::idle, nanosleeps},
      {"condition variable with timeout", Share::idle, condition_variable},
      {"contended mutex", Share::lock, contended_mutex},
      {"pipe read", Share::ipc, pipe_read},
      {"unix socket read", Share::ipc, unix_read},
      {"poll with timeout", Share::idle, poll_timeout},
      {"epoll_wait with timeout", Share::idle, epoll_timeout},
      {"flock", Share::lock, file_lock},
      {"waitpid", Share::idle, wait_for_child},
      {"a wait without end", Share::idle, endless_sleep},
  };
}

}  // namespace kernwise::test
