#!/usr/bin/env bash
# Measures the figures on both engines and prints one JSON object a line on
# standard output; progress goes to standard error. About 10 minutes on 2 cores.
set -euo pipefail
cd "$(dirname "$0")/.."
SONAE_BENCH=1 go test ./internal/bench -run 'TestFigures' -count=1 -timeout 60m -v | sed -n 's/^FIGURE //p'
