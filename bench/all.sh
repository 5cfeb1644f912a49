#!/bin/sh
# Takes every figure of bench/RESULTS.md in sequence; about two hours on two quiet cores. Raw output: .cache/bench/.
#   sh bench/all.sh           everything but mutation testing
#   sh bench/all.sh --quick   every benchmark once and short, to see that it works
set -eu
cd "$(dirname "$0")/.."
raw=.cache/bench
mkdir -p "$raw"
npx tsc -b

if [ "${1-}" = --quick ]; then
  node --expose-gc bench/micro.mjs --only 'ping' | tee "$raw/micro.md"
  node --expose-gc bench/sim.mjs --nodes 100,200 | tee "$raw/sim.md"
  node bench/peers.mjs --nodes 10 --quick | tee "$raw/peers.md"
else
  node --expose-gc bench/micro.mjs | tee "$raw/micro.md"
  node --expose-gc bench/sim.mjs | tee "$raw/sim.md"
  node bench/peers.mjs --nodes 10,50,100 --runs 5 | tee "$raw/peers.md"
fi
