#!/usr/bin/env bash
# Makes a wine prefix in which programs of a current Go run: wine-prefix.sh FOLDER.
# Installs wine64 and a C compiler for Windows with apt-get where they are missing
# (Debian, Ubuntu; needs root). Everything after it uses:
#
#   export WINEPREFIX=FOLDER WINEARCH=win64 WINEDEBUG=-all DISPLAY=
set -euo pipefail
folder=${1:?usage: wine-prefix.sh FOLDER}

if ! command -v wine >/dev/null || ! command -v x86_64-w64-mingw32-gcc >/dev/null; then
  apt-get -o DPkg::Lock::Timeout=600 install -y --no-install-recommends wine wine64 gcc-mingw-w64-x86-64 >/dev/null
fi

mkdir -p "$folder"
folder=$(realpath "$folder")
export WINEPREFIX=$folder WINEARCH=win64 WINEDEBUG=-all DISPLAY=
if [ ! -e "$folder/system.reg" ]; then
  wineboot -i >/dev/null 2>&1
  wineserver -w
fi

# Go asks bcryptprimitives.dll for random bytes, which wine up to 8 does not have.
# This one hands the question to advapi32 (SystemFunction036 is RtlGenRandom).
dll=$folder/drive_c/windows/system32/bcryptprimitives.dll
if [ ! -e "$dll" ]; then
  source=$(mktemp --suffix=.c)
  trap 'rm -f "$source"' EXIT
  cat >"$source" <<'C'
#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length) {
  while (length > 0) {
    ULONG part = length > 0x10000000 ? 0x10000000 : (ULONG)length;
    if (!SystemFunction036(data, part)) return FALSE;
    data += part;
    length -= part;
  }
  return TRUE;
}
C
  x86_64-w64-mingw32-gcc -shared -O2 -s -o "$dll" "$source" -ladvapi32
fi
