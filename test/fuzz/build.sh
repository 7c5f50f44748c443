#!/bin/sh
# Builds every harness beside this file. usage: build.sh OUT [fuzzer|replay]
# fuzzer: clang with libFuzzer. replay (the default): any compiler, with a main that runs files and fixed mutations of them.
set -eu
out=$(mkdir -p "$1" && cd "$1" && pwd)
kind=${2:-replay}
cd "$(dirname "$0")/../.."

flags="-std=gnu11 -g -O1 -fno-omit-frame-pointer -fno-sanitize-recover=all -D_GNU_SOURCE -Inative -Itest/fuzz -Wall -Wextra -Werror"
case $kind in
  fuzzer) compiler=clang sanitize=fuzzer,address,undefined main="" flags="$flags -Wno-unused-function" ;;
  replay) compiler=${CC:-cc} sanitize=address,undefined main=test/fuzz/replay.c flags="$flags -Wno-unused-function" ;;
  *) echo "build.sh: fuzzer or replay, not $kind" >&2; exit 2 ;;
esac

for harness in test/fuzz/*.c; do
  name=$(basename "$harness" .c)
  [ "$name" = replay ] && continue
  # The second line of a harness names the sources of native/ that it runs.
  links=$(sed -n '2s|^/\* links:\(.*\)\*/$|\1|p' "$harness" | sed 's|[a-z][a-z]*/|native/&|g')
  # Word splitting is wanted: these are lists.
  $compiler $flags -fsanitize=$sanitize -o "$out/$name" "$harness" $main $links
done
