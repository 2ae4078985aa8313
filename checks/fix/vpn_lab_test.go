//go:build linux

package fix

import (
	"context"
	"net/netip"
	"os"
	"strings"
	"testing"

	"passerelle/checks/facts"
)

// labSystemctl stands in for systemd, which no namespace has: its services are tunnels of the kernel, and where they lead is the
// kernel's own affair.
const labSystemctl = `#!/bin/sh
case "$1" in
list-units) for l in $(cd /run/open && ls); do echo "wg-quick@$l.service loaded active exited WireGuard $l"; done;;
stop) l=${2#wg-quick@}; l=${l%.service}; rm "/run/open/$l"; ip link del "$l";;
start) l=${2#wg-quick@}; l=${l%.service}; touch "/run/open/$l"; ip tuntap add "$l" mode tun; ip addr add 10.8.0.9/24 dev "$l"; ip link set "$l" up;;
esac
`

// TestLabVPNThatHoldsTheRoute: of two tunnels the one is closed in which the pages go: by the default route, by a table of its own as
// wg-quick has it, by its two halves, or by the site's route alone. Where an ordinary link carries them, none is.
func TestLabVPNThatHoldsTheRoute(t *testing.T) {
	if !inLab(t) {
		return
	}
	site := netip.MustParseAddr("203.0.113.9")
	for name, x := range map[string]struct {
		routes []string // "ip ROUTE"
		closes string
	}{
		"default":   {[]string{"route replace default dev zz0"}, "zz0"},
		"table":     {[]string{"route add default via 10.66.0.1", "route add default dev zz0 table 51820", "rule add not fwmark 51820 table 51820", "rule add table main suppress_prefixlength 0"}, "zz0"},
		"halves":    {[]string{"route add default via 10.66.0.1", "route add 0.0.0.0/1 dev zz0", "route add 128.0.0.0/1 dev zz0"}, "zz0"},
		"site":      {[]string{"route add default dev aa0", "route add 203.0.113.0/24 dev zz0"}, "zz0"},
		"only site": {[]string{"route add default via 10.66.0.1", "route add 203.0.113.0/24 dev zz0"}, "zz0"},
		"beside":    {[]string{"route add default via 10.66.0.1", "route add 10.99.0.0/16 dev zz0"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			l := &lab{t: t}
			if _, err := os.Stat("/run/bin"); err != nil {
				l = newWorld(t, labBox)
				put(t, "/run/bin/systemctl", labSystemctl, 0o755)
			}
			t.Setenv("PASSERELLE_STATE", t.TempDir())
			l.do("sh", "-c", "mkdir -p /run/open; rm -f /run/open/*; ip rule flush; ip rule add table main pref 32766; ip route flush table 51820 2>/dev/null; for t in aa0 zz0; do ip link del $t; done 2>/dev/null; true")
			for i, link := range []string{"aa0", "zz0"} {
				if out := string(l.rootRan("ip", "tuntap", "add", link, "mode", "tun")); out != "" {
					t.Skipf("skipped: no tunnels here: %s", out)
				}
				l.do("ip", "addr", "add", []string{"10.8.0.2/24", "10.9.0.2/24"}[i], "dev", link)
				l.do("ip", "link", "set", link, "up")
				l.write("/run/open/"+link, "", 0o644)
			}
			l.do("sh", "-c", "ip route del default 2>/dev/null; true")
			for _, r := range x.routes {
				l.do("ip", strings.Fields(r)...)
			}
			env := l.env(getent)
			env.Computer = Local()
			env.Computer.Dirs, env.Computer.SiteAddresses = []string{"/run/bin"}, []netip.Addr{site}
			o, err := Run(context.Background(), "disconnect-vpn", "", env)
			if err != nil {
				t.Fatal(err)
			}
			if x.closes == "" {
				if !o.Nothing || o.Detail != "beside" || !Local().exists("/run/open/zz0") {
					t.Errorf("%+v", o)
				}
				return
			}
			if o.Verified != facts.Yes || o.Plan.Old[oldID] != "wg-quick@"+x.closes+".service" || !Local().exists("/run/open/aa0") || Local().exists("/run/open/zz0") {
				t.Fatalf("%+v", o)
			}
			l.undone(o, env)
			if !Local().exists("/run/open/zz0") {
				t.Error("not opened again")
			}
		})
	}
}
