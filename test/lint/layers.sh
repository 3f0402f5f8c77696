#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Rules about files that no compiler checks: the direction of includes between rooms, what PURE
# rooms may know, where the JSON libraries may appear, licence lines, and the length of files.
# usage: layers.sh ROOT       prints each violation as `file:line: why`; exit 1 when there is one
set -euo pipefail

root=${1:?usage: layers.sh ROOT}
cd "$root"

files() {
  find . \( -name .git -o -name 'build*' -o -name out \) -prune -o -type f "$@" -print | sed 's|^\./||' | sort
}

# Every include as `file:line:name`, with the delimiter kept as the first character of the name.
includes() {
  files \( -name '*.cpp' -o -name '*.hpp' -o -name '*.c' -o -name '*.h' \) |
    xargs -r -d '\n' grep -HnoE '^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"][^>"]+' |
    sed -E 's/:[[:space:]]*#[[:space:]]*include[[:space:]]*/:/'
}

# A room may include itself and what is listed here. The longest room name that begins a file's
# path decides; a room that is not listed (test, fuzz) may include everything.
check_direction() {
  awk -F: '
    function allow(room, list) { allowed[room] = room "/ " list }
    function room_of(path,   best, room) {
      for (room in allowed) if (index(path, room "/") == 1 && length(room) > length(best)) best = room
      return best
    }
    BEGIN {
      values = "common/base/result.hpp common/base/clock.hpp common/base/utf8.hpp " \
               "common/report/vocabulary.hpp common/report/report.hpp"
      allow("ebpf", "")
      allow("common/base", "")
      allow("common/http", "common/base/")
      allow("common/metrics", "common/base/")
      allow("common/report", "common/base/")
      allow("common/kube", "common/base/ common/http/")
      allow("common", "ebpf/")
      allow("profiler", "common/ ebpf/")
      allow("profiler/sense", values " ebpf/kernwise_abi.h ebpf/kernwise_counters.h")
      allow("extender", "common/")
      allow("extender/placement", values)
      allow("extender/pending", values " extender/placement/")
      allow("orchestrator", "common/ extender/")
      allow("orchestrator/scaling", values)
      allow("orchestrator/market", values)
      allow("orchestrator/dependencies", values)
      allow("cli", "common/ extender/placement/ orchestrator/scaling/ orchestrator/market/")
      ours = "^\"(ebpf|common|profiler|extender|orchestrator|cli|test)/"
    }
    $3 ~ ours {
      room = room_of($1)
      if (room == "") next
      target = substr($3, 2)
      count = split(allowed[room], prefixes, " ")
      for (i = 1; i <= count; i++) if (index(target, prefixes[i]) == 1) next
      print $1 ":" $2 ": " room " must not include " target
    }'
}

# PURE rooms hold values and arithmetic: no sockets, JSON, kernel, log, thread or file.
check_pure() {
  awk -F: '
    BEGIN {
      pure = "^(profiler/sense|extender/placement|orchestrator/(scaling|market|dependencies))/"
      impure = "^.(boost/(asio|beast)|rapidjson|simdjson|spdlog|fmt|yaml-cpp|prometheus|bpf|linux|" \
               "sys|openssl)/|^.(boost/(asio|beast).hpp|simdjson.h|sqlite3.h|zstd.h|unistd.h|" \
               "fcntl.h|pthread.h|time.h|ctime|thread|mutex|shared_mutex|condition_variable|future|" \
               "atomic|iostream|fstream|filesystem)$"
    }
    $1 ~ pure && $3 ~ impure { print $1 ":" $2 ": a PURE room must not include " substr($3, 2) }'
}

check_json_libraries() {
  awk -F: '
    $3 ~ /^.rapidjson\// && $1 !~ /^common\/base\/json[^\/]*\.cpp$/ {
      print $1 ":" $2 ": RapidJSON is used in common/base/json*.cpp only" }
    $3 ~ /^.simdjson/ && $1 !~ /^extender\/protocol\// {
      print $1 ":" $2 ": simdjson is used in extender/protocol only" }'
}

check_clocks() {
  local room
  for room in profiler/sense extender/placement orchestrator/scaling orchestrator/market \
    orchestrator/dependencies; do
    [ -d "$room" ] || continue
    grep -rnE '(_clock|Monotonic)::now\(' "$room" --include='*.[ch]pp' |
      sed -E 's/^([^:]+:[0-9]+):.*/\1: a PURE room gets the time as an argument/' || true
  done
}

check_licences() {
  local file wanted
  while IFS= read -r file; do
    wanted='Apache-2.0'
    case $file in ebpf/*.c | ebpf/*.h) wanted='GPL-2.0-only OR BSD-2-Clause' ;; esac
    head -n 2 "$file" | grep -qE "^(//|#|/\*) SPDX-License-Identifier: $wanted( \*/)?\$" ||
      printf '%s:1: needs the line "SPDX-License-Identifier: %s"\n' "$file" "$wanted"
  done < <(files \( -name '*.cpp' -o -name '*.hpp' -o -name '*.c' -o -name '*.h' -o -name '*.sh' \
    -o -name '*.cmake' -o -name CMakeLists.txt -o -name '*.yaml' -o -name '*.yml' \
    -o -path ./dev -o -path ./.ci/run -o -path './test/fuzz/*.dict' \))
}

check_length() {
  files \( -name '*.cpp' -o -name '*.hpp' -o -name '*.c' -o -name '*.h' \) |
    xargs -r -d '\n' awk 'FNR == 401 { print FILENAME ":401: more than 400 lines; split it" }'
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
includes >"$work/includes"
{
  check_direction <"$work/includes"
  check_pure <"$work/includes"
  check_json_libraries <"$work/includes"
  check_clocks
  check_licences
  check_length
} >"$work/found"

[ -s "$work/found" ] || exit 0
cat "$work/found"
printf '%d violations\n' "$(wc -l <"$work/found")" >&2
exit 1
