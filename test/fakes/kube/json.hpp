// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/value.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

/// JSON that can be changed: what an API server does to objects all day. The product's own reader
/// and writer are immutable on purpose, and a fake must not share the errors of what it tests.
namespace kernwise::test {

using Json = boost::json::value;
/// What is stored or sent never changes; a new version is a new one.
using Object = std::shared_ptr<const Json>;

[[nodiscard]] std::optional<Json> parse_json(std::string_view text);
/// The same for text written in a test: throws when it is broken.
[[nodiscard]] Json json_of(std::string_view text);
[[nodiscard]] std::string to_text(const Json& value);

/// What stands at `pointer` (`/metadata/name`), or nullptr.
[[nodiscard]] const Json* at(const Json& value, std::string_view pointer);
/// The string there; empty when there is none.
[[nodiscard]] std::string text_at(const Json& value, std::string_view pointer);
[[nodiscard]] std::optional<std::int64_t> integer_at(const Json& value, std::string_view pointer);
/// Puts `content` there and makes the objects on the way; no lists, no escaped keys.
void set_at(Json& value, std::string_view pointer, Json content);
/// Takes the member `key` of the object at `pointer` away.
void erase_at(Json& value, std::string_view pointer, std::string_view key);

}  // namespace kernwise::test
