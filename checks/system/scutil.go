// What macOS' scutil and its relatives say. They are English on every Mac seen (os-fixes.md §2.3).

package system

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"passerelle/checks/facts"
)

// parseScutilDNS reads `scutil --dns`: the servers of the resolvers that serve every name. Those for one domain (local, a VPN's) and
// those for one interface ("for scoped queries") are left out.
func parseScutilDNS(b []byte) []facts.Resolver {
	var list, block []facts.Resolver
	domain, link := false, ""
	end := func() {
		if !domain {
			for _, r := range block {
				if r.Link == "" {
					r.Link = link
				}
				list = append(list, r)
			}
		}
		block, domain, link = nil, false, ""
	}
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "DNS configuration (for scoped queries)") {
			break
		}
		if strings.HasPrefix(line, "resolver #") {
			end()
			continue
		}
		key, value, ok := strings.Cut(line, " : ")
		if !ok {
			continue
		}
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		switch {
		case strings.HasPrefix(key, "nameserver["):
			if a, err := netip.ParseAddr(value); err == nil {
				block = append(block, facts.Resolver{Address: a.WithZone(""), Link: a.Zone(), Source: "scutil"})
			}
		case key == "domain":
			domain = true
		case key == "port":
			if n, err := strconv.Atoi(value); err == nil && len(block) > 0 {
				for i := range block {
					block[i].Port = n
				}
			}
		case key == "if_index":
			if i, j := strings.IndexByte(value, '('), strings.IndexByte(value, ')'); i >= 0 && j > i {
				link = value[i+1 : j]
			}
		}
	}
	end()
	return list
}

// parseScutilProxy reads `scutil --proxy`, a property list in scutil's own notation.
func parseScutilProxy(b []byte) proxyRules {
	p := proxyRules{source: "macos"}
	values := map[string]string{}
	var list []string
	array := ""
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		if line == "}" {
			array = ""
			continue
		}
		key, value, ok := strings.Cut(line, " : ")
		if !ok {
			continue
		}
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		switch {
		case strings.HasSuffix(value, "{"):
			array = key // <array> { or, per interface, <dictionary> {
			if array == "__SCOPED__" {
				// What follows concerns single interfaces, not this computer's choice.
				return p.withScutil(values, list)
			}
		case array == "ExceptionsList":
			list = append(list, value)
		case array == "":
			values[key] = value
		}
	}
	return p.withScutil(values, list)
}

func (p proxyRules) withScutil(values map[string]string, list []string) proxyRules {
	on := func(key string) bool { return values[key] == "1" }
	p.except = exceptions{entries: list, loopback: true, simple: on("ExcludeSimpleHostnames")}
	if on("ProxyAutoConfigEnable") {
		p.mode, p.pac = proxyAuto, values["ProxyAutoConfigURLString"]
		return p
	}
	if on("ProxyAutoDiscoveryEnable") {
		p.mode, p.pac = proxyAuto, wpad
		return p
	}
	p.servers = map[string]*url.URL{}
	for _, s := range []struct{ key, page, scheme string }{{"HTTP", "http", "http"}, {"HTTPS", "https", "http"}, {"SOCKS", "socks", "socks5"}} {
		port, _ := strconv.Atoi(values[s.key+"Port"])
		if u := proxyAddress(s.scheme, values[s.key+"Proxy"], port); u != nil && on(s.key+"Enable") {
			p.servers[s.page] = u
		}
	}
	if len(p.servers) > 0 {
		p.mode = proxyManual
	}
	return p
}

// parseSocketFilter reads `socketfilterfw --getglobalstate`: the number counts, 0 off, 1 on, 2 everything incoming blocked.
func parseSocketFilter(b []byte) facts.Bool {
	_, rest, ok := strings.Cut(string(b), "State = ")
	if !ok || rest == "" {
		return facts.Unknown
	}
	return facts.Known(rest[0] != '0')
}

// parseLSHandlers reads `defaults read com.apple.LaunchServices/com.apple.launchservices.secure LSHandlers` and gives the bundle id of
// the browser; without an entry it is Safari.
func parseLSHandlers(b []byte) string {
	depth := 0
	var role, scheme string
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		if depth == 1 {
			if v, ok := strings.CutPrefix(line, "LSHandlerRoleAll = "); ok {
				role = strings.Trim(v, `";`)
			}
			if v, ok := strings.CutPrefix(line, "LSHandlerURLScheme = "); ok {
				scheme = strings.Trim(v, `";`)
			}
		}
		if strings.HasSuffix(line, "{") {
			depth++
			if depth == 1 {
				role, scheme = "", ""
			}
		}
		if strings.HasPrefix(line, "}") {
			depth--
			if depth == 0 && scheme == "https" && role != "" && role != "-" {
				return role
			}
		}
	}
	return "com.apple.safari"
}

// darwinLinkKind tells a kind by the name that macOS gives; wireless is what the driver says of the medium.
func darwinLinkKind(name string, wireless bool) string {
	letters := strings.TrimRight(name, "0123456789")
	switch letters {
	case "lo":
		return kindLoopback
	case "utun", "ipsec", "tun", "tap", "gif", "stf":
		return kindTunnel
	case "ppp":
		return kindPPP
	case "bridge":
		return kindBridge
	case "awdl", "llw", "ap", "anpi", "vmenet", "vmnet", "vnic", "feth", "p2p", "XHC", "pflog":
		return kindVirtual
	case "pdp_ip":
		return kindMobile
	case "en":
		if wireless {
			return kindWifi
		}
		return kindEthernet
	}
	return kindUnknown
}
