#!/usr/bin/env bash
# Writes Sources/noviWorker/Database/EmbeddedMigrations.swift of the SQL files, so that the program needs no files where it runs.
set -euo pipefail

cd "$(dirname "$0")/.."
folder=Sources/noviWorker/Migrations
output=Sources/noviWorker/Database/EmbeddedMigrations.swift

text() {
    if [ ! -e "$1" ]; then
        printf 'nil'
        return
    fi
    # A raw text with the file's own bytes; one more # than any in the file would need is not needed in SQL.
    printf '##"""\n'
    sed -e 's/^\(.\)/            \1/' "$1"
    printf '\n            """##'
}

{
    echo "// Written by scripts/embed-migrations.sh from the files in Sources/noviWorker/Migrations; a test holds them together."
    echo "// swift-format-ignore-file"
    echo
    echo "/// The files of the folder Migrations, as they are."
    echo "enum EmbeddedMigrations {"
    echo "    /// One migration's files."
    echo "    struct Files: Sendable {"
    echo "        let version: String"
    echo "        let name: String"
    echo "        let up: String"
    echo "        let down: String?"
    echo "    }"
    echo
    echo "    /// All, in order."
    echo "    static let all: [Files] = ["
    for up in "$folder"/*.up.sql; do
        stem=$(basename "$up" .up.sql)
        echo "        Files("
        echo "            version: \"${stem%%_*}\","
        echo "            name: \"${stem#*_}\","
        printf '            up: '
        text "$up"
        echo ","
        printf '            down: '
        text "$folder/$stem.down.sql"
        echo
        echo "        ),"
    done
    echo "    ]"
    echo "}"
} >"$output.new"
mv "$output.new" "$output"
