#!/usr/bin/env bash
# What `make test` runs. Missing PostgreSQL or Chromium: installed when this is
# root with apt; otherwise named, and their tests are left out with a notice
# (with CI=true that is a failure).
set -euo pipefail
cd "$(dirname "$0")/.."

have_postgres() { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null; }
have_chromium() { command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; }

missing=()
have_postgres || missing+=(postgresql)
have_chromium || missing+=(chromium)
command -v pdftotext >/dev/null || missing+=(poppler-utils)
command -v qpdf >/dev/null || missing+=(qpdf)
# A domain controller that directories are read from.
command -v samba-tool >/dev/null && [ -e /usr/share/samba/setup/ad-schema ] ||
  missing+=(samba samba-dsdb-modules samba-ad-provision samba-vfs-modules winbind ldap-utils)
# Agents of other makers, run against the server.
command -v fusioninventory-agent >/dev/null || missing+=(fusioninventory-agent)
command -v fusioninventory-netinventory >/dev/null || missing+=(fusioninventory-agent-task-network)
command -v snmpd >/dev/null || missing+=(snmpd)
command -v ocsinventory-agent >/dev/null || missing+=(ocsinventory-agent)
# The labs of discovery are made of namespaces: LLDP, DHCP server and client on their wires.
command -v ip >/dev/null || missing+=(iproute2)
command -v python3 >/dev/null || missing+=(python3)
command -v lldpd >/dev/null || [ -e /usr/sbin/lldpd ] || missing+=(lldpd)
command -v dnsmasq >/dev/null || [ -e /usr/sbin/dnsmasq ] || missing+=(dnsmasq-base)
command -v udhcpc >/dev/null || [ -e /sbin/udhcpc ] || missing+=(udhcpc)
# The lab of active scanning: what arrives at a protected host, and hosts that answer.
command -v tcpdump >/dev/null || missing+=(tcpdump)
command -v nmap >/dev/null || missing+=(nmap)
command -v storescp >/dev/null || missing+=(dcmtk)
command -v sshd >/dev/null || [ -e /usr/sbin/sshd ] || missing+=(openssh-server)
# Reads the agent's system calls.
command -v strace >/dev/null || missing+=(strace)
if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing Debian packages: ${missing[*]}"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  else
    echo "NOTICE: not installed: ${missing[*]}. Tests that need them are left out." >&2
    echo "        To run them too: sudo apt-get install ${missing[*]}" >&2
    if [ "${CI:-}" = true ]; then exit 1; fi
  fi
fi

step() { printf '\n== %s\n' "$1"; }

step "format"
unformatted=$(gofmt -l cmd internal catalog)
if [ -n "$unformatted" ]; then
  echo "not formatted (run make fmt):"; echo "$unformatted"; exit 1
fi

step "vet"
go vet ./...

step "lint"
make -s lint

step "tests"
race=()
# All packages are watched or none: generic code of the standard library is compiled
# into whichever package uses it, and one unwatched copy makes locks invisible.
if command -v gcc >/dev/null || command -v clang >/dev/null; then race=(-race); fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# The race detector needs cgo; the product itself never does.
CGO_ENABLED=$([ ${#race[@]} -gt 0 ] && echo 1 || echo 0) \
  go test ${race[@]+"${race[@]}"} -timeout 60m -json ./... >"$log" 2>"$log.err" && ok=1 || ok=0
node scripts/testlog.mjs "$log"
if [ "$ok" = 0 ]; then cat "$log.err"; exit 1; fi

if command -v wine >/dev/null && command -v x86_64-w64-mingw32-gcc >/dev/null; then
  step "Windows agent under wine"
  bash scripts/test-wine.sh
else
  echo "NOTICE: no wine: the Windows agent was tested on recordings only. To run it: make test-wine" >&2
fi

step "cross builds"
make -s cross

node scripts/testlog.mjs --count "$log"
