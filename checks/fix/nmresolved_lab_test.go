//go:build linux

package fix

import (
	"strings"
	"testing"
	"time"

	"passerelle/checks/facts"
)

// TestLabNetworkManagerWithResolved: NetworkManager hands its servers to systemd-resolved. The change goes through NetworkManager alone:
// `resolvectl revert` would leave the link without any server.
func TestLabNetworkManagerWithResolved(t *testing.T) {
	if !inLab(t, "dbus-daemon", "dnsmasq", "nmcli", "dpkg") {
		return
	}
	l := newWorld(t, "127.0.0.53")
	l.do("ip", "addr", "flush", "dev", "up0")
	l.boxServes("10.66.0.50")
	l.startResolved("127.0.0.1")
	l.startPolkit(lets("org.freedesktop.NetworkManager.network-control", "YES"))
	l.startNM("systemd-resolved", map[string]string{"home": profile("home", nmUUID, nmDHCP, nmNoSix)})
	l.nmLinked()
	link := func() string { return l.out("resolvectl", "dns", "up0") + l.out("resolvectl", "domain", "up0") }
	l.untilSlow("resolved has the box's server", func() bool { return strings.Contains(link(), labBox) })
	time.Sleep(nmPause)
	before := link()
	a := l.asUser(userRequest{Fix: "use-public-dns", Arg: "quad9"})
	if a.Kind != "" || a.Outcome.Verified != facts.Yes || a.Outcome.Detail != "networkmanager" || strings.Contains(commands(a.Outcome.Steps), "resolvectl") {
		t.Fatalf("%+v", a)
	}
	l.untilSlow("resolved has the other servers", func() bool { return strings.Contains(link(), ": 9.9.9.9 149.112.112.112\n") })
	if a := l.asUser(userRequest{Undo: true}); a.Kind != "" {
		t.Errorf("%+v", a)
	}
	l.untilSlow("resolved has what it had", func() bool { return link() == before })
}
