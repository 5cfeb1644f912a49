#!/bin/sh
# Takes the figures of bench/RESULTS.md in sequence and writes them there. Raw output stays in .cache/bench.
#
#   sh bench/all.sh            about two and a half hours on two quiet cores; leave the machine alone meanwhile
#   sh bench/all.sh --quick    every benchmark once and short, to see that it works; changes no figure
#   sh bench/all.sh --mutation mutation testing of wire and swim, about an hour
set -eu
cd "$(dirname "$0")/.."
raw=.cache/bench
mkdir -p "$raw"
npm run --silent build

# Not `tee`: a benchmark that fails must fail the script.
take() {
  name=$1
  shift
  "$@" >"$raw/$name.md.new"
  mv "$raw/$name.md.new" "$raw/$name.md"
  cat "$raw/$name.md"
}

case "${1-}" in
--quick)
  node --expose-gc bench/micro.mjs --only ping
  node bench/sim.mjs --nodes 100 --seconds 10
  node bench/peers.mjs --nodes 10 --quick
  node bench/agents.mjs --quick
  exit
  ;;
--mutation)
  take mutation-wire node bench/mutation/run.mjs --layer wire
  take mutation-swim node bench/mutation/run.mjs --layer swim
  ;;
*)
  take micro node --expose-gc bench/micro.mjs
  take sim node bench/sim.mjs --nodes 1000,5000,10000
  take spread node bench/spread.mjs
  take peers node bench/peers.mjs --nodes 10,50,100 --runs 5
  take agents node bench/agents.mjs
  # Writes its own table, from what it found in all its runs.
  node --max-old-space-size=12000 bench/state.mjs --check 1,2,3,4,5,9,10,11,12,13,16,19,21 --seeds 10
  ;;
esac
node bench/write-results.mjs
