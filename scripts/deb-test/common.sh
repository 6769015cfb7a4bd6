# What the parts of deb-test.sh share. WORK: this folder; PRESENT, NEXT: versions.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
packages=$WORK/packages

fail() {
    echo "   FAILED: $*" >&2
    exit 1
}

ok() { echo "   ok: $*"; }

equal() { # WHAT EXPECTED FOUND
    [ "$2" = "$3" ] || fail "$1: expected \"$2\", found \"$3\""
}

# Waits until a command succeeds.
await() { # WHAT COMMAND…
    local what=$1 end=$((SECONDS + 120))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || fail "waited in vain for $what"
        sleep 0.05
    done
}

# Installs a package; what it says lands in $WORK/said.
install() { # NAME OPTION…
    dpkg "${@:2}" -i "$packages/$1.deb" >"$WORK/said" 2>&1
}

must_install() {
    install "$@" || { cat "$WORK/said" >&2; fail "dpkg -i of $1"; }
}

package_state() { dpkg-query -W -f '${db:Status-Status} ${Version}' novi 2>/dev/null || echo none; }

# Pid and version of the daemon that answers.
daemon() { noviSupervisor ping --json | sed 's/.*"pid":\([0-9]*\).*/\1/'; }
daemon_version() { noviSupervisor ping --json | sed 's/.*"version":"\([^"]*\)".*/\1/'; }

# Name, number, pid and start time of everything that runs, and how often it was restarted.
runs() {
    noviSupervisor status --json | sed 's/},{/}\n{/g' | sed -n \
        's/.*"name":"\([^"]*\)".*/&/p' | while read -r line; do
        field() { sed "s/.*\"$1\":\"*\([^,\"}]*\).*/\1/" <<<"$line"; }
        pid=$(field pid)
        [ "$pid" = null ] && continue
        echo "$(field name):$(field instance) $pid restarts=$(field restarts) $(sed 's/.*) //' "/proc/$pid/stat" | cut -d' ' -f20)"
    done
}

# Processes of ours and of the apps that these tests start.
survivors() { cat /proc/[0-9]*/comm 2>/dev/null | grep -E '^(novi.*|sleep|perl|postgres)$' | xargs; }

# Every number once and in order, up to the last that the writer says it wrote.
complete() { # FILE LAST
    awk -v last="$2" -v file="$1" '
        $0 != NR { print "   " file ": line " NR " is \"" $0 "\""; bad = 1; exit 1 }
        END { if (!bad && NR != last) { print "   " file ": ends with " NR " instead of " last; exit 1 } }' "$1" ||
        fail "lines were lost or doubled"
}

# Every path with our name, but for what these tests brought.
ours() {
    local folder
    for folder in / /run /etc/systemd/system /var/log/journal; do
        [ ! -d $folder ] || find $folder -xdev \( -path "$WORK" -o -path "${SOURCES:-$WORK}" -o -path /tmp \) -prune -o -iname '*novi*' -print
    done | sort -u
}
