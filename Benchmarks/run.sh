#!/usr/bin/env bash
# Runs the benchmark for Novi and its fastest peers, prints tables and keeps the figures under .build/bench/.
#
#   BENCH_ONLY=noviSupervisor,s6    which supervisors (default: noviSupervisor,supervisord,runit,s6)
#   BENCH_WORKLOADS=W1,W4           which workloads (default: W1 to W9)
#
# Further arguments go to supervisor_bench.py, for example: Benchmarks/run.sh --reps 200
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
only=${BENCH_ONLY:-noviSupervisor,supervisord,runit,s6}
workloads=${BENCH_WORKLOADS:-W1,W2,W3,W4,W5,W6,W7,W8,W9}

missing=()
need() {
    command -v "$1" >/dev/null || missing+=("$2")
}
need python3 python3
need "${CC:-cc}" gcc
need unshare util-linux
case ",$only," in *,supervisord,*) need supervisord supervisor ;; esac
case ",$only," in *,runit,*) need runsvdir runit ;; esac
case ",$only," in *,s6,*) need s6-svscan s6 ;; esac
if [ ${#missing[@]} -gt 0 ]; then
    echo "bench: these packages are missing: ${missing[*]}" >&2
    echo "  hint: apt-get install ${missing[*]}" >&2
    echo "  hint: or measure without them: BENCH_ONLY=noviSupervisor $0" >&2
    exit 1
fi
case ",$only," in
    *,noviSupervisor,*)
        if [ -z "${NOVI_BENCH_CMD:-}" ] && [ ! -x "$here/../.build/release/noviSupervisor" ]; then
            echo "bench: there is no release build; build one with: make release" >&2
            exit 1
        fi
        ;;
esac
[ "$(id -u)" -eq 0 ] || echo "bench: not root: no PID namespace, no distinct pages in W1" >&2

folder=$here/../.build/bench
mkdir -p "$folder"
json=$folder/$(date -u +%Y%m%dT%H%M%SZ).json
python3 "$here/supervisor_bench.py" --only "$only" --workloads "$workloads" --json "$json" --lock "$folder/lock" \
    --runs 3 --reps 30 --cap 45 --idle 15 --stop-runs 2 --start-timeout 60 \
    --log-runs 2 --log-seconds 2 --log-max-mb 600 "$@"
echo "figures: $(realpath "$json")"
