#!/usr/bin/env bash
# Measures noviGateway with an open dashboard: memory and processor time of the gateway and of the daemon it asks.
#
#   Benchmarks/gateway.sh [BUILD_FOLDER]      default .build/release; needs noviSupervisor, noviSupervisord, noviKeeper and noviGateway
#
#   BENCH_APPS=100     how many apps run     BENCH_SECONDS=60     how long is measured
#
# Goals: 40 MB and 1 % of a core with one dashboard and 100 apps; next to nothing while nobody looks.
set -euo pipefail
cd "$(dirname "$0")/.."

build=$(cd "${1:-.build/release}" && pwd)
apps=${BENCH_APPS:-100} seconds=${BENCH_SECONDS:-60}
for program in noviSupervisor noviSupervisord noviKeeper noviGateway; do
    [ -x "$build/$program" ] || {
        echo "gateway: there is no $build/$program; build it with: make release" >&2
        exit 1
    }
done
folder=$(mktemp -d /tmp/novi-bench-XXXXXX)
chmod 0711 "$folder"
export NOVI_HOME=$folder/home PATH="$build:$PATH"
client=
finish() {
    [ -z "$client" ] || kill "$client" 2>/dev/null || true
    noviSupervisor kill >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap finish EXIT

# Apps that do nothing but write a line a second, so that there is something to look at.
{
    echo '{"apps": ['
    echo '{"name": "gateway", "script": "'"$build"'/noviGateway", "interpreter": "none", "readiness": {"type": "notify", "timeout": "30s"},'
    echo ' "env": {"NOVI_ENV": "production", "NOVI_GATEWAY_LISTEN": "tcp://127.0.0.1:19616"}}'
    for number in $(seq "$apps"); do
        echo ', {"name": "app'"$number"'", "script": "/bin/sh", "interpreter": "none", "args": ["-c", "while :; do echo line; sleep 1; done"]}'
    done
    echo ']}'
} >"$folder/ecosystem.json"
noviSupervisor start "$folder/ecosystem.json" --wait --timeout 120s >/dev/null
gateway=$(noviSupervisor status --json gateway | sed 's/.*"pid":\([0-9]*\),"uptime_ms".*/\1/')
daemon=$(cat "$NOVI_HOME/run/daemon.pid")

ticks=$(getconf CLK_TCK)
used() { awk '{print $14 + $15}' "/proc/$1/stat"; }
resident() { awk '/^VmRSS/ {print $2}' "/proc/$1/status"; }
peak() { awk '/^VmHWM/ {print $2}' "/proc/$1/status"; }
measure() {
    local before_gateway before_daemon
    before_gateway=$(used "$gateway") before_daemon=$(used "$daemon")
    sleep "$seconds"
    awk -v name="$1" -v g="$(($(used "$gateway") - before_gateway))" -v d="$(($(used "$daemon") - before_daemon))" -v t="$ticks" -v s="$seconds" \
        -v rss="$(resident "$gateway")" -v most="$(peak "$gateway")" \
        'BEGIN { printf "%-22s gateway %5.2f %% of a core, %5.1f MiB (at most %5.1f)   daemon %5.2f %%\n", name, g / t / s * 100, rss / 1024, most / 1024, d / t / s * 100 }'
}

echo "$apps apps, $seconds s each"
sleep 10
measure "nobody looks"
# What a page does: the stream, and the log every two seconds.
curl -sSN --max-time $((seconds * 2 + 30)) http://127.0.0.1:19616/api/stream >/dev/null &
client=$!
curl -sS "http://127.0.0.1:19616/api/history?range=5m&metric=cpu" >/dev/null
measure "one stream"
(while sleep 2; do curl -sS "http://127.0.0.1:19616/api/logs?lines=200" >/dev/null; done) &
reader=$!
measure "one stream and the log"
kill "$reader" 2>/dev/null || true
