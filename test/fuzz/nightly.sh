#!/bin/bash
# Fuzzes every native harness and tries every property long. usage: nightly.sh [SECONDS PER TARGET [RUNS FACTOR]]
# Ends with a summary; not 0 if anything was found. An input that was found lies in test/fuzz/corpus/TARGET/found-* afterwards.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-3600}
factor=${2:-50}
work=$PWD/build/fuzz

sh .ci/packages nightly
sh test/fuzz/build.sh "$work/bin" fuzzer

# One target: `work` keeps what it learned from night to night, the corpus in the repository stays as small as it is.
fuzz() {
  local target=$1 learned=$work/learned/$1 artifacts=$work/artifacts/$1
  rm -rf "$artifacts"
  mkdir -p "$learned" "$artifacts"
  nice "$work/bin/$target" -max_total_time="$seconds" -max_len=8192 -timeout=10 -rss_limit_mb=2048 \
    -artifact_prefix="$artifacts/" "$learned" "test/fuzz/corpus/$target" >"$work/$target.log" 2>&1 || echo failed >"$artifacts/failed"
}
export -f fuzz
export seconds work
find test/fuzz -maxdepth 1 -name '*.c' ! -name replay.c -printf '%f\n' | sed 's/\.c$//' | sort |
  xargs -P "$(nproc)" -I{} bash -c 'fuzz {}'

found=0
for directory in "$work"/artifacts/*; do
  target=$(basename "$directory")
  [ -e "$directory/failed" ] || { echo "$target: nothing found in $seconds s"; continue; }
  found=$((found + 1))
  grep -m1 -E 'demanded|ERROR|runtime error' "$work/$target.log" || tail -n 3 "$work/$target.log"
  for input in "$directory"/{crash,leak,oom,timeout,slow-unit}-*; do
    [ -e "$input" ] || continue
    cp "$input" "test/fuzz/corpus/$target/found-$(basename "$input")"
    echo "$target: see test/fuzz/corpus/$target/found-$(basename "$input")"
  done
done

# Each property draws a new seed, and prints it where it fails.
properties=0
export PATH=$PWD/node_modules/.bin:$PATH
AGENTKEYS_PROPERTY_RUNS=$factor ava --timeout=6h 'test/**/*.property.test.ts' || properties=1

echo "$found targets failed, properties $([ $properties = 0 ] && echo hold || echo failed)"
[ $found = 0 ] && [ $properties = 0 ]
