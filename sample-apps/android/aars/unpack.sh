#!/usr/bin/env bash
# BUILD/archives/*.aar -> BUILD/unpacked/NAME/ (manifest, resources) and BUILD/classes/ (the code of all)
set -euo pipefail
build=$1
mkdir -p "$build/unpacked" "$build/classes"
for archive in "$build"/archives/*.aar; do
    folder=$build/unpacked/$(basename "$archive" .aar)
    unzip -qo "$archive" -d "$folder"
    unzip -qo "$folder/classes.jar" -d "$build/classes"
done
