// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kernwise::symbols {

/// The bytes of an open file, or of one that was unpacked into memory. Nothing is mapped: a file
/// that shrinks meanwhile is a short read, not a signal.
class ByteSource {
 public:
  /// An open regular file; empty when it cannot be looked at.
  [[nodiscard]] static ByteSource file(int fd);
  /// `bytes` must outlive the source.
  [[nodiscard]] static ByteSource memory(std::string_view bytes);

  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] int fd() const { return fd_; }  ///< -1: in memory
  [[nodiscard]] std::string_view bytes() const { return bytes_; }

  /// Exactly `size` bytes from `offset`; false when there are fewer.
  [[nodiscard]] bool read(void* to, std::size_t size, std::uint64_t offset) const;
  template <class T>
  [[nodiscard]] std::optional<T> value(std::uint64_t offset) const {
    T value{};
    if (!read(&value, sizeof(value), offset)) return std::nullopt;
    return value;
  }
  /// The text from `offset` to the next NUL, at most `max` bytes and not beyond `end`; empty when
  /// it lies outside.
  [[nodiscard]] std::string text(std::uint64_t offset, std::uint64_t end, std::size_t max) const;

 private:
  int fd_ = -1;
  std::string_view bytes_;
  std::uint64_t size_ = 0;
};

}  // namespace kernwise::symbols
