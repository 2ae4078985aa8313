#!/bin/sh
# Measures the window beside a bare Fyne window in the same run, and how long it is deaf while facts pour in: build/bench-window.sh.
# Under Xvfb, software drawing. Nothing leaves the computer: the checks of the second part are told.
set -eu
cd "$(dirname "$0")/.."
. build/app.sh
work=$(mktemp -d)
trap 'rm -rf "$work"; [ -z "${screen:-}" ] || kill "$screen" 2>/dev/null || true' EXIT
CGO_ENABLED=1 go build -trimpath -tags "$TAGS" -ldflags "-s -w" -o "$work/ours" .
CGO_ENABLED=1 go build -trimpath -tags "$TAGS" -ldflags "-s -w" -o "$work/bare" ui/desktop/bare/bare.go
CGO_ENABLED=0 go build -trimpath -o "$work/measure" build/bench/measure.go
echo "stripped: passerelle $(($(wc -c <"$work/ours") / 1024)) KiB, bare $(($(wc -c <"$work/bare") / 1024)) KiB"
"$work/measure" bare="$work/bare" passerelle="$work/ours"
# The longest time for which the UI goroutine does not listen (issue 6: no frame longer than 50 ms while facts pour in).
CGO_ENABLED=1 go test -c -trimpath -tags "gallery,$TAGS" -o "$work/frames" ./ui/desktop
mkfifo "$work/display"
mkdir "$work/home"
Xvfb -displayfd 3 -screen 0 1366x768x24 -nolisten tcp +extension GLX 3>"$work/display" 2>/dev/null &
screen=$!
read -r number <"$work/display"
HOME=$work/home DISPLAY=:$number LIBGL_ALWAYS_SOFTWARE=1 LANG=en_US.UTF-8 FYNE_SCALE=1 PASSERELLE_FRAMES=1 "$work/frames"
