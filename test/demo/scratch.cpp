// SPDX-License-Identifier: Apache-2.0
#include "test/demo/scratch.hpp"

#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

namespace kernwise::demo {

Result<Scratch> Scratch::make() {
  std::string pattern = "/var/tmp/kernwise-demo-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) return errno_error(errno, "make the folder " + pattern);
  return Scratch(pattern);
}

Scratch::Scratch(Scratch&& other) noexcept : path_(std::exchange(other.path_, {})) {}

Scratch::~Scratch() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

Result<std::string> Scratch::write(const std::string& name, const std::string& text) const {
  std::string file = path_ + "/" + name;
  std::ofstream out(file);
  out << text;
  out.close();
  if (!out) return invalid("cannot write " + file);
  return file;
}

StopSignals::StopSignals() {
  sigemptyset(&signals_);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals_, signal);
  sigprocmask(SIG_BLOCK, &signals_, nullptr);
  std::signal(SIGPIPE, SIG_IGN);  // `| head` must not cost us the cleaning up
}

bool StopSignals::wait(std::chrono::nanoseconds longest) {
  if (caught_) return true;
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(longest);
  const timespec time{.tv_sec = whole.count(), .tv_nsec = (longest - whole).count()};
  const int signal = sigtimedwait(&signals_, nullptr, &time);
  if (signal > 0) caught_ = signal;
  return caught_.has_value();
}

}  // namespace kernwise::demo
