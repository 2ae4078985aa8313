#!/bin/sh
# Measures the window beside a bare Fyne window in the same run: build/bench-window.sh. Under Xvfb, software drawing. Nothing leaves
# the computer: no check is begun.
set -eu
cd "$(dirname "$0")/.."
. build/app.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
CGO_ENABLED=1 go build -trimpath -tags "$TAGS" -ldflags "-s -w" -o "$work/ours" .
CGO_ENABLED=1 go build -trimpath -tags "$TAGS" -ldflags "-s -w" -o "$work/bare" ui/desktop/bare/bare.go
CGO_ENABLED=0 go build -trimpath -o "$work/measure" build/bench/measure.go
echo "stripped: passerelle $(($(wc -c <"$work/ours") / 1024)) KiB, bare $(($(wc -c <"$work/bare") / 1024)) KiB"
"$work/measure" bare="$work/bare" passerelle="$work/ours"
