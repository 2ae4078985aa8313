#!/bin/sh
# The checks that need no running: format, vet on three systems, staticcheck, the rules of the house, the shell scripts.
# Every one runs even when an earlier one failed, so that one run tells everything.
set -u
cd "$(dirname "$0")/.." || exit 1
. build/app.sh
need_go
mkdir -p build/out
status=0

# STATICCHECK is pinned: a newer one must not turn a green tree red by itself.
STATICCHECK=honnef.co/go/tools/cmd/staticcheck@v0.8.2
# MAX_LINES of a file that is not a test: longer ones do not fit in a reader's mind.
MAX_LINES=600

check() {
	name=$1
	shift
	if out=$("$@" 2>&1); then
		say "ok    $name"
	else
		status=1
		say "FAIL  $name"
		printf '%s\n' "$out" | sed 's/^/      /'
	fi
}

# sources prints the Go files of the tree, those not yet committed too.
sources() { find . -name '*.go' -not -path './build/out/*' -not -path './dist/*' -not -path './.git/*'; }

formatted() {
	bad=$(sources | xargs gofmt -l)
	[ -z "$bad" ] || { say "$bad"; return 1; }
}
vet_for() {
	os=$1 arch=$2
	shift 2
	CGO_ENABLED=0 GOOS=$os GOARCH=$arch go vet -trimpath -tags "$TAGS" "$@"
}
# without_cgo prints what must compile for macOS without cgo: all but the screens, because Fyne's widgets need Objective-C
# there. main and ui/desktop are in it: the terminal program for macOS is made that way, so their cgo-free half knows no Fyne.
without_cgo() { CGO_ENABLED=0 go list ./... | grep -vE "^$(go list -m)/ui(/|\$)"; echo ./ui/desktop; }
# static: once for each system, then merged, so that what only Windows uses is not called unused here
static() {
	CGO_ENABLED=0 GOBIN=$PWD/build/out go install -trimpath "$STATICCHECK" || return 1
	for os in linux windows darwin; do
		packages=./...
		[ $os = darwin ] && packages=$(without_cgo)
		# shellcheck disable=SC2086 # a list of packages
		CGO_ENABLED=0 GOOS=$os build/out/staticcheck -f binary -tags "$TAGS" $packages >"build/out/staticcheck.$os" || [ -s "build/out/staticcheck.$os" ] || return 1
	done
	build/out/staticcheck -merge build/out/staticcheck.linux build/out/staticcheck.windows build/out/staticcheck.darwin
}
no_fyne_below_checks() {
	bad=$(grep -rl --include='*.go' '"fyne\.io/fyne' checks)
	[ -z "$bad" ] || { say "$bad"; return 1; }
}
app_only_in_desktop() {
	bad=$(sources | xargs grep -l '"fyne\.io/fyne/v2/app"' | grep -v '^\./ui/desktop/')
	[ -z "$bad" ] || { say "$bad"; return 1; }
}
# pure: judging and wording must give the same answer anywhere, so they reach neither network nor other processes
pure() {
	bad=
	for p in facts decide words gateway; do
		[ -d "checks/$p" ] || continue
		found=$(CGO_ENABLED=0 go list -tags "$TAGS" -f '{{join .Imports "\n"}}' "./checks/$p" | grep -xE 'net|net/http|os/exec|os|syscall|crypto/tls')
		[ -z "$found" ] || bad="$bad checks/$p imports $(echo "$found" | tr '\n' ' ');"
	done
	[ -z "$bad" ] || { say "$bad"; return 1; }
}
short_files() {
	bad=$(sources | grep -v '_test\.go$' | xargs wc -l | awk -v max=$MAX_LINES '$1 > max && $2 != "total" {print $2 ": " $1 " lines"}')
	[ -z "$bad" ] || { say "$bad"; return 1; }
}
# every file of words has the same keys; what the texts say is held by the tests of checks/words
same_keys() {
	keys() { sed -n 's/^  "\([^"]*\)"[[:space:]]*:.*/\1/p' "$1" | sort; }
	bad=$(for f in assets/??.json; do keys "$f" | sed "s|\$| $f|"; done |
		awk -v n="$(find assets -maxdepth 1 -name '??.json' | wc -l)" '{c[$1]++; f[$1] = f[$1] " " $2} END {for (k in c) if (c[k] != n) print k ": only in" f[k]}')
	[ -z "$bad" ] || { say "$bad"; return 1; }
}

check "gofmt" formatted
check "go vet, this system" env CGO_ENABLED="$TEST_CGO" go vet -trimpath -tags "$TAGS" ./...
check "go vet, Windows" vet_for windows amd64 ./...
# shellcheck disable=SC2046 # a list of packages
check "go vet, macOS" vet_for darwin arm64 $(without_cgo)
check "staticcheck" static
check "nothing under checks/ imports Fyne" no_fyne_below_checks
check "only ui/desktop imports fyne/app" app_only_in_desktop
check "facts, decide, words and gateway do no I/O" pure
check "no file over $MAX_LINES lines" short_files
check "the same words in every language" same_keys
if command -v shellcheck >/dev/null 2>&1; then
	check "shellcheck" shellcheck -x -S warning build/*.sh .ci/run
else
	say "skip  shellcheck: not installed"
fi
if command -v desktop-file-validate >/dev/null 2>&1; then
	check "desktop entry" desktop-file-validate "build/linux/$APP_ID.desktop"
fi
exit $status
