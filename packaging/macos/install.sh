#!/bin/sh
# Installs the agent on macOS 12 or later:
#   sudo ./install.sh --server https://… --token … --pin …
# Again for an upgrade, then without options: state and settings stay.
# ROOT=FOLDER lays the files there and starts nothing (for images and tests).
set -eu
cd "$(dirname "$0")"
root=${ROOT:-}
if [ -z "$root" ] && [ "$(id -u)" != 0 ]; then
  echo "install.sh: run it with sudo" >&2
  exit 1
fi
program=/Library/PrivilegedHelperTools/sonae-agent
job=/Library/LaunchDaemons/sonae-agent.plist
machine=$(uname -m)
case $machine in
arm64 | x86_64) ;;
*) echo "install.sh: no agent for $machine in this archive" >&2; exit 1 ;;
esac
mkdir -p "$root/Library/PrivilegedHelperTools" "$root/Library/LaunchDaemons"
# A program that runs is replaced by a new file, never written over.
cp "sonae-agent-$machine" "$root$program.new"
chmod 0755 "$root$program.new"
mv -f "$root$program.new" "$root$program"
cp sonae-agent.plist "$root$job"
chmod 0644 "$root$job"
[ -z "$root" ] || exit 0
chown root:wheel "$program" "$job"
if [ $# -gt 0 ]; then "$program" configure "$@"; fi
launchctl bootout system "$job" 2>/dev/null || true
launchctl bootstrap system "$job"
"$program" status || true
