// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

#include "common/kube/fields.hpp"
#include "common/kube/verbs.hpp"

/// What all verbs have in common.
namespace kernwise::kube {

inline constexpr const char* kJson = "application/json";
inline constexpr const char* kMergePatch = "application/merge-patch+json";
inline constexpr const char* kStrategicMergePatch = "application/strategic-merge-patch+json";
inline constexpr const char* kApplyPatch = "application/apply-patch+yaml";

/// The object in a 2xx answer.
[[nodiscard]] Result<json::Value> object_in(Result<Answer> answer, const std::string& step);

/// `{"metadata":{"resourceVersion":"812"}` and no more, so that a body goes on from there; without
/// a version `{`.
void begin_patch(json::Writer& body, const std::string& resource_version);

[[nodiscard]] Request patch_of(std::string path, const char* content_type, std::string body,
                               const WriteOptions& options);

/// Sends, and answers with what `read` makes of the object in the answer.
template <class T, class Read>
void exchange(KubeClient& client, Request request, std::string step, Read read, Then<T> then) {
  client.send(std::move(request),
              [step = std::move(step), read, then = std::move(then)](Result<Answer> answer) {
                const auto object = object_in(std::move(answer), step);
                if (!object) return then(object.error());
                then(read(*object));
              });
}

/// Sends, and answers whether it was accepted.
void send_only(KubeClient& client, Request request, std::string step, Then<> then);

}  // namespace kernwise::kube
