// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/json.hpp"

/// Reading of objects that others wrote: what is missing or of another type is empty.
namespace kernwise::kube {

inline constexpr std::size_t kMaxText = 256;  ///< longest name there is: 253
/// What one object may be; the API server itself refuses requests of more than 3 MiB.
inline constexpr json::Limits kObjectLimits{
    .depth = 64, .bytes = 8UL * 1024 * 1024, .values = 500'000};

/// The member, or null.
[[nodiscard]] const json::Value& member(const json::Value& of, std::string_view key);
/// A string member, made safe to show and cut to `max_bytes`.
[[nodiscard]] std::string text_of(const json::Value& of, std::string_view key,
                                  std::size_t max_bytes = kMaxText);
/// An integer member within the range of an int, else 0.
[[nodiscard]] int integer_of(const json::Value& of, std::string_view key);
/// At most `max` strings of an array member.
[[nodiscard]] std::vector<std::string> texts_of(const json::Value& of, std::string_view key,
                                                std::size_t max);

}  // namespace kernwise::kube
