// SPDX-License-Identifier: Apache-2.0
#include "test/workloads/lifetime.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/time.h>

#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace workload {

Lifetime::Lifetime(double seconds) {
  sigset_t ending;
  sigemptyset(&ending);
  for (const int signal : {SIGTERM, SIGINT, SIGALRM}) sigaddset(&ending, signal);
  if (pthread_sigmask(SIG_BLOCK, &ending, nullptr) != 0) die("block signals");
  signals_ = kernwise::Fd(signalfd(-1, &ending, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals_.valid()) die("signalfd");
  if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0) die("prctl(PR_SET_PDEATHSIG)");
  std::signal(SIGPIPE, SIG_IGN);  // a client that left is an error of write(), not our end

  double whole = 0;
  itimerval timer{};
  timer.it_value.tv_usec = static_cast<suseconds_t>(std::modf(seconds, &whole) * 1e6);
  timer.it_value.tv_sec = static_cast<time_t>(whole);
  if (seconds > 0 && setitimer(ITIMER_REAL, &timer, nullptr) != 0) die("setitimer");
}

void Lifetime::wait() const {
  pollfd waiting{.fd = signals_.value(), .events = POLLIN, .revents = 0};
  while (poll(&waiting, 1, -1) < 0 && errno == EINTR) {
  }
}

void die(const char* what) {
  std::fprintf(stderr, "%s: %s\n", what, std::strerror(errno));
  std::exit(1);
}

}  // namespace workload
