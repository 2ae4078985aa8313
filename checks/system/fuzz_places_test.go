package system

import (
	"testing"
)

// Fuzz targets for the other notations that this computer's files and services use.

func FuzzProxyServers(f *testing.F) {
	f.Add("http=10.0.0.1:3128;https=[::1]:99;socks=x:1", "<local>;*.corp;10.0.0.0/8;[fe80::]/64;<-loopback>", "http://u:p@proxy:3128", "localhost,.example,*")
	f.Add("https://:0", "[", "socks5h://[::1", "::1/129")
	f.Fuzz(func(t *testing.T, servers, bypass, env, except string) {
		checkRules(t, proxyRules{source: "fuzz", mode: proxyManual, servers: parseProxyServers(servers), except: exceptions{entries: splitExceptions(bypass)}})
		r := &Reader{Getenv: func(k string) string {
			switch k {
			case "HTTPS_PROXY", "http_proxy":
				return env
			case "NO_PROXY":
				return except
			}
			return ""
		}}
		for _, address := range []string{"https://shop.example/", "http://localhost/", "http://[::1]:8080/"} {
			r.EnvProxy(page(address))
		}
	})
}

func FuzzChromium(f *testing.F) {
	f.Add([]byte(`{"proxy":{"mode":"fixed_servers","server":"http=10.0.0.1:3128","bypass_list":"<local>"}}`), []byte(`{"dns_over_https":{"mode":"secure","templates":"https://dns.example/dns-query{?dns}"}}`))
	f.Fuzz(func(t *testing.T, preferences, state []byte) {
		rules, _ := chromiumProfile("chrome", preferences, state)
		checkRules(t, rules)
	})
}

func FuzzSystemFiles(f *testing.F) {
	f.Add([]byte("nameserver 192.0.2.1%eth0\nnameserver [::1]:53\n"))
	f.Add([]byte("ENABLED=yes\nDEFAULT_OUTPUT_POLICY=\"DROP\"\n"))
	f.Add([]byte("[Default Applications]\nx-scheme-handler/https=firefox.desktop;\n"))
	f.Add([]byte("{\"antivirus\":[{\"name\":\"x\",\"state\":397568}],\"firewall\":{\"name\":\"y\",\"state\":4096}}"))
	f.Add([]byte("v2.31|Action=Block|Active=TRUE|Dir=Out|Protocol=6|RPort=443|RA4=203.0.113.0/255.255.255.0|Name=x|"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, r := range parseResolvConf(b, "fuzz") {
			if !r.Address.IsValid() {
				t.Fatalf("%+v", r)
			}
		}
		parseUFW(b)
		parseMimeApps(b)
		parseMimeInfoCache(b)
		parseSocketFilter(b)
		parseWindowsRule(string(b))
		if list, err := parseSecurityCenter(b); err == nil {
			for _, x := range list {
				if x.Name == "" {
					t.Fatalf("%+v", list)
				}
			}
		}
	})
}
