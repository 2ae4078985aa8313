#!/bin/sh
# make run: builds the window program and opens it. Where it cannot, the terminal program takes over, and one line says why.
set -u
cd "$(dirname "$0")/.." || exit 1
. build/app.sh
need_go

terminal_instead() {
	say "$1"
	sh build/program.sh terminal passerelle || exit 1
	say "In the terminal: ./passerelle check leboncoin.fr   (or ./passerelle help)"
	exit 0
}

if [ "$(uname -s)" != Darwin ] && [ -z "${DISPLAY:-}" ]; then
	terminal_instead "There is no display here, so no window: this builds the terminal program."
fi
sh build/needs.sh ensure window || terminal_instead "The window cannot be built without these packages: this builds the terminal program."
[ -e passerelle ] || say "The first build takes two or three minutes; the next ones seconds."
sh build/program.sh window passerelle || exit 1
exec ./passerelle
