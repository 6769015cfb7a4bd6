#!/usr/bin/env bash
# How fast W6's own writer is with nothing behind it: `writer_ceiling.sh [LINES]` (3,000,000 unless told otherwise).
# No supervisor can be faster than the first figure, and one whose pipe is a pipe hardly than the second.
set -euo pipefail
cd "$(dirname "$0")"
lines=${1:-3000000}
work=$(mktemp -d "${TMPDIR:-/dev/shm}/novi-ceiling.XXXXXX")
trap 'rm -rf "$work"' EXIT
"${CC:-cc}" -O2 -o "$work/writer" csrc/writer.c
mkdir "$work/counters"
touch "$work/go"
mkfifo "$work/stamps"
exec 9<>"$work/stamps"

# Runs the writer with its output to "$2", $1 lines a write, and prints the time between its first and its last line.
measure() {
    local begin end kind name pid at cpu
    if [ "$2" = pipe ]; then
        "$work/writer" 000 "$work/stamps" "$work/go" "$lines" "$1" 0 "$work/counters" > >(exec cat >/dev/null) &
    else
        "$work/writer" 000 "$work/stamps" "$work/go" "$lines" "$1" 0 "$work/counters" >/dev/null &
    fi
    pid=$!
    while read -r kind name _ at cpu <&9; do
        case $kind in
            G) begin=$at ;;
            E) end=$at; break ;;
        esac
    done
    kill "$pid"
    wait "$pid" || true
    awk -v lines="$lines" -v ns=$((end - begin)) -v cpu="$cpu" -v batch="$1" -v to="$2" 'BEGIN {
        printf "%2d lines a write to %-9s %4.0f MB/s, %.2f CPU s/GB\n", batch, to, lines / 1e4 / (ns / 1e9), cpu / 1e9 / (lines / 1e7)
    }'
}

for batch in 40 1; do
    measure "$batch" /dev/null
    measure "$batch" pipe
done
