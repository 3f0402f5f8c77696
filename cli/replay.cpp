// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <fstream>

#include "cli/records.hpp"
#include "cli/show.hpp"
#include "cli/table.hpp"
#include "common/base/file.hpp"
#include "extender/placement/tuning.hpp"

namespace kernwise::cli {
namespace {

using placement::Ranking;
using Names = std::vector<std::string>;

/// Where the pod would have gone as far as it is up to us: all with the best score.
Names winners(const Record& record, const std::vector<std::uint8_t>& scores) {
  Names best;
  if (scores.empty()) return best;
  const auto top = *std::max_element(scores.begin(), scores.end());
  const auto names = record.names();
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (scores[i] == top) best.emplace_back(names[i]);
  }
  return best;
}

std::string shown(const Names& names, const std::vector<std::uint8_t>& scores) {
  if (names.empty()) return "no opinion";
  constexpr std::size_t kMost = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(kMost, names.size()); ++i) {
    text.append(text.empty() ? "" : " ").append(names[i]);
  }
  if (names.size() > kMost) text += " and " + std::to_string(names.size() - kMost) + " more";
  return text + " (" + std::to_string(*std::max_element(scores.begin(), scores.end())) + ")";
}

Result<std::string> inputs(const Server& server, const Replay& replay) {
  if (!replay.file.empty()) return read_file(replay.file);
  auto body = server.get("/v1/placements/inputs?limit=" + std::to_string(replay.limit));
  if (!body || replay.save.empty()) return body;
  std::ofstream file(replay.save, std::ios::binary | std::ios::trunc);
  file << *body << std::flush;
  if (!file) return invalid("save: cannot write " + replay.save);
  return body;
}

struct Tally {
  std::size_t differing = 0, wrong = 0;
  std::vector<Row> changes{{"TIME", "POD", "WAS", "WOULD BE"}};
};

void look_at(const Record& record, const std::string& weights, Tally& tally, std::string& bad) {
  if (rank_again(record, record.params).scores != record.scores) ++tally.wrong;
  placement::ScoreParams params = record.params;
  if (std::string complaint = placement::adjust(params, weights); !complaint.empty()) {
    bad = std::move(complaint);
    return;
  }
  const Ranking other = rank_again(record, params);
  const Names before = winners(record, record.scores), after = winners(record, other.scores);
  if (before == after) return;
  ++tally.differing;
  tally.changes.push_back(
      {record.time, record.pod, shown(before, record.scores), shown(after, other.scores)});
}

Result<> tell(const json::Value& document, const std::string& weights, std::ostream& to) {
  const auto records = read_records(document);
  if (!records) return records.error();
  Tally tally;
  std::string bad;
  for (const Record& record : *records) look_at(record, weights, tally, bad);
  if (!bad.empty()) return invalid("weights: " + bad);
  const std::string all = std::to_string(records->size());
  to << "replayed " << all << " answers, reproduced " << records->size() - tally.wrong
     << " to the last bit\n";
  if (!weights.empty()) {
    to << "other weights would prefer another node for " << tally.differing << " of " << all
       << "\n";
  }
  if (tally.changes.size() > 1) to << "\n" << columns(tally.changes);
  if (tally.wrong == 0) return {};
  return invalid(std::to_string(tally.wrong) + " answers were not reproduced: another version?");
}

}  // namespace

Result<> replay(const Server& server, const Replay& replay, const Output& output) {
  return show(inputs(server, replay), output, [&](const json::Value& document) {
    return tell(document, replay.weights, output.to);
  });
}

}  // namespace kernwise::cli
