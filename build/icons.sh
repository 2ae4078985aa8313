#!/bin/sh
# Draws the icon of FyneApp.toml in all the sizes that systems ask for: build/icons.sh DIR → DIR/16.png … DIR/256.png, DIR/passerelle.ico
set -eu
cd "$(dirname "$0")/.."
. build/app.sh
dir=${1:?where to}
mkdir -p "$dir"
for side in 16 24 32 48 64 128 256; do
	rsvg-convert -w $side -h $side "$APP_ICON" -o "$dir/$side.png"
done
CGO_ENABLED=0 go run -trimpath ./build/ico "$dir/passerelle.ico" "$dir/16.png" "$dir/24.png" "$dir/32.png" "$dir/48.png" "$dir/64.png" "$dir/256.png"
