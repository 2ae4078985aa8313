#!/bin/sh
# make dist: everything that people download, in dist/, with SHA256SUMS. What this system cannot make is named at the end.
set -eu
cd "$(dirname "$0")/.."
. build/app.sh
need_go
rm -rf dist
mkdir -p dist build/out
missing=
if [ "$(uname -s)" = Linux ]; then
	sh build/needs.sh ensure window dist || { complain "make dist needs the packages above."; exit 1; }
	sh build/linux.sh
	sh build/exe.sh
	sh build/mac.sh
	missing="Passerelle.app (needs a Mac: make dist there, or the workflow)"
else
	sh build/needs.sh ensure window dist || { complain "make dist needs the packages above."; exit 1; }
	sh build/mac.sh
	missing="the deb, the tar.xz and the exe (make dist on Linux)"
fi
sums() { if command -v sha256sum >/dev/null 2>&1; then sha256sum "$@"; else shasum -a 256 "$@"; fi; }
(cd dist && rm -f SHA256SUMS && for f in *; do [ -f "$f" ] && sums "$f"; done >../build/out/SHA256SUMS && mv ../build/out/SHA256SUMS .)
say "In dist/:"
(cd dist && du -k -- * | awk '{printf "  %7.1f MiB  %s\n", $1 / 1024, $2}')
say "Not made here: $missing."
