// SPDX-License-Identifier: Apache-2.0
#include "profiler/kernel/casts.hpp"

#include <catch2/catch_all.hpp>
#include <memory>

namespace kernwise::kernel {
namespace {

/// Programs of which a kernel takes some.
struct Loaded {
  int refused_objects = 0;
  bool casts = false, said = false;
  [[nodiscard]] int refused() const { return refused_objects; }
  void without_casts() { said = true; }
};

}  // namespace

TEST_CASE("load_with_casts: what the kernel refuses with casts is tried without",
          "[kernel-files]") {
  // What is refused: with casts, without; what then runs, and whether that is said.
  const auto [name, in_btf, with, without, casts, said, times] =
      GENERATE(table<std::string, bool, int, int, bool, bool, int>({
          {"taken", true, 0, 0, true, false, 1},
          {"not in BTF, and refused", false, 0, 1, false, false, 1},
          {"refused for the casts", true, 2, 0, false, true, 2},
          {"one of two for the casts", true, 2, 1, false, true, 2},
          {"refused for something else", true, 1, 1, false, false, 2},
      }));
  CAPTURE(name);
  int alive = 0, tried = 0;
  const auto load = [&](bool wanted) {
    CHECK(alive == 0);  // never two sets of programs at once
    ++alive;
    ++tried;
    auto* programs = new Loaded{.refused_objects = wanted ? with : without, .casts = wanted};
    return std::shared_ptr<Loaded>(programs, [&alive](const Loaded* each) {
      --alive;
      delete each;
    });
  };
  const auto loaded = load_with_casts(in_btf, load);
  CHECK(loaded->casts == casts);
  CHECK(loaded->said == said);
  CHECK(tried == times);
}

}  // namespace kernwise::kernel
