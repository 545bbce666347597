#!/usr/bin/env bash
# Runs every fuzz test for the time given (default 20s); stops at the first finding.
set -euo pipefail
cd "$(dirname "$0")/.."
for dir in $(grep -rlE '^func Fuzz' --include='*_test.go' internal catalog cmd | xargs -n1 dirname | sort -u); do
  for name in $(grep -hoE '^func Fuzz[A-Za-z0-9_]*' "$dir"/*_test.go | awk '{print $2}'); do
    echo "== $dir $name"
    go test "./$dir" -run '^$' -fuzz "^${name}\$" -fuzztime "${1:-20s}"
  done
done
