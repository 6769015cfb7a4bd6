#!/usr/bin/env bash
# Installs, upgrades, breaks, downgrades, removes and purges the Debian package on a real systemd (an overlay of this machine),
# in a clean Debian without one, and as the service of a user.
#
#     scripts/deb-test.sh FOLDER [PART…]
#
# Takes the newest package of the folder; the parts are service, user and container. Root only; nothing of this machine changes.
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd -P)
# Where checkouts lie, this one and those beside it: no leftovers of a package.
sources=$(dirname "$here")
folder=$(cd "$1" && pwd)
package=$(ls -t "$folder"/novi_*.deb 2>/dev/null | head -1)
[ -n "$package" ] || { echo "deb-test: there is no package in $folder; run make deb" >&2; exit 1; }
shift
parts=" ${*:-service user container} "
[ "$(id -u)" -eq 0 ] || { echo "deb-test: needs root, for a systemd and a Debian of its own" >&2; exit 77; }

host="$here/Tests/Support/systemd-host/systemd-host"
export SYSTEMD_HOST_NAME=novi-deb-$$
work=$(mktemp -d)
chmod 0755 "$work"
finish() {
    "$host" down --force >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

# What the machine of the test has beside that: a user's manager needs these, the clean Debian the last.
missing=()
for needed in libpam-systemd dbus-user-session debootstrap; do
    dpkg-query -W -f '${db:Status-Status}' "$needed" 2>/dev/null | grep -qx installed || missing+=("$needed")
done
if [ ${#missing[@]} -gt 0 ]; then
    echo "deb-test: installing ${missing[*]}"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

# MARK: - Packages

version=$(dpkg-deb -f "$package" Version)
last=${version##*.}
next=${version%.*}.$((last + 1))
[ ${#next} -eq ${#version} ] || { echo "deb-test: cannot make a next version of $version that is as long" >&2; exit 1; }

# Gives programs another version: the text stands in eight bytes of the instructions that load it, or behind their names.
renumber() {
    python3 - "$1" "$2" "${@:3}" <<'PYTHON'
import re, sys
old, new = (text.encode().ljust(8, b"\0") for text in sys.argv[1:3])
for path in sys.argv[3:]:
    with open(path, "r+b") as file:
        data = file.read()
        text, count = re.subn(rb"([\x48\x49][\xb8-\xbf])" + re.escape(old), lambda match: match[1] + new, data)
        if count == 0:
            sys.exit(f"deb-test: the version is not where it was expected in {path}")
        text = re.sub(rb"(novi[A-Z][a-z]+ )" + re.escape(old.rstrip(b"\0")) + rb"(?=\0)", lambda match: match[1] + new.rstrip(b"\0"), text)
        file.seek(0)
        file.write(text)
PYTHON
}

# Unpacks the package into a tree of the version given.
unpack() {
    rm -rf "$work/tree"
    dpkg-deb -R "$package" "$work/tree"
    sed -i "s/^Version: .*/Version: $1/" "$work/tree/DEBIAN/control"
}

pack() {
    (cd "$work/tree" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
    dpkg-deb --root-owner-group -Zgzip -z1 -b "$work/tree" "$work/packages/$1.deb" >/dev/null
}

echo "packages of $version, $next and broken ones, made of $package"
mkdir "$work/packages"
cp "$package" "$work/packages/present.deb"
unpack "$next"
renumber "$version" "$next" "$work"/tree/usr/bin/{noviSupervisor,noviSupervisord,noviWorker,noviGateway}
told=$("$work/tree/usr/bin/noviSupervisord" --version)
[ "${told##* }" = "$next" ] || { echo "deb-test: the next version says that it is \"$told\"" >&2; exit 1; }
# Its shipped configuration is another one, too.
sed -i 's/"max_memory_restart": .*//; s/"per_hour": 2/"per_hour": 3/' "$work/tree/etc/novi/ecosystem.json"
pack next
# A program that does not even rehearse, and one that rehearses well and then dies.
unpack "$version+broken"
printf '#!/bin/sh\necho "nothing works here" >&2\nexit 1\n' >"$work/tree/usr/bin/noviSupervisord"
pack broken
unpack "$version+dying"
mv "$work/tree/usr/bin/noviSupervisord" "$work/tree/usr/bin/noviSupervisord.real"
cat >"$work/tree/usr/bin/noviSupervisord" <<'SCRIPT'
#!/bin/sh
case "$*" in *--rehearse*) exec /usr/bin/noviSupervisord.real "$@" ;; esac
exit 1
SCRIPT
chmod 0755 "$work/tree/usr/bin/noviSupervisord"
pack dying
rm -rf "$work/tree"

# MARK: - What runs inside

cp "$here"/scripts/deb-test/* "$work/"
failed=0
# Ends the run at the first thing that is not as it should be: what follows would be about something else.
run() { # PART TITLE COMMAND…
    [[ $parts == *" $1 "* ]] || return 0
    local title=$2
    shift 2
    echo "== $title"
    "$@" || failed=1
    [ $failed -eq 0 ] || { echo "deb-test: FAILED: $title" >&2; exit 1; }
}

inside() {
    "$host" exec -t "$1" -E "WORK=$work" -E "SOURCES=$sources" -E "PRESENT=$version" -E "NEXT=$next" -- bash "$work/${2:?}"
}

# A run of both takes one machine; the service leaves it as it found it.
[[ $parts != *" service "* && $parts != *" user "* ]] || "$host" up --no-default-binds --bind "$work" --ttl 1800 >"$work/up" 2>&1 || {
    cat "$work/up" >&2
    exit 1
}
run service "the service of the machine" inside 900 service.sh
run user "the service of a user" inside 300 user.sh
"$host" down >/dev/null 2>&1

# A Debian of its own, kept for the next time.
clean_debian() {
    local kept="$folder/clean-debian.tar"
    mkdir "$work/clean"
    if [ -e "$kept" ]; then
        tar -C "$work/clean" -xpf "$kept"
        return
    fi
    local suite
    suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
    debootstrap --variant=minbase "$suite" "$work/clean" "${DEBIAN_MIRROR:-http://deb.debian.org/debian}" >"$work/debootstrap.log" 2>&1 || {
        tail -20 "$work/debootstrap.log" >&2
        echo "deb-test: cannot make a clean Debian" >&2
        return 1
    }
    tar -C "$work/clean" -cf "$kept.new" . && mv "$kept.new" "$kept"
}

container() {
    clean_debian || return 1
    cp /etc/resolv.conf "$work/clean/etc/resolv.conf"
    mkdir "$work/clean/novi-test"
    cp "$work"/*.sh "$work"/*.pl "$work/clean/novi-test/"
    cp -r "$work/packages" "$work/clean/novi-test/"
    unshare --mount --pid --ipc --uts --fork --kill-child --propagation private -- bash -euc '
        mount -t proc proc "$1/proc"
        mount -t tmpfs -o mode=755 tmpfs "$1/run"
        mount --rbind /dev "$1/dev"
        exec chroot "$1" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME=/root WORK=/novi-test PRESENT="$2" NEXT="$3" \
            bash /novi-test/container.sh' - "$work/clean" "$version" "$next"
}
run container "a clean Debian without systemd" container
echo "deb-test: all is as it should be"
