# shellcheck shell=sh
# What every script of build/ needs: the facts of FyneApp.toml, the build flags, and how to speak.
# Sourced from the repository's root with `. build/app.sh`.

# app_field NAME prints one value of FyneApp.toml.
app_field() {
	sed -n "s/^$1 *= *\"\{0,1\}\([^\"]*\)\"\{0,1\} *\$/\1/p" FyneApp.toml | head -n 1
}

VERSION=$(app_field Version)
APP_NAME=$(app_field Name)
APP_ID=$(app_field ID)
APP_ICON=$(app_field Icon)
APP_BUILD=$(app_field Build)
export VERSION APP_NAME APP_ID APP_ICON APP_BUILD
if [ -z "$VERSION" ] || [ -z "$APP_NAME" ] || [ -z "$APP_ID" ] || [ -z "$APP_ICON" ] || [ -z "$APP_BUILD" ]; then
	echo "FyneApp.toml: Version, Name, ID, Icon and Build must all be there, one a line." >&2
	exit 1
fi

# The same flags everywhere, so that all builds and tests share one compiler cache: Fyne's C parts take minutes.
# no_animations: nothing in this window moves but what is known; Fyne's blinking cursor alone costs 3 % of a processor.
# release: no developer hints. no_emoji: 4 MB less. no_metadata: we say ours. migrated_fynedo: see TAGS_WINDOW_TEST.
TAGS=release,migrated_fynedo,no_emoji,no_metadata,no_animations
# Without migrated_fynedo Fyne reports every touch of a widget off its thread ("Error in Fyne call thread"):
# the build that the window tests drive. outline: it tells them what stands in the window (ui/desktop/outline.go).
TAGS_WINDOW_TEST=release,no_emoji,no_metadata,no_animations,outline
LDFLAGS="-s -w -X main.version=$VERSION"
# No stamp from git: it fails where root builds somebody else's clone (CI), and the version comes from FyneApp.toml.
GOFLAGS="${GOFLAGS:+$GOFLAGS }-buildvcs=false"
export TAGS TAGS_WINDOW_TEST LDFLAGS GOFLAGS

# Tests run without cgo, in seconds; but on a Mac Fyne's widgets are partly Objective-C.
TEST_CGO=0
[ "$(uname -s)" = Darwin ] && TEST_CGO=1
export TEST_CGO

say() { printf '%s\n' "$*"; }
complain() { printf '%s\n' "$*" >&2; }

# need_go ends the script when Go is missing or too old to fetch the version that go.mod asks for.
need_go() {
	if ! command -v go >/dev/null 2>&1; then
		complain "Go is not installed (or not in PATH). Get it at https://go.dev/dl/ and try again."
		exit 1
	fi
	want=$(sed -n 's/^go \([0-9.]*\).*/\1/p' go.mod)
	# go itself says why when it is too old; GOTOOLCHAIN=auto fetches the right one from Go 1.21 on
	if ! go list -m >/dev/null 2>&1; then
		complain "Passerelle needs Go $want or newer; here is $(go version 2>/dev/null). See https://go.dev/dl/."
		go list -m >/dev/null
		exit 1
	fi
}
