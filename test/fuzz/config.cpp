// SPDX-License-Identifier: Apache-2.0
// A configuration file, and the same bytes as a pods file.
#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "common/base/fd.hpp"
#include "common/base/options.hpp"
#include "common/report/pods_file.hpp"
#include "test/fuzz/fuzz.hpp"

namespace kernwise::fuzz {
namespace {

options::Program program() {
  using namespace options;
  return {.name = "fuzzed",
          .summary = "reads anything",
          .env_prefix = "FUZZED_",
          .table = {{"name", "", any_text(), "a text"},
                    {"mode", "b", one_of({"a", "b"}), "a word"},
                    {"on", "false", boolean(), "yes or no"},
                    {"budget.share", "1", number(0, 100), "a number"},
                    {"budget.most", "10", integer(0, 1000), "a whole number"},
                    {"window", "5s", duration("1s", "1h"), "a span"},
                    {"listen", "127.0.0.1:0", endpoint(), "an address"},
                    {"filter", "a,b", list(), "several words"}}};
}

/// A file in memory, which has a path as long as it is open.
Fd file_of(std::string_view bytes) {
  Fd file(::memfd_create("config", MFD_CLOEXEC));
  must(::write(file.value(), bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()),
       "there is memory for a file");
  return file;
}

}  // namespace

void read(std::string_view input) {
  static const auto table = program();
  const auto file = file_of(input);
  const auto path = "/proc/self/fd/" + std::to_string(file.value());
  const auto loaded = options::load(table, {"--config", path}, {});
  if (loaded) {
    must(loaded->settings.has_value(), "a file gives settings");
    must(loaded->settings->number("budget.share") <= 100, "a setting keeps its range");
  } else {
    must(loaded.error().context.find(path) != std::string::npos, "a complaint names the file");
  }
  (void)report::parse_pods(input);
}

}  // namespace kernwise::fuzz
