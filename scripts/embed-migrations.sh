#!/usr/bin/env bash
# Writes Sources/noviWorker/Database/EmbeddedMigrations of the SQL files, a Swift file for each migration, so that the program needs no files where it runs.
set -euo pipefail

cd "$(dirname "$0")/.."
folder=Sources/noviWorker/Migrations
output=Sources/noviWorker/Database/EmbeddedMigrations

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

swift_head() {
    echo "// Written by scripts/embed-migrations.sh from the files in Sources/noviWorker/Migrations; a test holds them together."
    echo "// swift-format-ignore-file"
    echo
}

rm -rf "$output.new"
mkdir "$output.new"
all=()
for up in "$folder"/*.up.sql; do
    stem=$(basename "$up" .up.sql)
    member=of${stem%%_*}
    all+=("$member")
    {
        swift_head
        echo "extension EmbeddedMigrations {"
        echo "    static let $member ="
        echo "        Files("
        echo "            version: \"${stem%%_*}\","
        echo "            name: \"${stem#*_}\","
        printf '            up: '
        text "$up"
        echo ","
        printf '            down: '
        text "$folder/$stem.down.sql"
        echo
        echo "        )"
        echo "}"
    } >"$output.new/EmbeddedMigrations+$stem.swift"
done
{
    swift_head
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
    printf '        %s,\n' "${all[@]}"
    echo "    ]"
    echo "}"
} >"$output.new/EmbeddedMigrations.swift"
rm -rf "$output"
mv "$output.new" "$output"
