// SPDX-License-Identifier: Apache-2.0
#include "extender/protocol/pod_reader.hpp"

#include <algorithm>

#include "common/base/quantity.hpp"
#include "extender/placement/pod_resources.hpp"

namespace kernwise::protocol::reader {
namespace {

using placement::Owner;
using placement::PodFacts;
using placement::Resources;
using placement::TextPairs;

// Kubernetes allows 253 bytes of a name, 63 of a label's value and 256 KiB of annotations; what we
// keep of a pod is bounded here so that a decision record is.
constexpr std::size_t kMaxName = 253;
constexpr std::size_t kMaxKey = 317;
constexpr std::size_t kMaxValue = 1024;
constexpr std::size_t kMaxEntries = 1024;
constexpr std::string_view kOurPrefix = "kernwise.io/";

template <std::string PodFacts::* kMember>
Result<> read_name(Element value, const Path& path, PodFacts& facts) {
  const auto name = text(value, path, kMaxName);
  if (!name) return name.error();
  facts.*kMember = *name;
  return {};
}

template <std::string Owner::* kMember>
Result<> read_owner_name(Element value, const Path& path, Owner& owner) {
  const auto name = text(value, path, kMaxName);
  if (!name) return name.error();
  owner.*kMember = *name;
  return {};
}

Result<> read_pairs(Element value, const Path& path, std::string_view prefix, TextPairs& pairs) {
  simdjson::dom::object members;
  if (value.get(members) != simdjson::SUCCESS) return complain(path, "expected an object");
  for (const auto [key, member] : members) {
    const Path here{&path, key};
    if (!member.is_string()) return complain(here, "expected a string");
    if (!key.starts_with(prefix)) continue;
    if (key.size() > kMaxKey) return complain(path, "a key of more than 317 bytes");
    const auto content = text(member, here, kMaxValue);
    if (!content) return content.error();
    if (pairs.size() == kMaxEntries) return complain(path, "more than 1024 entries");
    pairs.emplace_back(key, *content);
  }
  return {};
}

Result<> read_owners(Element value, const Path& path, PodFacts& facts) {
  static constexpr std::array<Field<Owner>, 4> kFields{{
      {"kind", read_owner_name<&Owner::kind>},
      {"name", read_owner_name<&Owner::name>},
      {"uid", read_owner_name<&Owner::uid>},
      {"controller",
       [](Element flag, const Path& here, Owner& owner) -> Result<> {
         const auto truth = boolean(flag, here);
         if (!truth) return truth.error();
         owner.controller = *truth;
         return {};
       }},
  }};
  return items(value, path, kMaxEntries, [&](Element item, const Path& here) {
    return object(item, here, kFields, facts.owners.emplace_back());
  });
}

Result<> read_metadata(Element value, const Path& path, PodFacts& facts) {
  static constexpr std::array<Field<PodFacts>, 6> kFields{{
      {"uid", read_name<&PodFacts::uid>},
      {"namespace", read_name<&PodFacts::pod_namespace>},
      {"name", read_name<&PodFacts::name>},
      {"labels", [](Element pairs, const Path& here,
                    PodFacts& target) { return read_pairs(pairs, here, "", target.labels); }},
      {"annotations",
       [](Element pairs, const Path& here, PodFacts& target) {
         return read_pairs(pairs, here, kOurPrefix, target.annotations);
       }},
      {"ownerReferences", read_owners},
  }};
  return object(value, path, kFields, facts);
}

/// A container's or the overhead's resource list.
Result<double> read_quantity(Element value, const Path& path) {
  if (value.is_string()) {
    const auto content = text(value, path, kMaxValue);
    if (!content) return content.error();
    const auto amount = parse_quantity(*content);
    return amount ? amount : complain(path, amount.error().message());
  }
  // Go's decoder takes an unquoted number for a quantity, so do we.
  double number = 0;
  if (value.get(number) != simdjson::SUCCESS || number < 0) {
    return complain(path, "expected a quantity like \"250m\" or \"1Gi\"");
  }
  return std::min(number, kMaxQuantity);
}

template <std::optional<double> Resources::* kMember>
Result<> read_amount(Element value, const Path& path, Resources& resources) {
  const auto amount = read_quantity(value, path);
  if (!amount) return amount.error();
  resources.*kMember = *amount;
  return {};
}

Result<> read_resource_list(Element value, const Path& path, Resources& resources) {
  static constexpr std::array<Field<Resources>, 2> kFields{{
      {"cpu", read_amount<&Resources::cores>},
      {"memory", read_amount<&Resources::memory_bytes>},
  }};
  return object(value, path, kFields, resources);
}

struct Container {
  std::string_view image;
  bool sidecar = false;  ///< an init container that keeps running
  Resources requests, limits;
};

Result<> read_container(Element value, const Path& path, Container& container) {
  static constexpr std::array<Field<Container>, 2> kResourceFields{{
      {"requests",
       [](Element list, const Path& here, Container& target) {
         return read_resource_list(list, here, target.requests);
       }},
      {"limits", [](Element list, const Path& here,
                    Container& target) { return read_resource_list(list, here, target.limits); }},
  }};
  static constexpr std::array<Field<Container>, 3> kFields{{
      {"image",
       [](Element image, const Path& here, Container& target) -> Result<> {
         const auto content = text(image, here, kMaxValue);
         if (!content) return content.error();
         target.image = *content;
         return {};
       }},
      {"restartPolicy",
       [](Element policy, const Path& here, Container& target) -> Result<> {
         const auto content = text(policy, here, kMaxValue);
         if (!content) return content.error();
         target.sidecar = *content == "Always";
         return {};
       }},
      {"resources",
       [](Element resources, const Path& here, Container& target) {
         return object(resources, here, kResourceFields, target);
       }},
  }};
  return object(value, path, kFields, container);
}

struct Spec {
  PodFacts* facts;
  placement::ResourceTally requests, limits;
  Resources overhead;
};

Result<> read_containers(Element value, const Path& path, Spec& spec) {
  return items(value, path, kMaxEntries, [&](Element item, const Path& here) -> Result<> {
    Container container;
    if (const auto read = read_container(item, here, container); !read) return read.error();
    spec.facts->images.emplace_back(container.image);
    spec.requests.add_main(container.requests);
    spec.limits.add_main(container.limits);
    return {};
  });
}

Result<> read_init_containers(Element value, const Path& path, Spec& spec) {
  return items(value, path, kMaxEntries, [&](Element item, const Path& here) -> Result<> {
    Container container;
    if (const auto read = read_container(item, here, container); !read) return read.error();
    spec.requests.add_init(container.requests, container.sidecar);
    spec.limits.add_init(container.limits, container.sidecar);
    return {};
  });
}

Result<> read_spec(Element value, const Path& path, PodFacts& facts) {
  static constexpr std::array<Field<Spec>, 6> kFields{{
      {"nodeName",
       [](Element name, const Path& here, Spec& spec) {
         return read_name<&PodFacts::node_name>(name, here, *spec.facts);
       }},
      {"schedulerName",
       [](Element name, const Path& here, Spec& spec) {
         return read_name<&PodFacts::scheduler_name>(name, here, *spec.facts);
       }},
      {"priority",
       [](Element number, const Path& here, Spec& spec) -> Result<> {
         const auto priority = integer32(number, here);
         if (!priority) return priority.error();
         spec.facts->priority = *priority;
         return {};
       }},
      {"containers", read_containers},
      {"initContainers", read_init_containers},
      {"overhead", [](Element list, const Path& here,
                      Spec& spec) { return read_resource_list(list, here, spec.overhead); }},
  }};
  Spec spec{&facts, {}, {}, {}};
  if (const auto read = object(value, path, kFields, spec); !read) return read.error();
  facts.requests = spec.requests.total(spec.overhead);
  facts.limits = spec.limits.total(spec.overhead);
  return {};
}

Result<> read_status(Element value, const Path& path, PodFacts& facts) {
  static constexpr std::array<Field<PodFacts>, 1> kFields{
      {{"nominatedNodeName", read_name<&PodFacts::nominated_node>}}};
  return object(value, path, kFields, facts);
}

}  // namespace

Result<> pod(Element value, const Path& path, PodFacts& facts) {
  static constexpr std::array<Field<PodFacts>, 3> kFields{{
      {"metadata", read_metadata},
      {"spec", read_spec},
      {"status", read_status},
  }};
  return object(value, path, kFields, facts);
}

}  // namespace kernwise::protocol::reader
