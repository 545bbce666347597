#!/usr/bin/env bash
# What `make test-wine` runs: the real sonae-agent.exe takes an inventory under
# wine, and the script for old Windows runs in wine's cmd.exe. wine and the compiler for its prefix are installed by wine-prefix.sh where
# they are missing (Debian, Ubuntu; root).
set -euo pipefail
cd "$(dirname "$0")/.."
export CGO_ENABLED=0
SONAE_WINE=1 go test ./cmd/sonae-agent ./internal/edge/ingest/oldwindows -run UnderWine -count=1 -v -timeout 10m
