// SPDX-License-Identifier: Apache-2.0
#include "extender/protocol/decode.hpp"

#include <optional>

#include "extender/protocol/byte_scan.hpp"
#include "extender/protocol/pod_reader.hpp"
#include "extender/protocol/utf16_escapes.hpp"

namespace kernwise::protocol {
namespace {

using reader::complain;
using reader::Element;
using reader::Field;
using reader::Path;
namespace ondemand = simdjson::ondemand;

/// Buffers for bodies up to here are kept for the next one (a cluster of 5,000 nodes by names takes
/// 220 KB, 500 whole nodes 4 MB).
constexpr std::size_t kKeptBytes = 8UL * 1024 * 1024;
constexpr std::size_t kFirstBytes = 64UL * 1024;

struct Arguments {
  std::optional<Element> pod, nodes, names;
};

template <std::optional<Element> Arguments::* kMember>
Result<> keep(Element value, const Path& /*path*/, Arguments& arguments) {
  arguments.*kMember = value;
  return {};
}

Result<> add_name(Element value, const Path& path, std::vector<std::string_view>& names) {
  const auto name = reader::text(value, path, kMaxNodeName);
  if (!name) return name.error();
  if (name->empty()) return complain(path, "empty");
  names.push_back(*name);
  return {};
}

/// Thousands of names come with each call: one that is as it should be costs no path and no result.
Result<> read_names(Element value, const Path& path, std::vector<std::string_view>& names) {
  simdjson::dom::array array;
  if (value.get(array) != simdjson::SUCCESS) return complain(path, "expected an array");
  for (const Element item : array) {
    if (names.size() == kMaxCandidates) {
      return complain(path, "more than " + std::to_string(kMaxCandidates) + " items");
    }
    std::string_view name;
    if (item.get(name) == simdjson::SUCCESS && !name.empty() && name.size() <= kMaxNodeName &&
        !has_control(name)) {
      names.push_back(name);
      continue;
    }
    if (auto bad = add_name(item, Path{&path, {}, names.size()}, names); !bad) return bad.error();
  }
  return {};
}

Result<> read_node(Element value, const Path& path, std::vector<std::string_view>& names) {
  using Names = std::vector<std::string_view>;
  static constexpr std::array<Field<Names>, 1> kMetadata{{{"name", add_name}}};
  static constexpr std::array<Field<Names>, 1> kNode{
      {{"metadata", [](Element metadata, const Path& here, Names& target) {
          return reader::object(metadata, here, kMetadata, target);
        }}}};
  const std::size_t before = names.size();
  if (const auto read = reader::object(value, path, kNode, names); !read) return read.error();
  if (names.size() == before) return complain(path, "metadata.name is missing");
  return {};
}

Result<> read_nodes(Element value, const Path& path, std::vector<std::string_view>& names) {
  using Names = std::vector<std::string_view>;
  static constexpr std::array<Field<Names>, 1> kList{
      {{"items", [](Element list, const Path& here, Names& target) {
          return reader::items(list, here, kMaxCandidates, [&](Element item, const Path& node) {
            return read_node(item, node, target);
          });
        }}}};
  return reader::object(value, path, kList, names);
}

Result<> read_arguments(Element document, ExtenderArgs& args) {
  static constexpr std::array<Field<Arguments>, 3> kFields{{
      {"Pod", keep<&Arguments::pod>},
      {"Nodes", keep<&Arguments::nodes>},
      {"NodeNames", keep<&Arguments::names>},
  }};
  const Path root;
  Arguments arguments;
  if (const auto read = reader::object(document, root, kFields, arguments, reader::Keys::folded);
      !read) {
    return read.error();
  }
  const Path pod{&root, "Pod"}, nodes{&root, "Nodes"}, names{&root, "NodeNames"};
  if (!arguments.pod) return complain(pod, "missing");
  if (const auto read = reader::pod(*arguments.pod, pod, args.pod); !read) return read.error();

  if (arguments.nodes) {
    // Checked even where NodeNames wins: a bad request is refused whatever part of it would be
    // used.
    if (const auto read = read_nodes(*arguments.nodes, nodes, args.names); !read) {
      return read.error();
    }
    args.form = Candidates::nodes;
  }
  if (arguments.names) {
    args.form = Candidates::names;
    args.names.clear();
    return read_names(*arguments.names, names, args.names);
  }
  return {};
}

/// Cuts the items of `Nodes` out of a document that has been validated. The fast parser's tree
/// knows no positions, so the second, lazy parser finds them.
simdjson::error_code cut_items(ondemand::value nodes, std::vector<std::string_view>& raw) {
  ondemand::object list;
  if (const auto error = nodes.get_object().get(list)) return error;
  for (auto member : list) {
    std::string_view key;
    if (const auto error = member.unescaped_key().get(key)) return error;
    if (key != "items") continue;
    ondemand::array array;
    if (const auto error = member.value().get_array().get(array)) return error;
    for (auto item : array) {
      ondemand::object node;
      std::string_view bytes;
      if (const auto error = item.get_object().get(node)) return error;
      if (const auto error = node.raw_json().get(bytes)) return error;
      // simdjson counts the blanks up to the next token in.
      raw.push_back(bytes.substr(0, bytes.rfind('}') + 1));
    }
    return simdjson::SUCCESS;
  }
  return simdjson::SUCCESS;
}

simdjson::error_code cut_nodes(ondemand::parser& parser, simdjson::padded_string_view body,
                               std::vector<std::string_view>& raw) {
  ondemand::document document;
  if (const auto error = parser.iterate(body).get(document)) return error;
  ondemand::object arguments;
  if (const auto error = document.get_object().get(arguments)) return error;
  for (auto member : arguments) {
    std::string_view key;
    if (const auto error = member.unescaped_key().get(key)) return error;
    if (!reader::equal_folded(key, "Nodes")) continue;
    ondemand::value nodes;
    if (const auto error = member.value().get(nodes)) return error;
    return cut_items(nodes, raw);
  }
  return simdjson::SUCCESS;
}

void reset(ExtenderArgs& args) {
  args.pod = {};
  args.form = Candidates::none;
  args.names.clear();
  args.raw_nodes.clear();
}

}  // namespace

struct Decoder::State {
  simdjson::dom::parser tree;
  ondemand::parser cutter;
  std::string copy;
  /// Of the first allocation, which also sets the depth (to be stayed below) for all later ones.
  simdjson::error_code prepared = tree.allocate(kFirstBytes, kMaxDepth + 1);

  /// The body with simdjson's padding behind it.
  simdjson::padded_string_view padded(const Body& body) {
    if (body.readable_after >= simdjson::SIMDJSON_PADDING) {
      return simdjson::padded_string_view(body.text, body.text.size() + body.readable_after);
    }
    copy.reserve(body.text.size() + simdjson::SIMDJSON_PADDING);
    copy.assign(body.text);
    return simdjson::padded_string_view(copy, copy.capacity());
  }
};

Decoder::Decoder() : state_(std::make_unique<State>()) {}
Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;

Result<> Decoder::decode(const Body& body, RawNodes raw_nodes, ExtenderArgs& args) {
  reset(args);
  if (body.text.size() > kMaxBodyBytes) return invalid("body: more than 64 MiB");
  // Views into the old buffers end with this call, so now is when an exceptional body's can go.
  if (state_->tree.capacity() > kKeptBytes) state_ = std::make_unique<State>();
  if (state_->prepared) return invalid("body: out of memory");

  const auto text = state_->padded(body);
  Element document;
  if (const auto error = state_->tree.parse(text).get(document)) {
    return invalid(std::string("body: ") + simdjson::error_message(error));
  }
  if (const auto offset = lone_surrogate(body.text)) {
    return invalid("body: half of a surrogate pair at byte " + std::to_string(*offset));
  }
  if (const auto read = read_arguments(document, args); !read) return read.error();
  if (raw_nodes == RawNodes::drop || args.form != Candidates::nodes || args.names.empty())
    return {};

  const auto error = cut_nodes(state_->cutter, text, args.raw_nodes);
  if (error || args.raw_nodes.size() != args.names.size()) {
    return invalid(std::string("Nodes: ") + simdjson::error_message(error));
  }
  return {};
}

}  // namespace kernwise::protocol
