#!/usr/bin/env bash
# Measures the WhatsApp bridge on loopback: from Meta's webhook at the API to the committed row, and its memory over many messages.
#
#   Benchmarks/bridge.sh [BUILD_FOLDER]       default .build/release; needs noviWorker there: make release
#
#   BENCH_RATE=200       webhooks a second    BENCH_SECONDS=60     how long
#   BENCH_MESSAGES=100000   how many messages the memory is watched over   BENCH_FAST=600   at how many a second
set -euo pipefail
cd "$(dirname "$0")/.."

build=$(cd "${1:-.build/release}" && pwd)
rate=${BENCH_RATE:-200} seconds=${BENCH_SECONDS:-60} messages=${BENCH_MESSAGES:-100000} fast=${BENCH_FAST:-600}
[ -x "$build/noviWorker" ] || {
    echo "bridge: there is no $build/noviWorker; build it with: make release" >&2
    exit 1
}
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
folder=$(mktemp -d /tmp/novi-bench-XXXXXX)
chmod 0755 "$folder"
as_database=()
if [ "$(id -u)" -eq 0 ]; then
    as_database=(setpriv --reuid postgres --regid postgres --init-groups)
    chown postgres "$folder"
fi
pids=()
finish() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    "${as_database[@]}" "$bin/pg_ctl" -s -D "$folder/data" -m immediate stop 2>/dev/null || true
    wait 2>/dev/null || true
    rm -rf "$folder"
}
trap finish EXIT

"${as_database[@]}" "$bin/initdb" -D "$folder/data" -U postgres -A trust --no-sync >/dev/null
"${as_database[@]}" "$bin/pg_ctl" -s -D "$folder/data" -w -l "$folder/postgres.log" -o "-k $folder -c listen_addresses=''" start
psql() { command psql -h "$folder" -U postgres -d "${database:-novi}" -XAtqc "$1"; }
database=postgres psql "CREATE DATABASE novi"
url="postgresql:///novi?host=$folder&user=postgres"
DATABASE_URL=$url "$build/noviWorker" migrate up >/dev/null
chats=5000
psql "WITH owner AS (INSERT INTO users (email, full_name, password_hash) VALUES ('bench@x.example', 'Bench', 'none') RETURNING id),
      business AS (INSERT INTO businesses (owner_id, name, short_code, setup_identifier) SELECT id, 'Bench', 'BEN', 'bench-BEN001' FROM owner RETURNING id)
      INSERT INTO chats (business_id, provider, external_id, kind)
      SELECT business.id, 'cloud', (2348030000000 + n)::text, 'direct' FROM business, generate_series(0, $chats - 1) n"

mkdir -p "$folder/run/apps/api-0" "$folder/run/apps/whatsapp-0" "$folder/data-api" "$folder/data-whatsapp"
secret=$(openssl rand -hex 16) number=106000000000001 api_port=3998 meta_port=3997
python3 Benchmarks/bridge/webhooks.py stand-in $meta_port &
pids+=("$!")
export NOVI_ENV=production DATABASE_URL=$url NOVI_RUN_DIRECTORY=$folder/run
NOVI_APP=whatsapp NOVI_RUNTIME_DIRECTORY=$folder/run/apps/whatsapp-0 NOVI_DATA_DIRECTORY=$folder/data-whatsapp WHATSAPP_PROVIDER=cloud \
    WHATSAPP_CLOUD_BASE_URL=http://127.0.0.1:$meta_port WHATSAPP_PHONE_NUMBER_ID=$number WHATSAPP_TOKEN=bench WHATSAPP_APP_SECRET=$secret \
    WHATSAPP_VERIFY_TOKEN=bench WHATSAPP_CLOUD_RATE=1000 "$build/noviWorker" whatsapp >"$folder/whatsapp.log" 2>&1 &
bridge=$!
NOVI_APP=api NOVI_RUNTIME_DIRECTORY=$folder/run/apps/api-0 NOVI_DATA_DIRECTORY=$folder/data-api NOVI_API_LISTEN=tcp://127.0.0.1:$api_port \
    SESSION_SECRET=$(openssl rand -hex 32) "$build/noviWorker" api >"$folder/api.log" 2>&1 &
api=$!
pids+=("$bridge" "$api")
for _ in $(seq 300); do
    curl -fs -o /dev/null "http://127.0.0.1:$api_port/health/ready" && break
    sleep 0.1
done
cpu() { awk -v tick="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); print int(($12 + $13) * 1000000 / tick) }' "/proc/$1/stat"; }
rss() { awk '/VmRSS/ { printf "%.1f MB", $2 / 1024 }' "/proc/$1/status"; }
send() { python3 Benchmarks/bridge/webhooks.py send $api_port "$secret" $number $chats "$@"; }
settled() {
    for _ in $(seq 6000); do
        [ "$(psql "SELECT count(*) FROM inbound_messages WHERE processed_at IS NULL")" = 0 ] && return
        sleep 0.1
    done
}

# The link must be up and every code path warm before anything counts.
send "$rate" $((rate * 2)) 0 >/dev/null
settled
before_bridge=$(cpu $bridge) before_api=$(cpu $api)
echo "webhook to committed row, $rate a second for $seconds s:"
send "$rate" $((rate * seconds)) 1000000 | sed 's/^/  /'
settled
echo "  CPU of each: $((($(cpu $api) - before_api) / (rate * seconds))) µs in the API, $((($(cpu $bridge) - before_bridge) / (rate * seconds))) µs in the bridge (reading, order, answer included)"
echo "  orders: $(psql "SELECT count(*) FROM orders") of $((rate * (seconds + 2))) messages"

echo
echo "memory of the bridge over $messages messages, $fast a second:"
echo "  before: $(rss $bridge)"
for part in 1 2 3 4; do
    send "$fast" $((messages / 4)) $((2000000 + part * 1000000)) | sed 's/^/  /'
    settled
    echo "  after $((messages / 4 * part)): $(rss $bridge); sent: $(psql "SELECT count(*) FROM outbound_messages WHERE external_id IS NOT NULL")"
done
