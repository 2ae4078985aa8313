#!/bin/sh
# make test, and with PASSERELLE_ALL=1 make test-all. What this machine cannot run is skipped with its reason and counted
# at the end. TEST_TIMEOUT bounds each package.
set -u
cd "$(dirname "$0")/.." || exit 1
. build/app.sh
need_go
ALL=${PASSERELLE_ALL:-}
if [ -n "$ALL" ]; then limit=${TEST_TIMEOUT:-120m}; else limit=${TEST_TIMEOUT:-10m}; fi
status=0
began=$(date +%s)

mkdir -p build/out
OUTCOME=$PWD/build/out/outcome
rm -f "$OUTCOME"
CGO_ENABLED=0 go build -trimpath -o build/out/tally ./build/tally || exit 1
skip() { build/out/tally -skip "$OUTCOME" "$1" "$2"; }
tally() { build/out/tally -o "$OUTCOME" "$@" || status=1; }
since() { say "($(($(date +%s) - began)) s since the start)"; }

say "== What the tests need"
groups="lint race"
if [ "$(uname -s)" = Linux ]; then
	groups="$groups window window-test lab"
	[ "$(id -u)" = 0 ] || groups="$groups lab-user"
	[ -z "$ALL" ] || groups="$groups browsers"
fi
# shellcheck disable=SC2086 # a list of groups
sh build/needs.sh ensure $groups || skip "packages" "some that the tests use are not installed; the tests that need them say so"

say "== Style and rules"
sh build/lint.sh || status=1
since

say "== The program"
# The lab measures this one, instead of building its own.
if sh build/program.sh terminal build/out/passerelle-terminal; then
	PASSERELLE_BIN=$PWD/build/out/passerelle-terminal
	export PASSERELLE_BIN
else
	status=1
fi
if [ "$(uname -s)" != Linux ]; then
	skip "the window, driven by keys and mouse" "needs Linux with Xvfb"
elif ! sh build/needs.sh check window window-test >/dev/null; then
	skip "the window, driven by keys and mouse" "packages are missing: make build names them"
elif sh build/program.sh window build/out/passerelle-window "$TAGS_WINDOW_TEST"; then
	PASSERELLE_GUI=$PWD/build/out/passerelle-window
	export PASSERELLE_GUI
	CGO_ENABLED=1 go vet -trimpath -tags "$TAGS_WINDOW_TEST" . ./ui/desktop || status=1
else
	status=1
fi
since

say "== Side by side: the packages with goroutines, under the race detector"
if sh build/needs.sh check race >/dev/null; then
	concurrent=$(for p in . probe fix practice outside; do [ -d "checks/$p" ] && echo "./checks/$p"; done)
	[ -n "$ALL" ] && concurrent="$concurrent $(CGO_ENABLED=$TEST_CGO go list ./ui/... 2>/dev/null | grep -vE "/(desktop|person)")"
	short=-short
	[ -n "$ALL" ] && short=
	# shellcheck disable=SC2086
	tally env CGO_ENABLED=1 go test -json -trimpath -tags "$TAGS" -race $short -count=1 -timeout "$limit" $concurrent
else
	skip "race detector" "no C compiler here"
fi
since

if [ -n "$ALL" ]; then
	say "== Fuzzing"
	sh build/fuzz.sh || status=1
	since
fi

say "== Every package, and the lab"
tally env CGO_ENABLED=$TEST_CGO go test -json -trimpath -tags "$TAGS" -count=1 -timeout "$limit" ./...
since

say "== In short"
build/out/tally -sum "$OUTCOME"
if [ $status = 0 ]; then say "All well."; else say "Something failed: see FAIL above."; fi
since
exit $status
