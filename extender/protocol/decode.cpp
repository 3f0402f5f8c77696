// SPDX-License-Identifier: Apache-2.0
#include "extender/protocol/decode.hpp"

#include <utility>

#include "extender/protocol/byte_scan.hpp"
#include "extender/protocol/cursor.hpp"
#include "extender/protocol/pod_reader.hpp"

namespace kernwise::protocol {
namespace {

using reader::complain;
using reader::Cursor;
using reader::Path;

/// The pod's parser keeps room for pods up to here for the next one.
constexpr std::size_t kKeptBytes = 1024UL * 1024;
constexpr std::size_t kFirstBytes = 16UL * 1024;

/// A field of another type; that the text breaks off there is not the field's fault.
Error expected(Cursor& cursor, const Path& path, std::string what) {
  what.insert(0, "expected ");
  return cursor.kind() == '\0' ? cursor.broken(what) : complain(path, what);
}

/// Reads a member that may be given once; null is the same as absent.
template <class Read>
Result<> once(Cursor& cursor, const Path& path, bool& seen, Read read) {
  if (std::exchange(seen, true)) return complain(path, "given twice");
  if (cursor.kind() == 'n') return cursor.skip();
  return read();
}

template <class Read>
Result<> in_object(Cursor& cursor, const Path& path, Read read) {
  if (cursor.kind() != '{') return expected(cursor, path, "an object");
  return cursor.members(read);
}

/// `count()` items have been read so far.
template <class Count, class Read>
Result<> in_array(Cursor& cursor, const Path& path, Count count, Read read) {
  if (cursor.kind() != '[') return expected(cursor, path, "an array");
  return cursor.items([&]() -> Result<> {
    if (count() == kMaxCandidates) {
      return complain(path, "more than " + std::to_string(kMaxCandidates) + " items");
    }
    return read();
  });
}

/// Where the table has the nodes that are named, and the names of those that it does not have.
struct NameList {
  std::vector<std::uint32_t> rows;
  std::vector<std::string_view> unknown;
  KnownNodes* known = nullptr;

  [[nodiscard]] std::size_t size() const { return rows.size(); }
  void begin(KnownNodes& nodes) {
    rows.clear();
    unknown.clear();
    known = &nodes;
  }
  void add(std::string_view name) {
    rows.push_back(known->next(name));
    if (rows.back() == placement::kNoRow) unknown.push_back(name);
  }
  /// True when the next string was the one that was expected.
  [[nodiscard]] bool add_likely(Cursor& cursor) {
    KnownNodes::Walk walk = known->walk();
    const std::string_view likely = walk.likely();
    if (likely.empty() || !cursor.take_string(likely)) return false;
    rows.push_back(walk.take());
    known->go_on_from(walk);
    return true;
  }
  /// Within a list of strings, behind one: reads those that follow as they were expected, by the
  /// hundred: this is most of what a long list costs.
  [[gnu::noinline]] void add_more_likely(Cursor& cursor) {
    KnownNodes::Walk walk = known->walk();
    std::size_t room = kMaxCandidates - size();
    const auto likely = [&] { return room > 0 ? walk.likely_item() : std::string_view(); };
    cursor.take_likely_items(likely, [&] {
      rows.push_back(walk.take());
      --room;
    });
    known->go_on_from(walk);
  }
};

/// One that was expected or is as it should be is looked at once.
Result<> read_name(Cursor& cursor, const Path& path, NameList& list) {
  if (list.add_likely(cursor)) return {};
  if (cursor.kind() != '"') return expected(cursor, path, "a string");
  const std::string_view raw = cursor.raw_string();
  if (is_bare(raw) && !raw.empty() && raw.size() <= kMaxNodeName) {
    list.add(raw);
    return {};
  }
  const std::string_view name = cursor.without_escapes(raw);
  if (auto checked = reader::check_text(name, path, kMaxNodeName); !checked) return checked;
  if (name.empty()) return complain(path, "empty");
  list.add(name);
  return {};
}

Result<> read_names(Cursor& cursor, const Path& path, NameList& list) {
  const auto count = [&] { return list.size(); };
  return in_array(cursor, path, count, [&] {
    auto read = read_name(cursor, Path{&path, {}, list.size()}, list);
    if (read) list.add_more_likely(cursor);
    return read;
  });
}

/// Whole nodes: their names and their bytes.
struct NodeList {
  NameList named;
  std::vector<std::string_view> raw;
};

/// One v1.Node, of which only metadata.name is looked at.
Result<> read_node(Cursor& cursor, const Path& path, NodeList& list) {
  const Path metadata{&path, "metadata"}, name{&metadata, "name"};
  const char* const begin = cursor.place();
  const std::size_t before = list.named.size();
  bool seen_metadata = false, seen_name = false;
  const auto read_metadata = [&](std::string_view key) {
    if (key != name.key) return cursor.skip();
    return once(cursor, name, seen_name, [&] { return read_name(cursor, name, list.named); });
  };
  auto read = in_object(cursor, path, [&](std::string_view key) {
    if (key != metadata.key) return cursor.skip();
    return once(cursor, metadata, seen_metadata,
                [&] { return in_object(cursor, metadata, read_metadata); });
  });
  if (!read) return read;
  if (list.named.size() == before) return complain(path, "metadata.name is missing");
  list.raw.push_back(cursor.since(begin));
  return {};
}

/// A v1.NodeList.
Result<> read_nodes(Cursor& cursor, const Path& path, NodeList& list) {
  const Path items{&path, "items"};
  const auto count = [&] { return list.raw.size(); };
  const auto read_item = [&] { return read_node(cursor, Path{&items, {}, list.raw.size()}, list); };
  bool seen = false;
  return in_object(cursor, path, [&](std::string_view key) {
    if (key != items.key) return cursor.skip();
    return once(cursor, items, seen, [&] { return in_array(cursor, items, count, read_item); });
  });
}

/// The members of ExtenderArgs as they were found.
struct Arguments {
  std::string_view pod;  ///< bytes of the object; empty: not given
  NameList names;
  NodeList nodes;
  bool with_names = false, with_nodes = false;

  void begin(KnownNodes& known) {
    pod = {};
    names.begin(known);
    nodes.named.begin(known);
    nodes.raw.clear();
    with_names = with_nodes = false;
  }
};

constexpr std::string_view kPod = "Pod";

Result<> read_pod(Cursor& cursor, const Path& path, std::string_view& pod) {
  if (cursor.kind() != '{') return expected(cursor, path, "an object");
  const char* const begin = cursor.place();
  if (auto skipped = cursor.skip(); !skipped) return skipped;
  pod = cursor.since(begin);
  return {};
}

Result<> read_arguments(Cursor& cursor, Arguments& arguments) {
  const Path root, pod{&root, kPod}, nodes{&root, "Nodes"}, names{&root, "NodeNames"};
  bool seen_pod = false, seen_nodes = false, seen_names = false;
  auto read = in_object(cursor, root, [&](std::string_view key) {
    if (reader::equal_folded(key, pod.key)) {
      return once(cursor, pod, seen_pod, [&] { return read_pod(cursor, pod, arguments.pod); });
    }
    if (reader::equal_folded(key, nodes.key)) {
      return once(cursor, nodes, seen_nodes, [&] {
        arguments.with_nodes = true;
        return read_nodes(cursor, nodes, arguments.nodes);
      });
    }
    if (!reader::equal_folded(key, names.key)) return cursor.skip();
    return once(cursor, names, seen_names, [&] {
      arguments.with_names = true;
      return read_names(cursor, names, arguments.names);
    });
  });
  if (!read) return read;
  if (auto ended = cursor.end(); !ended) return ended;
  if (arguments.pod.empty()) return complain(pod, "missing");
  return {};
}

}  // namespace

struct Decoder::State {
  Cursor cursor{kMaxDepth};
  Arguments found;  // here for its memory
  simdjson::dom::parser pods;
  /// Of the first allocation, which also sets the depth for all later ones.
  simdjson::error_code prepared = pods.allocate(kFirstBytes, kMaxDepth);

  Result<> read_pod(std::string_view body, placement::PodFacts& facts);
};

/// `found.pod` is known to be JSON.
Result<> Decoder::State::read_pod(std::string_view body, placement::PodFacts& facts) {
  const std::string_view text = found.pod;
  // simdjson reads beyond the end; what comes behind a pod in the body is mostly long enough.
  const auto behind =
      static_cast<std::size_t>(body.data() + body.size() - text.data()) - text.size();
  const bool copy = behind < simdjson::SIMDJSON_PADDING;
  reader::Element pod;
  if (const auto error = pods.parse(text.data(), text.size(), copy).get(pod)) {
    return invalid(std::string("body: ") + simdjson::error_message(error));
  }
  const Path root, path{&root, kPod};
  return reader::pod(pod, path, facts);
}

Decoder::Decoder() : state_(std::make_unique<State>()) {}
Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;

Result<> Decoder::decode(std::string_view body, KnownNodes& known, ExtenderArgs& args) {
  args.pod = {};
  args.form = Candidates::none;
  args.rows.clear();
  args.kept_order = false;
  args.unknown.clear();
  args.raw_nodes.clear();
  if (body.size() > kMaxBodyBytes) return invalid("body: more than 64 MiB");
  if (state_->pods.capacity() > kKeptBytes) state_ = std::make_unique<State>();
  if (state_->prepared) return invalid("body: out of memory");

  Arguments& found = state_->found;
  found.begin(known);
  state_->cursor.begin(body);
  if (auto read = read_arguments(state_->cursor, found); !read) return read;
  if (auto read = state_->read_pod(body, args.pod); !read) return read;
  args.form = found.with_names   ? Candidates::names
              : found.with_nodes ? Candidates::nodes
                                 : Candidates::none;
  if (args.form == Candidates::none) return {};
  NameList& named = found.with_names ? found.names : found.nodes.named;
  args.rows.swap(named.rows);
  args.kept_order = known.kept_order();
  args.unknown.swap(named.unknown);
  if (args.form == Candidates::nodes) args.raw_nodes.swap(found.nodes.raw);
  return {};
}

}  // namespace kernwise::protocol
