// Firefox's own proxy and secure-DNS settings: the profile's prefs.js and user.js, and an administrator's policies.json.

package system

import (
	"encoding/json"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"passerelle/checks/facts"
)

// Values of network.proxy.type (Firefox's all.js and nsIProtocolProxyService).
const (
	firefoxDirect = 0
	firefoxManual = 1
	firefoxPAC    = 2
	firefoxWPAD   = 4
	firefoxSystem = 5 // the default
)

// preferences are Firefox's, by name: string, int or bool.
type preferences map[string]any

func (p preferences) text(name string) string { s, _ := p[name].(string); return s }
func (p preferences) number(name string, otherwise int) int {
	if n, ok := p[name].(int); ok {
		return n
	}
	return otherwise
}
func (p preferences) yes(name string) bool { b, _ := p[name].(bool); return b }

// parsePrefs reads prefs.js or user.js: user_pref("name", value); a line. Other lines are passed over. Only names that begin with one
// of these prefixes are kept.
func parsePrefs(b []byte, prefixes ...string) preferences {
	prefs := preferences{}
	for line := range strings.Lines(string(b)) {
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), "user_pref(")
		if !ok {
			continue
		}
		name, n := jsString(rest)
		if n == 0 || !hasPrefixOf(name, prefixes) {
			continue
		}
		rest, ok = strings.CutPrefix(strings.TrimSpace(rest[n:]), ",")
		if !ok {
			continue
		}
		rest = strings.TrimSpace(rest)
		if text, n := jsString(rest); n > 0 {
			prefs[name] = text
			continue
		}
		value, _, ok := strings.Cut(rest, ")")
		if !ok {
			continue
		}
		value = strings.TrimSpace(value)
		if value == "true" || value == "false" {
			prefs[name] = value == "true"
		} else if i, err := strconv.Atoi(value); err == nil {
			prefs[name] = i
		}
	}
	return prefs
}

// jsString reads one quoted text at the beginning of s and gives how many bytes it took; 0: there is none.
func jsString(s string) (string, int) {
	if s == "" || (s[0] != '"' && s[0] != '\'') {
		return "", 0
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == s[0]:
			return b.String(), i + 1
		case s[i] == '\\' && i+1 < len(s):
			i++
			switch s[i] {
			case 'n':
				b.WriteByte('\n')
			case 'r':
				b.WriteByte('\r')
			default:
				b.WriteByte(s[i])
			}
		default:
			b.WriteByte(s[i])
		}
	}
	return "", 0
}

// firefoxProfile gives the folder of the profile that opens by default, from profiles.ini: the one that an installation holds ([Install…]
// Default=), else the one marked Default=1, else the only one. Several installations: the first.
func firefoxProfile(ini []byte) (path string, relative bool) {
	type section struct {
		name string
		keys map[string]string
	}
	var sections []section
	for line := range strings.Lines(string(ini)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") && strings.HasSuffix(line, "]") {
			sections = append(sections, section{line[1 : len(line)-1], map[string]string{}})
			continue
		}
		if k, v, ok := strings.Cut(line, "="); ok && len(sections) > 0 {
			sections[len(sections)-1].keys[strings.TrimSpace(k)] = strings.TrimSpace(v)
		}
	}
	for _, s := range sections {
		if d := s.keys["Default"]; strings.HasPrefix(s.name, "Install") && d != "" {
			return d, !filepath.IsAbs(d)
		}
	}
	var first *section
	for i, s := range sections {
		if !strings.HasPrefix(s.name, "Profile") || s.keys["Path"] == "" {
			continue
		}
		if s.keys["Default"] == "1" {
			return s.keys["Path"], s.keys["IsRelative"] != "0"
		}
		if first == nil {
			first = &sections[i]
		}
	}
	if first == nil {
		return "", false
	}
	return first.keys["Path"], first.keys["IsRelative"] != "0"
}

// firefoxPolicy turns policies.json into preferences: those that are locked, and those that the person may change.
func firefoxPolicy(b []byte) (locked, defaults preferences) {
	var file struct {
		Policies struct {
			Proxy *struct {
				Mode, HTTPProxy, SSLProxy, SOCKSProxy, Passthrough, AutoConfigURL string
				SOCKSVersion                                                      int
				UseHTTPProxyForAllProtocols, Locked                               bool
			}
			DNSOverHTTPS *struct {
				Enabled, Fallback *bool
				ProviderURL       string
				Locked            bool
			}
			Preferences map[string]json.RawMessage
		} `json:"policies"`
	}
	locked, defaults = preferences{}, preferences{}
	if json.Unmarshal(b, &file) != nil {
		return locked, defaults
	}
	for name, raw := range file.Policies.Preferences {
		var p struct {
			Value  any
			Status string
		}
		if json.Unmarshal(raw, &p) != nil || p.Value == nil {
			continue
		}
		if f, ok := p.Value.(float64); ok {
			p.Value = int(f)
		}
		if p.Status == "locked" {
			locked[name] = p.Value
		} else {
			defaults[name] = p.Value
		}
	}
	if p := file.Policies.Proxy; p != nil {
		to := defaults
		if p.Locked {
			to = locked
		}
		modes := map[string]int{"none": firefoxDirect, "manual": firefoxManual, "autoConfig": firefoxPAC, "autoDetect": firefoxWPAD, "system": firefoxSystem}
		if kind, ok := modes[p.Mode]; ok {
			to["network.proxy.type"] = kind
		}
		if p.UseHTTPProxyForAllProtocols {
			p.SSLProxy = p.HTTPProxy
		}
		for name, server := range map[string]string{"http": p.HTTPProxy, "ssl": p.SSLProxy, "socks": p.SOCKSProxy} {
			if u := proxyAddress("http", server, 0); u != nil {
				port, _ := strconv.Atoi(u.Port())
				to["network.proxy."+name], to["network.proxy."+name+"_port"] = u.Hostname(), port
			}
		}
		if p.SOCKSVersion != 0 {
			to["network.proxy.socks_version"] = p.SOCKSVersion
		}
		if p.Passthrough != "" {
			to["network.proxy.no_proxies_on"] = p.Passthrough
		}
		if p.AutoConfigURL != "" {
			to["network.proxy.autoconfig_url"] = p.AutoConfigURL
		}
	}
	if d := file.Policies.DNSOverHTTPS; d != nil {
		to := defaults
		if d.Locked {
			to = locked
		}
		if d.Enabled != nil {
			mode := 5
			if *d.Enabled {
				mode = 2
				if d.Fallback != nil && !*d.Fallback {
					mode = 3
				}
			}
			to["network.trr.mode"] = mode
		}
		if d.ProviderURL != "" {
			to["network.trr.uri"] = d.ProviderURL
		}
	}
	return locked, defaults
}

// firefoxRules turns the preferences into proxy rules and secure DNS. source is "firefox", or "policy" where an administrator decided.
func firefoxRules(p preferences, source string) (proxyRules, *facts.SecureDNS) {
	rules := proxyRules{source: source}
	switch p.number("network.proxy.type", firefoxSystem) {
	case firefoxDirect:
		rules.mode = proxyDirect
	case firefoxManual:
		rules.mode = proxyManual
		rules.servers = map[string]*url.URL{}
		server := func(page, name, scheme string) {
			port := p.number("network.proxy."+name+"_port", 0)
			if u := proxyAddress(scheme, p.text("network.proxy."+name), port); u != nil && port > 0 {
				rules.servers[page] = u
			}
		}
		server("http", "http", "http")
		server("https", "ssl", "http")
		if p.yes("network.proxy.share_proxy_settings") && rules.servers["http"] != nil {
			rules.servers["https"] = rules.servers["http"]
		}
		scheme := "socks5"
		if p.number("network.proxy.socks_version", 5) == 4 {
			scheme = "socks4"
		}
		server("socks", "socks", scheme)
		rules.except = exceptions{
			entries:  splitExceptions(p.text("network.proxy.no_proxies_on")),
			suffix:   true,
			loopback: !p.yes("network.proxy.allow_hijacking_localhost"),
		}
	case firefoxPAC:
		rules.mode, rules.pac = proxyAuto, p.text("network.proxy.autoconfig_url")
	case firefoxWPAD:
		rules.mode, rules.pac = proxyAuto, wpad
	}
	var dns *facts.SecureDNS
	modes := map[int]string{2: "automatic", 3: "only", 5: "off"}
	if mode, ok := modes[p.number("network.trr.mode", 0)]; ok {
		dns = &facts.SecureDNS{Source: source, Mode: mode, URL: p.text("network.trr.uri")}
		if dns.URL == "" {
			dns.URL = p.text("network.trr.custom_uri")
		}
	}
	return rules, dns
}

// firefoxSettings reads the default profile under one of these folders, and the policies.
func (r *Reader) firefoxSettings(roots, policies []string) (proxyRules, *facts.SecureDNS) {
	all := preferences{}
	locked := preferences{}
	for _, file := range policies {
		if b, err := r.read(file); err == nil {
			var defaults preferences
			locked, defaults = firefoxPolicy(b)
			maps.Copy(all, defaults)
			break
		}
	}
	source := "policy"
	if all["network.proxy.type"] == nil && locked["network.proxy.type"] == nil {
		source = "firefox"
	}
	for _, root := range roots {
		profile := r.firefoxProfileFolder(root)
		if profile == "" {
			continue
		}
		for _, file := range []string{"prefs.js", "user.js"} { // user.js is applied over prefs.js at every start
			if b, err := r.read(filepath.Join(profile, file)); err == nil {
				own := parsePrefs(b, "network.proxy.", "network.trr.")
				if own["network.proxy.type"] != nil && locked["network.proxy.type"] == nil {
					source = "firefox"
				}
				maps.Copy(all, own)
			}
		}
		break
	}
	maps.Copy(all, locked)
	return firefoxRules(all, source)
}

// existingFolders keeps those that are there.
func existingFolders(paths []string) []string {
	var list []string
	for _, p := range paths {
		if info, err := os.Stat(p); err == nil && info.IsDir() {
			list = append(list, p)
		}
	}
	return list
}
