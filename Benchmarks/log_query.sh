#!/usr/bin/env bash
# How long the last lines of a long log take: `log_query.sh [GIGABYTES] [FOLDER_OF_BINARIES]`.
# Writes a log of that size (10 GB unless told otherwise), has it shown by `logs -n 100`, and removes it.
set -euo pipefail
cd "$(dirname "$0")/.."
gigabytes=${1:-10}
novi=$(realpath "${2:-.build/release}")/noviSupervisor
work=$(mktemp -d)
export NOVI_HOME=$work/home
trap '"$novi" kill >/dev/null 2>&1 || true; rm -rf "$work"' EXIT

python3 - "$work/big.log" "$gigabytes" <<'PYTHON'
import sys
block = b"".join(b"INFO request %07d served in 12 ms by the api worker with some words\n" % i for i in range(1_000_000))
with open(sys.argv[1], "wb") as log:
    written = 0
    while written < int(sys.argv[2]) << 30:
        written += log.write(block)
PYTHON
cat > "$work/ecosystem.json" <<JSON
{"name": "big", "script": "/bin/sleep", "args": "1000", "out_file": "$work/big.log", "error_file": "/dev/null", "max_size": "1000G"}
JSON
"$novi" start "$work/ecosystem.json" >/dev/null

milliseconds() {
    local start end
    start=$(date +%s%N)
    "$@" >"$work/output"
    end=$(date +%s%N)
    echo $(((end - start) / 100000)) | sed 's/.$/.&/; s/^\./0./'
}

measure() {
    local title=$1 lines=$2
    shift 2
    for _ in 1 2 3 4 5 6 7; do milliseconds "$@"; done | sort -n | sed -n 4p | sed "s/^/$title, ms (median of 7): /"
    [ "$(wc -l <"$work/output")" = "$lines" ] || { echo "expected $lines lines" >&2; exit 1; }
}

measure "ping" 1 "$novi" ping
measure "last 100 lines of $gigabytes GB" 100 "$novi" logs big -n 100
measure "last 10,000 lines of $gigabytes GB" 10000 "$novi" logs big -n 10000
measure "last 3 lines that hold a word, 200 MB back" 3 "$novi" logs big -n 3 --grep 'request 0999999 '
