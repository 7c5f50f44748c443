#!/bin/sh
# Builds everything a checkout needs: the native programs, the addon and dist/. Downloads nothing.
set -eu
cd "$(dirname "$0")/.."
for tool in make "${CC:-cc}" "${CXX:-c++}"; do
  if ! command -v "$tool" >/dev/null 2>&1; then
    echo "agentkeys: error: building needs make, a C compiler and a C++ compiler, and '$tool' was not found" >&2
    echo "agentkeys: hint: on Debian or Ubuntu: apt-get install build-essential (and musl-tools for the smaller client)" >&2
    exit 1
  fi
done
make -s -C native -j2
node_modules/.bin/tsc -p tsconfig.build.json
# A checkout made under umask 002 has group-writable profiles, which the broker refuses.
chmod go-w profiles profiles/*.toml
