#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Writes the go.mod of the wrapper module for one Kubernetes release, and its go.sum by `go mod tidy`.
# usage: modfile.sh VERSION FILE     e.g. 1.36.3 go.mod (FILE is below kubernetes/)
#
# k8s.io/kubernetes asks for its staging modules at v0.0.0, which exist for its own tree only: each
# of them is replaced by the published module of the same release, as its own go.mod lists them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/kubernetes"

[ $# -eq 2 ] || { printf 'usage: modfile.sh VERSION FILE\n' >&2; exit 2; }
version=$1 file=$2
staging=v0.${version#1.}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
upstream=$(cd "$work" && go mod download -json "k8s.io/kubernetes@v$version" |
  sed -n 's/^[[:space:]]*"GoMod": "\(.*\)",$/\1/p')

{
  printf 'module kernwise.io/controlplane\n\ngo 1.26.0\n\nrequire (\n'
  printf '\tk8s.io/component-base %s\n\tk8s.io/kubectl %s\n\tk8s.io/kubernetes v%s\n)\n' \
    "$staging" "$staging" "$version"
  printf '\nreplace (\n'
  awk -v to="$staging" '
    $1 == "require" {$1 = ""; $0 = $0}
    $1 ~ /^k8s\.io\// && $2 == "v0.0.0" {print "\t" $1 " => " $1 " " to}' "$upstream" | sort -u
  printf ')\n'
} >"$file"
go mod tidy -modfile="$file"
