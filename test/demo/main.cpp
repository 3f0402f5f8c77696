// SPDX-License-Identifier: Apache-2.0
// Sample services of known behaviour under load, seen by the real kernel, and what placement and
// scaling conclude from it. Needs root. `./dev demo` builds and runs it.
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

#include "test/demo/demo.hpp"

namespace {

using kernwise::demo::Places;

struct CommandLine {
  kernwise::demo::Settings settings;
  std::string build;  ///< root of the build folder
  std::string recorded = KERNWISE_DEMO_RECORDED;
  std::string mistake;
};

/// This program lies in test/demo of the build folder; the others at their places beside it.
std::string own_build_folder() {
  std::error_code failure;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", failure);
  return self.parent_path().parent_path().parent_path();
}

bool set(CommandLine& line, std::string_view flag, const std::string& value) {
  if (flag == "--json") return !(line.settings.json_file = value).empty();
  if (flag == "--build") return !(line.build = value).empty();
  if (flag == "--recorded") return !(line.recorded = value).empty();
  if (flag != "--seconds") return false;
  double seconds = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  line.settings.duration = kernwise::Seconds(seconds);
  return error == std::errc() && end == value.data() + value.size() && seconds >= 5 &&
         seconds <= 86'400;
}

CommandLine parse(int argc, char** argv) {
  CommandLine line;
  line.build = own_build_folder();
  for (int index = 1; index < argc; index += 2) {
    const bool has_value = index + 1 < argc;
    if (has_value && set(line, argv[index], argv[index + 1])) continue;
    line.mistake = std::string("cannot use ") + argv[index] +
                   (has_value ? std::string(" ") + argv[index + 1] : "");
    break;
  }
  return line;
}

Places places_in(const CommandLine& line) {
  return {.workloads = line.build + "/test/workloads",
          .profiler = line.build + "/profiler/app/kernwise-profiler",
          .orchestrator = line.build + "/orchestrator/app/kernwise-orchestrator",
          .recorded = line.recorded,
          .scratch = {}};
}

int finish(const kernwise::Result<>& outcome, const kernwise::demo::StopSignals& signals) {
  if (!outcome) {
    std::fprintf(stderr, "kernwise-demo: %s\n", outcome.error().message().c_str());
    return 1;
  }
  if (!signals.caught()) return 0;
  std::fprintf(stderr, "kernwise-demo: stopped by a signal, everything is cleaned up\n");
  return 128 + *signals.caught();
}

}  // namespace

int main(int argc, char** argv) {
  const CommandLine line = parse(argc, argv);
  if (!line.mistake.empty()) {
    std::fprintf(stderr,
                 "kernwise-demo: %s\n"
                 "usage: kernwise-demo [--seconds 5..86400] [--json FILE] [--build FOLDER] "
                 "[--recorded FOLDER]\n",
                 line.mistake.c_str());
    return 2;
  }
  kernwise::demo::StopSignals signals;
  kernwise::Result<> outcome;
  {
    kernwise::demo::Demo demo(line.settings, places_in(line), signals);
    outcome = demo.run();
  }
  return finish(outcome, signals);
}
