// SPDX-License-Identifier: Apache-2.0
#include <zlib.h>

#include <catch2/catch_all.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "profiler/export/stack_profile.hpp"

namespace kernwise::profiler {
namespace {

StackFrame function(const char* name, const char* file = "[app]") {
  return {.function = name, .file = file, .build_id = "00ff"};
}

StackProfile ticks() {
  StackProfile profile;
  profile.started_ns = 1'790'000'000'000'000'000;
  profile.duration_ns = 2'000'000'000;
  profile.period_ns = 10'000'000;
  profile.stacks = {
      {.frames = {function("main"), function("work")},
       .count = 3,
       .nanoseconds = 30'000'000,
       .container = "web"},
      {.frames = {function("main"), function("do_work_[k]", "[kernel]")},
       .count = 40,
       .nanoseconds = 400'000'000,
       .container = "web"},
      {.frames = {function("main"), function("work")},
       .count = 2,
       .nanoseconds = 20'000'000,
       .container = "side"},
  };
  return profile;
}

StackProfile waits() {
  StackProfile profile;
  profile.kind = StackKind::off_cpu;
  profile.stacks = {{.frames = {function("main"), function("f<a;b>\nc")},
                     .count = 4,
                     .nanoseconds = 1'234'567,
                     .wait = "network",
                     .container = "web"}};
  return profile;
}

TEST_CASE("folded: one line for each stack, largest first", "[export]") {
  CHECK(folded(ticks()) == "main;do_work_[k] 40\nmain;work 5\n");
  CHECK(folded({}).empty());
}

TEST_CASE("folded: a wait ends in what it counts as, in microseconds", "[export]") {
  CHECK(folded(waits()) == "main;f<a:b> c;[network] 1234\n");
}

std::string unpacked(const std::string& bytes) {
  z_stream stream{};
  REQUIRE(inflateInit2(&stream, 15 + 16) == Z_OK);
  std::string input = bytes, output(1024UL * 1024, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(output.data());
  stream.avail_out = static_cast<uInt>(output.size());
  CHECK(inflate(&stream, Z_FINISH) == Z_STREAM_END);
  output.resize(stream.total_out);
  inflateEnd(&stream);
  return output;
}

/// Fields of a message: numbers as decimal text, everything else as its bytes.
std::multimap<unsigned, std::string> fields_of(const std::string& message) {
  std::multimap<unsigned, std::string> fields;
  std::size_t at = 0;
  const auto varint = [&] {
    std::uint64_t value = 0;
    for (unsigned shift = 0; at < message.size(); shift += 7) {
      const auto byte = static_cast<unsigned char>(message[at++]);
      value |= std::uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) break;
    }
    return value;
  };
  while (at < message.size()) {
    const auto key = varint();
    const auto value = varint();
    const auto field = static_cast<unsigned>(key >> 3);
    if ((key & 7) == 0) {
      fields.emplace(field, std::to_string(value));
    } else {
      REQUIRE((key & 7) == 2);
      fields.emplace(field, message.substr(at, value));
      at += value;
    }
  }
  return fields;
}

TEST_CASE("pprof: samples, functions and labels are where profile.proto has them", "[export]") {
  const auto bytes = pprof(waits());
  REQUIRE(bytes.has_value());
  const auto fields = fields_of(unpacked(*bytes));
  std::vector<std::string> texts;
  for (auto [at, end] = fields.equal_range(6); at != end; ++at) texts.push_back(at->second);
  REQUIRE(texts.at(0).empty());
  const auto text = [&](const std::string& index) { return texts.at(std::stoul(index)); };
  const auto types = fields.equal_range(1);
  CHECK(text(fields_of(types.first->second).find(1)->second) == "waits");
  CHECK(text(fields_of(std::next(types.first)->second).find(1)->second) == "offcpu");
  CHECK(text(fields_of(std::next(types.first)->second).find(2)->second) == "nanoseconds");
  REQUIRE(fields.count(2) == 1);
  const auto sample = fields_of(fields.find(2)->second);
  CHECK(sample.find(1)->second == std::string("\1\2", 2));            // the leaf first
  CHECK(sample.find(2)->second == std::string("\4\x87\xad\x4b", 4));  // 4 waits, 1,234,567 ns
  std::map<std::string, std::string> labels;
  for (auto [at, end] = sample.equal_range(3); at != end; ++at) {
    const auto label = fields_of(at->second);
    labels[text(label.find(1)->second)] = text(label.find(2)->second);
  }
  CHECK(labels == std::map<std::string, std::string>{{"container", "web"}, {"wait", "network"}});
  REQUIRE(fields.count(5) == 2);
  CHECK(text(fields_of(fields.find(5)->second).find(2)->second) == "f<a;b>\nc");
  REQUIRE(fields.count(3) == 1);
  const auto mapping = fields_of(fields.find(3)->second);
  CHECK(text(mapping.find(6)->second) == "00ff");
  CHECK(mapping.find(7)->second == "1");
  CHECK(fields.count(11) == 0);  // waits have no period
}

TEST_CASE("pprof: go tool pprof opens it", "[export]") {
  if (std::system("go version >/dev/null 2>&1") != 0) SKIP("no go on PATH");
  const auto bytes = pprof(ticks());
  REQUIRE(bytes.has_value());
  const auto path = std::filesystem::temp_directory_path() /
                    ("kernwise-pprof-" + std::to_string(::getpid()) + ".pb.gz");
  std::ofstream(path, std::ios::binary) << *bytes;
  FILE* output = ::popen(("go tool pprof -top " + path.string() + " 2>&1").c_str(), "r");
  REQUIRE(output != nullptr);
  std::string shown;
  char line[512];
  while (std::fgets(line, sizeof(line), output) != nullptr) shown += line;
  const int status = ::pclose(output);
  std::filesystem::remove(path);
  if (shown.find("no such tool") != std::string::npos) SKIP("go without pprof");
  CAPTURE(shown);
  CHECK(status == 0);
  CHECK(shown.find("Type: cpu") != std::string::npos);
  CHECK(shown.find("Duration: 2s, Total samples = 450ms") != std::string::npos);
  CHECK(shown.find("400ms 88.89%") != std::string::npos);
  CHECK(shown.find("do_work_[k]") != std::string::npos);
}

}  // namespace
}  // namespace kernwise::profiler
