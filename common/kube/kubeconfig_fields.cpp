// SPDX-License-Identifier: Apache-2.0
#include "common/kube/kubeconfig_fields.hpp"

#include <filesystem>

#include "common/base/utf8.hpp"
#include "common/kube/base64.hpp"

namespace kernwise::kube {
namespace {

constexpr std::size_t kMaxText = 64UL * 1024;  // a certificate chain in base64
constexpr std::size_t kMaxEntries = 4096;

}  // namespace

std::string beside(const std::string& folder, const std::string& path) {
  return (std::filesystem::path(folder) / path).string();
}

Error ConfigField::complaint(const std::string& what) const {
  const std::string place = path_.empty() ? what : path_ + "." + what;
  return node_.IsDefined() ? yaml::complain(node_, place) : invalid(place);
}

ConfigField ConfigField::at(const std::string& key) const {
  const auto& node = node_;  // the const operator makes no member that is not there
  return {node.IsMap() ? node[key] : YAML::Node(), path_.empty() ? key : path_ + "." + key};
}

Result<std::string> ConfigField::text() const {
  if (!present()) return std::string();
  if (!node_.IsScalar()) return yaml::complain(node_, path_ + ": expected text");
  const auto& text = node_.Scalar();
  if (text.size() > kMaxText) return yaml::complain(node_, path_ + ": larger than 64 KiB");
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < ' ' && c != '\n' && c != '\t' && c != '\r') {
      return yaml::complain(node_, path_ + ": holds a control character");
    }
  }
  return text;
}

Result<std::string> ConfigField::text(const std::string& key) const {
  return at(key).text();
}

Result<bool> ConfigField::truth(const std::string& key) const {
  const auto field = at(key);
  const auto text = field.text();
  if (!text) return text.error();
  if (text->empty() || *text == "false") return false;
  if (*text == "true") return true;
  return yaml::complain(field.node_, field.path_ + ": expected true or false");
}

Result<ConfigField> ConfigField::child(const std::string& key) const {
  auto field = at(key);
  if (field.present() && !field.node_.IsMap()) {
    return yaml::complain(field.node_, field.path_ + ": expected a mapping");
  }
  return field;
}

Result<std::vector<ConfigField>> ConfigField::children(const std::string& key,
                                                       std::size_t max) const {
  const auto list = at(key);
  std::vector<ConfigField> children;
  if (!list.present()) return children;
  if (!list.node_.IsSequence() || list.node_.size() > max) {
    return yaml::complain(list.node_, list.path_ + ": expected a list of at most " +
                                          std::to_string(max) + " elements");
  }
  for (const auto& each : list.node_) {
    std::string place = list.path_;
    place.append("[").append(std::to_string(children.size())).append("]");
    children.emplace_back(each, std::move(place));
  }
  return children;
}

Result<ConfigField> ConfigField::named(const std::string& list, const std::string& name,
                                       const std::string& part) const {
  const auto entries = children(list, kMaxEntries);
  if (!entries) return entries.error();
  for (const auto& entry : *entries) {
    const auto found = entry.text("name");
    if (!found) return found.error();
    if (*found != name) continue;
    auto field = entry.child(part);
    if (!field) return field.error();
    if (!field->present()) return entry.complaint(part + ": is missing");
    field->path_ = list + "[" + printable(name, 128) + "]." + part;
    return field;
  }
  return invalid(list + ": there is none called `" + printable(name, 128) + "`");
}

Result<> ConfigField::refuse(const std::string& key, const std::string& why) const {
  return at(key).present() ? Result<>(complaint(key + ": " + why)) : Result<>();
}

Result<> ConfigField::pem(const std::string& key, const std::string& folder, std::string& file,
                          std::string& pem) const {
  const auto data = text(key + "-data");
  if (!data) return data.error();
  if (!data->empty()) {
    auto decoded = base64_decode(*data);
    if (!decoded || decoded->find("-----BEGIN") == std::string::npos) {
      return complaint(key + "-data: expected PEM in base64");
    }
    pem = *std::move(decoded);
    return {};
  }
  const auto path = text(key);
  if (!path) return path.error();
  if (!path->empty()) file = beside(folder, *path);
  return {};
}

}  // namespace kernwise::kube
