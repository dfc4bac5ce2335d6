#!/usr/bin/env bash
# aapt2 over the app's resources and those of the unpacked AARs: BUILD/android/resources.apk and an R class for each package
set -euo pipefail
build=$1 unpacked=$2 packages='' linked=()
cd "$(dirname "$0")"
flat=$build/android/flat
mkdir -p "$flat" "$build/generated-r"
for folder in "$unpacked"/*; do
    packages+=:$(sed -n -E 's/.*package="([^"]*)".*/\1/p' "$folder/AndroidManifest.xml" | head -1)
    if [ -n "$(ls "$folder/res" 2>/dev/null)" ]; then
        name=$flat/$(basename "$folder").zip
        aapt2 compile --dir "$folder/res" -o "$name"
        linked+=(-R "$name")
    fi
done
aapt2 compile --dir src/main/res -o "$flat/app.zip"
aapt2 link -I "$build/android/android.jar" --manifest src/main/AndroidManifest.xml --min-sdk-version 28 --target-sdk-version 35 \
    --auto-add-overlay --extra-packages "${packages#:}" --java "$build/generated-r" -o "$build/android/resources.apk" \
    "${linked[@]}" -R "$flat/app.zip"
