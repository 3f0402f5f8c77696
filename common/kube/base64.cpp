// SPDX-License-Identifier: Apache-2.0
#include "common/kube/base64.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace kernwise::kube {
namespace {

const unsigned char* bytes_of(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::optional<std::string> base64_decode(std::string_view text) {
  std::string packed(text);
  std::erase_if(packed, [](char c) { return c == '\n' || c == '\r' || c == ' '; });
  if (packed.size() % 4 != 0) return std::nullopt;
  // OpenSSL counts padding as zero bytes and takes it anywhere.
  const auto end = packed.find_last_not_of('=') + 1;
  const auto padding = packed.size() - end;
  if (padding > 2 || packed.find('=') < end) return std::nullopt;
  std::string bytes(packed.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), bytes_of(packed),
                                   static_cast<int>(packed.size()));
  if (size < 0) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(size) - padding);
  return bytes;
}

std::string base64_encode(std::string_view bytes) {
  const std::string input(bytes);
  std::string text((input.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL ends it with a NUL
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes_of(input),
                                   static_cast<int>(input.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

}  // namespace kernwise::kube
