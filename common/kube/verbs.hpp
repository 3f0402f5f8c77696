// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/clock.hpp"
#include "common/kube/client.hpp"
#include "common/kube/objects.hpp"
#include "common/kube/path.hpp"

/// The calls this program makes, typed. Each sends one request and answers once, from the client's
/// io_context. Errors: those of the connection; `status(code)` with the server's message, as in
/// `error.code == status(409)`; `invalid` for an answer that is not what was asked for.
namespace kernwise::kube {

/// Who writes, in managedFields: one name for ever, so that others can tell our writes apart.
inline constexpr std::string_view kFieldManager = "kernwise";

template <class T = void>
using Then = std::function<void(Result<T>)>;

struct WriteOptions {
  std::string resource_version = {};  ///< 409 when the object is no longer at it; empty: whatever
  bool dry_run = false;               ///< the server checks and changes nothing
  std::optional<MonoTime> give_up_at = {};  ///< see Request
};

struct Scale {
  std::string name_space, name, uid, resource_version;
  int replicas = 0;      ///< spec; left out by the server when it is 0
  int current = 0;       ///< status
  std::string selector;  ///< status, as text: `app=web`
  bool operator==(const Scale&) const = default;
};
/// The `scale` subresource of a Deployment, StatefulSet, ReplicaSet or custom object.
void get_scale(KubeClient& client, const ObjectPath& object, Then<Scale> then);
void patch_scale(KubeClient& client, const ObjectPath& object, int replicas,
                 const WriteOptions& options, Then<Scale> then);

void get_node(KubeClient& client, const std::string& name, Then<Node> then);
/// All taints of a node: those that are not named go, so they belong to the version in `options`.
void patch_taints(KubeClient& client, const std::string& node, const std::vector<Taint>& taints,
                  const WriteOptions& options, Then<> then);

/// CPU of one container in thousandths of a core; what has no value stays as it is.
struct ContainerCpu {
  std::string name;
  std::optional<int> request = {}, limit = {};
};
/// `pods/resize` (Kubernetes 1.33): all containers or none. Answers the pod as the server has it.
void patch_resize(KubeClient& client, const ObjectPath& pod,
                  const std::vector<ContainerCpu>& containers, const WriteOptions& options,
                  Then<Pod> then);

/// Sets annotations; one without value is taken away.
void annotate(KubeClient& client, const ObjectPath& object,
              const std::vector<std::pair<std::string, std::optional<std::string>>>& annotations,
              const WriteOptions& options, Then<> then);
/// Replaces members of the status of a custom object (lists as a whole). `status_json`: an object.
void patch_status(KubeClient& client, const ObjectPath& object, const std::string& status_json,
                  const WriteOptions& options, Then<> then);
/// Server-side apply with force: `object_json` is all we want of it (apiVersion, kind,
/// metadata.name, no managedFields); what we wanted earlier and want no more goes.
/// options.resource_version is not used: it belongs into the object.
void apply(KubeClient& client, const ObjectPath& object, const std::string& object_json,
           const WriteOptions& options, Then<> then);

struct TokenVerdict {
  bool authenticated = false;
  std::string user, uid;            ///< `system:serviceaccount:ns:name`
  std::vector<std::string> groups;  ///< at most 64
  /// Of `authentication.kubernetes.io/node-name` and the like; at most 32 keys of 16 values.
  std::map<std::string, std::vector<std::string>, std::less<>> extra;
  std::vector<std::string> audiences;  ///< those the token and we have in common
  std::string error;                   ///< the server's reason when it is not authenticated
  bool operator==(const TokenVerdict&) const = default;
};
void review_token(KubeClient& client, const std::string& token,
                  const std::vector<std::string>& audiences, Then<TokenVerdict> then);

/// May `user` do this? Either an object or, with `url_path`, a path.
struct AccessQuestion {
  std::string user = {};
  std::vector<std::string> groups = {};
  std::string verb = {};
  std::string group = {}, resource = {}, subresource = {}, name_space = {}, name = {};
  std::string url_path = {};
};
struct AccessVerdict {
  bool allowed = false;
  std::string reason;
};
void review_access(KubeClient& client, const AccessQuestion& question, Then<AccessVerdict> then);

struct ServerVersion {
  int major = 0, minor = 0;
  std::string text;  ///< `v1.36.3`
  bool operator==(const ServerVersion&) const = default;
};
void server_version(KubeClient& client, Then<ServerVersion> then);
/// What `api` (`v1`, `apps/v1`) has, subresources too: `pods`, `pods/resize`; at most 1024.
void resources_of(KubeClient& client, const std::string& api, Then<std::vector<std::string>> then);

}  // namespace kernwise::kube
