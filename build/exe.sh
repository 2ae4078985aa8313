#!/bin/sh
# Builds dist/passerelle.exe (the window, no console) and dist/passerelle-cli.exe (its console twin, no cgo), with their
# icon, version and manifest, and a zip of both. Needs MinGW, rsvg-convert, zip: build/dist.sh sees to it.
set -eu
cd "$(dirname "$0")/.."
. build/app.sh
need_go
work=build/out/windows
syso=rsrc_windows_amd64.syso # the suffix keeps it out of every other system's build
mkdir -p "$work" dist
sh build/icons.sh build/out/icons
cp build/out/icons/passerelle.ico "$work/"
trap 'rm -f "$syso"' EXIT INT TERM

# Windows counts versions with four numbers, the last is the build
version4=$VERSION.$APP_BUILD
fill() {
	sed -e "s/@VERSION4@/$version4/g; s/@VERSION@/$VERSION/g; s/@COMMAS@/$(echo "$version4" | tr . ,)/g; s/@NAME@/$APP_NAME/g; s/@FILE@/$1/g" "$2"
}
resource() {
	fill "$1" build/windows/passerelle.manifest >"$work/passerelle.manifest"
	fill "$1" build/windows/passerelle.rc >"$work/passerelle.rc"
	(cd "$work" && x86_64-w64-mingw32-windres -c 65001 -O coff -i passerelle.rc -o ../../../$syso)
}

export GOOS=windows GOARCH=amd64
resource passerelle-cli
CGO_ENABLED=0 go build -trimpath -tags "$TAGS" -ldflags "$LDFLAGS" -o dist/passerelle-cli.exe .
resource passerelle
CGO_ENABLED=1 CC=x86_64-w64-mingw32-gcc go build -trimpath -tags "$TAGS" -ldflags "$LDFLAGS -H=windowsgui" -o dist/passerelle.exe .

# Only libraries that every Windows has: one of MinGW's own would mean "file not found" on a person's computer.
known='advapi32|bcrypt|bcryptprimitives|crypt32|dnsapi|gdi32|iphlpapi|kernel32|msvcrt|ntdll|ole32|oleaut32|opengl32|shell32|user32|userenv|winhttp|wininet|winmm|ws2_32|api-ms-win-.*|powrprof|psapi|pdh|secur32|version|wtsapi32'
foreign=$(for f in dist/passerelle.exe dist/passerelle-cli.exe; do x86_64-w64-mingw32-objdump -p "$f"; done |
	sed -n 's/.*DLL Name: \(.*\)\.dll.*/\1/Ip' | tr '[:upper:]' '[:lower:]' | sort -u | grep -vxE "$known" || true)
if [ -n "$foreign" ]; then
	complain "The program would need libraries that Windows does not have: $foreign"
	exit 1
fi

zip=passerelle-$VERSION-windows-amd64.zip
rm -rf "$work/zip" "dist/$zip"
mkdir -p "$work/zip/Passerelle"
cp dist/passerelle.exe dist/passerelle-cli.exe "$work/zip/Passerelle/"
sed 's/$/\r/' LICENSE >"$work/zip/Passerelle/LICENSE.txt"
(cd "$work/zip" && zip -q -9 -r "../../../../dist/$zip" Passerelle)
say "Built dist/passerelle.exe, dist/passerelle-cli.exe, dist/$zip"
