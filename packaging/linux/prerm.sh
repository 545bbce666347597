#!/bin/sh
# Before removal. Upgrades ("upgrade" from dpkg, 1 from rpm) keep the service.
set -e
case "${1:-}" in
remove | 0)
  if command -v systemctl >/dev/null; then
    if [ -d /run/systemd/system ]; then systemctl stop sonae-agent.service || true; fi
    systemctl disable --quiet sonae-agent.service || true
  fi
  ;;
esac
exit 0
