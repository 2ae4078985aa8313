//go:build linux

package fix

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"passerelle/checks/facts"
)

// aProfile of NetworkManager; %s: its two sections of addresses.
func profile(id, uuid, four, six string) string {
	return "[connection]\nid=" + id + "\nuuid=" + uuid + "\ntype=ethernet\ninterface-name=up0\nautoconnect=true\n\n[ipv4]\n" + four + "\n[ipv6]\n" + six
}

const (
	labBox6  = "2001:db8:66::1"
	nmUUID   = "6a1f2d52-9b1c-4a35-8b0a-2f6cf0a1d001"
	nmDHCP   = "method=auto\n"
	nmStatic = "method=manual\naddress1=10.66.0.20/24,10.66.0.1\ndns=10.66.0.3;\n"
	nmNoSix  = "method=disabled\n"
)

// nmState is everything that NetworkManager has of the link: its profile's file, every value of the profile, and the servers asked.
func (l *lab) nmState(file string) string {
	return l.content("/etc/NetworkManager/system-connections/"+file+".nmconnection") + l.nm("-t", "-f", "all", "connection", "show", "uuid", nmUUID) +
		l.nm("-t", "-f", "IP4,IP6", "device", "show", "up0") + l.content("/etc/resolv.conf")
}

// nmLinked waits until the link is up with a server.
func (l *lab) nmLinked() {
	l.t.Helper()
	l.untilSlow("NetworkManager has the link up", func() bool {
		return strings.Contains(l.nm("-t", "-f", "DEVICE,STATE", "device"), "up0:connected\n") && l.nm("-g", "IP4.DNS", "device", "show", "up0") != "\n"
	})
}

var routeNumber = regexp.MustCompile(`ROUTE\[[0-9]+\]:`)

// steady leaves out what counts seconds or names: lease times.
func steady(state string) string {
	var kept []string
	kernels := strings.Contains(state, "ipv6.method:ignore\n") // IPv6 is the kernel's there: it loses and learns its routes as it likes
	for line := range strings.Lines(state) {
		if kernels && strings.HasPrefix(line, "IP6.") {
			continue
		}
		if !strings.Contains(line, "expiry") && !strings.Contains(line, "timestamp") && !strings.Contains(line, "lease_time") &&
			!strings.Contains(line, "fe80::") { // the kernel's own
			kept = append(kept, routeNumber.ReplaceAllString(line, "ROUTE:")) // the kernel's own routes come and go between them
		}
	}
	return strings.Join(kept, "")
}

// nmIs holds NetworkManager's state against what it was, and names the lines that differ.
func (l *lab) nmIs(when, before string) {
	l.t.Helper()
	now := ""
	for range 30 {
		if now = steady(l.nmState("home")); now == before {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	was, is := strings.Split(before, "\n"), strings.Split(now, "\n")
	for _, line := range was {
		if !slices.Contains(is, line) {
			l.t.Errorf("%s: gone is %q", when, line)
		}
	}
	for _, line := range is {
		if !slices.Contains(was, line) {
			l.t.Errorf("%s: new is %q", when, line)
		}
	}
}

// TestLabNetworkManager: a real NetworkManager and polkit, and somebody who is no administrator.
func TestLabNetworkManager(t *testing.T) {
	if !inLab(t, "dbus-daemon", "dnsmasq", "nmcli") {
		return
	}
	l := newWorld(t, labBox)
	l.do("ip", "addr", "flush", "dev", "up0")
	l.do("ip", "-n", "box", "addr", "add", labBox6+"/64", "dev", "in0", "nodad")
	l.boxServes("10.66.0.50", "--enable-ra", "--ra-param=in0,1", "--dhcp-range=2001:db8:66::,ra-only", "--dhcp-option=option6:dns-server,["+labBox6+"]")
	l.startBus()
	l.startPolkit(lets("org.freedesktop.NetworkManager.network-control", "YES"))
	name := `Wi-Fi "chez moi" $(reboot) --help; -x 'é'`
	l.startNM("default", map[string]string{"home": profile(name, nmUUID, nmDHCP, nmNoSix)})
	l.nmLinked()
	t.Log(l.nm("-t", "-f", "NAME,UUID,DEVICE", "connection", "show", "--active"))

	for _, x := range []struct{ what, four, six string }{
		{"DHCP", nmDHCP, nmNoSix}, {"DHCP and IPv6", nmDHCP, "method=auto\naddr-gen-mode=eui64\n"}, {"static", nmStatic, nmNoSix}, {"DHCP, IPv6 ignored", nmDHCP, "method=ignore\n"},
		{"DHCP with servers of its own", nmDHCP + "dns=10.66.0.3;10.66.0.4;\nignore-auto-dns=true\ndns-search=corp.test;\n", "method=link-local\n"},
	} {
		l.write("/etc/NetworkManager/system-connections/home.nmconnection", profile(name, nmUUID, x.four, x.six), 0o600)
		l.nm("connection", "reload")
		l.nm("connection", "up", "uuid", nmUUID)
		l.nmLinked()
		six := strings.Contains(x.six, "auto")
		if six || strings.Contains(x.six, "ignore") {
			l.untilSlow("the box gives IPv6", func() bool { _, has := Local().defaultLink(); return has })
		}
		time.Sleep(nmPause) // a person does not click within the second in which the connection came up; insist is tested beside
		before := steady(l.nmState("home"))
		file := l.content("/etc/NetworkManager/system-connections/home.nmconnection")

		a := l.asUser(userRequest{Fix: "use-public-dns", Arg: "quad9"})
		if a.Kind != "" || !a.Outcome.Done || a.Outcome.Verified != facts.Yes || a.Outcome.Detail != "networkmanager" || a.Outcome.Plan.NeedsAdmin {
			t.Fatalf("%s: %+v", x.what, a)
		}
		want := "nameserver 9.9.9.9\nnameserver 149.112.112.112\n"
		if six {
			want += "nameserver 2620:fe::fe\n"
		}
		if now := l.content("/etc/resolv.conf"); !strings.HasSuffix(now, want) || strings.Contains(now, "10.66.0") {
			t.Errorf("%s: resolv.conf afterwards:\n%s", x.what, now)
		}
		if now := l.content("/etc/NetworkManager/system-connections/home.nmconnection"); now != file {
			t.Errorf("%s: the profile was written:\n%s", x.what, now)
		}
		if a = l.asUser(userRequest{Undo: true}); a.Kind != "" {
			t.Errorf("%s: undo: %+v", x.what, a)
		}
		l.nmIs(x.what+": after the undo", before)

		a = l.asUser(userRequest{Fix: "use-automatic-dns"})
		own := strings.Contains(x.four, "dns=")
		if a.Kind != "" || a.Outcome.Nothing == own || own && a.Outcome.Verified != facts.Yes {
			t.Errorf("%s: use-automatic-dns: %+v", x.what, a)
		}
		if own {
			if now := l.content("/etc/resolv.conf"); !strings.Contains(now, "nameserver "+labBox+"\n") || strings.Contains(now, "10.66.0.3") {
				t.Errorf("%s: automatic: resolv.conf\n%s", x.what, now)
			}
			l.asUser(userRequest{Undo: true})
		}
		l.nmIs(x.what+": after the undo of automatic", before)
	}

	// One change right after the other, which NetworkManager loses: they are insisted on.
	before := steady(l.nmState("home"))
	for range 3 {
		if a := l.asUser(userRequest{Fix: "use-public-dns", Arg: "google"}); a.Kind != "" || a.Outcome.Verified != facts.Yes {
			t.Errorf("at once: %+v", a)
		}
		if a := l.asUser(userRequest{Undo: true}); a.Kind != "" {
			t.Errorf("undone at once: %+v", a)
		}
		l.nmIs("at once", before)
	}

	// polkit says no, and where it would have to ask, nobody is there to be asked: a refusal, told as such, and nothing is changed.
	for _, answer := range []string{"NO", "AUTH_ADMIN"} {
		before := steady(l.nmState("home"))
		l.polkitRule(lets("org.freedesktop.NetworkManager.", answer))
		l.untilSlow("polkit has the new rule", func() bool {
			return !strings.Contains(string(l.userRan("nmcli", "-t", "general", "permissions")), "network-control:yes")
		})
		for _, q := range []userRequest{{Fix: "use-public-dns", Arg: "google"}, {Fix: "renew-address"}} {
			a := l.asUser(q)
			if a.Kind != "rights" || a.Outcome.Done {
				t.Errorf("polkit says %s: %+v", answer, a)
			}
			t.Logf("polkit says %s to %s: %s", answer, q.Fix, a.Error)
		}
		l.nmIs("polkit says "+answer, before)
		if left, _ := os.ReadDir("/run/home/state/journal"); len(left) == 0 {
			t.Error("nothing stands in the journal of what was tried")
		}
	}
}
