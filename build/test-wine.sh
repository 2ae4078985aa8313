#!/bin/sh
# Starts the two Windows programs under Wine, without a network: the console one prints its help, the window appears under
# Xvfb, and where there is no OpenGL it ends with status 3 instead of staying invisible (research/fyne-anchors.md §5.1).
# It catches what breaks at start; it says little about real Windows.
set -eu
cd "$(dirname "$0")/.."
. build/app.sh

not_here() {
	say "SKIP  the exe under Wine: $1"
	exit 0
}
[ "$(uname -s)" = Linux ] || not_here "needs Linux"
sh build/needs.sh ensure wine || not_here "Wine is not installed"
[ -s dist/passerelle.exe ] || { complain "No exe in dist/: make dist first."; exit 1; }

work=$(mktemp -d /tmp/passerelle-wine.XXXXXX)
WINEPREFIX=$work/prefix
WINEDEBUG=-all
WINEDLLOVERRIDES='mscoree,mshtml='
export WINEPREFIX WINEDEBUG WINEDLLOVERRIDES
xvfb=''
stop_xvfb() {
	if [ -n "$xvfb" ]; then
		kill "$xvfb" 2>/dev/null || true
		wait "$xvfb" 2>/dev/null || true
	fi
	xvfb=''
}
finish() {
	stop_xvfb
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

# alone COMMAND… runs without a network, in a process space that ends with it: Wine leaves servers behind otherwise
alone() {
	if [ "$(id -u)" = 0 ]; then
		unshare -n -p --fork --kill-child --mount-proc "$@"
	else
		unshare -Urnp --fork --kill-child --mount-proc "$@"
	fi
}
display() {
	: >"$work/display"
	Xvfb -displayfd 3 -screen 0 1366x768x24 "$@" -nolisten tcp 3>"$work/display" >/dev/null 2>&1 &
	xvfb=$!
	tries=0
	until [ -s "$work/display" ]; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || { complain "Xvfb did not start."; exit 1; }
		sleep 0.1
	done
	DISPLAY=:$(cat "$work/display")
	export DISPLAY
}

alone timeout 180 wineboot -i >"$work/boot.log" 2>&1 || alone timeout 180 wine wineboot -i >>"$work/boot.log" 2>&1 || not_here "Wine does not start here: $(tail -n 1 "$work/boot.log")"
system32=$WINEPREFIX/drive_c/windows/system32
[ -d "$system32" ] || not_here "Wine made no C: drive here"
if [ ! -e "$system32/bcryptprimitives.dll" ] || ! x86_64-w64-mingw32-objdump -p "$system32/bcryptprimitives.dll" | grep -q ProcessPrng; then
	x86_64-w64-mingw32-gcc -shared -O1 -o "$system32/bcryptprimitives.dll" build/windows/bcryptprimitives.c -ladvapi32
	WINEDLLOVERRIDES="$WINEDLLOVERRIDES;bcryptprimitives=n"
fi
cp dist/passerelle.exe dist/passerelle-cli.exe "$work/"

if ! alone timeout 60 wine "$work/passerelle-cli.exe" help >"$work/cli.log" 2>&1; then
	cat "$work/cli.log"
	complain "passerelle-cli.exe does not start."
	exit 1
fi
[ -s "$work/cli.log" ] || { complain "passerelle-cli.exe prints nothing."; exit 1; }
say "ok    passerelle-cli.exe under Wine: starts and prints"

display +extension GLX
alone timeout 60 wine "$work/passerelle.exe" >"$work/window.log" 2>&1 &
app=$!
window=
tries=0
while [ -z "$window" ]; do
	tries=$((tries + 1))
	if [ $tries -gt 400 ] || ! kill -0 $app 2>/dev/null; then
		cat "$work/window.log"
		complain "passerelle.exe opens no window."
		exit 1
	fi
	sleep 0.1
	window=$(xdotool search --onlyvisible --name "^$APP_NAME\$" 2>/dev/null | tail -n 1)
done
sleep 3 # Wine paints late
mkdir -p build/out
import -window "$window" build/out/wine-window.png
kill $app 2>/dev/null || true
wait $app 2>/dev/null || true
stop_xvfb
say "ok    passerelle.exe under Wine: the window is there (build/out/wine-window.png)"

display -extension GLX
code=0
alone timeout 60 wine "$work/passerelle.exe" >"$work/nogl.log" 2>&1 &
app=$!
# It tells the person in a message box, which waits for its OK: that is pressed here, and it must be there to be pressed.
told=no
tries=0
while kill -0 $app 2>/dev/null && [ $tries -lt 600 ]; do
	tries=$((tries + 1))
	sleep 0.1
	for box in $(xdotool search --onlyvisible --name '.' 2>/dev/null); do
		told=yes
		xdotool windowfocus "$box" key --window "$box" Return 2>/dev/null || true
	done
done
wait $app || code=$?
stop_xvfb
if [ $code = 3 ]; then
	say "ok    passerelle.exe under Wine without OpenGL: ends with status 3 (message box shown: $told)"
else
	complain "Without OpenGL passerelle.exe should end with status 3; it was $code (124: still running after a minute, unseen)."
	exit 1
fi
