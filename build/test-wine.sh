#!/bin/sh
# Starts the two Windows programs under Wine, without a network: the console one prints its help, the window appears under
# Xvfb, and where there is no OpenGL it ends with status 3 instead of staying invisible (research/fyne-anchors.md §5.1).
# It catches what breaks at start. Then the fixes for which Wine has the real thing are done and undone there: the hosts file, WinINET's
# proxy, the folders of a browser's pages. Wine's netsh and PowerShell are stubs: what goes through them says nothing here.
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

# its registry is on disk only when its server has ended
alone timeout 180 sh -c 'wineboot -i && wineserver -w' >"$work/boot.log" 2>&1 || alone timeout 180 wine wineboot -i >>"$work/boot.log" 2>&1 || not_here "Wine does not start here: $(tail -n 1 "$work/boot.log")"
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

# fixed NAME [ARG] does a fix with the exe; it must say that it is done and proved.
fixed() {
	if ! alone timeout 60 wine "$work/passerelle-cli.exe" fix --json --yes "$@" >"$work/fix.json" 2>"$work/fix.log" || ! grep -q '"verified": *true' "$work/fix.json"; then
		cat "$work/fix.json" "$work/fix.log"
		complain "passerelle-cli.exe fix $* under Wine: not done, or not proved."
		exit 1
	fi
}
hosts=$system32/drivers/etc/hosts
printf '# comment\r\n127.0.0.1 localhost\r\n203.0.113.99\tshop.example other.example # by hand\r\n' >"$hosts"
cp "$hosts" "$work/hosts"
fixed remove-hosts-entry shop.example
if cmp -s "$hosts" "$work/hosts" || ! grep -q '^203.0.113.99 other.example' "$hosts"; then
	cat "$hosts"
	complain "remove-hosts-entry under Wine: the hosts file is not what it should be."
	exit 1
fi
alone timeout 60 wine "$work/passerelle-cli.exe" undo --yes --all >"$work/undo.log" 2>&1 || true
if ! cmp "$hosts" "$work/hosts"; then
	cat "$work/undo.log"
	complain "undo under Wine: the hosts file is not what it was."
	exit 1
fi
say "ok    remove-hosts-entry under Wine: done, and undone to the byte"

local=$(find "$WINEPREFIX/drive_c/users" -maxdepth 4 -type d -path '*/AppData/Local' ! -path '*/Public/*' | head -n 1)
profile="$local/Google/Chrome/User Data/Default"
mkdir -p "$profile/Cache/Cache_Data" "$profile/Code Cache/js" "$profile/Network" "$profile/Local Storage/leveldb"
for kept in Network/Cookies 'Login Data' History 'Local Storage/leveldb/000003.log' Preferences; do
	echo "kept: $kept" >"$profile/$kept"
done
(cd "$local" && find . -type f | sort | xargs -d '\n' sha256sum) >"$work/kept"
head -c 3000000 /dev/zero >"$profile/Cache/Cache_Data/f_000001"
echo x >"$profile/Code Cache/js/index"
fixed clear-browser-cache chrome
if [ -e "$profile/Cache" ] || [ -e "$profile/Code Cache" ] || ! (cd "$local" && sha256sum --quiet -c "$work/kept"); then
	complain "clear-browser-cache under Wine: pages stay, or something else is gone."
	exit 1
fi
say "ok    clear-browser-cache under Wine: Chrome's pages are gone, the rest is as it was"

CGO_ENABLED=0 GOOS=windows GOARCH=amd64 go test -trimpath -c -o "$work/fixes.exe" ./checks/fix
if ! alone env PASSERELLE_CHANGES=1 timeout 120 wine "$work/fixes.exe" -test.v -test.run '^Test(InternetSettingsOfThisComputer|MachineProxyOfThisComputer|ProxyForReal|HostsForReal|FlushForReal)$' >"$work/fixes.log" 2>&1; then
	cat "$work/fixes.log"
	complain "The fixes' own tests fail under Wine."
	exit 1
fi
say "ok    turn-off-proxy and flush-dns under Wine: $(grep -c '^--- PASS' "$work/fixes.log") tests, there and back"

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
