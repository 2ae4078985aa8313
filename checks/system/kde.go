// The proxy settings of KDE Plasma: ~/.config/kioslaverc.

package system

import (
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
)

// parseKioslaverc reads the group [Proxy Settings]. ProxyType: 0 none, 1 these servers, 2 script, 3 discovery, 4 environment
// variables named here. getenv serves the last. A server is written "http://host port" or "http://host:port".
func parseKioslaverc(b []byte, getenv func(string) string) proxyRules {
	p := proxyRules{source: "kde"}
	values := map[string]string{}
	in := false
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			in = line == "[Proxy Settings]"
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if !in || !ok || strings.HasPrefix(line, "#") {
			continue
		}
		key, _, _ = strings.Cut(strings.TrimSpace(key), "[$") // httpProxy[$e]
		values[key] = strings.TrimSpace(value)
	}
	kind, err := strconv.Atoi(values["ProxyType"])
	if err != nil {
		return p
	}
	read := func(key string) string { return values[key] }
	switch kind {
	case 1:
	case 2:
		p.mode, p.pac = proxyAuto, values["Proxy Config Script"]
		return p
	case 3:
		p.mode, p.pac = proxyAuto, wpad
		return p
	case 4:
		read = func(key string) string {
			for _, name := range splitExceptions(values[key]) {
				if v := getenv(name); v != "" {
					return v
				}
			}
			return ""
		}
	default:
		return p
	}
	p.servers = map[string]*url.URL{}
	for key, s := range map[string]struct{ page, scheme string }{"httpProxy": {"http", "http"}, "httpsProxy": {"https", "http"}, "socksProxy": {"socks", "socks5"}} {
		host, port, _ := strings.Cut(read(key), " ")
		n, _ := strconv.Atoi(strings.TrimSpace(port))
		if u := proxyAddress(s.scheme, host, n); u != nil {
			p.servers[s.page] = u
		}
	}
	if len(p.servers) > 0 {
		p.mode = proxyManual
	}
	p.except = exceptions{entries: splitExceptions(read("NoProxyFor")), suffix: true, reversed: values["ReverseException"] == "true"}
	return p
}

// kdeProxy reads the settings of this person.
func (r *Reader) kdeProxy() proxyRules {
	config := r.configHome()
	if config == "" {
		return proxyRules{source: "kde"}
	}
	b, err := r.read(filepath.Join(config, "kioslaverc"))
	if err != nil {
		return proxyRules{source: "kde"}
	}
	return parseKioslaverc(b, r.Getenv)
}
