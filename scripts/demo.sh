#!/usr/bin/env bash
# Starts the supervisor with database, API, WhatsApp simulator and two examples, and shows them. Run again, it shows them again.
set -euo pipefail

build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")/.." && pwd)
port=${NOVI_API_PORT:-3000}
if [ -z "${NOVI_HOME:-}" ]; then
    if [ "$(id -u)" -eq 0 ]; then
        # The database runs as user postgres, which must be able to enter the folder.
        NOVI_HOME=/var/tmp/novi-demo
    else
        NOVI_HOME=$here/.novi-demo
    fi
fi
export NOVI_HOME PATH="$build:$PATH"

# Apps run as other users when we are root: they must reach the programs.
if [ "$(id -u)" -eq 0 ] && ! setpriv --reuid postgres --clear-groups test -x "$build/noviWorker" 2>/dev/null; then
    echo "demo: user postgres cannot reach $build; using a copy of the programs in $NOVI_HOME/bin"
    install -d -m 0711 "$NOVI_HOME" "$NOVI_HOME/bin"
    install -m 0755 "$build"/noviSupervisor "$build"/noviSupervisord "$build"/noviKeeper "$build"/noviMonitor "$build"/noviWorker "$build"/noviGateway "$NOVI_HOME/bin"
    PATH="$NOVI_HOME/bin:$PATH"
fi

file=$here/ecosystem.json
if [ "$port" != 3000 ]; then
    install -d -m 0711 "$NOVI_HOME"
    file=$NOVI_HOME/ecosystem.json
    sed "s|tcp://127.0.0.1:3000|tcp://127.0.0.1:$port|" "$here/ecosystem.json" >"$file"
fi

noviSupervisor start "$file" --wait --timeout 120s
noviSupervisor start "$here/examples/ecosystem.json" --wait --timeout 60s || {
    echo "demo: an example did not start; look with: noviSupervisor why all" >&2
}
echo
noviSupervisor status
echo
echo "GET http://127.0.0.1:$port/health"
curl -sS --max-time 10 "http://127.0.0.1:$port/health"
echo
first=$NOVI_HOME/state/apps/api/first-password
if [ -r "$first" ]; then
    echo
    echo "The first user of the API (kept in $first):"
    sed 's/^/  /' "$first"
fi
cat <<EOF

Try this (in a shell with these two lines first):
  export NOVI_HOME=$NOVI_HOME
  export PATH=$build:\$PATH

  kill -9 \$(cat $NOVI_HOME/run/daemon.pid)      the supervisor itself: nothing stops; the next command brings it back
  http://127.0.0.1:9615/                         the dashboard, in a browser; /metrics for Prometheus
  curl http://127.0.0.1:$port/openapi.json       the API; docs/API.md has a walk with curl
  noviSupervisor signal KILL api                 back in milliseconds
  noviSupervisor why api                         … and why
  noviSupervisor stop database; noviSupervisor status
  noviSupervisor whatsapp sim say /help          write to the simulated phone; README.md has a walk with orders
  noviSupervisor logs -f
  noviSupervisor kill                            stop everything
EOF
