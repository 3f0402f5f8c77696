// SPDX-License-Identifier: Apache-2.0
#include <zstd.h>

#include <algorithm>
#include <array>
#include <memory>

#include "common/report/codec.hpp"

namespace kernwise::report {
namespace {

constexpr int kLevel = 1;
constexpr std::size_t kMaxRatio = 20;
/// 2 MiB: the window a frame may ask us to hold; level 1 uses 512 KiB.
constexpr int kMaxWindowLog = 21;

/// A frame that every zstd decoder steps over (RFC 8878, 3.1.2): magic number, length, content.
constexpr std::array<char, 4> kSkippableMagic{0x50, 0x2A, 0x4D, 0x18};

/// Text that repeats itself better than kMaxRatio would look like a bomb to the receiver. Padding
/// makes an honest sender pay for what it asks the receiver to hold.
void pad(std::string& packed, std::size_t text_bytes) {
  if (packed.size() * kMaxRatio >= text_bytes) return;
  const std::size_t header = kSkippableMagic.size() + sizeof(std::uint32_t);
  const std::size_t wanted = text_bytes / kMaxRatio + 1;
  const std::size_t length = wanted > packed.size() + header ? wanted - packed.size() - header : 0;
  packed.append(kSkippableMagic.data(), kSkippableMagic.size());
  for (const unsigned shift : {0U, 8U, 16U, 24U}) {
    packed.push_back(static_cast<char>((length >> shift) & 0xFFU));
  }
  packed.append(length, '\0');
}

struct Closer {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

/// Unpacks frame after frame into `text`, which never grows beyond `max_bytes`.
Result<std::string> unpack(ZSTD_DCtx* context, std::string_view packed, std::size_t max_bytes) {
  ZSTD_inBuffer in{packed.data(), packed.size(), 0};
  std::string text;
  for (;;) {
    const std::size_t size = text.size();
    const std::size_t room = std::min(ZSTD_DStreamOutSize() - 1, max_bytes - size) + 1;
    text.resize(size + room);
    ZSTD_outBuffer out{text.data() + size, room, 0};
    const std::size_t taken = in.pos;
    const std::size_t expected = ZSTD_decompressStream(context, &out, &in);
    text.resize(size + out.pos);
    if (ZSTD_isError(expected) != 0) {
      return invalid(std::string("zstd: ") + ZSTD_getErrorName(expected));
    }
    if (text.size() > max_bytes) {
      return invalid("zstd: more than " + std::to_string(max_bytes) + " bytes or " +
                     std::to_string(kMaxRatio) + " times the packed size");
    }
    // The end of the last frame, also when skipped ones follow it; asking for more would start one.
    if (expected == 0 && in.pos == in.size) return text;
    if (out.pos == 0 && in.pos == taken) return invalid("zstd: the text ends early");
  }
}

}  // namespace

std::string compress(std::string_view text) {
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  const std::size_t size =
      ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), kLevel);
  // With the bound's room and a fixed level it can only fail for want of memory.
  packed.resize(ZSTD_isError(size) != 0 ? 0 : size);
  pad(packed, text.size());
  return packed;
}

Result<std::string> decompress(std::string_view packed, std::size_t max_bytes) {
  if (packed.empty()) return invalid("zstd: empty");
  const std::unique_ptr<ZSTD_DCtx, Closer> context(ZSTD_createDCtx());
  if (context == nullptr) return errno_error(ENOMEM, "zstd");
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kMaxWindowLog);
  const std::size_t by_ratio =
      packed.size() > max_bytes / kMaxRatio ? max_bytes : packed.size() * kMaxRatio;
  return unpack(context.get(), packed, std::min(max_bytes, by_ratio));
}

}  // namespace kernwise::report
