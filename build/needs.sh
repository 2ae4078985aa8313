#!/bin/sh
# System packages: what is missing here, and installing it once the person agreed.
#
#   build/needs.sh check  GROUP…   names what is missing; exit 1 if anything is
#   build/needs.sh ensure GROUP…   the same, then asks and installs; exit 1 if something is still missing
#
# The table is build/needs.tsv. Rules: packages are named before anything is installed; a person at a terminal is asked;
# without one (CI) it is done when we are root or sudo needs no password, and said; otherwise the command is told.
# No service is started: on Debian-likes a package would start its daemon at once and again at every boot, so a
# policy-rc.d forbids the first while we install (unless the machine has its own) and new units are disabled after.
set -u
cd "$(dirname "$0")/.." || exit 1
. build/app.sh

action=${1:-check}
[ $# -gt 0 ] && shift
groups=$*
TABLE=${PASSERELLE_NEEDS:-build/needs.tsv}
LAB_CACHE=$HOME/.cache/passerelle-lab # where the lab looks for packages that must not be installed (checks/lab)
SEARCH=$PATH:/usr/local/sbin:/usr/sbin:/sbin # Debian keeps sbin out of a user's PATH
TAB=$(printf '\t')

manager() {
	if [ "$(uname -s)" = Darwin ]; then echo brew; return; fi
	for m in apt-get dnf pacman; do
		if command -v "$m" >/dev/null 2>&1; then echo "${m%-get}"; return; fi
	done
	echo none
}

# present PROBE says whether the thing is there.
present() {
	kind=${1%%:*}
	rest=${1#*:}
	case $kind in
	cmd)
		while [ -n "$rest" ]; do
			one=${rest%%:*}
			[ "$one" = cc ] && one=${CC:-cc}
			if (PATH=$SEARCH command -v "${one%% *}") >/dev/null 2>&1; then return 0; fi
			case $rest in *:*) rest=${rest#*:} ;; *) rest= ;; esac
		done
		return 1
		;;
	hdr)
		if command -v "${CC:-cc}" >/dev/null 2>&1; then
			# some headers of X11 want the basic ones first
			printf '#include <%s>\n' "$rest" | "${CC:-cc}" -E -x c - >/dev/null 2>&1 ||
				printf '#include <X11/Xlib.h>\n#include <%s>\n' "$rest" | "${CC:-cc}" -E -x c - >/dev/null 2>&1
		else
			[ -e "/usr/include/$rest" ]
		fi
		;;
	file)
		while [ -n "$rest" ]; do
			for f in ${rest%%:*}; do [ -e "$f" ] && return 0; done
			for f in "$LAB_CACHE"${rest%%:*}; do [ -e "$f" ] && return 0; done
			case $rest in *:*) rest=${rest#*:} ;; *) rest= ;; esac
		done
		return 1
		;;
	*)
		complain "$TABLE: unknown probe $1"
		return 1
		;;
	esac
}

# missing prints "package<TAB>what it is" for each thing of the groups that is not here.
missing() {
	case $mgr in apt) col=3 ;; dnf) col=4 ;; pacman) col=5 ;; brew) col=6 ;; *) col=3 ;; esac
	awk -F '\t' -v groups=" $groups " -v c="$col" \
		'!/^#/ && NF >= 7 && index(groups, " " $1 " ") && $c != "-" {print $2 "\t" $c "\t" $7}' "$TABLE" |
		while IFS=$TAB read -r probe package what; do
			if [ "$package" = xcode ]; then
				xcode-select -p >/dev/null 2>&1 || printf 'xcode\t%s\n' "$what"
			else
				present "$probe" || printf '%s\t%s\n' "$package" "$what"
			fi
		done | awk -F '\t' '!seen[$1]++'
}

# units_of PACKAGES prints the system services that they bring.
units_of() {
	for p in "$@"; do dpkg -L "$p" 2>/dev/null; done |
		sed -n 's#^\(/usr\)\{0,1\}/lib/systemd/system/\([^/]*\.\(service\|socket\|timer\)\)$#\2#p' | sort -u
}

install_apt() {
	policy=/usr/sbin/policy-rc.d
	own_policy=
	before=$(dpkg-query -W -f '${Package} ${db:Status-Abbrev}\n' 2>/dev/null | awk '$2 == "ii" {print $1}')
	if [ ! -e "$policy" ]; then
		own_policy=yes
		trap 'put_policy_away; exit 130' INT TERM HUP
		$sudo sh -c "printf '#!/bin/sh\nexit 101\n' > $policy && chmod 755 $policy"
	fi
	$sudo env DEBIAN_FRONTEND=noninteractive apt-get update -q
	$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" || {
		# one package that this release does not have must not keep the others away
		for p in "$@"; do
			$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$p" ||
				complain "Could not install $p."
		done
	}
	put_policy_away
	trap - INT TERM HUP
	new=$(dpkg-query -W -f '${Package} ${db:Status-Abbrev}\n' | awk '$2 == "ii" {print $1}' |
		awk -v before="$before" 'BEGIN {n = split(before, b, "\n"); for (i = 1; i <= n; i++) had[b[i]] = 1} !had[$1]')
	command -v systemctl >/dev/null 2>&1 || return 0
	# shellcheck disable=SC2086 # a list of package names
	for unit in $(units_of $new); do
		[ "$(systemctl is-enabled "$unit" 2>/dev/null)" = enabled ] || continue
		$sudo systemctl disable --quiet "$unit" 2>/dev/null && say "Not to be started at boot: $unit (came with the packages; systemctl enable would undo this)."
	done
}

put_policy_away() {
	[ -n "$own_policy" ] && $sudo rm -f "$policy"
	own_policy=
}

install_all() {
	case $mgr in
	apt) install_apt "$@" ;;
	dnf) $sudo dnf install -y "$@" || for p in "$@"; do $sudo dnf install -y "$p"; done ;;
	pacman)
		# a fresh container has no package lists yet; elsewhere -y alone would be a partial upgrade
		sync=-S
		[ -n "$(ls -A /var/lib/pacman/sync 2>/dev/null)" ] || sync=-Sy
		$sudo pacman $sync --needed --noconfirm "$@" || for p in "$@"; do $sudo pacman $sync --needed --noconfirm "$p"; done
		;;
	brew) brew install "$@" ;;
	esac
}

# fetch_all keeps the packages' files in the lab's folder: installed, they would change this system's settings.
fetch_all() {
	mkdir -p "$LAB_CACHE" || return 1
	for p in "$@"; do
		(cd "$LAB_CACHE" && apt-get download -q "$p") || complain "Could not fetch $p."
	done
}

command_for() {
	case $mgr in
	apt) echo "${sudo_word}apt-get update && ${sudo_word}apt-get install --no-install-recommends $*" ;;
	dnf) echo "${sudo_word}dnf install $*" ;;
	pacman) echo "${sudo_word}pacman -S --needed $*" ;;
	brew) echo "brew install $*" ;;
	esac
}

mgr=$(manager)
list=$(missing)
[ -z "$list" ] && exit 0

packages=$(printf '%s\n' "$list" | awk -F '\t' '$1 !~ /^fetch:/ && $1 != "xcode" {printf "%s%s", s, $1; s = " "}')
fetched=$(printf '%s\n' "$list" | awk -F '\t' '$1 ~ /^fetch:/ {sub(/^fetch:/, "", $1); printf "%s%s", s, $1; s = " "}')
xcode=$(printf '%s\n' "$list" | awk -F '\t' '$1 == "xcode" {print "yes"}')

say "Not on this computer yet:"
printf '%s\n' "$list" | awk -F '\t' '{sub(/^fetch:/, "", $1); printf "  %-24s %s\n", $1, $2}'
[ "$action" = check ] && exit 1

if [ "$mgr" = none ]; then
	complain "This system's package manager is not known here (apt, dnf and pacman are): the list gives Debian's names."
	exit 1
fi
if [ -n "$xcode" ]; then
	complain "Apple's command line tools are needed: xcode-select --install"
fi
if [ "$mgr" = brew ] && [ -n "$packages" ] && ! command -v brew >/dev/null 2>&1; then
	complain "Homebrew (https://brew.sh) would install the rest."
	exit 1
fi
sudo=
sudo_word=
if [ "$(id -u)" != 0 ] && [ "$mgr" != brew ]; then
	sudo=sudo
	sudo_word='sudo '
fi

if [ -n "$packages$fetched" ]; then
	[ -n "$packages" ] && cmd=$(command_for "$packages") || cmd="(nothing to install)"
	say "Command: $cmd"
	[ -n "$fetched" ] && say "Kept in $LAB_CACHE for the lab to unpack, not installed: $fetched"
	if [ -t 0 ] && [ -t 1 ] && [ -z "${CI:-}" ]; then
		printf 'Do it now? [Y/n] '
		read -r answer || answer=n
		case $answer in '' | [YyOo]*) ;; *) say "Nothing installed."; exit 1 ;; esac
	elif [ -n "$sudo" ] && [ -n "$packages" ] && ! sudo -n true 2>/dev/null; then
		complain "Nobody to ask here, and no right to install. To do it: $cmd"
		exit 1
	else
		say "Nobody to ask here: installing them."
	fi
	# shellcheck disable=SC2086 # lists of package names
	[ -n "$packages" ] && install_all $packages
	# shellcheck disable=SC2086
	[ -n "$fetched" ] && fetch_all $fetched
fi

list=$(missing)
[ -z "$list" ] && exit 0
complain "Still missing: $(printf '%s\n' "$list" | awk -F '\t' '{printf "%s%s", s, $1; s = ", "}')."
exit 1
