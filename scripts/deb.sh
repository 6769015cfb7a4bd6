#!/usr/bin/env bash
# Builds the Debian package from the release programs in the folder named first; it lands in the folder named second.
set -euo pipefail

programs=$(cd "$1" && pwd)
output=$2
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
mkdir -p "$tree/programs" "$tree/completions" "$tree/man" "$tree/files"
cp -r "$here/packaging/debian" "$tree/debian"

for program in noviSupervisor noviSupervisord noviKeeper noviWorker; do
    [ -x "$programs/$program" ] || { echo "deb: there is no $programs/$program; run make release" >&2; exit 1; }
    cp "$programs/$program" "$tree/programs/"
done
for shell in bash zsh fish; do
    "$programs/noviSupervisor" completion "$shell" >"$tree/completions/noviSupervisor.$shell"
done
# The pages of commands are made of what --help says; the others are written.
for program in noviSupervisor noviWorker; do
    "$programs/generate-manual" "$programs/$program" --output-directory "$tree/man" >/dev/null
done
cp "$here"/packaging/man/*.[0-9] "$tree/man/"
{
    printf '%% novi-ecosystem 5\n\n'
    sed -e '1s/.*/# NAME\n\nnovi-ecosystem - ecosystem.json, what runs\n\n# DESCRIPTION/' -e 's/\[\([^]]*\)\]([^)]*)/\1/g' \
        "$here/docs/CONFIGURATION.md"
} | go-md2man >"$tree/man/novi-ecosystem.5"
cp "$here/packaging/novi.catalog" "$tree/files/"
cp "$here/packaging/debian/ecosystem.json" "$tree/files/"
for unit in "$here"/packaging/systemd/*.service "$here"/packaging/systemd/*.socket; do
    [ -e "$unit" ] && cp "$unit" "$tree/debian/novi.${unit##*.}"
done
# One text for both: the newest part of the changelog is what Debian's wants to know.
DATE=$(git -C "$here" log -1 --format=%cD 2>/dev/null || date -R)
cat >"$tree/debian/changelog" <<CHANGELOG
novi ($version) unstable; urgency=medium

  * What is new: see CHANGELOG.md.

 -- Novi Packaging <packaging@novi.invalid>  $DATE
CHANGELOG
cp "$here/CHANGELOG.md" "$here/README.md" "$tree/"
mkdir -p "$tree/docs" && cp "$here"/docs/*.md "$tree/docs/"
printf 'README.md\nCHANGELOG.md\ndocs\n' >"$tree/debian/novi.docs"

(cd "$tree" && dpkg-buildpackage -us -uc -b >"$work/build.log" 2>&1) || {
    cat "$work/build.log" >&2
    echo "deb: dpkg-buildpackage failed" >&2
    exit 1
}
mkdir -p "$output"
cp "$work"/novi_*.deb "$output/"
package=$(ls "$output"/novi_"$version"_*.deb)
lintian --no-tag-display-limit --fail-on error "$package"
echo "deb: $package"
