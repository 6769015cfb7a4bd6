#!/usr/bin/env bash
# How many messages a second the order reader reads on one core, from text to values: `parse.sh [SECONDS] [REPETITIONS]`.
# Builds a small program for it; prints each repetition, then best and median.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-5}
repetitions=${2:-5}
scratch=${NOVI_BENCH_SCRATCH:-.build/parse}
NOVI_PARTS=bench swift build -c release --product OrderReaderBench --scratch-path "$scratch" >&2
echo "load: $(cut -d' ' -f1-3 /proc/loadavg), cores: $(nproc)"
results=$(mktemp)
trap 'rm -f "$results"' EXIT
for _ in $(seq "$repetitions"); do
    taskset -c 0 "$scratch/release/OrderReaderBench" "$seconds" Tests/Fixtures/order_cases.json \
        Tests/Fixtures/orders/unseen.json | tee -a "$results"
done
figures() { grep -oE "[0-9]+ $1" "$results" | grep -oE '^[0-9]+' | sort -n; }
for kind in "messages/s" "per second of CPU"; do
    echo "$kind: best $(figures "$kind" | tail -n 1), median $(figures "$kind" | sed -n "$(((repetitions + 1) / 2))p")"
done
