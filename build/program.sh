#!/bin/sh
# Builds Passerelle: build/program.sh window|terminal OUTPUT [TAGS]
set -eu
cd "$(dirname "$0")/.."
. build/app.sh
need_go
kind=${1:-window}
out=${2:-passerelle}
tags=${3:-$TAGS}
case $kind in
window) cgo=1 ;;
terminal) cgo=0 ;;
*)
	complain "build/program.sh window|terminal OUTPUT"
	exit 2
	;;
esac
if [ "$cgo" = 1 ] && [ -z "${GOOS:-}" ]; then
	sh build/needs.sh ensure window || {
		complain "Without these the window cannot be built. The terminal program can: make cli"
		exit 1
	}
fi
CGO_ENABLED=$cgo go build -trimpath -tags "$tags" -ldflags "$LDFLAGS" -o "$out" .
say "Built $out ($APP_NAME $VERSION, $kind program)."
