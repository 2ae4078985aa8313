package fix

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"passerelle/checks/facts"
)

const (
	routeHead = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
	viaWlan   = "wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n"
	viaEth    = "eth0\t00000000\tFE01A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\neth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n"
	six       = "00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe80000000000000000000000000001a 00000064 00000001 00000000 00000003 eth0\n" +
		"00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200 lo\n"
)

func TestTheDefaultLink(t *testing.T) {
	c, _ := fake(t, "linux", map[string]string{"/proc/net/route": routeHead + viaWlan + viaEth, "/proc/net/ipv6_route": six})
	if link, six := c.defaultLink(); link != "eth0" || !six {
		t.Errorf("%s %v", link, six)
	}
	if g, ok := c.gateway("eth0"); !ok || g.String() != "192.168.1.254" {
		t.Errorf("%v", g)
	}
	c, _ = fake(t, "linux", map[string]string{"/proc/net/route": routeHead + viaWlan})
	if link, six := c.defaultLink(); link != "wlan0" || six {
		t.Errorf("%s %v", link, six)
	}
	for _, name := range append([]string{"a/b", "a:b", "averyveryverylongname", "..", "-x"}, hostile...) {
		ok := name == "a;id" || name == "a&calc" || name == "a|b" || name == "`id`" || name == "$(id)" || name == "%PATH%" || name == "a^b" || name == "@" || name == "a@b" ||
			name == "a..b" || name == "-a.example" || name == "a-.example" || name == "é.example" || name == `"quoted"` || name == "'quoted'" || name == `a\b` || name == "“a”"
		if strings.HasPrefix(name, "-") {
			ok = false
		}
		if validLink(name) != ok { // whatever the kernel takes is one argument and no option
			t.Errorf("%q", name)
		}
	}
}

func TestPlainResolvConf(t *testing.T) {
	for name, content := range map[string]string{
		"usual": "# made by dhclient\nsearch lan\nnameserver 192.168.1.254\nnameserver fe80::1%eth0\noptions edns0\n", "one": "nameserver 192.168.1.254", "crlf": "nameserver 192.168.1.254\r\nsearch lan\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := fake(t, "linux", map[string]string{"/proc/net/route": routeHead + viaEth, "/proc/net/ipv6_route": six, resolvConf: content})
			c.UID = 0
			env := yes(t, c)
			before := files(t, c)
			o, err := Run(context.Background(), "use-public-dns", "quad9", env)
			if err != nil || o.Verified != facts.Yes || o.Detail != "resolv.conf" {
				t.Fatalf("%v %+v", err, o)
			}
			if got := joined(nameservers(c.read(resolvConf))); got != "9.9.9.9 2620:fe::fe 149.112.112.112" {
				t.Errorf("asks %s:\n%s", got, c.read(resolvConf))
			}
			back, err := Run(context.Background(), "use-automatic-dns", "", env)
			if err != nil || back.Verified != facts.Yes || joined(nameservers(c.read(resolvConf))) != "192.168.1.254" {
				t.Errorf("%v %+v:\n%s", err, back, c.read(resolvConf))
			}
			if _, err := Undo(context.Background(), "", env); err != nil || !maps.Equal(before, files(t, c)) {
				t.Errorf("%v\n%s", err, c.read(resolvConf))
			}
		})
	}
}

// answered is what a public resolver gave in a check.
func answered(provider, name string, ms float64) facts.Lookup {
	return facts.Lookup{Name: name, Provider: provider, Addresses: []netip.Addr{netip.MustParseAddr("203.0.113.9")}, MS: ms, Done: true}
}

// TestTheQuickestResolver: the one that is offered gave an address of this very site first; what is quick to fail or to deny is not.
func TestTheQuickestResolver(t *testing.T) {
	denies, silent := answered("cloudflare", "site.example", 1), answered("cloudflare", "site.example", 1)
	denies.Addresses, denies.Failure, silent.Done = nil, facts.NXDomain, false
	for want, measured := range map[string][]facts.Lookup{
		"quad9":      {answered("cloudflare", "site.example", 30), answered("quad9", "Site.Example.", 9), answered("opendns", "site.example", 2), answered("", "site.example", 1)},
		"google":     {denies, answered("google", "site.example", 80), answered("quad9", "elsewhere.example", 3)},
		"":           {denies, silent, answered("opendns", "site.example", 2)},
		"cloudflare": {silent, answered("cloudflare", "site.example", 99)},
	} {
		if got := quickest(measured, "site.example"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := quickest([]facts.Lookup{answered("google", "", 1)}, ""); got != "" {
		t.Errorf("without a site %q", got)
	}
}

// nm is nmcli with a link that has a profile's servers and its own.
type nm struct {
	fakeRunner
	profile, now string // IPv4 and IPv6 servers
	refuse       bool
	deaf         bool // says that it did it, and does not
}

func (n *nm) Run(_ context.Context, argv []string, _ time.Duration) Ran {
	n.ran = append(n.ran, argv)
	line := strings.Join(argv[1:], " ")
	switch {
	case line == "-t -f DEVICE,STATE device":
		return Ran{Out: "lo:connected (externally)\neth0:connected\n"}
	case line == "-g IP4.DNS,IP6.DNS device show eth0":
		var four, six []string
		for _, a := range strings.Fields(n.now) {
			if strings.Contains(a, ":") {
				six = append(six, strings.ReplaceAll(a, ":", `\:`))
			} else {
				four = append(four, a)
			}
		}
		return Ran{Out: strings.Join(four, " | ") + "\n" + strings.Join(six, " | ") + "\n"}
	case line == "-g GENERAL.CON-UUID device show eth0":
		return Ran{Out: "fbea23dd-6738-403f-b3a5-5d4a3444216a\n"}
	case line == "-g ipv4.dns,ipv6.dns connection show uuid fbea23dd-6738-403f-b3a5-5d4a3444216a":
		return Ran{Out: "\n\n"}
	case line == "-g DHCP4.OPTION device show eth0":
		return Ran{Out: "dhcp_lease_time = 172800\n"}
	case n.refuse:
		return Ran{Exit: 6, Err: "Error: not authorized to modify.\n"}
	case line == "device reapply eth0":
		n.now = n.profile
		return Ran{}
	case strings.HasPrefix(line, "device modify eth0 ") && !n.deaf:
		n.now = ""
		for i, w := range argv {
			if strings.HasSuffix(w, ".dns") {
				n.now = strings.TrimSpace(n.now + " " + argv[i+1])
			}
		}
		if n.now == "" {
			n.now = n.profile
		}
	}
	return Ran{}
}

func TestNetworkManager(t *testing.T) {
	const profile = "192.168.1.254 2a01:cb00::1"
	for _, was := range []string{profile, "192.168.7.7"} { // as its profile has it; changed by somebody on the link alone
		c, _ := fake(t, "linux", map[string]string{"/proc/net/route": routeHead + viaEth, "/proc/net/ipv6_route": six}, "nmcli", "resolvectl")
		n := &nm{profile: profile, now: was}
		c.Run, c.Bus = n, &fakeBus{owned: true}
		env := yes(t, c)
		env.Facts = &facts.Facts{Target: facts.Target{Host: "site.example"}, Independent: []facts.Lookup{answered("cloudflare", "site.example", 40), answered("google", "site.example", 12)}}
		o, err := Run(context.Background(), "use-public-dns", "", env)
		if err != nil || o.Verified != facts.Yes || n.now != "8.8.8.8 8.8.4.4 2001:4860:4860::8888" {
			t.Fatalf("%v %+v %s", err, o, n.now)
		}
		if !has(n.ran, "/usr/bin/nmcli", "device", "modify", "eth0", "ipv4.dns", "8.8.8.8 8.8.4.4", "ipv4.ignore-auto-dns", "yes", "ipv6.dns", "2001:4860:4860::8888", "ipv6.ignore-auto-dns", "yes") {
			t.Errorf("%q", n.ran)
		}
		if _, err := Undo(context.Background(), *o.ChangeID, env); err != nil || n.now != was {
			t.Errorf("%v %s, want %s", err, n.now, was)
		}
		// Connected anew in another network meanwhile: the servers of the old one are not forced upon it.
		if o, err = Run(context.Background(), "use-public-dns", "google", env); err != nil {
			t.Fatal(err)
		}
		n.profile, n.now, n.ran = "10.9.9.1", "10.9.9.1", nil
		if _, err := Undo(context.Background(), *o.ChangeID, env); err != nil || n.now != "10.9.9.1" || slices.ContainsFunc(n.ran, func(a []string) bool { return slices.Contains(a, "modify") }) {
			t.Errorf("%v %s %q", err, n.now, n.ran)
		}
		n.profile = profile
		n.now = "1.1.1.1 1.0.0.1"
		if o, err = Run(context.Background(), "use-automatic-dns", "", env); err != nil || o.Verified != facts.Yes || n.now != profile {
			t.Errorf("%v %+v %s", err, o, n.now)
		}
		if _, err := Undo(context.Background(), *o.ChangeID, env); err != nil || n.now != "1.1.1.1 1.0.0.1" {
			t.Errorf("%v %s", err, n.now)
		}
		n.refuse = true
		if o, err = Run(context.Background(), "use-public-dns", "quad9", env); !errors.Is(err, ErrRights) {
			t.Errorf("%v %+v", err, o)
		}
		if slices.ContainsFunc(n.ran, func(a []string) bool { return strings.HasSuffix(a[0], "resolvectl") }) {
			t.Error("resolvectl on a link of NetworkManager")
		}
	}
}

func TestServersThatDoNotTakeArePutBack(t *testing.T) {
	c, _ := fake(t, "linux", map[string]string{"/proc/net/route": routeHead + viaEth}, "nmcli")
	n := &nm{profile: "192.168.1.254", now: "192.168.1.254", deaf: true}
	c.Run, c.Bus = n, &fakeBus{owned: true}
	env := yes(t, c)
	o, err := Run(context.Background(), "use-public-dns", "google", env)
	if err != nil || o.Verified != facts.No || !o.PutBack || o.Key() != "fix.use-public-dns.done.not" || n.now != "192.168.1.254" {
		t.Errorf("%v %+v", err, o)
	}
	if list, _ := env.Journal.Changes(nil); len(list.Changes) != 0 {
		t.Errorf("%+v", list)
	}
}

func TestDNSRefusals(t *testing.T) {
	base := map[string]string{"/proc/net/route": routeHead + viaEth, resolvConf: "nameserver 192.168.1.254\n"}
	c, run := fake(t, "linux", base, "pkexec")
	for _, p := range hostile {
		if p == "" {
			continue
		}
		if o, err := Run(context.Background(), "use-public-dns", p, yes(t, c)); ExitStatus(o, err) != 2 {
			t.Errorf("%q: %v", p, err)
		}
	}
	if len(run.ran) != 0 {
		t.Errorf("%q", run.ran)
	}
	put(t, c.file("/sys/class/net/eth0/type"), "65534\n", 0o644)
	if o, err := Run(context.Background(), "use-public-dns", "google", yes(t, c)); !errors.Is(err, ErrImpossible) {
		t.Errorf("in a tunnel: %v %+v", err, o)
	}
	c, _ = fake(t, "linux", map[string]string{resolvConf: "nameserver 192.168.1.254\n"})
	if _, err := Run(context.Background(), "use-public-dns", "google", yes(t, c)); !errors.Is(err, ErrImpossible) {
		t.Errorf("without a route: %v", err)
	}
	c, _ = fake(t, "linux", map[string]string{"/proc/net/route": routeHead + viaEth, resolvConf: "nameserver 1.1.1.1\nnameserver 1.0.0.1\n"})
	if o, err := Run(context.Background(), "use-public-dns", "cloudflare", yes(t, c)); err != nil || !o.Nothing {
		t.Errorf("already: %v %+v", err, o)
	}
}

func TestDNSOfMacOS(t *testing.T) {
	for _, was := range []string{"", "8.8.8.8 192.168.1.1"} {
		c, m := mac(t)
		m.dns = was
		env := yes(t, c)
		o, err := Run(context.Background(), "use-public-dns", "quad9", env)
		if err != nil || o.Verified != facts.Yes || !strings.HasPrefix(m.dns, "9.9.9.9 ") {
			t.Fatalf("%v %+v %s", err, o, m.dns)
		}
		if _, err := Undo(context.Background(), *o.ChangeID, env); err != nil || m.dns != was {
			t.Errorf("%v %q want %q", err, m.dns, was)
		}
		o, err = Run(context.Background(), "use-automatic-dns", "", env)
		if err != nil || o.Nothing != (was == "") || m.dns != "" {
			t.Errorf("%v %+v", err, o)
		}
	}
	if got := macServices(sample(t, "macos-networksetup-listnetworkserviceorder-en")); len(got) != 4 || got[0] != (macService{"Wi-Fi", "Wi-Fi", "en0", false}) || !got[2].Off || got[1].Device != "" || got[3].Device != "en7" {
		t.Errorf("%+v", got)
	}
	if got := scutilServers(sample(t, "macos-scutil-dns-en-macos26")); len(got) == 0 {
		t.Error("no servers of scutil")
	}
}

const aGUID = "{01234567-89AB-cdef-0123-456789abcdef}"

// fakeAdapters is a Windows with one adapter.
type fakeAdapters struct{ a Adapter }

func (f *fakeAdapters) Default() (Adapter, error) { return f.a, nil }
func (f *fakeAdapters) Adapter(guid string) (Adapter, error) {
	if guid != f.a.GUID {
		return Adapter{}, errors.New("no such adapter")
	}
	a := f.a
	if fixed := parsedAddrs(a.Fixed4 + " " + a.Fixed6); len(fixed) > 0 {
		a.Servers = fixed
	}
	return a, nil
}
func (f *fakeAdapters) Set(_ string, six bool, servers string) error {
	if six {
		f.a.Fixed6 = servers
	} else {
		f.a.Fixed4 = servers
	}
	return nil
}

func TestDNSOfWindows(t *testing.T) {
	for _, was := range []fixedServers{{}, {V4: "192.168.1.1,8.8.8.8"}, {V4: "10.0.0.1", V6: "fd00::1"}} {
		c, _ := fake(t, "windows", nil)
		c.UID, c.Elevated = -1, true
		x := &fakeAdapters{Adapter{GUID: aGUID, Name: "Wi-Fi", Six: true, Fixed4: was.V4, Fixed6: was.V6, Servers: []netip.Addr{netip.MustParseAddr("192.168.1.1")}}}
		c.WinDNS = x
		env := yes(t, c)
		o, err := Run(context.Background(), "use-public-dns", "google", env)
		if err != nil || o.Verified != facts.Yes || x.a.Fixed4 != "8.8.8.8,8.8.4.4" || x.a.Fixed6 != "2001:4860:4860::8888" {
			t.Fatalf("%v %+v %+v", err, o, x)
		}
		if _, err := Undo(context.Background(), *o.ChangeID, env); err != nil || x.a.Fixed4 != was.V4 || x.a.Fixed6 != was.V6 {
			t.Errorf("%v %+v want %+v", err, x, was)
		}
		o, err = Run(context.Background(), "use-automatic-dns", "", env)
		if err != nil || o.Nothing != (was == fixedServers{}) || x.a.Fixed4+x.a.Fixed6 != "" {
			t.Errorf("%v %+v", err, o)
		}
		x.a.Profile = "1.1.1.1"
		if _, err := Run(context.Background(), "use-public-dns", "google", env); !errors.Is(err, ErrImpossible) {
			t.Errorf("ProfileNameServer: %v", err)
		}
	}
	b, _ := json.Marshal(fixedServers{"a", ""})
	if string(b) != `{"v4":"a","v6":""}` {
		t.Errorf("%s", b)
	}
}

func TestElevationOnWindows(t *testing.T) {
	c, _ := fake(t, "windows", nil)
	c.UID = -1
	x := &fakeAdapters{Adapter{GUID: aGUID, Name: "Wi-Fi"}}
	c.WinDNS = x
	c.Helper = func() (string, error) { return `C:\Program Files\Passerelle\passerelle.exe`, nil }
	var asked []string
	answer := ErrRefused
	c.Elevate = func(_ context.Context, argv []string) (int, error) { asked = argv; return 0, answer }
	env := yes(t, c)
	o, err := Run(context.Background(), "use-public-dns", "google", env)
	if !errors.Is(err, ErrRefused) || !slices.Equal(asked[1:], []string{"helper", "windows-dns", aGUID, "8.8.8.8,8.8.4.4", "automatic"}) {
		t.Errorf("%v %+v %q", err, o, asked)
	}
	if list, _ := env.Journal.Changes(nil); len(list.Changes) != 0 {
		t.Errorf("%+v", list)
	}
}
