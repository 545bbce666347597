#!/usr/bin/env bash
# Builds the packages of the agent into dist/: deb and rpm (nfpm), MSI (wixl, when
# it is installed: apt-get install wixl msitools), and an archive for macOS. The
# same commit gives the same bytes: times are those of the commit.
#
#   bash scripts/packages.sh VERSION
set -euo pipefail
cd "$(dirname "$0")/.."
version=${1:?which version}
NFPM=$PWD/.cache/nfpm
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export CGO_ENABLED=0 TZ=UTC LC_ALL=C

# Numbers only for the MSI (0–255.0–255.0–65535), sortable for the others: a commit
# without a tag is before the first version and counts up.
if [[ $version =~ ^v?([0-9]+\.[0-9]+\.[0-9]+)$ ]]; then
  PACKAGE_VERSION=${BASH_REMATCH[1]}
  msi_version=$PACKAGE_VERSION
elif [[ $version =~ ^v?([0-9]+\.[0-9]+\.[0-9]+)-([0-9]+)-g(.*)$ ]]; then
  PACKAGE_VERSION=${BASH_REMATCH[1]}+${BASH_REMATCH[2]}.g${BASH_REMATCH[3]//-/.}
  msi_version=${BASH_REMATCH[1]}
else
  count=$(git rev-list --count HEAD)
  PACKAGE_VERSION=0.0.$count+g${version//[^0-9A-Za-z]/.}
  msi_version=0.0.$count
fi
export PACKAGE_VERSION

dist=$PWD/dist
stage=$PWD/.cache/packages
rm -rf "$stage"
mkdir -p "$dist" "$stage"

# program GOOS GOARCH FILE
program() {
  GOOS=$1 GOARCH=$2 go build -trimpath -ldflags "-s -w -buildid= -X main.version=$version" -o "$3" ./cmd/sonae-agent
  touch -d "@$SOURCE_DATE_EPOCH" "$3"
}

# uuid NAME: the same code for the same name, in the shape of RFC 9562 version 8.
uuid() {
  local h
  h=$(printf 'sonae-agent %s' "$1" | sha256sum | cut -c1-32)
  echo "${h:0:8}-${h:8:4}-8${h:13:3}-8${h:17:3}-${h:20:12}" | tr a-f A-F
}

linux() {
  local arch=$1
  export ARCH=$arch STAGE=$stage/linux-$arch
  mkdir -p "$STAGE"
  program linux "$arch" "$STAGE/sonae-agent"
  "$NFPM" package --config packaging/nfpm.yaml --packager deb --target "$dist/sonae-agent_${PACKAGE_VERSION}_$arch.deb"
  "$NFPM" package --config packaging/nfpm.yaml --packager rpm --target "$dist/sonae-agent-$PACKAGE_VERSION.$2.rpm"
}

windows() {
  local arch=$1 name=$2 folder=$3 win64=$4 out
  local work=$stage/windows-$name
  mkdir -p "$work"
  program windows "$arch" "$work/sonae-agent.exe"
  out=$dist/sonae-agent-$name.msi
  cp packaging/windows/sonae-agent.wxs "$work/"
  (cd "$work" && wixl -a "$name" -D "Version=$msi_version" -D "ProductCode=$(uuid "product $version $name")" \
    -D "PackageCode=$(uuid "package $version $name")" -D "ComponentCode=$(uuid "component program $name")" \
    -D "ProgramFiles=$folder" -D "Win64=$win64" -o "$out" sonae-agent.wxs)
  # What wixl 0.101 reads but does not write: the arguments of the action stay out of
  # the log (msidbCustomActionTypeHideTarget, 0x2000), and the properties reach the
  # elevated half of the installation.
  msibuild "$out" -q "UPDATE \`CustomAction\` SET \`Type\` = 11282 WHERE \`Action\` = 'Configure'"
  msibuild "$out" -q "UPDATE \`CustomAction\` SET \`Type\` = 51 WHERE \`Action\` = 'Forget'"
  msibuild "$out" -q "UPDATE \`Property\` SET \`Value\` = 'WIX_DOWNGRADE_DETECTED;WIX_UPGRADE_DETECTED;SERVER;TOKEN;PIN' WHERE \`Property\` = 'SecureCustomProperties'"
  node scripts/msi-stamp.mjs "$out" "$(uuid "package $version $name")" "$SOURCE_DATE_EPOCH"
}

macos() {
  local work=$stage/macos/sonae-agent-$PACKAGE_VERSION
  mkdir -p "$work"
  program darwin arm64 "$work/sonae-agent-arm64"
  program darwin amd64 "$work/sonae-agent-x86_64"
  cp cmd/sonae-agent/unit/sonae-agent.plist LICENSE "$work/"
  install -m 0755 packaging/macos/install.sh packaging/macos/uninstall.sh "$work/"
  tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -C "$stage/macos" -cf - "sonae-agent-$PACKAGE_VERSION" |
    gzip -9n >"$dist/sonae-agent-macos.tar.gz"
}

rm -f "$dist"/sonae-agent*
linux amd64 x86_64
linux arm64 aarch64
macos
if command -v wixl >/dev/null && command -v msibuild >/dev/null; then
  windows amd64 x64 ProgramFiles64Folder yes
  windows 386 x86 ProgramFilesFolder no
else
  echo "NOTICE: no MSI: wixl or msitools is not installed (apt-get install wixl msitools)." >&2
fi
(cd "$dist" && sha256sum sonae-agent* >SHA256SUMS)
ls -l "$dist"
