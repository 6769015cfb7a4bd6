#!/usr/bin/env bash
# Builds the Debian package.
#
#     scripts/deb.sh PROGRAMS MANUAL_GENERATOR OUTPUT
#
# The release programs are in the first folder; the package lands in the last.
set -euo pipefail

programs=$(cd "$1" && pwd)
generator=$(cd "$(dirname "$2")" && pwd)/${2##*/}
output=$3
here=$(cd "$(dirname "$0")/.." && pwd)

missing=()
for package in debhelper dpkg-dev lintian go-md2man; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
    [ "$(id -u)" -eq 0 ] && as_root=() || as_root=(sudo)
    echo "deb: installing ${missing[*]}"
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

version=$("$programs/noviSupervisord" --version | sed 's/.* //')
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/novi-$version
mkdir -p "$tree"
cp -r "$here/packaging/debian" "$tree/debian"
rm "$tree/debian/needrestart"
"$here/scripts/install.sh" "$programs" "$generator" /usr "$tree/root"
install -D -m 0644 "$here/packaging/debian/ecosystem.json" "$tree/root/etc/novi/ecosystem.json"
install -D -m 0755 "$here/packaging/debian/needrestart" "$tree/root/etc/needrestart/restart.d/novi.service"
# The example is a copy of that, and Debian has the text of the licence.
rm "$tree/root/usr/share/doc/novi/examples/ecosystem.json" "$tree/root/usr/share/doc/novi/LICENSE"
cp "$here/packaging/systemd/novi.service" "$tree/debian/novi.service"
cp "$here/packaging/systemd/user/novi.service" "$tree/debian/novi.user.service"
DATE=$(git -C "$here" log -1 --format=%cD 2>/dev/null || date -R)
cat >"$tree/debian/changelog" <<CHANGELOG
novi ($version) unstable; urgency=medium

  * What is new is told in CHANGELOG.md.

 -- Novi Packaging <packaging@novi.invalid>  $DATE
CHANGELOG

(cd "$tree" && dpkg-buildpackage -us -uc -b >"$work/build.log" 2>&1) || {
    cat "$work/build.log" >&2
    echo "deb: dpkg-buildpackage failed" >&2
    exit 1
}
mkdir -p "$output"
package=$(cd "$work" && echo novi_"$version"_*.deb)
cp "$work/$package" "$output/$package"
# What a binary package of somebody else's toolchain cannot have is in packaging/debian/novi.lintian-overrides.
as_nobody=()
[ "$(id -u)" -ne 0 ] || as_nobody=(--allow-root)
lintian "${as_nobody[@]}" --tag-display-limit 0 --fail-on error,warning "$output/$package"
echo "deb: $output/$package"
