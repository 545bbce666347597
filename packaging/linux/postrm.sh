#!/bin/sh
# After removal. The state folder (key and device ID) stays, so that a machine
# that gets the agent again is the same one; "apt purge" removes it too.
set -e
if [ -d /run/systemd/system ]; then systemctl daemon-reload || true; fi
if [ "${1:-}" = purge ]; then rm -rf /var/lib/sonae-agent; fi
exit 0
