#!/bin/sh
# Builds what Linux people download, for this machine's kind of processor: a deb and a tar.xz, each with the window program
# and its terminal twin side by side.
set -eu
cd "$(dirname "$0")/.."
. build/app.sh
need_go
arch=$(go env GOARCH)
work=build/out/linux
rm -rf "$work"
mkdir -p "$work" dist
sh build/icons.sh build/out/icons
sh build/program.sh window "$work/passerelle"
sh build/program.sh terminal "$work/passerelle-cli"
date=$(date -u -d "@${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}" +%Y-%m-%d)
fill() { sed -e "s/@VERSION@/$VERSION/g; s/@DATE@/$date/g" "$1"; }

# --- deb
case $arch in arm) debarch=armhf ;; 386) debarch=i386 ;; *) debarch=$arch ;; esac
root=$work/deb
put() { # put MODE FROM TO
	mkdir -p "$root/$(dirname "$3")"
	install -m "$1" "$2" "$root/$3"
}
put 755 "$work/passerelle" usr/bin/passerelle
put 755 "$work/passerelle-cli" usr/bin/passerelle-cli
put 644 "build/linux/$APP_ID.desktop" "usr/share/applications/$APP_ID.desktop"
put 644 "build/linux/$APP_ID.policy" "usr/share/polkit-1/actions/$APP_ID.policy"
fill "build/linux/$APP_ID.metainfo.xml" >"$work/metainfo.xml"
put 644 "$work/metainfo.xml" "usr/share/metainfo/$APP_ID.metainfo.xml"
for side in 16 24 32 48 64 128 256; do
	put 644 "build/out/icons/$side.png" "usr/share/icons/hicolor/${side}x$side/apps/$APP_ID.png"
done
put 644 "$APP_ICON" "usr/share/icons/hicolor/scalable/apps/$APP_ID.svg"
fill build/linux/passerelle.1 | gzip -9n >"$work/passerelle.1.gz"
put 644 "$work/passerelle.1.gz" usr/share/man/man1/passerelle.1.gz
ln -s passerelle.1.gz "$root/usr/share/man/man1/passerelle-cli.1.gz"
put 644 build/linux/copyright usr/share/doc/passerelle/copyright
printf 'passerelle (%s) stable; urgency=low\n\n  * See CHANGELOG.md.\n\n -- Passerelle contributors <noreply@passerelle.invalid>  %s\n' "$VERSION" \
	"$(LC_ALL=C date -u -R -d "$date")" | gzip -9n >"$work/changelog.gz"
put 644 "$work/changelog.gz" usr/share/doc/passerelle/changelog.gz
# libc: the newest symbol that the two programs ask for
glibc=$(objdump -T "$work/passerelle" 2>/dev/null | sed -n 's/.*GLIBC_\([0-9.]*\).*/\1/p' | sort -V | tail -n 1)
mkdir -p "$root/DEBIAN"
cat >"$root/DEBIAN/control" <<C
Package: passerelle
Version: $VERSION
Architecture: $debarch
Maintainer: Passerelle contributors <noreply@passerelle.invalid>
Installed-Size: $(du -sk --exclude=DEBIAN "$root" | cut -f1)
Depends: libc6 (>= ${glibc:-2.34}), libgl1, libx11-6, libx11-xcb1, libxcursor1, libxi6, libxinerama1, libxrandr2, libxrender1, libxxf86vm1
Recommends: libgl1-mesa-dri, xdg-utils, polkitd | policykit-1
Section: net
Priority: optional
Description: find out why a web site does not open
 A site shows "502 Bad Gateway", or nothing at all. Passerelle follows the way
 from this computer to the site and says within seconds whether it is you or
 the site, where the way is cut and who can act. What is broken on this side is
 mended with one click, checked again, and can be undone.
C
deb=dist/passerelle_${VERSION}_$debarch.deb
dpkg-deb --root-owner-group -Zxz --build "$root" "$deb" >/dev/null
say "Built $deb"

# --- tar.xz
name=passerelle-$VERSION-linux-$arch
mkdir -p "$work/$name"
cp "$work/passerelle" "$work/passerelle-cli" LICENSE README.md "build/linux/$APP_ID.desktop" "$work/$name/"
cp "$APP_ICON" "$work/$name/$APP_ID.svg"
tar -C "$work" --owner=0 --group=0 --sort=name -cf - "$name" | xz -6 >"dist/$name.tar.xz"
say "Built dist/$name.tar.xz"
