package lab

import (
	"path/filepath"
	"time"
)

// Faults of this computer and its settings.

const hour = time.Hour

func hostsDead(w *World) Want {
	w.Site(Page("Boutique"))
	w.File("/etc/hosts", "127.0.0.1 localhost\n"+DeadIP+" "+SiteHost+"\n")
	w.Prove(siteURL, 0, 28)
	return Want{Cause: "hosts-override", Fix: "remove-hosts-entry"}
}

func hostsLoopback(w *World) Want {
	w.Site(Page("Boutique"))
	w.File("/etc/hosts", "127.0.0.1 localhost\n127.0.0.1 tracker.example "+SiteHost+" # blocked\n")
	w.Prove(siteURL, 0, 7)
	return Want{Cause: "hosts-override", Fix: "remove-hosts-entry"}
}

func hostsNull(w *World) Want {
	w.Site(Page("Boutique"))
	w.File("/etc/hosts", "127.0.0.1 localhost\n0.0.0.0 "+SiteHost+"\n")
	w.Prove(siteURL, 0, 7)
	return Want{Cause: "hosts-override", Fix: "remove-hosts-entry"}
}

func hostsElsewhere(w *World) Want { // a living server that is not this site
	w.Site(Page("Boutique"))
	w.File("/etc/hosts", "127.0.0.1 localhost\n198.51.100.100 "+SiteHost+"\n")
	w.Prove(siteURL, 0, 60)
	return Want{Cause: "hosts-override", Fix: "remove-hosts-entry"}
}

// proxy puts a proxy into the environment of what runs on the computer.
func (w *World) proxy(url string) {
	for _, name := range []string{"http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"} {
		w.Computer.Env = append(w.Computer.Env, name+"="+url)
	}
}

func proxyClosed(w *World) Want {
	w.Site(Page("Boutique"))
	w.proxy("http://127.0.0.1:3128")
	w.Prove(siteURL, 0, 7)
	return Want{Cause: "proxy-broken"}
}

func proxySilent(w *World) Want {
	w.Site(Page("Boutique"))
	w.proxy("http://" + DeadIP + ":3128")
	w.Prove(siteURL, 0, 28)
	return want("proxy-broken")
}

func proxyUnknownName(w *World) Want {
	w.Site(Page("Boutique"))
	w.proxy("http://proxy.entreprise.example:3128")
	w.Prove(siteURL, 0, 5)
	return want("proxy-broken")
}

func proxyHangs(w *World) Want { // accepts, and never answers the CONNECT
	w.Site(Page("Boutique"))
	w.ServeTCP(w.Internet, "203.0.113.31:3128", hang)
	w.proxy("http://203.0.113.31:3128")
	w.Prove(siteURL, 0, 28)
	return want("proxy-broken")
}

func proxyWantsPassword(w *World) Want {
	w.Site(Page("Boutique"))
	w.squid("auth_param basic program /usr/lib/squid/basic_fake_auth\nacl known proxy_auth REQUIRED\nhttp_access allow known\nhttp_access deny all")
	w.proxy("http://203.0.113.30:3128")
	w.Prove(siteURL, 0, 56)
	return want("proxy-broken")
}

func proxyCannotReach(w *World) Want { // the proxy's own way out is dead, this computer's is not
	w.Site(Page("Boutique"))
	w.squid("http_access allow all\nconnect_timeout 1 seconds\nforward_timeout 1 seconds")
	w.NFT(w.Internet, "table inet lab { chain o { type filter hook output priority 0\n oifname \"lo\" ip daddr "+SiteIP+" tcp dport 443 reject with tcp reset\n oifname \"lo\" ip6 daddr "+SiteIP6+" tcp dport 443 reject with tcp reset\n }\n}")
	w.proxy("http://203.0.113.30:3128")
	w.Prove(siteURL, 0, 56)
	return want("proxy-broken")
}

func proxyFor502(w *World) Want { // the proxy works, and the site is ill
	w.Nginx("location / { proxy_pass http://127.0.0.1:9001; }", nil)
	w.squid("http_access allow all")
	w.proxy("http://203.0.113.30:3128")
	w.Prove(siteURL, 502, 0)
	return Want{Cause: "bad-gateway", GatewayBy: "gateway"}
}

// squid runs a real Squid on the Internet at 203.0.113.30:3128, asking the public names.
func (w *World) squid(lines string) {
	w.T.Helper()
	w.Need("squid")
	w.needRealRoot("squid")
	w.Address(w.Internet, "203.0.113.30")
	w.need(w.Internet.Write("/etc/resolv.conf", "nameserver "+ProviderDNS+"\n"), "writing resolv.conf")
	conf := w.Scratch("squid.conf", "http_port 203.0.113.30:3128\ndns_nameservers "+ProviderDNS+"\ncache deny all\naccess_log none\ncache_log stdio:/dev/stderr\ncache_store_log none\n"+
		"pid_filename "+filepath.Join(w.Dir, "squid.pid")+"\ncoredump_dir /tmp\nnetdb_filename none\npinger_enable off\nshutdown_lifetime 0 seconds\ncache_mem 4 MB\nvisible_hostname proxy.entreprise.example\n"+
		"dns_v4_first on\n"+lines+"\n")
	w.Spawn(w.Internet, "203.0.113.30:3128", "squid", "-N", "-f", conf)
}

func localReject(w *World) Want {
	w.Site(Page("Boutique"))
	w.NFT(w.Computer, "table inet lab { chain o { type filter hook output priority 0\n ip daddr "+SiteIP+" tcp dport 443 reject with icmp type admin-prohibited\n ip6 daddr "+SiteIP6+" tcp dport 443 reject with icmpv6 type admin-prohibited\n }\n}")
	w.Prove(siteURL, 0, 7)
	return want("firewall-local")
}

func localDrop(w *World) Want {
	w.Site(Page("Boutique"))
	w.NFT(w.Computer, "table inet lab { chain o { type filter hook output priority 0\n ip daddr "+SiteIP+" drop\n ip6 daddr "+SiteIP6+" drop\n }\n}")
	w.Prove(siteURL, 0, 28)
	return want("firewall-local")
}

func localProhibitRoute(w *World) Want {
	w.Site(Page("Boutique"))
	w.IP(w.Computer, "route add prohibit "+SiteIP+"/32", "route add prohibit "+SiteIP6+"/128")
	w.Prove(siteURL, 0, 7)
	return want("firewall-local")
}

func deadTunnel(w *World) Want { // the VPN holds the default route and lets nothing through
	w.Site(Page("Boutique"))
	w.Tun(w.Computer, "tun0")
	w.IP(w.Computer, "addr add 10.8.0.2/24 dev tun0", "link set tun0 up", "route add 0.0.0.0/1 via 10.8.0.1 dev tun0", "route add 128.0.0.0/1 via 10.8.0.1 dev tun0",
		"route del ::/0")
	w.Prove(siteURL, 0, 28)
	return want("vpn-broken")
}

func browserError(w *World) Want {
	w.Site(Page("Boutique"))
	w.Prove(siteURL, 200, 0)
	return Want{Cause: "browser-side", Args: []string{"--seen", "ERR_CONNECTION_RESET"}}
}

func otherBrowserOpens(w *World) Want {
	w.Site(Page("Boutique"))
	w.Prove(siteURL, 200, 0)
	return Want{Cause: "browser-side", Args: []string{"--witness", "other-browser=opens"}}
}
