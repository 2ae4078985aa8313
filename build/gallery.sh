#!/bin/sh
# Draws the gallery: build/gallery.sh [FOLDER]. Pictures of the real window with told checks (no network), on a screen that nobody
# sees; made small by a palette of their own. Needs Xvfb and ImageMagick. Also makes docs/screenshot-*.png.
set -eu
cd "$(dirname "$0")/.."
out=${1:-docs/gallery}
colours=64 # flat surfaces and one font: fewer lose the tints
work=$(mktemp -d)
trap 'rm -rf "$work"; [ -z "${screen:-}" ] || kill "$screen" 2>/dev/null || true' EXIT
CGO_ENABLED=1 go test -c -trimpath -tags gallery,no_emoji,no_metadata,no_animations -o "$work/gallery" ./ui/desktop
mkfifo "$work/display"
Xvfb -displayfd 3 -screen 0 1366x768x24 -nolisten tcp +extension GLX 3>"$work/display" 2>/dev/null &
screen=$!
read -r number <"$work/display"
mkdir "$work/png" "$work/home"
HOME=$work/home DISPLAY=:$number LIBGL_ALWAYS_SOFTWARE=1 LANG=en_US.UTF-8 FYNE_SCALE=1 PASSERELLE_GALLERY=$work/png \
	PASSERELLE_SCENES="${PASSERELLE_SCENES-01 02 03 04 05 06 07 08 09 10 11 12}" PASSERELLE_LOOKS="${PASSERELLE_LOOKS-}" "$work/gallery"
mkdir -p "$out"
for p in "$work"/png/*.png; do
	convert "$p" -dither None -colors $colours -strip -define png:compression-level=9 -define png:compression-filter=0 "PNG8:$out/$(basename "$p")"
done
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
