// SPDX-License-Identifier: Apache-2.0
#include "test/workloads/options.hpp"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace workload {
namespace {

[[noreturn]] void usage(const char* program, std::string_view complaint) {
  std::fprintf(stderr,
               "%s: %.*s\nusage: %s [--port N] [--upstream N] [--connections N] [--seconds N] "
               "[--dir PATH]\n",
               program, static_cast<int>(complaint.size()), complaint.data(), program);
  std::exit(2);
}

template <class Number>
bool read(std::string_view text, Number& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  return error == std::errc() && end == text.data() + text.size() && into >= Number{0};
}

bool set(Options& options, std::string_view flag, std::string_view value) {
  if (flag == "--port") return read(value, options.port);
  if (flag == "--upstream") return read(value, options.upstream);
  if (flag == "--connections")
    return read(value, options.connections) && options.connections <= 256;
  if (flag == "--seconds") return read(value, options.seconds) && options.seconds <= 86'400;
  if (flag != "--dir") return false;
  options.dir = value;
  return !value.empty();
}

}  // namespace

Options parse_options(int argc, char** argv) {
  Options options;
  for (int index = 1; index < argc; index += 2) {
    const std::string_view flag = argv[index];
    if (index + 1 >= argc) usage(argv[0], "a flag without a value: " + std::string(flag));
    if (!set(options, flag, argv[index + 1]))
      usage(argv[0], "cannot use " + std::string(flag) + " " + argv[index + 1]);
  }
  return options;
}

}  // namespace workload
