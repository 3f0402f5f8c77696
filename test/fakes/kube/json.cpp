// SPDX-License-Identifier: Apache-2.0
#include "test/fakes/kube/json.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <boost/json/src.hpp>
#include <stdexcept>

namespace kernwise::test {

std::optional<Json> parse_json(std::string_view text) {
  boost::system::error_code error;
  boost::json::parse_options options;
  options.max_depth = 64;
  auto value = boost::json::parse(text, error, {}, options);
  if (error) return std::nullopt;
  return value;
}

Json json_of(std::string_view text) {
  auto value = parse_json(text);
  if (!value) throw std::invalid_argument("not JSON: " + std::string(text));
  return *std::move(value);
}

std::string to_text(const Json& value) {
  return boost::json::serialize(value);
}

const Json* at(const Json& value, std::string_view pointer) {
  boost::system::error_code error;
  return value.find_pointer(pointer, error);
}

std::string text_at(const Json& value, std::string_view pointer) {
  const auto* found = at(value, pointer);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

std::optional<std::int64_t> integer_at(const Json& value, std::string_view pointer) {
  const auto* found = at(value, pointer);
  if (found == nullptr || !found->is_number()) return std::nullopt;
  boost::system::error_code error;
  const auto number = found->to_number<std::int64_t>(error);
  return error ? std::nullopt : std::optional(number);
}

void set_at(Json& value, std::string_view pointer, Json content) {
  auto* place = &value;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const auto end = std::min(pointer.find('/'), pointer.size());
    if (place->is_null()) *place = boost::json::object{};
    if (!place->is_object()) throw std::invalid_argument("no place for a member");
    place = &place->get_object()[pointer.substr(0, end)];
    pointer.remove_prefix(end);
  }
  *place = std::move(content);
}

void erase_at(Json& value, std::string_view pointer, std::string_view key) {
  boost::system::error_code error;
  auto* found = value.find_pointer(pointer, error);
  if (found != nullptr && found->is_object()) found->get_object().erase(key);
}

}  // namespace kernwise::test
