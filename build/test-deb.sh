#!/bin/sh
# Installs the deb in a clean root, starts Passerelle from its desktop entry as an ordinary user, under Xvfb and without a
# network, and waits for its window. Its picture stays in build/out/deb-window.png. Needs root; everything happens in
# namespaces of its own, and the clean root is kept in ~/.cache/passerelle-lab to be quick the next time.
set -eu
cd "$(dirname "$0")/.."
. build/app.sh

not_here() {
	say "SKIP  the deb in a clean root: $1"
	exit 0
}
[ "$(uname -s)" = Linux ] || not_here "needs Linux"
[ "$(id -u)" = 0 ] || not_here "needs root (sudo make dist-test)"
sh build/needs.sh ensure dist-test || not_here "packages are missing"
deb=$(find dist -name "passerelle_${VERSION}_*.deb" 2>/dev/null | head -n 1)
[ -n "$deb" ] || { complain "No deb in dist/: make dist first."; exit 1; }

codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-bookworm}")
case $(. /etc/os-release && echo "$ID") in
ubuntu) mirror=http://archive.ubuntu.com/ubuntu ;;
*) mirror=http://deb.debian.org/debian ;;
esac
store=$HOME/.cache/passerelle-lab/clean-$codename.tar
if [ ! -s "$store" ]; then
	say "Making a clean $codename root (kept for the next time)."
	mkdir -p "$(dirname "$store")" build/out
	rm -rf build/out/clean
	unshare -m --propagation private debootstrap --variant=minbase "$codename" "$PWD/build/out/clean" "$mirror" >build/out/debootstrap.log 2>&1 ||
		not_here "debootstrap could not make a clean $codename: see build/out/debootstrap.log"
	tar -C build/out/clean --exclude=./proc/* --exclude=./sys/* -cf "$store.part" .
	mv "$store.part" "$store"
	rm -rf build/out/clean
fi

root=$(mktemp -d /tmp/passerelle-clean.XXXXXX)
xvfb=''
app=''
finish() {
	for p in $app $xvfb; do kill "$p" 2>/dev/null || true; done
	wait 2>/dev/null || true
	rm -rf --one-file-system "$root"
}
trap finish EXIT
trap 'exit 130' INT TERM
tar -C "$root" -xf "$store"
cp "$deb" "$root/tmp/passerelle.deb"
cp /etc/resolv.conf "$root/etc/resolv.conf"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"

# inside FLAGS COMMAND… runs in the clean root, with mounts and processes of its own that end with it
inside() {
	flags=$1
	shift
	# shellcheck disable=SC2086,SC2016 # flags are a list; the inner shell expands its own
	unshare -m -p $flags --fork --kill-child --propagation private sh -c '
		root=$1; shift
		mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" && mkdir -p "$root/tmp/.X11-unix" &&
		{ [ ! -d /tmp/.X11-unix ] || mount --bind /tmp/.X11-unix "$root/tmp/.X11-unix"; }
		exec "$@"' sh "$root" "$@"
}

say "Installing $deb with what it depends on."
# Only what Depends says, to prove that it is enough to start; and a graphics driver, as Recommends brings one.
inside "" chroot "$root" env DEBIAN_FRONTEND=noninteractive sh -c '
	apt-get update -q && apt-get install -y -q --no-install-recommends /tmp/passerelle.deb' >build/out/deb-install.log 2>&1 ||
	{ tail -n 20 build/out/deb-install.log; complain "The deb could not be installed."; exit 1; }
if inside "-n" chroot "$root" ldd /usr/bin/passerelle | grep 'not found'; then
	complain "Depends lacks a library."
	exit 1
fi
inside "" chroot "$root" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends libgl1-mesa-dri >>build/out/deb-install.log 2>&1 ||
	not_here "no software graphics driver could be installed"
desktop-file-validate "$root/usr/share/applications/$APP_ID.desktop"
for icon in 48x48/apps/$APP_ID.png scalable/apps/$APP_ID.svg; do
	[ -s "$root/usr/share/icons/hicolor/$icon" ] || { complain "No icon $icon."; exit 1; }
done
inside "-n" chroot "$root" passerelle-cli --help >/dev/null 2>&1 || [ $? -le 2 ] || { complain "passerelle-cli does not start."; exit 1; }

start=$(sed -n 's/^Exec=\([^%]*\).*/\1/p' "$root/usr/share/applications/$APP_ID.desktop")
say "Starting \"$start\", as the desktop entry says."
mkdir -p "$root/home/visitor"
chown 1000:1000 "$root/home/visitor"
rm -f build/out/display # the last run's number would be read before Xvfb writes its own
Xvfb -displayfd 3 -screen 0 1366x768x24 +extension GLX -nolisten tcp 3>build/out/display >/dev/null 2>&1 &
xvfb=$!
tries=0
until [ -s build/out/display ]; do
	tries=$((tries + 1))
	[ $tries -lt 100 ] || { complain "Xvfb did not start."; exit 1; }
	sleep 0.1
done
DISPLAY=:$(cat build/out/display)
export DISPLAY
# shellcheck disable=SC2086 # a command line
inside "-n" chroot --userspec=1000:1000 "$root" env -i HOME=/home/visitor PATH=/usr/bin:/bin LANG=C.UTF-8 DISPLAY="$DISPLAY" $start >build/out/deb-window.log 2>&1 &
app=$!
window=
tries=0
while [ -z "$window" ]; do
	tries=$((tries + 1))
	if [ $tries -gt 200 ] || ! kill -0 $app 2>/dev/null; then
		cat build/out/deb-window.log
		complain "No window came."
		exit 1
	fi
	sleep 0.1
	window=$(xdotool search --onlyvisible --name "^$APP_NAME\$" 2>/dev/null | tail -n 1)
done
sleep 1.5 # the first frame may follow the window by a moment
import -window "$window" build/out/deb-window.png
colours=$(identify -format '%k' build/out/deb-window.png)
[ "$colours" -gt 2 ] || { complain "The window is empty ($colours colours)."; exit 1; }
class=$(xprop -id "$window" WM_CLASS 2>/dev/null || true)
case $class in *"\"$APP_NAME\""*) ;; *) complain "StartupWMClass does not match: $class" ;; esac
say "ok    the deb in a clean $codename: installed, started from its desktop entry, the window is there (build/out/deb-window.png)"
