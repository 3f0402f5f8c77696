// SPDX-License-Identifier: Apache-2.0
#include "profiler/symbols/resolver.hpp"

#include <functional>
#include <string_view>
#include <utility>

#include "common/base/utf8.hpp"
#include "profiler/symbols/demangle.hpp"
#include "profiler/symbols/module_book.hpp"
#include "profiler/symbols/process_book.hpp"
#include "profiler/symbols/question_queue.hpp"

namespace kernwise::symbols {
namespace {

constexpr std::chrono::minutes kOpenAgain{10};
constexpr std::chrono::seconds kLookAgain{1};
constexpr std::chrono::milliseconds kOneTurn{50};
constexpr std::chrono::seconds kLongest{4};

// Modules without a file have a device that no file has; the inode tells them apart.
constexpr std::uint64_t kNoDevice = ~0ULL;
constexpr FileId kKernel{.device = kNoDevice, .inode = 1};

std::string bracketed(std::string_view path) {
  const auto slash = path.rfind('/');
  if (slash != std::string_view::npos) path.remove_prefix(slash + 1);
  constexpr std::string_view kDeleted = " (deleted)";
  if (path.ends_with(kDeleted)) path.remove_suffix(kDeleted.size());
  return "[" + printable(path, kMaxNameBytes - 2) + "]";
}

}  // namespace

struct Resolver::State {
  State(ResolverOptions from, std::unique_ptr<SymbolSource> source)
      : options(std::move(from)),
        // Processes take a quarter of the cache at most; the names have the rest.
        processes(options.proc_root, options.cache_bytes / 4),
        modules(options.cache_bytes - (options.cache_bytes / 4)),
        queue({.proc_root = options.proc_root,
               .max_file_bytes = options.max_file_bytes,
               .burst = options.read_burst,
               .share = options.read_share},
              modules, std::move(source)) {}

  Frame in_module(Module& module, std::uint64_t address, Fd file = {});
  Frame called(std::string label);
  Frame in_file(Process& process, std::size_t index, std::uint64_t address, std::uint32_t owner);
  Frame in_memory(Process& process, std::uint64_t address, std::uint32_t owner);

  ResolverOptions options;
  ProcessBook processes;
  ModuleBook modules;
  QuestionQueue queue;
};

Frame Resolver::State::in_module(Module& module, std::uint64_t address, Fd file) {
  modules.want(module, address);
  const Frame frame{.module = module.id, .address = address};
  queue.add(module, options.now(), std::move(file));
  return frame;
}

/// Code that has no file to read: all of it has one name.
Frame Resolver::State::called(std::string label) {
  const FileId id{.device = kNoDevice, .inode = 2, .size = std::hash<std::string>{}(label)};
  Module& module = modules.open(id, FileKind::program);
  module.label = std::move(label);
  return {.module = module.id, .address = 0};
}

Frame Resolver::State::in_file(Process& process, std::size_t index, std::uint64_t address,
                               std::uint32_t owner) {
  const auto now = options.now();
  const Mapping& mapping = process.mappings[index];
  auto& backing = process.backing[index];
  Fd file;
  if (!backing.file) {
    if (backing.failed && now - *backing.failed < kOpenAgain)
      return called(bracketed(mapping.path));
    auto opened = open_mapping(process.folder, mapping, options.max_file_bytes);
    if (!opened) {
      backing.failed = now;
      return called(bracketed(mapping.path));
    }
    backing.file = opened->id;
    file = std::move(opened->fd);
  }
  Module& module = modules.open(*backing.file, FileKind::program);
  if (module.label.empty()) {
    module.label = bracketed(mapping.path);
    module.owner = owner;
  }
  module.pid = process.pid;
  module.mapping = mapping;
  return in_module(module, address - mapping.start + mapping.offset, std::move(file));
}

Frame Resolver::State::in_memory(Process& process, std::uint64_t address, std::uint32_t owner) {
  const auto now = options.now();
  Fd file;
  if (!process.perf_map_looked || now - *process.perf_map_looked >= kLookAgain) {
    process.perf_map_looked = now;
    auto opened = open_perf_map(process.folder);
    // A process on its way out has no files any more; the old map is still true.
    if (opened) {
      process.perf_map = opened->id;
      file = std::move(opened->fd);
    }
  }
  if (!process.perf_map) return called("[jit]");
  Module& module = modules.open(*process.perf_map, FileKind::perf_map);
  module.label = "[jit]";
  module.owner = owner;
  module.pid = process.pid;
  return in_module(module, address, std::move(file));
}

Resolver::Resolver(ResolverOptions options, std::unique_ptr<SymbolSource> source)
    : state_(std::make_unique<State>(std::move(options), std::move(source))) {}
Resolver::~Resolver() = default;

Frame Resolver::locate(std::uint32_t pid, std::uint64_t address, std::uint32_t owner) {
  const auto place = state_->processes.find(pid, address, state_->options.now());
  if (!place) return {};
  Process& process = *place->process;
  const Mapping& mapping = process.mappings[place->mapping];
  if (mapping.inode != 0) return state_->in_file(process, place->mapping, address, owner);
  if (mapping.path == "[vdso]" || mapping.path == "[vsyscall]") return state_->called(mapping.path);
  return state_->in_memory(process, address, owner);
}

Frame Resolver::locate_kernel(std::uint64_t address) {
  Module& module = state_->modules.open(kKernel, FileKind::kernel);
  module.label = "[kernel]";
  return state_->in_module(module, address);
}

std::string Resolver::name(const Frame& frame) {
  const Module* module = state_->modules.find(frame.module);
  if (module == nullptr) return "[unknown]";
  const auto* known = module->find(frame.address);
  return known != nullptr && known->name ? *known->name : module->label;
}

std::string Resolver::file(const Frame& frame) {
  const Module* module = state_->modules.find(frame.module);
  return module == nullptr ? "[unknown]" : module->label;
}

void Resolver::want(const Frame& frame) {
  Module* module = state_->modules.find(frame.module);
  if (module == nullptr) return;
  const bool named_once = module->file.device == kNoDevice && module->kind == FileKind::program;
  if (!named_once) (void)state_->in_module(*module, frame.address);
}

std::string Resolver::build_id(const Frame& frame) {
  const Module* module = state_->modules.find(frame.module);
  return module == nullptr ? std::string() : module->build_id;
}

void Resolver::pump() {
  state_->queue.pump(state_->options.now());
}

void Resolver::wait(std::chrono::milliseconds most) {
  const auto until = Monotonic::now() + most;
  pump();
  while (busy() && Monotonic::now() < until) {
    state_->queue.wait(kOneTurn);
    pump();
  }
}

bool Resolver::busy() const {
  return state_->queue.busy(state_->options.now());
}

std::string Resolver::function_at(std::uint32_t pid, std::uint64_t address) {
  const auto frame = locate(pid, address);
  wait(kLongest);
  return name(frame);
}

std::optional<bool> Resolver::is_go(std::uint32_t pid, std::uint32_t owner) {
  const auto now = state_->options.now();
  Process* process = state_->processes.find(pid, now);
  if (process == nullptr || process->no_program) return false;
  Fd file;
  if (!process->program) {
    auto opened = open_program(process->folder, state_->options.max_file_bytes);
    process->no_program = !opened;
    if (!opened) return false;
    process->program = opened->id;
    file = std::move(opened->fd);
  }
  Module& module = state_->modules.open(*process->program, FileKind::program);
  if (module.owner == 0) module.owner = owner;
  if (module.go) return module.go;
  module.facts_wanted = true;
  if (!file.valid()) {
    if (auto opened = open_program(process->folder, state_->options.max_file_bytes)) {
      file = std::move(opened->fd);
    }
  }
  state_->queue.add(module, now, std::move(file));
  if (!module.queued && !module.facts_wanted) return false;
  return std::nullopt;
}

void Resolver::forget(std::uint32_t pid) {
  state_->processes.forget(pid);
}

std::size_t Resolver::cached_bytes() const {
  return state_->modules.bytes() + state_->processes.bytes();
}

SymbolSource::Counts Resolver::counts() const {
  return state_->queue.counts();
}

}  // namespace kernwise::symbols
