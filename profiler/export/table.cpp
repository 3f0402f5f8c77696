// SPDX-License-Identifier: Apache-2.0
#include "profiler/export/table.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string_view>
#include <vector>

#include "common/base/utf8.hpp"
#include "profiler/export/display.hpp"

namespace kernwise::profiler {
namespace {

constexpr std::size_t kNarrowest = 60;
constexpr std::size_t kVerdictWidth = 15;  // `memory_pressure`
constexpr std::size_t kShareWidth = 5;

/// The shares that have a column, those that matter most first: a narrow terminal shows fewer.
struct Column {
  const char* title;
  Share share;
};
constexpr std::array<Column, 8> kColumns = {{{"CPU", Share::on_cpu},
                                             {"RUNQ", Share::runqueue},
                                             {"DISK", Share::disk},
                                             {"NET", Share::network},
                                             {"THR", Share::throttled},
                                             {"LOCK", Share::lock},
                                             {"MEM", Share::memory},
                                             {"IPC", Share::ipc}}};

template <class... Values>
std::string formatted(const char* format, Values... values) {
  std::array<char, 256> text{};
  (void)std::snprintf(text.data(), text.size(), format, values...);
  return text.data();
}

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !is_continuation(c); }));
}

/// The first `width` characters; a cut text ends in `~`.
std::string cut(std::string_view text, std::size_t width) {
  if (characters(text) <= width) return std::string(text);
  if (width == 0) return {};
  std::size_t at = 0;
  for (std::size_t left = width - 1; left > 0; --left) {
    ++at;
    while (at < text.size() && is_continuation(text[at])) ++at;
  }
  return std::string(text.substr(0, at)) + "~";
}

std::string padded(std::string_view text, std::size_t width) {
  auto cell = cut(text, width);
  cell.append(width - characters(cell), ' ');
  return cell;
}

/// How many columns fit and how wide the ones with text are.
struct Layout {
  std::size_t pod = 0, shares = 0, top = 0, evidence = 0;
};

/// `pod` and `top`: characters of the longest text in these columns.
Layout layout_for(std::size_t width, std::size_t pod, std::size_t top) {
  constexpr std::size_t kFixed = 1 + kVerdictWidth + 1 + 4 + 1;  // verdict, confidence, spaces
  constexpr std::size_t kTexts = 20 + 12;                        // pod and top, readable
  constexpr std::size_t kEvidence = 24;
  const auto shares_within = [](std::size_t left) {
    return std::min(left / (kShareWidth + 1), kColumns.size());
  };
  Layout layout;
  const bool wide = width >= kFixed + kTexts + kEvidence;
  layout.shares = shares_within(width - std::min(width, kFixed + kTexts + (wide ? kEvidence : 0)));
  const std::size_t left = width - (kFixed + (layout.shares * (kShareWidth + 1)));
  layout.pod = std::min({std::max<std::size_t>(pod, 3), left / 2, std::size_t{48}});
  layout.top = std::min({std::max<std::size_t>(top, 3), left / 3, std::size_t{48}});
  const std::size_t used = layout.pod + layout.top + 1;
  layout.evidence = wide && left > used + 8 ? left - used : 0;
  return layout;
}

void add_line(std::string& text, std::string line, std::size_t width) {
  line = cut(line, width);
  while (line.ends_with(' ')) line.pop_back();
  text += line + "\n";
}

std::string header(const Layout& layout) {
  std::string line = padded("POD", layout.pod) + " " + padded("VERDICT", kVerdictWidth) + " CONF";
  for (std::size_t i = 0; i < layout.shares; ++i) line += formatted(" %5s", kColumns.at(i).title);
  line += " " + padded("TOP", layout.top);
  if (layout.evidence > 0) line += " EVIDENCE";
  return line;
}

/// What the container mostly does: a function when it runs, a cause when it waits.
std::string top_of(const report::Report& report, const report::Container& container) {
  const auto& shares = container.shares;
  const double off = off_cpu(shares);
  if (shares[Share::disk] > std::max(off, shares[Share::on_cpu])) {
    return disk_cause(container.block);
  }
  if (off > shares[Share::on_cpu]) return off_cpu_cause(report, container);
  return container.top_functions.empty() ? "-" : top_function(container);
}

struct Row {
  const report::Container* container = nullptr;
  double activity = 0;
  std::string pod;
  std::string top;
};

Row row_of(const report::Report& report, const report::Container& container) {
  const Shown name = shown(container);
  const double activity = container.shares.active();
  Row row{.container = &container,
          .activity = std::isfinite(activity) ? activity : 0,
          .pod = full_name(name),
          .top = top_of(report, container)};
  if (!name.container.empty() && name.container != name.pod) row.pod += "/" + name.container;
  return row;
}

std::string line_of(const Row& row, const Layout& layout) {
  const auto& container = *row.container;
  std::string line = padded(row.pod, layout.pod) + " " +
                     padded(name_of(container.verdict), kVerdictWidth) +
                     formatted(" %4.2f", std::clamp(container.confidence, 0.0, 1.0));
  for (std::size_t i = 0; i < layout.shares; ++i) {
    const double share = std::clamp(container.shares[kColumns.at(i).share], 0.0, 99999.0);
    line += formatted(share < 100 ? " %5.2f" : " %5.0f", share);
  }
  line += " " + padded(row.top, layout.top);
  if (layout.evidence == 0) return line;
  std::string evidence;
  for (const auto& reason : container.evidence) {
    if (!evidence.empty()) evidence += "; ";
    evidence += printable(reason, 256);
  }
  return line + " " + cut(evidence, layout.evidence);
}

std::string summary(const report::Report& report) {
  const auto& node = report.totals;
  return "node " + printable(report.node, 253) +
         formatted("  window %.1f s  busy %.2f of %.0f CPUs  contention %.2f  disk wait %.2f",
                   report.window_ms / 1000.0, node.busy, node.cores, node.contention,
                   node.disk_wait);
}

}  // namespace

std::string print_table(const report::Report& report, std::size_t width) {
  width = std::max(width, kNarrowest);
  std::vector<Row> rows;
  std::size_t pod = 0;
  std::size_t top = 0;
  for (const auto& container : report.containers) {
    rows.push_back(row_of(report, container));
    pod = std::max(pod, characters(rows.back().pod));
    top = std::max(top, characters(rows.back().top));
  }
  // Equal ones in the order of the report. NaN never gets here from the wire or the kernel side,
  // but an order that it breaks would be undefined behaviour.
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return a.activity != b.activity ? a.activity > b.activity : a.container < b.container;
  });
  const Layout layout = layout_for(width, pod, top);
  std::string text;
  add_line(text, summary(report), width);
  add_line(text, header(layout), width);
  for (const auto& row : rows) add_line(text, line_of(row, layout), width);
  for (const auto& reason : report.degraded) {
    add_line(text, "degraded: " + printable(reason, 256), width);
  }
  return text;
}

}  // namespace kernwise::profiler
