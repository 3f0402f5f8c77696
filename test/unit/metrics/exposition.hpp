// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace kernwise::metrics {

/// What a scrape would store: `name{label="value",...}` with labels sorted -> value.
struct Exposition {
  std::map<std::string, double> series;
  std::map<std::string, std::string> types;
  std::map<std::string, std::string> help;
};

/// Reads text format 0.0.4 as strictly as Prometheus does: every line is a comment or a sample,
/// names and escapes are valid, text is UTF-8, no series and no TYPE occurs twice. Nothing when the
/// scrape would fail; `problem` then says why.
[[nodiscard]] std::optional<Exposition> read_exposition(std::string_view text,
                                                        std::string* problem);

}  // namespace kernwise::metrics
