#!/usr/bin/env bash
# Measures the API on loopback against a PostgreSQL of its own, one process each.
#
#   Benchmarks/api.sh [BUILD_FOLDER]          default .build/release; needs noviWorker and BareServer there:
#     NOVI_PARTS=bench swift build -c release --product noviWorker && NOVI_PARTS=bench swift build -c release --product BareServer
#
#   BENCH_SECONDS=10   how long each measurement of /health/live goes on     BENCH_ORDERS=100000   how many orders there are
#   BENCH_LOAD=60      how long orders are listed                            BENCH_RATE=500        how many lists a second
set -euo pipefail
cd "$(dirname "$0")/.."

build=$(cd "${1:-.build/release}" && pwd)
seconds=${BENCH_SECONDS:-10} orders=${BENCH_ORDERS:-100000} load=${BENCH_LOAD:-60} rate=${BENCH_RATE:-500}
missing=()
command -v wrk >/dev/null || missing+=(wrk)
command -v "${CC:-cc}" >/dev/null || missing+=(gcc)
command -v openssl >/dev/null || missing+=(openssl)
[ ${#missing[@]} -eq 0 ] || {
    echo "api: these packages are missing: apt-get install ${missing[*]}" >&2
    exit 1
}
for program in noviWorker BareServer; do
    [ -x "$build/$program" ] || {
        echo "api: there is no $build/$program; build it with: NOVI_PARTS=bench swift build -c release --product $program" >&2
        exit 1
    }
done
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

"${CC:-cc}" -O2 -o "$folder/steady_load" Benchmarks/csrc/steady_load.c -lpthread
"${as_database[@]}" "$bin/initdb" -D "$folder/data" -U postgres -A trust --no-sync >/dev/null
"${as_database[@]}" "$bin/pg_ctl" -s -D "$folder/data" -w -l "$folder/postgres.log" -o "-k $folder -c listen_addresses=''" start
psql() { command psql -h "$folder" -U postgres -d "${database:-novi}" -XAtqc "$1"; }
database=postgres psql "CREATE DATABASE novi"

url="postgresql:///novi?host=$folder&user=postgres"
DATABASE_URL=$url "$build/noviWorker" migrate up >/dev/null
start_api() {
    NOVI_ENV=production DATABASE_URL=$url NOVI_API_LISTEN=tcp://127.0.0.1:3998 NOVI_DATA_DIRECTORY=$folder NOVI_RUN_DIRECTORY=$folder/run \
        SESSION_SECRET=$(openssl rand -hex 32) NOVI_API_LIMIT=10000000 "$build/noviWorker" api >"$folder/api.log" 2>&1 &
    api=$!
    pids+=("$api")
    for _ in $(seq 300); do
        curl -fs -o /dev/null http://127.0.0.1:3998/health/ready && return
        sleep 0.1
    done
    cat "$folder/api.log" >&2
    exit 1
}
mkdir -p "$folder/run/apps/api-0"
start_api
"$build/BareServer" 3999 >/dev/null 2>&1 &
bare=$!
pids+=("$bare")

token=$(openssl rand 32 | tee "$folder/token" | base64 -w0 | tr '+/' '-_' | tr -d =)
hash=$(sha256sum <"$folder/token" | cut -c1-64)
user=$(psql "INSERT INTO users (email, full_name, password_hash) VALUES ('bench@x.example', 'Bench', 'none') RETURNING id")
psql "INSERT INTO sessions (token_hash, user_id, expires_at) VALUES ('\\x$hash', '$user', now() + interval '1 day')"
business=$(psql "INSERT INTO businesses (owner_id, name, short_code, setup_identifier) VALUES ('$user', 'Bench', 'BEN001', 'bench-BEN001') RETURNING id")
psql "INSERT INTO business_members (business_id, user_id, member_role) VALUES ('$business', '$user', 'owner')"
echo "making $orders orders"
psql "INSERT INTO orders (order_id, business_id, customer_name, customer_phone, address, items_text, total_amount, currency, source,
        submitted_by, created_at)
      SELECT 'BEN-' || to_char(20260101 + n / 90000, 'FM00000000') || '-' || lpad((n % 90000)::text, 5, '0'), '$business', 'Customer ' || n,
        '+23480300' || lpad((n % 100000)::text, 5, '0'), n || ' Allen Avenue, Ikeja', n % 9 + 1 || ' x jollof', n % 5000 + 1, 'NGN', 'api',
        'bench@x.example', now() - n * interval '1 minute'
      FROM generate_series(1, $orders) AS n"
psql "VACUUM ANALYZE orders"
list="/api/businesses/$business/orders?limit=20"
# What a process used of the processors so far, in microseconds: says more than wall times where others work beside it.
cpu() { awk -v tick="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); print int(($12 + $13) * 1000000 / tick) }' "/proc/$1/stat"; }
# The same of all processes of the database, ended ones included.
database_cpu() {
    local main
    main=$(head -1 "$folder/data/postmaster.pid")
    for pid in "$main" $(pgrep -P "$main"); do cpu "$pid"; done | awk '{ sum += $1 } END { print sum }'
}
requests() { awk '/requests in/ { print $1 }' "$folder/wrk"; }
rss() { awk '/VmRSS/ { printf "%.1f MB", $2 / 1024 }' "/proc/$api/status"; }
cookie="Cookie: __Host-novi=$token"
curl -fs -o "$folder/page" -H "$cookie" "http://127.0.0.1:3998$list"
echo "a page of $(wc -c <"$folder/page") bytes; resident memory before load: $(rss)"

echo
echo "GET /health/live, wrk with 64 connections, $seconds s each, in turn"
for round in 1 2 3; do
    for port in 3999 3998; do
        name=$([ $port = 3999 ] && echo "bare Hummingbird" || echo "noviWorker      ")
        pid=$([ $port = 3999 ] && echo "$bare" || echo "$api")
        before=$(cpu "$pid")
        wrk -t2 -c64 -d"${seconds}s" --latency "http://127.0.0.1:$port/health/live" >"$folder/wrk"
        echo "  $round  $name  $(awk '/Requests\/sec/ { print $2 " requests/s" } / 99%/ { printf "p99 %s  ", $2 } /Non-2xx|Socket/ { print }' "$folder/wrk" | tr '\n' ' ') $((($(cpu "$pid") - before) / $(requests))) µs of CPU each"
    done
done
echo "resident memory after it: $(rss)"

echo
echo "GET $list over $orders orders"
half=$((load / 2))
before=$(cpu "$api") database_before=$(database_cpu)
"$folder/steady_load" 3998 "$list" "$rate" "$half" 64 "$cookie" | sed 's/^/  /'
echo "  CPU of each: $((($(cpu "$api") - before) / (rate * half))) µs in noviWorker, $((($(database_cpu) - database_before) / (rate * half))) µs in PostgreSQL"
echo "  resident memory after $half s: $(rss)"
"$folder/steady_load" 3998 "$list" "$rate" "$half" 64 "$cookie" | sed 's/^/  /'
echo "  resident memory after $load s: $(rss)"
wrk -t2 -c64 -d"${seconds}s" --latency -H "$cookie" "http://127.0.0.1:3998$list" >"$folder/wrk"
echo "  as fast as it goes, 64 connections: $(awk '/Requests\/sec/ { print $2 " requests/s" } / 99%/ { printf "p99 %s  ", $2 } /Non-2xx|Socket/ { print }' "$folder/wrk" | tr '\n' ' ')"
echo "  resident memory after that: $(rss)"
