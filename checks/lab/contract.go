package lab

// Sides is the table of causes of CONTRACT.md, written down a second time on purpose: the program is measured against the
// contract, not against its own copy of it.
var Sides = map[string]string{
	"works": "works",

	"no-connection": "you", "hosts-override": "you", "proxy-broken": "you", "firewall-local": "you", "clock-wrong": "you",
	"vpn-broken": "you", "tls-intercepted": "you", "dns-cache-stale": "you", "browser-side": "you",

	"router-unreachable": "network", "captive-portal": "network", "no-internet": "network", "dns-server-down": "network",
	"dns-blocks-site": "network", "ipv6-broken": "network", "mtu-blackhole": "network", "port-blocked": "network",
	"site-blocked": "network", "page-replaced": "network",

	"name-not-found": "site", "dns-broken-at-site": "site", "site-unreachable": "site", "connection-refused": "site",
	"connection-cut": "site", "no-answer": "site", "certificate-expired": "site", "certificate-wrong-name": "site",
	"certificate-untrusted": "site", "tls-broken": "site", "bad-gateway": "site", "gateway-timeout": "site",
	"unavailable": "site", "server-error": "site", "refused-visitor": "site", "rate-limited": "site",
	"page-not-found": "site", "redirect-loop": "site", "bad-redirect": "site", "invalid-answer": "site",
	"intermittent": "site",

	"undetermined": "unknown",
}

// Providers are the independent DNS services of CONTRACT.md: the name on their certificate and their addresses.
var Providers = map[string][]string{
	"cloudflare-dns.com": {"1.1.1.1", "1.0.0.1", "2606:4700:4700::1111"},
	"dns.google":         {"8.8.8.8", "8.8.4.4", "2001:4860:4860::8888"},
	"dns.quad9.net":      {"9.9.9.9", "2620:fe::fe"},
	"doh.opendns.com":    {"208.67.222.222", "208.67.220.220", "2620:119:35::35"},
}

// Connectivity are the connectivity checks of CONTRACT.md.
var Connectivity = []struct {
	Host, Path string
	Status     int
	Body       string
}{
	{"connectivitycheck.gstatic.com", "/generate_204", 204, ""},
	{"detectportal.firefox.com", "/success.txt", 200, "success\n"},
	{"www.msftconnecttest.com", "/connecttest.txt", 200, "Microsoft Connect Test"},
	{"captive.apple.com", "/hotspot-detect.html", 200, "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>"},
}

// OtherSites are the unrelated sites of CONTRACT.md, asked over HTTPS for comparison.
var OtherSites = []string{"www.wikipedia.org", "www.cloudflare.com", "www.google.com", "www.microsoft.com", "www.debian.org"}
