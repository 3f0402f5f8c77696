// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "extender/placement/pod.hpp"
#include "extender/protocol/known_nodes.hpp"

/// extender/v1 as kube-scheduler speaks it. The types carry no JSON names, so Go writes `NodeNames`
/// and reads any casing; so do we, at the top level.
namespace kernwise::protocol {

/// What the candidates were given as.
enum class Candidates : std::uint8_t {
  none,   ///< neither NodeNames nor Nodes: nothing was asked
  names,  ///< NodeNames (nodeCacheCapable: true); wins where a client sends both
  nodes,  ///< Nodes, a list of whole v1.Node objects
};

/// A decoded ExtenderArgs. Views point into the decoder or the body: they live until the next call
/// of the same decoder and no longer than the body.
struct ExtenderArgs {
  placement::PodFacts pod;
  Candidates form = Candidates::none;
  std::vector<std::uint32_t> rows;  ///< of the candidates, as asked about: in a table, or kNoRow
  bool kept_order = false;          ///< of those with a row: if any is repeated, the last one is
  std::vector<std::string_view> unknown;    ///< names of those with kNoRow, in their order
  std::vector<std::string_view> raw_nodes;  ///< Candidates::nodes: each Node's bytes
};

inline constexpr std::size_t kMaxBodyBytes = 64UL * 1024 * 1024;
inline constexpr std::size_t kMaxDepth = 64;
inline constexpr std::size_t kMaxCandidates = 100'000;  ///< 20 times Kubernetes' own limit
inline constexpr std::size_t kMaxNodeName = 253;

/// Reads ExtenderArgs. The whole document is validated, also the parts nobody reads: grammar,
/// UTF-8, lone surrogates, nesting of at most kMaxDepth, numbers within range, no trailing bytes.
/// Members we read may occur once. Every error names the field (`body` when there is no document).
/// One per thread; keeps its buffers between calls, but not the parsers of an exceptional body.
class Decoder {
 public:
  Decoder();
  ~Decoder();
  Decoder(Decoder&&) noexcept;
  Decoder& operator=(Decoder&&) noexcept;

  /// Fills `args` (reusing its memory); after an error its content means nothing. `known` has begun
  /// with the table that names are looked up in, which is done on the way: a name that it expects
  /// is compared with the body's bytes and read no further.
  [[nodiscard]] Result<> decode(std::string_view body, KnownNodes& known, ExtenderArgs& args);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kernwise::protocol
