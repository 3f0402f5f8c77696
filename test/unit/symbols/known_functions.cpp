// SPDX-License-Identifier: Apache-2.0
#include "test/unit/symbols/known_functions.hpp"

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

extern "C" [[gnu::noinline]] int kw_test_plain_function(int value) {
  return value + 1;
}

namespace kernwise::known {

[[gnu::noinline]] int Worker::multiply(int value) const {
  return value * 3;
}

template <class T>
[[gnu::noinline]] int sized(T value) {
  return static_cast<int>(sizeof(value));
}
template int sized<long>(long);

}  // namespace kernwise::known

namespace kernwise::test {

std::uint64_t address_of_multiply() {
  // Itanium ABI: the first word of a pointer to a non-virtual member function is its address.
  const auto member = &known::Worker::multiply;
  std::uint64_t address = 0;
  std::memcpy(&address, &member, sizeof(address));
  return address;
}

std::uint64_t address_of_sized() {
  return address_of(&known::sized<long>);
}

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "kernwise-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryFolder::write(const std::string& name, const std::string& bytes) const {
  auto path = path_ + "/" + name;
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace kernwise::test
