#!/usr/bin/env bash
# Writes Sources/noviGateway/EmbeddedPage.swift of the files in Sources/noviGateway/Page, so that the program needs no files where it runs.
set -euo pipefail

cd "$(dirname "$0")/.."
folder=Sources/noviGateway/Page
output=Sources/noviGateway/EmbeddedPage.swift

{
    echo "// Written by scripts/embed-page.sh from the files in Sources/noviGateway/Page; a test holds them together."
    echo "// swift-format-ignore-file"
    echo
    echo "/// The files of the folder Page, as they are."
    echo "enum EmbeddedPage {"
    echo "    /// One file."
    echo "    struct File: Sendable {"
    echo "        let name: String"
    echo "        let text: String"
    echo "    }"
    echo
    echo "    /// All, by name."
    echo "    static let files: [File] = ["
    for file in "$folder"/*; do
        echo "        File("
        echo "            name: \"${file##*/}\","
        # A raw text with the file's own bytes.
        printf '            text: ##"""\n'
        sed -e 's/^\(.\)/                \1/' "$file"
        # The line end before the end mark does not count, the file's last one does.
        printf '\n                """##\n'
        echo "        ),"
    done
    echo "    ]"
    echo "}"
} >"$output.new"
mv "$output.new" "$output"
