// SPDX-License-Identifier: Apache-2.0
// The wire format of github.com/google/pprof/proto/profile.proto, of which only these few fields
// are needed. Numbers are its field numbers.
#include <zlib.h>

#include <map>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "profiler/export/stack_profile.hpp"

namespace kernwise::profiler {
namespace {

/// A protobuf message being written.
class Message {
 public:
  void number(unsigned field, std::uint64_t value) {
    if (value == 0) return;  // the default is not written
    varint(std::uint64_t{field} << 3);
    varint(value);
  }
  void bytes(unsigned field, std::string_view value) {
    constexpr unsigned kLengthDelimited = 2;
    varint((std::uint64_t{field} << 3) | kLengthDelimited);
    varint(value.size());
    data_ += value;
  }
  void message(unsigned field, const Message& value) { bytes(field, value.data_); }
  void packed(unsigned field, const std::vector<std::uint64_t>& values) {
    Message inner;
    for (const auto value : values) inner.varint(value);
    bytes(field, inner.data_);
  }
  [[nodiscard]] const std::string& data() const { return data_; }

 private:
  void varint(std::uint64_t value) {
    while (value >= 0x80) {
      data_ += static_cast<char>((value & 0x7f) | 0x80);
      value >>= 7;
    }
    data_ += static_cast<char>(value);
  }
  std::string data_;
};

class Writer {
 public:
  std::string write(const StackProfile& profile) {
    text("");  // the first string is the empty one
    const bool cpu = profile.kind == StackKind::cpu;
    profile_.message(1, value_type(cpu ? "samples" : "waits", "count"));
    profile_.message(1, value_type(cpu ? "cpu" : "offcpu", "nanoseconds"));
    for (const auto& stack : profile.stacks) profile_.message(2, sample(stack));
    profile_.number(9, static_cast<std::uint64_t>(profile.started_ns));
    profile_.number(10, profile.duration_ns);
    if (cpu) {
      profile_.message(11, value_type("cpu", "nanoseconds"));
      profile_.number(12, profile.period_ns);
    }
    profile_.number(14, text(cpu ? "cpu" : "offcpu"));  // default_sample_type
    for (const auto& each : texts_in_order_) profile_.bytes(6, each);
    return profile_.data();
  }

 private:
  std::uint64_t text(const std::string& value) {
    const auto [known, added] = texts_.try_emplace(value, texts_.size());
    if (added) texts_in_order_.push_back(value);
    return known->second;
  }

  Message value_type(const char* type, const char* unit) {
    Message message;
    message.number(1, text(type));
    message.number(2, text(unit));
    return message;
  }

  Message sample(const ProfiledStack& stack) {
    Message message;
    std::vector<std::uint64_t> locations;  // leaf first
    for (auto frame = stack.frames.rbegin(); frame != stack.frames.rend(); ++frame) {
      locations.push_back(location(*frame));
    }
    message.packed(1, locations);
    message.packed(2, {stack.count, stack.nanoseconds});
    if (!stack.container.empty()) message.message(3, label("container", stack.container));
    if (!stack.wait.empty()) message.message(3, label("wait", stack.wait));
    return message;
  }

  Message label(const char* key, const std::string& value) {
    Message message;
    message.number(1, text(key));
    message.number(2, text(value));
    return message;
  }

  /// Names are all there is: one location and one function for each.
  std::uint64_t location(const StackFrame& frame) {
    const auto [known, added] =
        locations_.try_emplace({frame.function, frame.file}, locations_.size() + 1);
    if (!added) return known->second;
    const auto id = known->second;
    Message function;
    function.number(1, id);
    function.number(2, text(frame.function));
    function.number(3, text(frame.function));
    function.number(4, text(frame.file));
    profile_.message(5, function);
    Message line;
    line.number(1, id);
    Message message;
    message.number(1, id);
    if (!frame.file.empty()) message.number(2, mapping(frame));
    message.message(4, line);
    profile_.message(4, message);
    return id;
  }

  std::uint64_t mapping(const StackFrame& frame) {
    const auto [known, added] =
        mappings_.try_emplace({frame.file, frame.build_id}, mappings_.size() + 1);
    if (!added) return known->second;
    Message message;
    message.number(1, known->second);
    message.number(5, text(frame.file));
    message.number(6, text(frame.build_id));
    message.number(7, 1);  // has_functions: nobody needs to look for symbols
    profile_.message(3, message);
    return known->second;
  }

  Message profile_;
  std::unordered_map<std::string, std::uint64_t> texts_;
  std::vector<std::string> texts_in_order_;
  std::map<std::pair<std::string, std::string>, std::uint64_t> locations_, mappings_;
};

Result<std::string> gzipped(const std::string& bytes) {
  z_stream stream{};
  constexpr int kGzip = 15 + 16;
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    return invalid("pprof: zlib could not begin");
  }
  std::string packed(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
  std::string input = bytes;  // zlib's interface is older than const
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  const int state = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  if (state != Z_STREAM_END) return invalid("pprof: zlib could not finish");
  return packed;
}

}  // namespace

Result<std::string> pprof(const StackProfile& profile) {
  return gzipped(Writer().write(profile));
}

}  // namespace kernwise::profiler
