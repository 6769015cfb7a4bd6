#!/usr/bin/env bash
# Installs the Debian packages that building and testing need. Does nothing when all are there.
set -euo pipefail

packages=(libsystemd-dev libpq-dev zlib1g-dev libhiredis-dev libcrypt-dev libncurses-dev postgresql tzdata python3 python3-venv strace curl procps tmux)
# The Redis of the tests: the same program as the server's, but nothing that starts by itself.
packages+=(redis-tools)
# The browser that looks at the dashboard, without its recommendations: 80 MB.
packages+=(chromium)
# A systemd of their own for tests (Tests/Support/systemd-host); nothing of it is started on this machine.
packages+=(systemd dbus util-linux mount)
# The example in JavaScript runs wherever a node is; Debian's is only taken when there is none.
command -v node >/dev/null || packages+=(nodejs)

missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done
command -v swift >/dev/null || {
    echo "setup: there is no swift in PATH; install a Swift toolchain of 6.2 or newer" >&2
    exit 1
}

# Clients that are not ours, for some tests: Varlink, requests generated from OpenAPI, Prometheus's parser. Without them those tests
# say that they are skipped.
foreign_clients() {
    local folder=.build/python
    [ -x "$folder/bin/python" ] && "$folder/bin/python" -c "import varlink, schemathesis, prometheus_client" 2>/dev/null && return
    python3 -m venv "$folder" &&
        "$folder/bin/pip" install -q --disable-pip-version-check "varlink>=31" "schemathesis>=4.32,<5" "prometheus_client>=0.22" ||
        echo "setup: not all Python packages could be had; the tests with foreign clients are skipped" >&2
}

if [ ${#missing[@]} -eq 0 ]; then
    foreign_clients
    exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || {
        echo "setup: these packages are missing and need root: ${missing[*]}" >&2
        echo "  hint: apt-get install ${missing[*]}" >&2
        exit 1
    }
    as_root=(sudo)
fi
echo "setup: installing ${missing[*]}"
# One more try: a package list may be fetched while the mirror changes it.
"${as_root[@]}" apt-get update -qq || "${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
foreign_clients
