package system

import (
	"net/netip"
	"strings"
	"testing"
)

func FuzzHosts(f *testing.F) {
	f.Add([]byte("127.0.0.1 localhost\r\n203.0.113.1\tshop.example # x\n::1 a b c"), "shop.example")
	f.Fuzz(func(t *testing.T, b []byte, host string) {
		for _, e := range parseHosts(b, host) {
			if e.Line < 1 || !e.Address.IsValid() || len(e.Names) == 0 {
				t.Fatalf("%+v", e)
			}
			found := false
			for _, n := range e.Names {
				found = found || strings.EqualFold(n, host)
			}
			if !found {
				t.Fatalf("line %d does not name %q: %q", e.Line, host, e.Names)
			}
		}
	})
}

func FuzzKioslaverc(f *testing.F) {
	f.Add([]byte("[Proxy Settings]\nProxyType=1\nhttpsProxy=http://192.0.2.8 3128\nNoProxyFor=a,10.0.0.0/8\nReverseException=true\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		checkRules(t, parseKioslaverc(b, func(s string) string { return s }))
	})
}

func FuzzPrefs(f *testing.F) {
	f.Add([]byte(`user_pref("network.proxy.type", 1);` + "\n" + `user_pref("network.proxy.ssl", "a\"b");` + "\n" + `user_pref("network.proxy.ssl_port", 81);`))
	f.Fuzz(func(t *testing.T, b []byte) {
		rules, _ := firefoxRules(parsePrefs(b, "network.proxy.", "network.trr."), "firefox")
		checkRules(t, rules)
	})
}

func FuzzScutil(f *testing.F) {
	f.Add(sample(f, "macos-scutil-dns-en-macos26.txt"))
	f.Add(sample(f, "macos-scutil-proxy-local-proxy-en.txt"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, r := range parseScutilDNS(b) {
			if !r.Address.IsValid() {
				t.Fatalf("%+v", r)
			}
		}
		checkRules(t, parseScutilProxy(b))
		parseLSHandlers(b)
	})
}

func FuzzDconf(f *testing.F) {
	f.Add(sample(f, "dconf-user-manual.bin"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if keys, err := dconfKeys(b, "/system/proxy/"); err == nil {
			checkRules(t, gnomeRules(keys))
		}
		checkRules(t, gnomeRules(parseGsettings(b)))
	})
}

func FuzzNFT(f *testing.F) {
	f.Add([]byte(`{"nftables":[{"chain":{"family":"inet","table":"t","name":"o","type":"filter","hook":"output","prio":0,"policy":"accept"}},{"rule":{"family":"inet","table":"t","chain":"o","handle":2,"expr":[{"match":{"op":"==","left":{"payload":{"protocol":"ip","field":"daddr"}},"right":{"set":["1.1.1.1",{"prefix":{"addr":"203.0.113.0","len":24}}]}}},{"jump":{"target":"o"}}]}}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if set, err := parseNFT(b); err == nil {
			set.hit(nftPacket{Addr: netip.MustParseAddr("203.0.113.1"), Port: 443, Link: "eth0"})
			set.active()
		}
	})
}

// checkRules holds what every place must give: a proxy that can be dialled, and no password shown.
func checkRules(t *testing.T, p proxyRules) {
	t.Helper()
	for _, address := range []string{"https://shop.example/", "http://localhost/", "http://[::1]:8080/"} {
		proxy, setting := p.answer(page(address))
		if proxy != nil && (proxy.Hostname() == "" || proxy.Port() == "" || setting == nil) {
			t.Fatalf("%s: proxy %v, told %+v", address, proxy, setting)
		}
		if setting != nil && setting.PAC == "" && strings.Contains(setting.URL, "@") {
			t.Fatalf("%s: user shown: %+v", address, setting)
		}
	}
}
