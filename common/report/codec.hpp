// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "common/report/report.hpp"

/// The wire form of version 1 (SCHEMA.md). Additive changes only: unknown members are skipped,
/// missing optional ones keep their default, wrong types and broken ranges are refused with the
/// path of the field.
namespace kernwise::report {

inline constexpr std::size_t kMaxReportBytes = 1024UL * 1024;  ///< decoded
inline constexpr std::size_t kMaxContainers = 512;

[[nodiscard]] std::string encode(const Report& report);
[[nodiscard]] Result<Report> decode_report(std::string_view text);

[[nodiscard]] std::string encode(const Reply& reply);
[[nodiscard]] Result<Reply> decode_reply(std::string_view text);

/// zstd level 1; used when the text is larger than 4 KiB (`Content-Encoding: zstd`).
[[nodiscard]] std::string compress(std::string_view text);
/// Refuses more than `max_bytes` and ratios above 20 before writing them.
[[nodiscard]] Result<std::string> decompress(std::string_view packed,
                                             std::size_t max_bytes = kMaxReportBytes);

}  // namespace kernwise::report
