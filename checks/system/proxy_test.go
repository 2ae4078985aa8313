package system

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"passerelle/checks/facts"
)

// computer is a Reader of a made-up file tree and environment.
func computer(t *testing.T, files, env map[string]string) *Reader {
	t.Helper()
	r := New()
	r.Root = t.TempDir()
	r.Getenv = func(name string) string { return env[name] }
	r.Run = func(_ context.Context, path string, args ...string) ([]byte, error) {
		t.Errorf("a child process was started: %s %v", path, args)
		return nil, os.ErrNotExist
	}
	for name, content := range files {
		p := filepath.Join(r.Root, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func TestEnvProxy(t *testing.T) {
	for _, x := range []struct {
		env, page, proxy string
		applies          facts.Bool
	}{
		{"HTTPS_PROXY=http://user:secret@192.0.2.8:3128", "https://shop.example/", "http://user:secret@192.0.2.8:3128", facts.Yes},
		{"https_proxy=192.0.2.8:3128", "https://shop.example/", "http://192.0.2.8:3128", facts.Yes},
		{"http_proxy=192.0.2.8:3128", "https://shop.example/", "", facts.Unknown},
		{"http_proxy=192.0.2.8:3128", "http://shop.example/", "http://192.0.2.8:3128", facts.Yes},
		{"ALL_PROXY=socks5://192.0.2.8:1080", "https://shop.example/", "socks5://192.0.2.8:1080", facts.Yes},
		{"all_proxy=socks5://192.0.2.8:1080 https_proxy=http://192.0.2.9:1", "https://shop.example/", "http://192.0.2.9:1", facts.Yes},
		{"HTTPS_PROXY=http://192.0.2.8:3128 NO_PROXY=.shop.example,x", "https://www.shop.example/", "", facts.No},
		{"HTTPS_PROXY=http://192.0.2.8:3128 no_proxy=203.0.113.0/24", "https://203.0.113.7/", "", facts.No},
		{"HTTPS_PROXY=http://192.0.2.8:3128", "https://localhost:8443/", "", facts.No},
		{"", "https://shop.example/", "", facts.Unknown},
	} {
		env := map[string]string{}
		for _, kv := range strings.Fields(x.env) {
			k, v, _ := strings.Cut(kv, "=")
			env[k] = v
		}
		r := computer(t, nil, env)
		proxy, setting := r.EnvProxy(page(x.page))
		if text(proxy) != x.proxy {
			t.Errorf("%q for %s: %v, want %q", x.env, x.page, proxy, x.proxy)
		}
		if (setting == nil) != (x.applies == facts.Unknown) || (setting != nil && setting.Applies != x.applies) {
			t.Errorf("%q for %s: %+v, want %v", x.env, x.page, setting, x.applies)
		}
		if setting != nil && strings.Contains(setting.URL, "secret") {
			t.Errorf("a password is shown: %s", setting.URL)
		}
	}
}

func TestExceptions(t *testing.T) {
	gnome := exceptions{suffix: true}
	windows := exceptions{loopback: true}
	for _, x := range []struct {
		of   exceptions
		list string
		page string
		want bool
	}{
		{gnome, "localhost,127.0.0.0/8,::1", "http://127.3.2.1/", true},
		{gnome, "localhost,127.0.0.0/8,::1", "http://[::1]:80/", true},
		{gnome, "localhost", "https://shop.example/", false},
		{gnome, "example.com", "https://www.Example.com/", true},
		{gnome, "example.com", "https://badexample.com/", false},
		{gnome, "*.example.com", "https://www.example.com/", true},
		{gnome, ".example.com", "https://example.com/", true},
		{gnome, "example.com:8080", "https://example.com/", false},
		{gnome, "example.com:443", "https://example.com/", true},
		{gnome, "2001:db8::/32", "https://[2001:db8::5]/", true},
		{windows, "<local>", "http://intranet/", true},
		{windows, "<local>", "http://intranet.example/", false},
		{windows, "*.corp.example;10.*", "http://10.1.2.3/", true},
		{windows, "*.corp.example;10.*", "http://a.corp.example/", true},
		{windows, "*.corp.example", "http://corp.example/", false},
		{windows, ".corp.example", "http://a.corp.example/", true},
		{windows, "corp.example", "http://a.corp.example/", false},
		{windows, "http://corp.example", "https://corp.example/", false},
		{windows, "", "http://localhost:3000/", true},
		{windows, "<-loopback>", "http://localhost:3000/", false},
		{windows, "*", "https://shop.example/", true},
		{windows, "[fe80::1]:80", "http://[fe80::1]/", true},
		{exceptions{simple: true}, "", "http://nas/", true},
		{exceptions{entries: nil}, "169.254/16", "http://169.254.9.9/", true},
		{exceptions{suffix: true, reversed: true}, "shop.example", "https://shop.example/", false},
		{exceptions{suffix: true, reversed: true}, "shop.example", "https://other.example/", true},
	} {
		x.of.entries = splitExceptions(x.list)
		if got := x.of.cover(page(x.page)); got != x.want {
			t.Errorf("%q and %s: %v, want %v", x.list, x.page, got, x.want)
		}
	}
}

func TestGsettingsOutput(t *testing.T) {
	if p := gnomeRules(parseGsettings(sample(t, "linux-gsettings-proxy-en-fr.txt"))); p.mode != proxyUnset {
		t.Errorf("none: %+v", p)
	}
	p := gnomeRules(parseGsettings([]byte(`org.gnome.system.proxy ignore-hosts ['localhost', "it's.example", '*.lan']
org.gnome.system.proxy mode 'manual'
org.gnome.system.proxy.https host '192.0.2.8'
org.gnome.system.proxy.https port 3128
org.gnome.system.proxy.socks host ''
org.gnome.system.proxy.socks port 0
`)))
	if proxy, _ := p.answer(page("https://shop.example/")); text(proxy) != "http://192.0.2.8:3128" {
		t.Errorf("manual: %v", proxy)
	}
	if proxy, s := p.answer(page("https://nas.lan/")); proxy != nil || s.Applies != facts.No {
		t.Errorf("ignored host: %v", proxy)
	}
	if proxy, s := p.answer(page("http://shop.example/")); proxy != nil || s != nil {
		t.Errorf("no proxy for http: %v", proxy)
	}
}

func TestKioslaverc(t *testing.T) {
	env := func(name string) string { return map[string]string{"MY_PROXY": "http://192.0.2.7:8"}[name] }
	for _, x := range []struct{ file, page, want string }{
		{"[Proxy Settings][$Version]\nProxyType=9\n[Proxy Settings]\nProxyType=1\nhttpProxy=http://192.0.2.8 3128\nhttpsProxy[$e]=http://192.0.2.9:3129\nNoProxyFor=lan,10.0.0.0/8\n", "https://shop.example/", "http://192.0.2.9:3129"},
		{"[Proxy Settings]\r\nProxyType=1\r\nhttpProxy=http://192.0.2.8 3128\r\n", "http://shop.example/", "http://192.0.2.8:3128"},
		{"[Proxy Settings]\nProxyType=1\nhttpsProxy=192.0.2.8 3128\nNoProxyFor=shop.example\n", "https://www.shop.example/", ""},
		{"[Proxy Settings]\nProxyType=1\nhttpsProxy=192.0.2.8 3128\nNoProxyFor=shop.example\nReverseException=true\n", "https://www.shop.example/", "http://192.0.2.8:3128"},
		{"[Proxy Settings]\nProxyType=4\nhttpsProxy=OTHER,MY_PROXY\n", "https://shop.example/", "http://192.0.2.7:8"},
		{"[Proxy Settings]\nProxyType=1\nsocksProxy=socks://192.0.2.8 1080\n", "https://shop.example/", "socks5://192.0.2.8:1080"},
		{"[Proxy Settings]\nProxyType=0\nhttpsProxy=192.0.2.8 3128\n", "https://shop.example/", ""},
		{"", "https://shop.example/", ""},
	} {
		if proxy, _ := parseKioslaverc([]byte(x.file), env).answer(page(x.page)); text(proxy) != x.want {
			t.Errorf("%q: %v, want %q", x.file, proxy, x.want)
		}
	}
	if p := parseKioslaverc([]byte("[Proxy Settings]\nProxyType=2\nProxy Config Script=file:///p.pac\n"), env); p.mode != proxyAuto || p.pac != "file:///p.pac" {
		t.Errorf("script: %+v", p)
	}
}

func TestProxyServersOfWindows(t *testing.T) {
	for _, x := range []struct{ servers, page, want string }{
		{"127.0.0.1:8888", "https://shop.example/", "http://127.0.0.1:8888"},
		{"http=192.0.2.8:80;https=192.0.2.9:81", "https://shop.example/", "http://192.0.2.9:81"},
		{"http=192.0.2.8:80", "https://shop.example/", ""},
		{"socks=192.0.2.8:1080", "https://shop.example/", "socks4://192.0.2.8:1080"},
		{"http://192.0.2.8:80/", "http://shop.example/", "http://192.0.2.8:80"},
		{"proxy.example", "http://shop.example/", "http://proxy.example:80"},
		{"", "http://shop.example/", ""},
		{"direct://", "http://shop.example/", ""},
	} {
		if proxy, _ := winINETRules("", x.servers, "<local>").answer(page(x.page)); text(proxy) != x.want {
			t.Errorf("%q: %v, want %q", x.servers, proxy, x.want)
		}
	}
	if p := winINETRules("http://wpad/p.pac", "192.0.2.8:1", ""); p.mode != proxyAuto {
		t.Errorf("the script goes first: %+v", p)
	}
}

const firefoxINI = "[Install4F96D1932A9F858E]\nDefault=abc.default-release\nLocked=1\n\n[Profile1]\nName=default\nIsRelative=1\nPath=old.default\nDefault=1\n\n[Profile0]\nName=default-release\nIsRelative=1\nPath=abc.default-release\n"

func TestFirefoxProfile(t *testing.T) {
	for _, x := range []struct {
		ini, path string
		relative  bool
	}{
		{firefoxINI, "abc.default-release", true},
		{"[Profile0]\r\nPath=a\r\nIsRelative=1\r\n[Profile1]\r\nPath=b\r\nIsRelative=1\r\nDefault=1\r\n", "b", true},
		{"[General]\n[Profile0]\nPath=/data/p\nIsRelative=0\n", "/data/p", false},
		{"", "", false},
	} {
		if path, relative := firefoxProfile([]byte(x.ini)); path != x.path || relative != x.relative {
			t.Errorf("%q: %q %v", x.ini, path, relative)
		}
	}
}

func TestFirefoxSettings(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the folders are Linux's")
	}
	const profile = "home/u/.mozilla/firefox/abc.default-release/"
	manual := `user_pref("network.proxy.type", 1);
user_pref("network.proxy.http", "192.0.2.8");
user_pref("network.proxy.http_port", 3128);
user_pref("network.proxy.share_proxy_settings", true);
user_pref("network.proxy.no_proxies_on", "localhost, .lan, 10.0.0.0/8");
user_pref("network.trr.mode", 3);
user_pref("network.trr.uri", "https://dns.example/q");
`
	kde := "[Proxy Settings]\nProxyType=1\nhttpsProxy=http://192.0.2.50 1\n"
	for _, x := range []struct {
		what, prefs, user, policy, kde string
		want, source                   string
		dns                            string
	}{
		{what: "manual", prefs: manual, want: "http://192.0.2.8:3128", source: "firefox", dns: "only"},
		{what: "manual wins over the desktop", prefs: manual, kde: kde, want: "http://192.0.2.8:3128", source: "firefox", dns: "only"},
		{what: "follows the desktop", prefs: "", kde: kde, want: "http://192.0.2.50:1", source: "kde"},
		{what: "expressly none", prefs: `user_pref("network.proxy.type", 0);`, kde: kde, want: ""},
		{what: "user.js wins over prefs.js", prefs: manual, user: `user_pref("network.proxy.type", 0); // off`, want: "", dns: "only"},
		{what: "script", prefs: `user_pref("network.proxy.type", 2);` + "\n" + `user_pref("network.proxy.autoconfig_url", "http://pac.example/p");`, kde: kde, want: ""},
		{what: "policy, locked", prefs: manual, policy: `{"policies":{"Proxy":{"Mode":"manual","Locked":true,"HTTPProxy":"192.0.2.77:81","UseHTTPProxyForAllProtocols":true}}}`, want: "http://192.0.2.77:81", source: "policy", dns: "only"},
		{what: "policy, free to change", prefs: manual, policy: `{"policies":{"Proxy":{"Mode":"none"}}}`, want: "http://192.0.2.8:3128", source: "firefox", dns: "only"},
		{what: "policy alone", policy: `{"policies":{"Proxy":{"Mode":"manual","SSLProxy":"p.example:81"},"DNSOverHTTPS":{"Enabled":false}}}`, want: "http://p.example:81", source: "policy", dns: "off"},
		{what: "policy by preference", policy: `{"policies":{"Preferences":{"network.proxy.type":{"Value":1,"Status":"locked"},"network.proxy.ssl":{"Value":"p.example","Status":"locked"},"network.proxy.ssl_port":{"Value":82,"Status":"locked"}}}}`, want: "http://p.example:82", source: "policy"},
	} {
		files := map[string]string{
			"home/u/.config/mimeapps.list":           "[Default Applications]\nx-scheme-handler/https=firefox.desktop;\n",
			"home/u/.mozilla/firefox/profiles.ini":   firefoxINI,
			profile + "prefs.js":                     "// Mozilla User Preferences\n\n" + x.prefs,
			"usr/share/applications/firefox.desktop": "[Desktop Entry]\nName=Firefox Web Browser\n",
		}
		if x.user != "" {
			files[profile+"user.js"] = x.user
		}
		if x.policy != "" {
			files["etc/firefox/policies/policies.json"] = x.policy
		}
		if x.kde != "" {
			files["home/u/.config/kioslaverc"] = x.kde
		}
		r := computer(t, files, map[string]string{"HOME": "/home/u"})
		proxy, all, dns := r.proxyFor(context.Background(), page("https://shop.example/"))
		if text(proxy) != x.want {
			t.Errorf("%s: %v, want %q (%+v)", x.what, proxy, x.want, all)
		}
		source := ""
		for _, s := range all {
			if s.Applies == facts.Yes {
				source = s.Source
			}
		}
		if source != x.source {
			t.Errorf("%s: told of %q, want %q (%+v)", x.what, source, x.source, all)
		}
		if got := modeOf(dns); got != x.dns {
			t.Errorf("%s: secure DNS %q, want %q", x.what, got, x.dns)
		}
		if id, name := r.DefaultBrowser(context.Background()); id != "firefox" || name != "Firefox" {
			t.Errorf("%s: default browser %s %s", x.what, id, name)
		}
	}
}

func modeOf(d *facts.SecureDNS) string {
	if d == nil {
		return ""
	}
	return d.Mode
}

func TestChromiumSettings(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the folders are Linux's")
	}
	start := map[string]string{"usr/share/applications/defaults.list": "[Default Applications]\nx-scheme-handler/https=google-chrome.desktop\n"}
	for _, x := range []struct {
		what  string
		files map[string]string
		want  string
		pac   string
		dns   string
	}{
		{what: "policy", files: map[string]string{"etc/opt/chrome/policies/managed/a.json": `{"ProxyMode":"fixed_servers","ProxyServer":"http=a.example:1;https=b.example:2","DnsOverHttpsMode":"secure"}`}, want: "http://b.example:2", dns: "only"},
		{what: "later file wins", files: map[string]string{"etc/opt/chrome/policies/managed/a.json": `{"ProxyMode":"direct"}`, "etc/opt/chrome/policies/managed/b.json": `{"ProxySettings":{"ProxyMode":"fixed_servers","ProxyServer":"c.example:3"}}`}, want: "http://c.example:3"},
		{what: "bypassed", files: map[string]string{"etc/opt/chrome/policies/managed/a.json": `{"ProxyMode":"fixed_servers","ProxyServer":"c.example:3","ProxyBypassList":"*.example"}`}},
		{what: "script", files: map[string]string{"etc/opt/chrome/policies/managed/a.json": `{"ProxyMode":"pac_script","ProxyPacUrl":"http://pac.example/p"}`}, pac: "http://pac.example/p"},
		{what: "an extension's", files: map[string]string{
			"home/u/.config/google-chrome/Local State":           `{"profile":{"last_used":"Profile 2"},"dns_over_https":{"mode":"automatic","templates":"https://d.example/"}}`,
			"home/u/.config/google-chrome/Profile 2/Preferences": `{"extensions":{"settings":{"x":{"state":1,"install_time":"1","preferences":{"proxy":{"mode":"fixed_servers","server":"127.0.0.1:8118"}}}}}}`}, want: "http://127.0.0.1:8118", dns: "automatic"},
		{what: "a foreign folder is not read", files: map[string]string{"home/u/.config/google-chrome/Local State": `{"profile":{"last_used":"../../x"}}`}},
		{what: "broken files", files: map[string]string{"etc/opt/chrome/policies/managed/a.json": `{"ProxyMode":`, "home/u/.config/google-chrome/Default/Preferences": `{"fixed_servers"`}},
	} {
		files := map[string]string{}
		for _, m := range []map[string]string{start, x.files} {
			for k, v := range m {
				files[k] = v
			}
		}
		r := computer(t, files, map[string]string{"HOME": "/home/u"})
		proxy, all, dns := r.proxyFor(context.Background(), page("https://shop.example/"))
		if text(proxy) != x.want || modeOf(dns) != x.dns {
			t.Errorf("%s: %v %+v %+v", x.what, proxy, all, dns)
		}
		pac := ""
		for _, s := range all {
			pac += s.PAC
		}
		if pac != x.pac {
			t.Errorf("%s: script %q, want %q", x.what, pac, x.pac)
		}
	}
}

func TestTheEnvironmentGoesFirst(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the folders are Linux's")
	}
	r := computer(t, map[string]string{"home/u/.config/kioslaverc": "[Proxy Settings]\nProxyType=1\nhttpsProxy=http://192.0.2.50 1\n"},
		map[string]string{"HOME": "/home/u", "https_proxy": "http://192.0.2.1:2"})
	proxy, all := r.Proxy(context.Background(), page("https://shop.example/"))
	if text(proxy) != "http://192.0.2.1:2" || len(all) != 2 {
		t.Errorf("%v %+v", proxy, all)
	}
}

func TestAHangingProgramDoesNotHoldTheReading(t *testing.T) {
	r := New()
	r.Root = t.TempDir()
	r.Getenv = func(string) string { return "" }
	r.Run = func(ctx context.Context, _ string, _ ...string) ([]byte, error) {
		<-make(chan struct{}) // not even the deadline moves it
		return nil, nil
	}
	r.UID = 0
	if err := os.MkdirAll(filepath.Join(r.Root, "usr/sbin"), 0o755); err != nil {
		t.Fatal(err)
	}
	os.WriteFile(filepath.Join(r.Root, "usr/sbin/nft"), nil, 0o755)
	start := time.Now()
	s := r.Read(context.Background(), facts.Target{Host: "shop.example", URL: "https://shop.example/", Port: 443})
	if took := time.Since(start); took > partDeadline+500*time.Millisecond {
		t.Errorf("took %v", took)
	}
	if runtime.GOOS == "linux" && (s.FirewallsDone || !s.HostsDone || !s.LinksDone) {
		t.Errorf("%+v", s)
	}
}

func TestTheReadingIsMadeByURL(t *testing.T) {
	if targetURL(facts.Target{URL: "https://shop.example/x"}) == nil || targetURL(facts.Target{URL: "::"}) != nil || targetURL(facts.Target{}) != nil {
		t.Error("targetURL")
	}
	if u := proxyAddress("http", "2001:db8::1", 81); text(u) != "http://[2001:db8::1]:81" {
		t.Errorf("bare IPv6: %v", u)
	}
	if u := proxyAddress("http", "ftp://x", 1); u != nil {
		t.Errorf("a scheme that no proxy has: %v", u)
	}
	var none *url.URL
	if text(none) != "" {
		t.Error()
	}
}
