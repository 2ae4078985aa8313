//go:build linux

package fix

import (
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"passerelle/checks/facts"
)

// moved makes the box give another address than the one that up0 has, and forget the lease.
func (l *lab) moved(server interface{ Kill() error }, to string) *exec.Cmd {
	l.t.Helper()
	_ = server.Kill()
	l.untilSlow("the box's server is gone", func() bool { return !l.boxListens() })
	_ = os.Remove("/run/leases")
	next := l.boxServes(to)
	l.untilSlow("the box's server is back", l.boxListens)
	return next
}

// boxListens tells whether the box's DHCP port is taken. The computer may have no address to ask from.
func (l *lab) boxListens() bool {
	return strings.Contains(string(l.rootRan("ip", "netns", "exec", "box", "ss", "-Hlun")), ":67 ")
}

func hasAddress(addr string) bool {
	return slices.Contains(linkAddresses("up0"), netip.MustParseAddr(addr))
}

// TestLabRenewNetworkManager: the box gives another address from now on, and somebody who is no administrator asks for it.
func TestLabRenewNetworkManager(t *testing.T) {
	if !inLab(t, "dbus-daemon", "dnsmasq", "nmcli") {
		return
	}
	l := newWorld(t, labBox)
	l.do("ip", "addr", "flush", "dev", "up0")
	server := l.boxServes("10.66.0.50")
	l.startBus()
	l.startPolkit(lets("org.freedesktop.NetworkManager.network-control", "YES"))
	l.startNM("default", map[string]string{"home": profile("home", nmUUID, nmDHCP, nmNoSix)})
	l.nmLinked()
	l.moved(server.Process, "10.66.0.77")
	a := l.asUser(userRequest{Fix: "renew-address"})
	if a.Kind != "" || a.Outcome.Verified != facts.Yes || a.Outcome.Detail != "networkmanager" || !hasAddress("10.66.0.77") || hasAddress("10.66.0.50") {
		t.Errorf("%+v, addresses %v", a, linkAddresses("up0"))
	}
}

// TestLabRenewNetworkd: the same with systemd-networkd, whose polkit action wants an administrator's password.
func TestLabRenewNetworkd(t *testing.T) {
	if !inLab(t, "dbus-daemon", "dnsmasq", "networkctl") {
		return
	}
	const daemon = "/lib/systemd/systemd-networkd"
	if _, err := os.Stat(daemon); err != nil {
		t.Skipf("skipped: %v", err)
	}
	l := newWorld(t, labBox)
	l.do("ip", "addr", "flush", "dev", "up0")
	server := l.boxServes("10.66.0.50")
	l.startBus()
	l.startPolkit(lets("org.freedesktop.network1.", "YES"))
	l.write("/etc/systemd/network/10-up.network", "[Match]\nName=up0\n[Network]\nDHCP=ipv4\nLinkLocalAddressing=no\n", 0o644)
	l.start(daemon)
	l.untilSlow("networkd has an address", func() bool { return hasAddress("10.66.0.50") })
	l.moved(server.Process, "10.66.0.77")
	a := l.asUser(userRequest{Fix: "renew-address"})
	if a.Kind != "" || a.Outcome.Verified != facts.Yes || a.Outcome.Detail != "networkd" {
		t.Errorf("%+v", a)
	}
	l.untilSlow("the new address is there", func() bool { return hasAddress("10.66.0.77") && !hasAddress("10.66.0.50") })
	l.polkitRule(lets("org.freedesktop.network1.", "NO"))
	l.untilSlow("polkit has the new rule", func() bool { return l.asUser(userRequest{Fix: "renew-address"}).Kind != "" })
	if a := l.asUser(userRequest{Fix: "renew-address"}); a.Kind != "rights" || !hasAddress("10.66.0.77") {
		t.Errorf("polkit says no: %+v", a)
	}
}

// TestLabRenewDHClient: the same with the classic client; its rights come through pkexec, which here says yes, then no.
func TestLabRenewDHClient(t *testing.T) {
	if !inLab(t, "dnsmasq", "dhclient") {
		return
	}
	l := newWorld(t, labBox)
	l.do("ip", "addr", "flush", "dev", "up0")
	server := l.boxServes("10.66.0.50")
	for _, files := range dhclientFiles("up0") {
		l.do("dhclient", "-4", "-nw", "-pf", files[0], "-lf", files[1], "up0")
		l.untilSlow("dhclient has an address", func() bool { return hasAddress("10.66.0.50") })
		server = l.moved(server.Process, "10.66.0.77")
		put(t, "/run/bin/pkexec", "#!/bin/sh\nexit 126\n", 0o755)
		if a := l.asUser(userRequest{Fix: "renew-address", Dirs: []string{"/run/bin"}}); a.Kind != "refused" || !hasAddress("10.66.0.50") {
			t.Errorf("%+v", a)
		}
		// A pkexec that says yes cannot become root here: the helper is started by this test, which is.
		o := l.changed("renew-address", "", l.env(getent))
		if o.Detail != "dhclient" {
			t.Errorf("%+v", o)
		}
		l.untilSlow("the new address is there", func() bool { return hasAddress("10.66.0.77") && !hasAddress("10.66.0.50") })
		if _, ok := Local().dhclient("up0"); !ok {
			t.Error("no dhclient serves the link any more")
		}
		l.do("dhclient", "-4", "-x", "-pf", files[0], "-lf", files[1], "up0")
		_ = os.Remove(files[0])
		_ = os.Remove(files[1])
		l.do("ip", "addr", "flush", "dev", "up0")
		server = l.moved(server.Process, "10.66.0.50")
	}
}
