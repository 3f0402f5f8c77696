// SPDX-License-Identifier: Apache-2.0
#include "extender/protocol/encode.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "extender/protocol/byte_scan.hpp"

namespace kernwise::protocol {
namespace {

/// A score and what ends its host, `7},`: three digits at most, from -10 to 10. Written as a whole;
/// the last byte says how many of the others count.
using Ending = std::array<char, 8>;
constexpr int kMost = placement::kMaxScore;
constexpr std::size_t kLongestEnding = std::string_view("-10},").size();
constexpr std::array<Ending, 2 * kMost + 1> kEndings = [] {
  static_assert(kMost == 10);
  std::array<Ending, 2 * kMost + 1> endings{};
  for (int score = -kMost; score <= kMost; ++score) {
    const int place = score + kMost;
    Ending& ending = endings[static_cast<std::size_t>(place)];
    const int amount = score < 0 ? -score : score;
    std::size_t size = 0;
    if (score < 0) ending[size++] = '-';
    if (amount == kMost) ending[size++] = '1';
    ending[size++] = static_cast<char>('0' + amount % kMost);
    ending[size++] = '}';
    ending[size++] = ',';
    ending.back() = static_cast<char>(size);
  }
  return endings;
}();

/// U+2028 and U+2029 end a line in old JavaScript; in UTF-8 they are E2 80 A8 and E2 80 A9.
bool is_line_separator(std::string_view rest) {
  return rest.starts_with("\xe2\x80\xa8") || rest.starts_with("\xe2\x80\xa9");
}

void append_escaped(std::string& out, char c) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  static constexpr std::string_view kShort = "\"\\\b\f\n\r\t";
  static constexpr std::string_view kLetters = "\"\\bfnrt";
  out += '\\';
  if (const auto at = kShort.find(c); at != std::string_view::npos) {
    out += kLetters[at];
    return;
  }
  const auto byte = static_cast<unsigned char>(c);
  out.append("u00").append({kHex[byte >> 4U], kHex[byte & 15U]});
}

void append_content(std::string& out, std::string_view text) {
  if (is_plain(text)) {
    out += text;
    return;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_line_separator(text.substr(i))) {
      out += text[i + 2] == '\xa8' ? "\\u2028" : "\\u2029";
      i += 2;
    } else if (is_plain(text.substr(i, 1)) || static_cast<unsigned char>(text[i]) >= 0x80) {
      out += text[i];
    } else {
      append_escaped(out, text[i]);
    }
  }
}

/// How an answer says scores: as differences from one that it may leave out.
struct Scale {
  int base = 0;
  bool leaves_out_base = false;
  [[nodiscard]] const Ending* endings() const {
    return &kEndings[static_cast<std::size_t>(kMost - base)];
  }
};

/// How far an answer has come: the next host, and where it goes.
struct Progress {
  std::size_t place = 0;
  char* at = nullptr;
};

// What follows up to `fastest` is part of its functions, so that all of it is compiled for the
// processor that they are compiled for.
#define KW_PART [[gnu::always_inline]] inline

/// A few bytes too many on both sides: a copy of exactly so many would be a call.
KW_PART char* put_padded(std::string_view text, char* to) {
  using Step [[gnu::vector_size(KnownNodes::kPadding)]] = unsigned char;
  Step step;
  for (std::size_t at = 0; at < text.size(); at += sizeof step) {
    std::memcpy(&step, text.data() + at, sizeof step);
    std::memcpy(to + at, &step, sizeof step);
  }
  return to + text.size();
}

KW_PART char* put_ending(const Ending& ending, char* to) {
  std::memcpy(to, ending.data(), ending.size());
  return to + ending.back();
}

/// Writes hosts as long as the table knows them. All that the loop needs are values of its own.
KW_PART Progress put_known(KnownNodes::Texts texts, std::span<const std::uint32_t> rows,
                           std::span<const std::uint8_t> scores, Scale scale, Progress progress) {
  const Ending* const endings = scale.endings();
  for (; progress.place < rows.size(); ++progress.place) {
    const std::uint32_t row = rows[progress.place];
    if (row == placement::kNoRow) break;
    const int score = std::min<int>(scores[progress.place], kMost);
    if (scale.leaves_out_base && score == scale.base) continue;
    progress.at = put_ending(endings[score], put_padded(texts.of(row), progress.at));
  }
  return progress;
}
#undef KW_PART

Progress put_known_here(KnownNodes::Texts texts, std::span<const std::uint32_t> rows,
                        std::span<const std::uint8_t> scores, Scale scale, Progress progress) {
  return put_known(texts, rows, scores, scale, progress);
}

#ifdef __x86_64__
[[gnu::target("avx2")]] Progress put_known_wide(KnownNodes::Texts texts,
                                                std::span<const std::uint32_t> rows,
                                                std::span<const std::uint8_t> scores, Scale scale,
                                                Progress progress) {
  return put_known(texts, rows, scores, scale, progress);
}
#endif

auto fastest() {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx2") != 0) return put_known_wide;
#endif
  return put_known_here;
}

/// Writes hosts into one string of sufficient size; a `std::string::append` per fragment costs
/// several times as much.
class HostWriter {
 public:
  HostWriter(const Hosts& hosts, std::string memory) : hosts_(hosts), out_(std::move(memory)) {
    const std::size_t each = hosts.longest() + kLongestEnding;
    const std::size_t bytes = 2 + hosts.size() * each + KnownNodes::kPadding;
    // Old bytes are written over, and not cleared first.
    if (out_.size() < bytes) out_.resize(bytes);
  }

  [[nodiscard]] std::string write(std::span<const std::uint8_t> scores, Scale scale) {
    const std::size_t count = std::min(scores.size(), hosts_.size());
    const auto rows = hosts_.rows().first(std::min(count, hosts_.rows().size()));
    out_.front() = '[';
    Progress progress{.at = out_.data() + 1};
    while (progress.place < count) {
      progress = fastest()(hosts_.texts(), rows, scores, scale, progress);
      if (progress.place == count) break;
      const int score = std::min<int>(scores[progress.place++], kMost);
      const std::string_view name = hosts_.unknown()[passed_++];
      if (scale.leaves_out_base && score == scale.base) continue;
      progress.at = put_ending(scale.endings()[score], put_unknown(name, progress.at));
    }
    return end(progress.at);
  }

 private:
  /// Whom nobody reported is rare, so making room may be slow.
  char* put_unknown(std::string_view name, char* at) {
    const auto used = static_cast<std::size_t>(at - out_.data());
    host_.clear();
    append_host(host_, name);
    out_.resize(out_.size() + host_.size());
    std::memcpy(out_.data() + used, host_.data(), host_.size());
    return out_.data() + used + host_.size();
  }

  [[nodiscard]] std::string end(char* at) {
    if (at != out_.data() + 1) --at;  // the last comma
    *at++ = ']';
    out_.resize(static_cast<std::size_t>(at - out_.data()));
    return std::move(out_);
  }

  const Hosts& hosts_;
  std::string out_, host_;
  std::size_t passed_ = 0;  // of the unknown
};

int most_frequent(const placement::Ranking& ranking) {
  std::array<std::size_t, placement::kMaxScore + 1> counts{};
  for (const std::uint8_t score : ranking.scores) {
    ++counts[std::min<std::size_t>(score, placement::kMaxScore)];
  }
  return static_cast<int>(std::max_element(counts.begin(), counts.end()) - counts.begin());
}

void append_names(std::string& out, const std::vector<std::string_view>& names) {
  const char* separator = "";
  for (const std::string_view name : names) {
    out += separator;
    append_json_string(out, name);
    separator = ",";
  }
}

/// Nodes that stood beside each other in the request, with a comma between, are one quote.
void quote_nodes(Quoted& out, const std::vector<std::string_view>& nodes) {
  for (const std::string_view node : nodes) {
    if (out.quotes.empty()) {
      out.quotes.push_back({out.text.size(), node});
      continue;
    }
    std::string_view& last = out.quotes.back().text;
    const char* const behind = last.data() + last.size();
    if (node.data() == behind + 1 && *behind == ',') {
      last = {last.data(), last.size() + 1 + node.size()};
      continue;
    }
    out.text += ',';
    out.quotes.push_back({out.text.size(), node});
  }
}

void append_failures(std::string& out, FilterResult::Failures failures) {
  std::sort(failures.begin(), failures.end());
  const char* separator = "";
  for (const auto& [node, text] : failures) {
    out += separator;
    append_json_string(out, node);
    out += ':';
    append_json_string(out, text);
    separator = ",";
  }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  append_content(out, text);
  out += '"';
}

void append_host(std::string& out, std::string_view name) {
  out += R"({"Host":)";
  append_json_string(out, name);
  out += R"(,"Score":)";
}

std::string encode_priorities(const placement::Ranking& ranking, const Hosts& hosts,
                              std::string memory) {
  return HostWriter(hosts, std::move(memory)).write(ranking.scores, {});
}

std::string encode_relative(const placement::Ranking& ranking, const Hosts& hosts,
                            std::string memory) {
  const Scale scale{.base = most_frequent(ranking), .leaves_out_base = true};
  return HostWriter(hosts, std::move(memory)).write(ranking.scores, scale);
}

Quoted encode_filter(const FilterResult& result, std::string memory) {
  Quoted answer{std::move(memory)};
  std::string& out = answer.text;
  out.clear();
  if (result.nodes) {
    out += R"({"Nodes":{"metadata":{},"items":[)";
    quote_nodes(answer, *result.nodes);
    out += "]}";
  } else {
    out += R"({"Nodes":null)";
  }
  if (result.node_names) {
    out += R"(,"NodeNames":[)";
    append_names(out, *result.node_names);
    out += ']';
  } else {
    out += R"(,"NodeNames":null)";
  }
  out += R"(,"FailedNodes":{)";
  append_failures(out, result.failed_nodes);
  out += R"(},"FailedAndUnresolvableNodes":{)";
  append_failures(out, result.failed_and_unresolvable_nodes);
  out += R"(},"Error":)";
  append_json_string(out, result.error);
  out += '}';
  return answer;
}

}  // namespace kernwise::protocol
