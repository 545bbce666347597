#!/bin/sh
# Removes the agent from macOS: sudo ./uninstall.sh
# The state folder (key and device ID) stays, so that a machine that gets the
# agent again is the same one; "--purge" removes it too.
set -eu
root=${ROOT:-}
if [ -z "$root" ] && [ "$(id -u)" != 0 ]; then
  echo "uninstall.sh: run it with sudo" >&2
  exit 1
fi
job=/Library/LaunchDaemons/sonae-agent.plist
if [ -z "$root" ]; then launchctl bootout system "$job" 2>/dev/null || true; fi
rm -f "$root$job" "$root/Library/PrivilegedHelperTools/sonae-agent" "$root/var/log/sonae-agent.log"
if [ "${1:-}" = --purge ]; then rm -rf "$root/Library/Application Support/Sonae Agent"; fi
