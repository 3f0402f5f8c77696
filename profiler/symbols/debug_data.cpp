// SPDX-License-Identifier: Apache-2.0
#include "profiler/symbols/debug_data.hpp"

#include <lzma.h>

#include <algorithm>
#include <vector>

namespace kernwise::symbols {
namespace {

constexpr std::uint64_t kMaxUnpacked = 64UL * 1024 * 1024;
constexpr std::uint64_t kMaxRatio = 30;
constexpr std::uint64_t kMaxMemory = 64UL * 1024 * 1024;
constexpr std::size_t kPiece = 64UL * 1024;

class Unpacker {
 public:
  Unpacker() { ready_ = lzma_stream_decoder(&stream_, kMaxMemory, 0) == LZMA_OK; }
  ~Unpacker() { lzma_end(&stream_); }
  Unpacker(const Unpacker&) = delete;
  Unpacker& operator=(const Unpacker&) = delete;

  Result<std::string> run(const ByteSource& file, const Section& section) {
    const auto most = std::min(kMaxUnpacked, section.size * kMaxRatio);
    std::vector<std::uint8_t> input(kPiece), output(kPiece);
    std::string unpacked;
    std::uint64_t taken = 0;
    lzma_ret state = ready_ ? LZMA_OK : LZMA_PROG_ERROR;
    while (state == LZMA_OK) {
      if (stream_.avail_in == 0 && taken < section.size) {
        const auto count = std::min<std::uint64_t>(input.size(), section.size - taken);
        if (!file.read(input.data(), count, section.offset + taken)) break;
        stream_.next_in = input.data();
        stream_.avail_in = count;
        taken += count;
      }
      stream_.next_out = output.data();
      stream_.avail_out = output.size();
      state = lzma_code(&stream_, taken == section.size ? LZMA_FINISH : LZMA_RUN);
      const auto made = output.size() - stream_.avail_out;
      if (unpacked.size() + made > most) return invalid(".gnu_debugdata: unpacks to too much");
      unpacked.append(reinterpret_cast<const char*>(output.data()), made);
    }
    if (state != LZMA_STREAM_END) return invalid(".gnu_debugdata: not readable as xz");
    return unpacked;
  }

 private:
  lzma_stream stream_ = LZMA_STREAM_INIT;
  bool ready_ = false;
};

}  // namespace

Result<std::string> unpack_debug_data(const ByteSource& file, const Section& section) {
  return Unpacker().run(file, section);
}

}  // namespace kernwise::symbols
