// SPDX-License-Identifier: Apache-2.0
#include "profiler/symbols/question_queue.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace kernwise::symbols {
namespace {

constexpr std::chrono::minutes kBadFor{10};
constexpr std::size_t kMaxFiles = 64;
constexpr std::size_t kMaxBudgets = 4096;

Question question_about(const Module& module) {
  Question question{.kind = module.kind, .addresses = {}};
  for (const auto address : module.wanted) {
    if (question.addresses.size() == kMaxAsked) break;
    question.addresses.push_back(address);
  }
  return question;
}

}  // namespace

bool ReadBudget::any(MonoTime now) {
  left_ = std::min(burst_, left_ + (Seconds(now - filled_).count() * share_));
  filled_ = now;
  return left_ > 0;
}

QuestionQueue::QuestionQueue(Options options, ModuleBook& modules,
                             std::unique_ptr<SymbolSource> source)
    : options_(std::move(options)),
      modules_(modules),
      source_(std::move(source)),
      // CAP_SYSLOG: who opens it without reads zeros for addresses, whoever reads it later.
      kernel_(::open((options_.proc_root + "/kallsyms").c_str(), O_RDONLY | O_CLOEXEC)) {}

void QuestionQueue::add(Module& module, MonoTime now, Fd file) {
  if (!source_ || (module.bad_since && now - *module.bad_since < kBadFor)) {
    modules_.give_up(module);
    return;
  }
  module.bad_since.reset();
  if (module.wanted.empty() && !module.facts_wanted) return;
  if (file.valid() && files_.size() < kMaxFiles) {
    files_.insert_or_assign(module.id, std::move(file));
  }
  if (module.queued) return;
  module.queued = true;
  line_.push_back(module.id);
}

ReadBudget& QuestionQueue::budget(const Module& module, MonoTime now) {
  if (budgets_.size() >= kMaxBudgets && !budgets_.contains(module.owner)) budgets_.clear();
  return budgets_.try_emplace(module.owner, options_.burst, options_.share, now).first->second;
}

bool QuestionQueue::due(Module& module, MonoTime now) {
  const auto seconds = Seconds(now - module.counted).count();
  module.questions = std::min(Module::kQuestionBurst, module.questions + std::max(0.0, seconds));
  module.counted = now;
  if (module.questions < 1) return false;
  return module.kind == FileKind::kernel || budget(module, now).any(now);
}

Fd QuestionQueue::open(const Module& module) {
  if (module.kind == FileKind::kernel) {
    // One reader at a time, each from the beginning: the place in the file is shared.
    if (::lseek(kernel_.value(), 0, SEEK_SET) != 0) return {};
    return Fd(::fcntl(kernel_.value(), F_DUPFD_CLOEXEC, 0));
  }
  if (const auto held = files_.find(module.id); held != files_.end()) {
    return std::move(held->second);
  }
  const auto folder = options_.proc_root + "/" + std::to_string(module.pid);
  auto file = module.kind == FileKind::perf_map
                  ? open_perf_map(folder)
                  : open_mapping(folder, module.mapping, options_.max_file_bytes);
  // Another file by now: what was wanted is not in it.
  if (!file || file->id != module.file) return {};
  return std::move(file->fd);
}

bool QuestionQueue::ask_next(MonoTime now) {
  for (std::size_t i = 0, count = line_.size(); i < count; ++i) {
    const auto id = line_.front();
    line_.pop_front();
    Module* module = modules_.find(id);
    if (module == nullptr) {
      files_.erase(id);
      continue;
    }
    if (!due(*module, now)) {
      line_.push_back(id);
      continue;
    }
    module->queued = false;
    Fd file = open(*module);
    files_.erase(id);
    if (!file.valid()) {
      modules_.give_up(*module);
      continue;
    }
    Out out{.module = id, .question = question_about(*module)};
    if (!source_->ask(out.question, std::move(file), now)) {
      add(*module, now);
      return false;
    }
    module->questions -= 1;
    out_ = std::move(out);
    return true;
  }
  return false;
}

void QuestionQueue::note(const SymbolSource::Reply& reply, MonoTime now) {
  const auto out = std::exchange(out_, std::nullopt);
  Module* module = out ? modules_.find(out->module) : nullptr;
  if (module == nullptr) return;
  if (module->kind != FileKind::kernel) budget(*module, now).spend(reply.spent);
  const bool useless = reply.hostile || (reply.answer && !reply.answer->readable);
  if (useless) {
    module->bad_since = now;
    module->go = false;
    modules_.give_up(*module);
    return;
  }
  const auto id = module->id;
  if (reply.answer) modules_.keep(*module, out->question, *reply.answer);
  // Keeping may have let it go again.
  module = modules_.find(id);
  if (module != nullptr) add(*module, now);
}

void QuestionQueue::pump(MonoTime now) {
  if (!source_) return;
  if (const auto reply = source_->take(now)) note(*reply, now);
  if (!source_->busy()) ask_next(now);
}

bool QuestionQueue::busy(MonoTime now) {
  if (!source_) return false;
  if (source_->busy()) return true;
  return std::ranges::any_of(line_, [&](std::uint32_t id) {
    Module* module = modules_.find(id);
    return module != nullptr && due(*module, now);
  });
}

}  // namespace kernwise::symbols
