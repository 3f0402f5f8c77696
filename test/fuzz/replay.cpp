// SPDX-License-Identifier: Apache-2.0
// Instead of libFuzzer, in every test run: each file of a folder, each beginning of it, and each
// with one byte replaced. Finds no new kind of input, and no old one comes back.
#include <algorithm>
#include <array>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "test/fuzz/fuzz.hpp"

namespace {

/// Of a longer file so many places, evenly spread.
constexpr std::size_t kPlaces = 600;
constexpr std::array<char, 8> kBytes{'\0', '\xff', '"', '}', '9', '\n', '\x80', '%'};

std::size_t replay(const std::string& text) {
  std::size_t inputs = 1;
  kernwise::fuzz::read(text);
  const std::size_t stride = std::max<std::size_t>(1, text.size() / kPlaces);
  for (std::size_t at = 0; at < text.size(); at += stride, inputs += 1 + kBytes.size()) {
    kernwise::fuzz::read(std::string_view(text).substr(0, at));
    for (const char byte : kBytes) {
      auto damaged = text;
      damaged[at] = byte;
      kernwise::fuzz::read(damaged);
    }
  }
  return inputs;
}

}  // namespace

int main(int count, char** arguments) try {
  if (count != 2) throw std::runtime_error("usage: FOLDER");
  std::size_t files = 0, inputs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(arguments[1])) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    std::printf("%s\n", entry.path().filename().c_str());
    std::fflush(stdout);  // the last one is the one it died of
    inputs += replay(text);
    ++files;
  }
  std::printf("%zu files, %zu inputs\n", files, inputs);
  return files > 0 ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
