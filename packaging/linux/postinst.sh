#!/bin/sh
# After installation or upgrade. Debian says "configure" and on upgrades the old
# version; rpm says how many versions there are now (1 = first installation).
set -e
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  systemctl enable --quiet sonae-agent.service
  # Starts when it has been told which server to report to; see the unit.
  systemctl restart sonae-agent.service || true
elif command -v systemctl >/dev/null; then
  systemctl enable --quiet sonae-agent.service || true
fi
if [ ! -e /var/lib/sonae-agent/settings ]; then
  echo "sonae-agent: say which server to report to: sonae-agent install --server URL --token TOKEN --pin PIN"
fi
exit 0
