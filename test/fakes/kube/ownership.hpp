// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "test/fakes/kube/json.hpp"

/// Who wrote which field, as metadata.managedFields says it: what server-side apply decides with.
namespace kernwise::test {

/// A field as the steps to it: `f:data`, `f:x`; an element of a list by its key,
/// `k:{"type":"Ready"}`.
using FieldPath = std::vector<std::string>;
using FieldSet = std::set<FieldPath>;

struct Manager {
  std::string name, subresource;
  bool applies = false;  ///< by server-side apply; else by ordinary writes
  bool operator==(const Manager&) const = default;
};
struct Ownership {
  Manager manager;
  FieldSet fields;
};

/// The fields of an object that have owners: not its identity.
[[nodiscard]] FieldSet fields_of(const Json& object);
[[nodiscard]] std::vector<Ownership> ownerships(const Json& object);
void set_ownerships(Json& object, const std::vector<Ownership>& all, const std::string& time);

/// After an ordinary write: what it changed is the writer's alone.
void take_changes(std::vector<Ownership>& all, const Manager& writer, const Json& before,
                  const Json& after);

/// What stands in the way of `manager` applying `config` to `live`, in the words of the server.
struct Conflict {
  Manager with;
  FieldPath field;
};
[[nodiscard]] std::vector<Conflict> conflicts(const std::vector<Ownership>& all,
                                              const Manager& manager, const Json& live,
                                              const Json& config);
/// `.data.x`
[[nodiscard]] std::string dotted(const FieldPath& field);

/// Makes `manager` the owner of the fields of `config`, alone of those in `taken`, and takes away
/// from `object` what it owned before, does not want any more, and nobody else owns.
void apply_ownership(std::vector<Ownership>& all, const Manager& manager, const Json& config,
                     const std::vector<Conflict>& taken, Json& object);

}  // namespace kernwise::test
