// SPDX-License-Identifier: Apache-2.0
#include "profiler/symbols/open_file.hpp"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <string>

#include "test/unit/symbols/known_functions.hpp"

namespace kernwise::symbols {
namespace {

constexpr std::size_t kPlenty = 1024 * 1024;

std::string content_of(const OpenFile& file) {
  std::string text(64, '\0');
  const auto got = ::pread(file.fd.value(), text.data(), text.size(), 0);
  text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return text;
}

TEST_CASE("open: a path stays below its root, whatever links say", "[symbols]") {
  const test::TemporaryFolder folder;
  const auto root = folder.path() + "/root";
  std::filesystem::create_directories(root + "/lib");
  folder.write("secret", "outside");
  folder.write("root/lib/real.so", "inside");
  folder.write("root/secret", "the container's own");
  std::filesystem::create_symlink("/lib/real.so", root + "/absolute");
  std::filesystem::create_symlink("../../../../secret", root + "/lib/upwards");
  std::filesystem::create_symlink("/proc/self/exe", root + "/magic");
  std::filesystem::create_symlink("loop", root + "/loop");

  REQUIRE(open_below(root, "/lib/real.so", kPlenty).has_value());
  CHECK(content_of(*open_below(root, "/lib/real.so", kPlenty)) == "inside");
  CHECK(content_of(*open_below(root, "/absolute", kPlenty)) == "inside");
  CHECK(content_of(*open_below(root, "/lib/upwards", kPlenty)) == "the container's own");
  CHECK(content_of(*open_below(root, "/../secret", kPlenty)) == "the container's own");
  CHECK_FALSE(open_below(root, "/magic", kPlenty).has_value());
  CHECK_FALSE(open_below(root, "/loop", kPlenty).has_value());
  CHECK_FALSE(open_below(root, "/none", kPlenty).has_value());
  CHECK_FALSE(open_below(folder.path() + "/none", "/secret", kPlenty).has_value());
}

TEST_CASE("open: the kernel's magic links are not followed below a root", "[symbols]") {
  CHECK_FALSE(open_below("/", "/proc/self/exe", kPlenty * 1024).has_value());
  CHECK_FALSE(open_below("/", "/proc/self/root/etc/hostname", kPlenty).has_value());
}

TEST_CASE("open: only regular files of a bounded size", "[symbols]") {
  const test::TemporaryFolder folder;
  REQUIRE(::mkfifo((folder.path() + "/fifo").c_str(), 0600) == 0);
  folder.write("large", std::string(1000, 'x'));
  CHECK_FALSE(open_below(folder.path(), "/fifo", kPlenty).has_value());
  CHECK_FALSE(open_below(folder.path(), "/", kPlenty).has_value());
  CHECK_FALSE(open_below("/dev", "/null", kPlenty).has_value());
  CHECK_FALSE(open_below("/dev", "/zero", kPlenty).has_value());
  CHECK_FALSE(open_below(folder.path(), "/large", 999).has_value());
  CHECK(open_below(folder.path(), "/large", 1000).has_value());
}

TEST_CASE("open: the mapped file itself comes before what lies at its path", "[symbols]") {
  const test::TemporaryFolder folder;
  const auto process = folder.path() + "/42";
  std::filesystem::create_directories(process + "/map_files");
  std::filesystem::create_directories(process + "/root/lib");
  folder.write("mapped", "mapped");
  folder.write("42/root/lib/a.so", "at the path");
  std::filesystem::create_symlink(folder.path() + "/mapped", process + "/map_files/1000-2000");
  const Mapping mapping{
      .start = 0x1000, .end = 0x2000, .offset = 0, .inode = 1, .path = "/lib/a.so"};
  CHECK(content_of(*open_mapping(process, mapping, kPlenty)) == "mapped");

  Mapping elsewhere = mapping;
  elsewhere.start = 0x1800;
  CHECK(content_of(*open_mapping(process, elsewhere, kPlenty)) == "at the path");
  elsewhere.path = "/lib/a.so (deleted)";
  folder.write("42/root/lib/a.so (deleted)", "another file");
  CHECK_FALSE(open_mapping(process, elsewhere, kPlenty).has_value());
  elsewhere.path = "lib/a.so";
  CHECK_FALSE(open_mapping(process, elsewhere, kPlenty).has_value());
}

TEST_CASE("open: a file is told from its successor", "[symbols]") {
  const test::TemporaryFolder folder;
  folder.write("a", "one");
  const auto first = open_below(folder.path(), "/a", kPlenty);
  folder.write("b", "another");
  std::filesystem::rename(folder.path() + "/b", folder.path() + "/a");
  const auto second = open_below(folder.path(), "/a", kPlenty);
  REQUIRE((first && second));
  CHECK_FALSE(first->id == second->id);
  CHECK(FileIdHash{}(first->id) != FileIdHash{}(second->id));
}

}  // namespace
}  // namespace kernwise::symbols
