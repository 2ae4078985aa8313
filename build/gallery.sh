#!/bin/sh
# Draws the gallery: build/gallery.sh [FOLDER]. Pictures of the real window with told checks (no network), on a screen that nobody
# sees; made small by a palette of their own. Needs Xvfb and ImageMagick. Also makes docs/screenshot-*.png.
set -eu
cd "$(dirname "$0")/.."
out=${1:-docs/gallery}
# Which scenes (the first two characters of their names in ui/desktop/*_test.go): one of each kind of page.
scenes="01 02 03 04 05 06 07 08 09 10 11 12 27 28 40 43 45 47 62 65"
work=$(mktemp -d)
trap 'rm -rf "$work"; [ -z "${screen:-}" ] || kill "$screen" 2>/dev/null || true' EXIT
CGO_ENABLED=1 go test -c -trimpath -tags gallery,no_emoji,no_metadata,no_animations -o "$work/gallery" ./ui/desktop
mkfifo "$work/display"
Xvfb -displayfd 3 -screen 0 1366x768x24 -nolisten tcp +extension GLX 3>"$work/display" 2>/dev/null &
screen=$!
read -r number <"$work/display"
mkdir "$work/png" "$work/home"
HOME=$work/home DISPLAY=:$number LIBGL_ALWAYS_SOFTWARE=1 LANG=en_US.UTF-8 FYNE_SCALE=1 PASSERELLE_GALLERY=$work/png \
	PASSERELLE_SCENES="${PASSERELLE_SCENES-$scenes}" PASSERELLE_LOOKS="${PASSERELLE_LOOKS-}" "$work/gallery"
mkdir -p "$out"
# The colours that mean something are laid beside each picture while its palette is chosen, and cut off again: a small red sign keeps
# its red however few colours there are.
light="#ffffff #f6f7f9 #1c1e21 #50565e #0b57d0 #e8f0fe #0f6b3a #e6f4ec #8a4b00 #fff3dc #b3161b #fdebeb #5b6470 #eef0f2"
dark="#16181b #202327 #f1f3f4 #b6bcc4 #8ab4f8 #17263f #6fd39a #14301f #f5b85c #33270f #ff8a85 #3a1a1b #aab1ba #26292e"
shrink() { # PERCENT COLOURS
	for p in "$work"/png/*.png; do
		case $p in *dark*) means=$dark ;; *) means=$light ;; esac
		swatch=
		for c in $means; do swatch="$swatch xc:$c"; done
		size=$(identify -format '%w %h' "$p")
		# shellcheck disable=SC2086 # the swatches are words
		convert "$p" -filter Triangle -resize "$1%" \( -size 40x40 $swatch +append \) -append -dither None -colors "$2" \
			-gravity north -crop "$((${size% *} * $1 / 100))x$((${size#* } * $1 / 100))+0+0" +repage \
			-strip -define png:compression-level=9 -define png:compression-filter=0 "PNG8:$out/$(basename "$p")"
	done
	bytes=$(cat "$out"/[0-9][0-9]-*.png | wc -c)
}
limit=${PASSERELLE_GALLERY_BYTES:-1000000} # all of them: under 1 MiB, with some room (issue 6)
rm -f "$out"/[0-9][0-9]-*-*-*.png # those of last time, and nothing else
for as in "100 64" "100 40" "85 32" "75 24" "70 20" "64 20" "56 20"; do
	# shellcheck disable=SC2086 # two words
	shrink $as
	[ "$bytes" -le "$limit" ] && break
done
echo "drawn at ${as% *} % in ${as#* } colours"
if [ -z "${1:-}" ]; then
	for l in en fr; do
		convert "$work/png/04-verdict-site-$l-light.png" -dither None -colors 200 -strip -define png:compression-level=9 "PNG8:docs/screenshot-$l.png"
	done
fi
{
	echo "# The screens of Passerelle"
	echo
	echo "Made by build/gallery.sh: the real window, with checks that were told in advance."
	for p in "$out"/*-en-light.png; do
		n=$(basename "$p" -en-light.png)
		printf '\n## %s\n\n| | light | dark |\n|---|---|---|\n' "$n"
		for l in en fr; do printf '| %s | ![](%s-%s-light.png) | ![](%s-%s-dark.png) |\n' "$l" "$n" "$l" "$n" "$l"; done
	done
} >"$out/README.md"
du -cb "$out"/*.png | tail -1
