#!/usr/bin/env bash
# Measures the figures on both engines and prints one JSON object a line on
# standard output; progress goes to standard error. About 90 minutes on 2 cores, most of them for the
# fleets, which check in over 15 minutes; SONAE_BENCH_FLEET=1000 SONAE_BENCH_SPREAD=90s
# makes them small at the same rate.
set -euo pipefail
cd "$(dirname "$0")/.."
SONAE_BENCH=1 go test ./internal/bench -run 'TestFigures' -count=1 -timeout 180m -v | sed -n 's/^FIGURE //p'
SONAE_BENCH=1 go test ./internal/survey/asset -run 'TestFleet' -count=1 -timeout 60m -v | sed -n 's/^.*FIGURE //p'
SONAE_BENCH=1 go test ./internal/edge/discover/... ./internal/survey/network/layout -p 1 -run 'TestFigure' -count=1 -timeout 30m -v | sed -n 's/^.*FIGURE //p'
SONAE_BENCH=1 go test ./internal/browser -run 'TestFigure' -count=1 -timeout 20m -v | sed -n 's/^.*FIGURE //p'
