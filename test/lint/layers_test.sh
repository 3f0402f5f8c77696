#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Seeds one violation of each rule of layers.sh and expects it to be named, and nothing else.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failures=0
licence='// SPDX-License-Identifier: Apache-2.0'

# put FILE LINE...: a file of the temporary tree.
put() {
  mkdir -p "$tree/$(dirname "$1")"
  printf '%s\n' "${@:2}" >"$tree/$1"
}

# expect_violation WHAT FILE TEXT...: with FILE added, layers.sh fails and names FILE and TEXT once.
expect_violation() {
  local what=$1 file=$2 text=$3 output
  if output=$("$here/layers.sh" "$tree" 2>/dev/null); then
    printf 'not found: %s\n' "$what"
    failures=$((failures + 1))
  elif [ "$(grep -cF "$file:" <<<"$output")" != "$(wc -l <<<"$output")" ] || ! grep -qF "$text" <<<"$output"; then
    printf 'found something else for %s:\n%s\n' "$what" "$output"
    failures=$((failures + 1))
  fi
  rm "$tree/$file"
}

include_of() { printf '#include "%s"' "$1"; }

# What is allowed.
put common/base/json.cpp "$licence" '#include <rapidjson/reader.h>'
put common/http/server.cpp "$licence" "$(include_of common/base/result.hpp)" '#include <boost/asio.hpp>'
put profiler/sense/window.cpp "$licence" "$(include_of common/report/report.hpp)" '#include <chrono>'
put extender/protocol/decode.cpp "$licence" '#include <simdjson.h>' "$(include_of extender/placement/score.hpp)"
put orchestrator/view/view.cpp "$licence" "$(include_of extender/placement/score.hpp)"
put ebpf/sched.bpf.c '// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause'
put test/unit/x.cpp "$licence" "$(include_of profiler/sense/window.hpp)" "$(include_of orchestrator/view/view.hpp)"
put build/generated.cpp 'no licence'
if ! "$here/layers.sh" "$tree"; then
  printf 'the allowed tree was refused\n'
  failures=$((failures + 1))
fi

# What is not. Each row: what, file, text of the complaint, lines of the file.
try() {
  put "$2" "${@:4}"
  expect_violation "$1" "$2" "$3"
}
try 'profiler -> orchestrator' profiler/app/bad.cpp 'must not include orchestrator/' \
  "$licence" "$(include_of orchestrator/view/view.hpp)"
try 'orchestrator -> profiler' orchestrator/app/bad.cpp 'must not include profiler/' \
  "$licence" "$(include_of profiler/sense/window.hpp)"
try 'extender -> orchestrator' extender/protocol/bad.cpp 'must not include orchestrator/' \
  "$licence" "$(include_of orchestrator/view/view.hpp)"
try 'common -> profiler' common/report/bad.hpp 'must not include profiler/' \
  "$licence" "  #  include <profiler/x>" "$(include_of profiler/sense/window.hpp)"
try 'base -> http' common/base/bad.cpp 'must not include common/http/' \
  "$licence" "$(include_of common/http/server.hpp)"
try 'product -> test' orchestrator/view/bad.cpp 'must not include test/' \
  "$licence" "$(include_of test/support/x.hpp)"
try 'orchestrator -> kernel structs' orchestrator/ingest/bad.cpp 'must not include ebpf/' \
  "$licence" "$(include_of ebpf/kernwise_abi.h)"
try 'PURE -> thread' orchestrator/scaling/bad.cpp 'a PURE room must not include thread' \
  "$licence" '#include <thread>'
try 'PURE -> Asio' extender/placement/bad.cpp 'a PURE room must not include boost/asio' \
  "$licence" '#include <boost/asio/io_context.hpp>'
try 'PURE -> JSON' profiler/sense/bad.cpp 'must not include common/base/json.hpp' \
  "$licence" "$(include_of common/base/json.hpp)"
try 'PURE reads a clock' orchestrator/dependencies/bad.cpp 'gets the time as an argument' \
  "$licence" 'auto now = std::chrono::steady_clock::now();'
try 'RapidJSON elsewhere' orchestrator/api/bad.cpp 'RapidJSON is used in' \
  "$licence" '#include <rapidjson/document.h>'
try 'simdjson elsewhere' orchestrator/ingest/bad.cpp 'simdjson is used in' \
  "$licence" '#include "simdjson.h"'
try 'no licence' common/base/bad.hpp 'SPDX-License-Identifier: Apache-2.0' '#pragma once'
try 'wrong licence of the kernel side' ebpf/bad.bpf.c 'GPL-2.0-only OR BSD-2-Clause' "$licence"
mapfile -t long < <(printf '%s\n' "$licence"; seq -f '// %g' 400)
try 'file of 401 lines' cli/bad.cpp 'more than 400 lines' "${long[@]}"

[ "$failures" -eq 0 ] && printf 'layers.sh: every rule finds its violation\n'
exit "$((failures > 0))"
