#!/usr/bin/env bash
# Lays out everything that a user needs: programs, manual pages, completions, explanations of events, documents.
#
#     scripts/install.sh PROGRAMS MANUAL_GENERATOR PREFIX [DESTDIR]
#
# The only list of files there is: `make install` and the Debian package both come from it.
set -euo pipefail

programs=$1 generator=$2 prefix=${3%/} destination=${4:-}
here=$(cd "$(dirname "$0")/.." && pwd)
root=$destination$prefix

[[ -z $prefix || $prefix == /* ]] || { echo "install: PREFIX must be absolute, not \"$prefix\"" >&2; exit 64; }
for program in noviSupervisor noviSupervisord noviKeeper noviMonitor noviWorker noviGateway; do
    [ -x "$programs/$program" ] || { echo "install: there is no $programs/$program; run make release" >&2; exit 1; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

place() { install -D -m "$1" "$2" "$root/$3"; }

# The command line finds daemon, keeper and monitor beside itself. Each is put in place by a rename, so that one that runs goes on.
for program in noviSupervisor noviSupervisord noviKeeper noviMonitor noviWorker noviGateway; do
    install -D -m 0755 "$programs/$program" "$root/bin/$program.new"
    strip "$root/bin/$program.new"
    mv "$root/bin/$program.new" "$root/bin/$program"
done

# Manual pages of commands are made of what --help says, that of the configuration of its document; the others are written.
for program in noviSupervisor noviWorker noviGateway; do
    "$generator" "$programs/$program" --output-directory "$work" >/dev/null
done
cp "$here"/packaging/man/*.[0-9] "$work/"
if command -v go-md2man >/dev/null; then
    {
        printf '%% novi-ecosystem 5\n\n'
        sed -e '1s/.*/# NAME\n\nnovi-ecosystem - ecosystem.json, what runs\n\n# DESCRIPTION/' -e 's/\[\([^]]*\)\]([^)]*)/\1/g' \
            "$here/docs/CONFIGURATION.md"
    } | go-md2man >"$work/novi-ecosystem.5"
else
    echo "install: no manual page novi-ecosystem(5) without go-md2man; the same text is in docs/CONFIGURATION.md" >&2
fi
for page in "$work"/*.[0-9]; do
    # Empty lines mean something to groff that none of them means.
    sed -i '/^$/d' "$page"
    place 0644 "$page" "share/man/man${page##*.}/${page##*/}"
done

# Debian keeps packages' completions of zsh apart from those of the administrator.
zsh=share/zsh/site-functions
[ "$prefix" != /usr ] || zsh=share/zsh/vendor-completions
for shell in bash zsh fish; do
    # They are read by a shell that runs, so a first line that names one is none.
    "$programs/noviSupervisor" completion "$shell" | sed '1{/^#!/d}' >"$work/completion.$shell"
done
place 0644 "$work/completion.bash" share/bash-completion/completions/noviSupervisor
place 0644 "$work/completion.zsh" $zsh/_noviSupervisor
place 0644 "$work/completion.fish" share/fish/vendor_completions.d/noviSupervisor.fish

place 0644 "$here/packaging/novi.catalog" lib/systemd/catalog/novi.catalog
for document in README.md CHANGELOG.md LICENSE; do
    place 0644 "$here/$document" "share/doc/novi/$document"
done
for document in "$here"/docs/*.md; do
    place 0644 "$document" "share/doc/novi/docs/${document##*/}"
done
for interface in "$here"/docs/varlink/*.varlink; do
    place 0644 "$interface" "share/doc/novi/docs/varlink/${interface##*/}"
done
place 0644 "$here/packaging/grafana/novi.json" share/doc/novi/examples/grafana-novi.json
place 0644 "$here/packaging/prometheus/novi-alerts.yml" share/doc/novi/examples/novi-alerts.yml
for example in "$here"/packaging/systemd/examples/*; do
    place 0644 "$example" "share/doc/novi/examples/${example##*/}"
done
sed "s|/usr/bin/noviWorker|$prefix/bin/noviWorker|" "$here/packaging/debian/ecosystem.json" >"$work/ecosystem.json"
place 0644 "$work/ecosystem.json" share/doc/novi/examples/ecosystem.json

# Straight into this machine, not into a tree for somebody else: the journal can explain the events from now on.
if [ -z "$destination" ] && [ "$(id -u)" -eq 0 ] && command -v journalctl >/dev/null; then
    journalctl --update-catalog >/dev/null 2>&1 || true
fi
