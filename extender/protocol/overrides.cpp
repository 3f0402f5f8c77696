// SPDX-License-Identifier: Apache-2.0
#include "extender/protocol/overrides.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "common/base/quantity.hpp"
#include "common/base/utf8.hpp"
#include "extender/placement/tuning.hpp"

namespace kernwise::protocol {
namespace {

using placement::kResources;
using placement::PerResource;
using placement::PodProfile;
using placement::ScoreParams;

constexpr std::size_t kShownBytes = 128;
constexpr double kMostSensitive = 3;  ///< also the most that is ever learned

/// The mixes of the worked example of the model: mostly, but never only.
constexpr PerResource kCpuMix{.90, .05, .05}, kIoMix{.15, .80, .05}, kMemoryMix{.30, .05, .65};

std::string class_of(std::string_view text, PodProfile& profile) {
  if (text == "cpu") profile.mix = kCpuMix;
  if (text == "io") profile.mix = kIoMix;
  if (text == "memory") profile.mix = kMemoryMix;
  const bool known = text == "cpu" || text == "io" || text == "memory";
  return known ? "" : "expected cpu, io or memory";
}

/// `cpu=A,disk=B`: each of `values` that is named, through `read`.
template <class Read>
std::string pairs_of(std::string_view text, PerResource& values, Read read) {
  PerResource changed = values;
  while (!text.empty()) {
    const std::string_view one = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), one.size() + 1));
    const std::size_t equals = one.find('=');
    if (equals == std::string_view::npos) return "expected RESOURCE=AMOUNT";
    std::size_t r = 0;
    while (r < kResources && name_of(static_cast<placement::Resource>(r)) != one.substr(0, equals))
      ++r;
    if (r == kResources) return "expected cpu, disk or memory before '='";
    std::string problem = read(r, one.substr(equals + 1), changed[r]);
    if (!problem.empty()) return problem;
  }
  values = changed;
  return {};
}

std::string quantity_of(std::size_t resource, std::string_view text, double& value) {
  constexpr std::size_t kDisk = 1;
  const auto amount = parse_quantity(text);
  if (!amount) return "expected a quantity like 500m or 1Gi after '='";
  if (resource == kDisk && *amount > 1) return "disk: expected a part of its time, 0 to 1";
  value = *amount;
  return {};
}

std::string number_up_to(double most, std::string_view text, double& value) {
  double number = 0;
  const auto [stop, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = problem == std::errc{} && stop == text.data() + text.size();
  if (!whole || !(number >= 0 && number <= most)) {
    return "expected a number from 0 to " + std::to_string(static_cast<int>(most));
  }
  value = number;
  return {};
}

constexpr std::string_view kDemand = "kernwise.io/demand";

using Apply = std::string (*)(std::string_view text, PodProfile& profile, ScoreParams& params);

struct Word {
  std::string_view key;
  Apply apply;
};

constexpr std::array<Word, 5> kWords{{
    {"kernwise.io/class", [](std::string_view text, PodProfile& profile,
                             ScoreParams&) { return class_of(text, profile); }},
    {kDemand, [](std::string_view text, PodProfile& profile,
                 ScoreParams&) { return pairs_of(text, profile.demand, quantity_of); }},
    {"kernwise.io/sensitivity",
     [](std::string_view text, PodProfile& profile, ScoreParams&) {
       return pairs_of(text, profile.sensitivity,
                       [](std::size_t, std::string_view number, double& value) {
                         return number_up_to(kMostSensitive, number, value);
                       });
     }},
    {"kernwise.io/weight",
     [](std::string_view text, PodProfile&, ScoreParams& params) {
       return number_up_to(1, text, params.strength);
     }},
    {"kernwise.io/placement-shape",
     [](std::string_view text, PodProfile&, ScoreParams& params) -> std::string {
       return placement::set_shape(params, text) ? "" : "expected spread, pack or protect";
     }},
}};

}  // namespace

std::vector<Override> apply_overrides(const Say& say, PodProfile& profile, ScoreParams& params) {
  std::vector<Override> said;
  for (const Word& word : kWords) {
    const std::string_view text = say(word.key);
    if (text.empty()) continue;
    said.push_back({word.key, printable(text, kShownBytes), word.apply(text, profile, params)});
  }
  return said;
}

double confidence_in_demand(const PodProfile& profile, const std::vector<Override>& overrides) {
  const bool said = std::any_of(overrides.begin(), overrides.end(), [](const Override& word) {
    return word.key == kDemand && word.problem.empty();
  });
  return said ? 1 : profile.confidence;
}

}  // namespace kernwise::protocol
