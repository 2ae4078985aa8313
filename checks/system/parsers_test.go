package system

import (
	"net/netip"
	"net/url"
	"os"
	"reflect"
	"strings"
	"testing"

	"passerelle/checks/facts"
)

func sample(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func page(s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil {
		panic(err)
	}
	return u
}

func resolverList(list []facts.Resolver) string {
	var s []string
	for _, r := range list {
		s = append(s, r.Address.String()+"@"+r.Link)
	}
	return strings.Join(s, " ")
}

func TestResolvConf(t *testing.T) {
	got := parseResolvConf(sample(t, "linux-resolv-conf-networkmanager.txt"), "resolv.conf")
	if want := "75.75.75.75@ 75.75.76.76@ 2001:558:feed::1@"; resolverList(got) != want {
		t.Errorf("got %s, want %s", resolverList(got), want)
	}
	got = parseResolvConf([]byte("#nameserver 9.9.9.9\r\nnameserver fe80::1%eth0\r\nnameserver\nnameserver nonsense\nnameserver 127.0.0.53"), "x")
	if want := "fe80::1@eth0 127.0.0.53@"; resolverList(got) != want {
		t.Errorf("got %s, want %s", resolverList(got), want)
	}
	if !isStub(netip.MustParseAddr("127.0.0.53")) || isStub(netip.MustParseAddr("127.0.0.1")) {
		t.Error("stub")
	}
}

func TestHostsLines(t *testing.T) {
	file := "\xef\xbb\xbf127.0.0.1 localhost\r\n" +
		"# 203.0.113.1 shop.example\n" +
		"203.0.113.2\tother.example  SHOP.example\talias # shop.example\r\n" +
		"::1 shop.example\n" +
		"   0.0.0.0    www.shop.example\n" +
		"not-an-address shop.example\n" +
		"203.0.113.3 shop.example.org myshop.example\n" +
		"203.0.113.4 x # shop.example\n" +
		"shop.example 203.0.113.5\n" +
		"fe80::1%eth0 shop.example"
	got := parseHosts([]byte(file), "shop.example")
	want := []facts.HostsEntry{
		{Line: 3, Address: netip.MustParseAddr("203.0.113.2"), Names: []string{"other.example", "SHOP.example", "alias"}},
		{Line: 4, Address: netip.MustParseAddr("::1"), Names: []string{"shop.example"}},
		{Line: 10, Address: netip.MustParseAddr("fe80::1%eth0"), Names: []string{"shop.example"}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if len(parseHosts([]byte(file), "")) != 0 || len(parseHosts(nil, "shop.example")) != 0 {
		t.Error("nothing asked or nothing there")
	}
}

func TestScutil(t *testing.T) {
	if got := resolverList(parseScutilDNS(sample(t, "macos-scutil-dns-en-macos26.txt"))); got != "192.168.64.1@en0" {
		t.Errorf("dns: %s", got)
	}
	if got := resolverList(parseScutilDNS(sample(t, "macos-scutil-dns-tailscale-en.txt"))); got != "" {
		t.Errorf("only scoped and domain resolvers: %s", got)
	}
	p := parseScutilProxy(sample(t, "macos-scutil-proxy-local-proxy-en.txt"))
	proxy, setting := p.answer(page("https://shop.example/"))
	if proxy == nil || proxy.String() != "http://127.0.0.1:8234" || setting.Source != "macos" || setting.Applies != facts.Yes {
		t.Errorf("proxy: %v %+v", proxy, setting)
	}
	if proxy, setting = p.answer(page("http://localhost:8080/")); proxy != nil || setting.Applies != facts.No {
		t.Errorf("localhost: %v %+v", proxy, setting)
	}
	if p := parseScutilProxy(sample(t, "macos-scutil-proxy-none-en-macos26.txt")); p.mode != proxyUnset {
		t.Errorf("none: %+v", p)
	}
	p = parseScutilProxy([]byte("<dictionary> {\n  ProxyAutoConfigEnable : 1\n  ProxyAutoConfigURLString : http://u:secret@pac.example/p.pac\n  HTTPEnable : 1\n  HTTPProxy : x\n  HTTPPort : 1\n}\n"))
	if proxy, setting := p.answer(page("https://shop.example/")); proxy != nil || setting.Applies != facts.Unknown || setting.PAC != "http://pac.example/p.pac" {
		t.Errorf("script: %v %+v", proxy, setting)
	}
	p = parseScutilProxy([]byte("<dictionary> {\n  ExcludeSimpleHostnames : 1\n  ExceptionsList : <array> {\n    0 : *.local\n    1 : 169.254/16\n  }\n  SOCKSEnable : 1\n  SOCKSProxy : ::1\n  SOCKSPort : 1080\n  __SCOPED__ : <dictionary> {\n    en0 : <dictionary> {\n      HTTPEnable : 1\n      HTTPPort : 1\n      HTTPProxy : 192.0.2.9\n    }\n  }\n}\n"))
	for address, want := range map[string]string{"https://shop.example/": "socks5://[::1]:1080", "http://nas.local/": "", "http://nas/": "", "http://169.254.3.4/": "", "http://192.0.2.1/": "socks5://[::1]:1080"} {
		proxy, _ := p.answer(page(address))
		if got := text(proxy); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
	for state, want := range map[string]facts.Bool{"Firewall is disabled. (State = 0)": facts.No, "x (State = 1)": facts.Yes, "x (State = 2)": facts.Yes, "?": facts.Unknown} {
		if got := parseSocketFilter([]byte(state)); got != want {
			t.Errorf("%q: %v", state, got)
		}
	}
}

func text(u *url.URL) string {
	if u == nil {
		return ""
	}
	return u.String()
}

func TestLaunchServicesHandlers(t *testing.T) {
	const handlers = `(
        {
        LSHandlerPreferredVersions =         {
            LSHandlerRoleAll = "-";
        };
        LSHandlerRoleAll = "com.apple.mail";
        LSHandlerURLScheme = mailto;
    },
        {
        LSHandlerPreferredVersions =         {
            LSHandlerRoleAll = "-";
        };
        LSHandlerRoleAll = "org.mozilla.firefox";
        LSHandlerURLScheme = https;
    }
)
`
	if got := parseLSHandlers([]byte(handlers)); got != "org.mozilla.firefox" || browserByBundle(got).id != "firefox" {
		t.Errorf("got %q", got)
	}
	if got := parseLSHandlers(nil); browserByBundle(got).id != "safari" {
		t.Errorf("nothing chosen: %q", got)
	}
}

func TestKindsByNameAndNumber(t *testing.T) {
	for _, x := range []struct {
		ifType      uint32
		description string
		want        string
	}{
		{6, "Intel(R) Ethernet Connection I219-LM", kindEthernet},
		{71, "Intel(R) Wi-Fi 6 AX201 160MHz", kindWifi},
		{71, "Microsoft Wi-Fi Direct Virtual Adapter #2", kindVirtual},
		{71, "NETGEAR WG111v2 54Mbps Wireless USB 2.0 Adapter", kindWifi},
		{53, "WireGuard Tunnel", kindTunnel}, {53, "Wintun Userspace Tunnel", kindTunnel}, {6, "TAP-Windows Adapter V9", kindTunnel},
		{131, "Microsoft Teredo Tunneling Adapter", kindTunnel}, {23, "WAN Miniport (PPPOE)", kindPPP}, {24, "Software Loopback Interface 1", kindLoopback},
		{243, "Quectel EM120R-GL", kindMobile}, {6, "VMware Virtual Ethernet Adapter for VMnet8", kindVirtual}, {6, "Hyper-V Virtual Ethernet Adapter", kindVeth},
		{144, "1394", kindUnknown},
	} {
		if got := windowsLinkKind(x.ifType, x.description); got != x.want {
			t.Errorf("%d %s: %s, want %s", x.ifType, x.description, got, x.want)
		}
	}
	for name, want := range map[string]string{"lo0": kindLoopback, "utun3": kindTunnel, "en0": kindEthernet, "awdl0": kindVirtual, "ppp0": kindPPP, "bridge100": kindBridge, "weird": kindUnknown} {
		if got := darwinLinkKind(name, false); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if darwinLinkKind("en0", true) != kindWifi {
		t.Error("en0, wireless")
	}
	if !siteLocalPlaceholder(netip.MustParseAddr("fec0:0:0:ffff::2")) || siteLocalPlaceholder(netip.MustParseAddr("2620:fe::fe")) {
		t.Error("placeholders")
	}
}

func TestSettleKinds(t *testing.T) {
	gateway := netip.MustParseAddr("192.0.2.1")
	everything := netip.MustParsePrefix("0.0.0.0/0")
	onLink := func(link, prefix string) tableRoute {
		return tableRoute{Route: facts.Route{Family: 4, Link: link, Prefix: netip.MustParsePrefix(prefix)}}
	}
	out := func(link string) tableRoute {
		return tableRoute{Route: facts.Route{Family: 4, Link: link, Gateway: gateway, Prefix: everything}}
	}
	for _, x := range []struct {
		what  string
		links map[string]string
		table []tableRoute
		want  map[string]string
	}{
		{"a container", map[string]string{"eth0": kindVeth}, []tableRoute{out("eth0")}, map[string]string{"eth0": kindEthernet}},
		{"a container cut off", map[string]string{"eth0": kindVeth}, nil, map[string]string{"eth0": kindEthernet}},
		{"a laptop with docker", map[string]string{"wlan0": kindWifi, "veth1": kindVeth, "docker0": kindBridge},
			[]tableRoute{out("wlan0"), onLink("docker0", "172.17.0.0/16"), onLink("veth1", "10.9.0.0/24")},
			map[string]string{"wlan0": kindWifi, "veth1": kindVirtual, "docker0": kindVirtual}},
		{"a host of virtual machines", map[string]string{"eno1": kindEthernet, "br0": kindBridge}, []tableRoute{out("br0")}, map[string]string{"br0": kindEthernet}},
		{"a VPN over ppp", map[string]string{"wlan0": kindWifi, "ppp0": kindPPP}, []tableRoute{onLink("ppp0", "0.0.0.0/0"), out("wlan0")}, map[string]string{"ppp0": kindTunnel}},
		{"an access over ppp", map[string]string{"eth0": kindEthernet, "ppp0": kindPPP}, []tableRoute{onLink("ppp0", "0.0.0.0/0")}, map[string]string{"ppp0": kindUnknown}},
	} {
		var links []facts.Link
		for name, kind := range x.links {
			links = append(links, facts.Link{Name: name, Kind: kind})
		}
		settled := settleKinds(links, x.table)
		for name, want := range x.want {
			if got := kindOf(name, settled); got != want {
				t.Errorf("%s: %s is %s, want %s", x.what, name, got, want)
			}
		}
	}
}

func TestDefaultRoutes(t *testing.T) {
	row := func(prefix, link string, metric int) tableRoute {
		p := netip.MustParsePrefix(prefix)
		f := 4
		if p.Addr().Is6() {
			f = 6
		}
		return tableRoute{Route: facts.Route{Family: f, Link: link, Metric: metric, Prefix: p}}
	}
	order := func(table ...tableRoute) string {
		var s []string
		for _, r := range defaultRoutes(table) {
			if r.Prefix.IsValid() {
				t.Errorf("a default route with a prefix: %+v", r)
			}
			s = append(s, r.Link)
		}
		return strings.Join(s, " ")
	}
	for _, x := range []struct{ what, got, want string }{
		{"metrics", order(row("0.0.0.0/0", "wifi", 600), row("::/0", "six", 1), row("0.0.0.0/0", "cable", 100), row("10.0.0.0/8", "x", 0)), "cable wifi six"},
		{"halves win over the default", order(row("0.0.0.0/0", "wifi", 1), row("0.0.0.0/1", "vpn", 50), row("128.0.0.0/1", "vpn", 50)), "vpn wifi"},
		{"one half is not everything", order(row("0.0.0.0/0", "wifi", 1), row("0.0.0.0/1", "vpn", 5)), "wifi"},
		{"halves of two links", order(row("0.0.0.0/1", "a", 5), row("128.0.0.0/1", "b", 5)), ""},
		{"quarters", order(row("0.0.0.0/2", "v", 5), row("64.0.0.0/2", "v", 5), row("128.0.0.0/1", "v", 5)), "v"},
		{"IPv6 of OpenVPN", order(row("::/3", "v", 5), row("2000::/4", "v", 5), row("3000::/4", "v", 5), row("fc00::/7", "v", 5)), "v"},
		{"IPv6 halves", order(row("::/1", "v", 5), row("8000::/1", "v", 5), row("::/0", "w", 1)), "v w"},
	} {
		if x.got != x.want {
			t.Errorf("%s: %q, want %q", x.what, x.got, x.want)
		}
	}
	// The kernel's own choice goes first; one that no line explains is put in.
	routes := []facts.Route{{Family: 4, Link: "a"}, {Family: 4, Link: "b"}, {Family: 6, Link: "a"}}
	got := effectiveFirst(routes, []facts.Route{{Family: 4, Link: "b"}, {Family: 6, Link: "vpn"}})
	var s []string
	for _, r := range got {
		s = append(s, r.Link)
	}
	if strings.Join(s, " ") != "b a vpn a" {
		t.Errorf("effective first: %v", s)
	}
}

func TestSecurityCenter(t *testing.T) {
	for what, in := range map[string]string{
		"lists":          `{"antivirus":[{"name":"Windows Defender","state":397568},{"name":"Vieux","state":393472}],"firewall":[]}`,
		"PowerShell 5.1": "\ufeff" + `{"firewall":null,"antivirus":[{"state":397568,"name":"Windows Defender"},{"name":"Vieux","state":393472},{"name":"","state":0}]}` + "\r\n",
	} {
		got, err := parseSecurityCenter([]byte(in))
		want := []facts.Firewall{{Name: "Windows Defender", Kind: kindAntivirus, Enabled: facts.Yes}, {Name: "Vieux", Kind: kindAntivirus, Enabled: facts.No}}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v %v", what, got, err)
		}
	}
	got, err := parseSecurityCenter([]byte(`{"antivirus":{"name":"One","state":266240},"firewall":{"name":"Wall","state":266240}}`))
	if err != nil || len(got) != 2 || got[0].Name != "One" || got[1].Kind != kindFirewall {
		t.Errorf("one element: %+v %v", got, err)
	}
	if _, err := parseSecurityCenter([]byte("Accès refusé")); err == nil {
		t.Error("not JSON, no error")
	}
}

func TestWindowsFirewallRule(t *testing.T) {
	at := netip.MustParseAddrPort("203.0.113.10:443")
	const start = "v2.31|Action=Block|Active=TRUE|Dir=Out|"
	for _, x := range []struct {
		rule string
		want bool
	}{
		{start + "Protocol=6|RA4=203.0.113.10|Name=Site|", true},
		{start + "Protocol=6|RA4=203.0.113.0/255.255.255.0|RPort=443|Name=Site|", true},
		{start + "RA4=198.51.100.1|RA4=203.0.113.0/24|Name=Site|", true},
		{start + "Protocol=6|RA4=203.0.113.1-203.0.113.20|RPort2_10=400-500|Name=x|", true},
		{start + "Name=Everything|", true},
		{start + "Protocol=17|RA4=203.0.113.10|Name=UDP|", false},
		{start + "Protocol=6|RPort=80|Name=x|", false},
		{start + "RA4=LocalSubnet|Name=x|", false},
		{start + "RA6=2001:db8::/32|Name=x|", false},
		{start + `App=C:\Program Files\Mozilla Firefox\firefox.exe|Name=x|`, false},
		{start + `App=C:\p\passerelle.exe|Name=x|`, true},
		{start + "Svc=dnscache|Name=x|", false},
		{start + "Profile=Domain|Name=x|", false},
		{"v2.31|Action=Block|Active=FALSE|Dir=Out|Name=x|", false},
		{"v2.31|Action=Allow|Active=TRUE|Dir=Out|Name=x|", false},
		{"v2.31|Action=Block|Active=TRUE|Dir=In|Name=x|", false},
	} {
		if got := parseWindowsRule(x.rule).blocks(at, `c:\p\Passerelle.exe`); got != x.want {
			t.Errorf("%s: %v, want %v", x.rule, got, x.want)
		}
	}
}

func TestUFWAndReleaseFiles(t *testing.T) {
	if parseUFW([]byte("# x\nENABLED=yes\nLOGLEVEL=low")) != facts.Yes || parseUFW([]byte("ENABLED=no")) != facts.No || parseUFW(nil) != facts.Unknown {
		t.Error("ufw.conf")
	}
}

// A hosts file laid full of block lists is on the way to the verdict.
func BenchmarkHostsBlockList(b *testing.B) {
	file := []byte(strings.Repeat("0.0.0.0 some-tracker.advertising.example\n", 150_000) + "203.0.113.1 shop.example\n")
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		if len(parseHosts(file, "shop.example")) != 1 {
			b.Fatal("not found")
		}
	}
}

func BenchmarkQuick(b *testing.B) {
	r := New()
	for b.Loop() {
		r.Quick(facts.Target{Host: "shop.example"})
	}
}
