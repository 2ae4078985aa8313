#!/bin/sh
# On a Mac: dist/Passerelle.app in a zip, signed "ad hoc" (no paid certificate: macOS asks before the first start, README).
# Elsewhere: the terminal program only, cross-compiled; the window needs Apple's SDK.
set -eu
cd "$(dirname "$0")/.."
. build/app.sh
need_go
mkdir -p dist build/out/mac
for arch in amd64 arm64; do
	out=dist/passerelle-cli-$VERSION-macos-$arch
	CGO_ENABLED=0 GOOS=darwin GOARCH=$arch go build -trimpath -tags "$TAGS" -ldflags "$LDFLAGS" -o "$out" .
	say "Built $out"
done
[ "$(uname -s)" = Darwin ] || exit 0

app=build/out/mac/$APP_NAME.app
rm -rf "$app" build/out/mac/icon.iconset
mkdir -p "$app/Contents/MacOS" "$app/Contents/Resources" build/out/mac/icon.iconset
for arch in amd64 arm64; do
	CGO_ENABLED=1 GOARCH=$arch go build -trimpath -tags "$TAGS" -ldflags "$LDFLAGS" -o "build/out/mac/passerelle-$arch" .
done
lipo -create -output "$app/Contents/MacOS/passerelle" build/out/mac/passerelle-amd64 build/out/mac/passerelle-arm64
lipo -create -output "$app/Contents/MacOS/passerelle-cli" "dist/passerelle-cli-$VERSION-macos-amd64" "dist/passerelle-cli-$VERSION-macos-arm64"
for side in 16 32 128 256; do
	rsvg-convert -w $side -h $side "$APP_ICON" -o "build/out/mac/icon.iconset/icon_${side}x$side.png"
	rsvg-convert -w $((2 * side)) -h $((2 * side)) "$APP_ICON" -o "build/out/mac/icon.iconset/icon_${side}x$side@2x.png"
done
iconutil -c icns -o "$app/Contents/Resources/passerelle.icns" build/out/mac/icon.iconset
cat >"$app/Contents/Info.plist" <<P
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
<key>CFBundleName</key><string>$APP_NAME</string>
<key>CFBundleIdentifier</key><string>$APP_ID</string>
<key>CFBundleExecutable</key><string>passerelle</string>
<key>CFBundleIconFile</key><string>passerelle.icns</string>
<key>CFBundlePackageType</key><string>APPL</string>
<key>CFBundleShortVersionString</key><string>$VERSION</string>
<key>CFBundleVersion</key><string>$APP_BUILD</string>
<key>LSMinimumSystemVersion</key><string>12.0</string>
<key>NSHighResolutionCapable</key><true/>
<key>CFBundleDevelopmentRegion</key><string>en</string>
<key>CFBundleLocalizations</key><array><string>en</string><string>fr</string></array>
</dict></plist>
P
codesign --force --deep --sign - "$app"
(cd build/out/mac && ditto -c -k --keepParent "$APP_NAME.app" "../../../dist/passerelle-$VERSION-macos.zip")
say "Built dist/passerelle-$VERSION-macos.zip"
