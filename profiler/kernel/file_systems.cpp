// SPDX-License-Identifier: Apache-2.0
#include "profiler/kernel/file_systems.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>
#include <thread>

namespace kernwise::kernel {
namespace {

struct Question {
  std::uint64_t container = 0;
  std::string root;
  std::vector<Mount> mounts;
};

}  // namespace

struct FileSystemProbe::State {
  mutable std::mutex mutex;  ///< guards everything below but `measure`
  std::condition_variable asked;
  std::deque<Question> questions;
  std::map<std::uint64_t, std::vector<sense::FileSystemUse>> answers;
  std::set<std::string> hung;  ///< paths that are not asked again
  std::string path;            ///< being measured now; empty: nothing is
  std::optional<MonoTime> seen;
  std::uint64_t generation = 0, measured = 0, seen_measured = 0;
  std::size_t stuck = 0;
  bool stop = false, running = false, busy = false;
  Measure measure;

  std::optional<sense::FileSystemUse> ask_one(const std::string& whole, std::uint64_t mine);
  void answer(const Question& question, std::uint64_t mine);
};

FileSystemProbe::FileSystemProbe(std::chrono::milliseconds patience, Measure measure)
    : patience_(patience), state_(std::make_shared<State>()) {
  state_->measure = std::move(measure);
}

FileSystemProbe::~FileSystemProbe() {
  const std::lock_guard lock(state_->mutex);
  state_->stop = true;
  state_->asked.notify_all();
}

/// The lock is not held while the file system is asked.
std::optional<sense::FileSystemUse> FileSystemProbe::State::ask_one(const std::string& whole,
                                                                    std::uint64_t mine) {
  {
    const std::lock_guard lock(mutex);
    if (generation != mine || hung.contains(whole)) return std::nullopt;
    path = whole;
    ++measured;
  }
  auto use = measure(whole);
  const std::lock_guard lock(mutex);
  if (generation != mine) return std::nullopt;
  path.clear();
  return use;
}

void FileSystemProbe::State::answer(const Question& question, std::uint64_t mine) {
  std::vector<sense::FileSystemUse> found;
  std::set<std::string> devices;
  for (const auto& mount : question.mounts) {
    if (found.size() >= kMaxFileSystems) break;
    if (devices.contains(mount.device)) continue;
    auto use = ask_one(question.root + mount.point, mine);
    if (!use) continue;
    devices.insert(mount.device);
    use->mountpoint = mount.point;
    found.push_back(std::move(*use));
  }
  const std::lock_guard lock(mutex);
  if (generation == mine) answers[question.container] = std::move(found);
}

void FileSystemProbe::work(const std::shared_ptr<State>& state, std::uint64_t generation) {
  while (true) {
    Question question;
    {
      std::unique_lock lock(state->mutex);
      if (state->generation == generation) state->busy = false;
      state->asked.wait(lock, [&] {
        return state->stop || state->generation != generation || !state->questions.empty();
      });
      if (state->stop || state->generation != generation) return;
      question = std::move(state->questions.front());
      state->questions.pop_front();
      state->busy = true;
    }
    state->answer(question, generation);
  }
}

void FileSystemProbe::start() {
  state_->running = true;
  // Detached: one that is stuck could never be joined. It shares what it needs.
  std::thread(work, state_, state_->generation).detach();
}

void FileSystemProbe::ask(std::uint64_t container, const std::string& root,
                          std::vector<Mount> mounts) {
  const std::lock_guard lock(state_->mutex);
  if (state_->stuck >= kMaxStuck || state_->questions.size() >= kMaxWaiting) return;
  state_->questions.push_back({container, root, std::move(mounts)});
  if (!state_->running) start();
  state_->asked.notify_one();
}

std::vector<sense::FileSystemUse> FileSystemProbe::latest(std::uint64_t container) const {
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->answers.find(container);
  return found == state_->answers.end() ? std::vector<sense::FileSystemUse>{} : found->second;
}

void FileSystemProbe::keep_only(const std::vector<std::uint64_t>& containers) {
  const std::set<std::uint64_t> kept(containers.begin(), containers.end());
  const std::lock_guard lock(state_->mutex);
  std::erase_if(state_->answers, [&](const auto& each) { return !kept.contains(each.first); });
}

void FileSystemProbe::watch(MonoTime now) {
  const std::lock_guard lock(state_->mutex);
  const bool same = !state_->path.empty() && state_->seen_measured == state_->measured;
  if (!same || !state_->seen) {
    state_->seen = now;
    state_->seen_measured = state_->measured;
    return;
  }
  if (now - *state_->seen < patience_) return;
  state_->hung.insert(state_->path);
  state_->path.clear();
  state_->seen.reset();
  ++state_->generation;
  ++state_->stuck;
  state_->busy = false;
  if (state_->stuck >= kMaxStuck) {
    state_->questions.clear();
  } else {
    start();
  }
}

std::size_t FileSystemProbe::stuck() const {
  const std::lock_guard lock(state_->mutex);
  return state_->stuck;
}

bool FileSystemProbe::idle() const {
  const std::lock_guard lock(state_->mutex);
  return state_->questions.empty() && !state_->busy;
}

}  // namespace kernwise::kernel
