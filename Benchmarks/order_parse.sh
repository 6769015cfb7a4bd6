#!/usr/bin/env bash
# How many messages a second `noviWorker parse run` reads on one core, from JSON to JSON.
#
#   Benchmarks/order_parse.sh [PROGRAM] [COUNT]
set -euo pipefail
cd "$(dirname "$0")/.."

program=${1:-.build/release/noviWorker}
count=${2:-60000}
[ -x "$program" ] || {
    echo "order_parse: no $program; run make release first" >&2
    exit 1
}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 - "$program" "$count" "$folder/messages.json" <<'PYTHON'
import json, resource, subprocess, sys

program, count, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
cases = [c for c in json.load(open("Tests/Fixtures/order_cases.json")) if not c.get("context", {}).get("from_me")]
messages = [{**cases[i % len(cases)], "id": str(i)} for i in range(count)]
with open(path, "w") as file:
    json.dump(messages, file)
size = sum(len(m["message"].encode()) for m in messages) / count


def cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


best = float("inf")
for _ in range(3):
    before = cpu()
    subprocess.run([program, "parse", "run", path], stdout=subprocess.DEVNULL, check=True)
    best = min(best, cpu() - before)
print(f"{count} messages of {size:.0f} bytes on average: {count / best:.0f} messages per second of CPU, reading and writing JSON included")
PYTHON
