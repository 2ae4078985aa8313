// The Chromium family's own proxy and secure-DNS settings: an administrator's policies, and what an extension left in the profile.

package system

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"passerelle/checks/facts"
)

// chromiumPolicies reads every *.json of these folders; as in Chromium, a later name wins over an earlier one.
func (r *Reader) chromiumPolicies(folders []string) map[string]any {
	all := map[string]any{}
	for _, folder := range folders {
		files, err := os.ReadDir(folder)
		if err != nil {
			continue
		}
		names := []string{}
		for _, f := range files {
			if strings.HasSuffix(f.Name(), ".json") {
				names = append(names, f.Name())
			}
		}
		slices.Sort(names)
		for _, name := range names {
			b, err := r.read(filepath.Join(folder, name))
			if err != nil {
				continue
			}
			one := map[string]any{}
			if json.Unmarshal(b, &one) == nil {
				maps.Copy(all, one)
			}
		}
	}
	return all
}

// chromiumPolicyRules reads ProxySettings, or the older ProxyMode, ProxyServer, ProxyPacUrl and ProxyBypassList, and
// DnsOverHttpsMode (Chrome Enterprise policy list).
func chromiumPolicyRules(policy map[string]any) (proxyRules, *facts.SecureDNS) {
	text := func(m map[string]any, name string) string { s, _ := m[name].(string); return s }
	from := policy
	if settings, ok := policy["ProxySettings"].(map[string]any); ok {
		from = settings
	}
	rules := chromiumRules("policy", text(from, "ProxyMode"), text(from, "ProxyServer"), text(from, "ProxyPacUrl"), text(from, "ProxyBypassList"))
	if text(from, "ProxyMode") == "" { // before there was a mode, the presence of the others decided
		if n, ok := from["ProxyServerMode"].(float64); ok && n >= 0 && n < 4 {
			mode := []string{"direct", "auto_detect", "fixed_servers", "system"}[int(n)]
			rules = chromiumRules("policy", mode, text(from, "ProxyServer"), text(from, "ProxyPacUrl"), text(from, "ProxyBypassList"))
		}
	}
	var dns *facts.SecureDNS
	modes := map[string]string{"off": "off", "automatic": "automatic", "secure": "only"}
	if mode, ok := modes[text(policy, "DnsOverHttpsMode")]; ok {
		dns = &facts.SecureDNS{Source: "policy", Mode: mode, URL: text(policy, "DnsOverHttpsTemplates")}
	}
	return rules, dns
}

// chromiumRules is the family's one vocabulary, in policies and profiles.
func chromiumRules(source, mode, server, pac, bypass string) proxyRules {
	rules := proxyRules{source: source}
	switch mode {
	case "direct":
		rules.mode = proxyDirect
	case "auto_detect":
		rules.mode, rules.pac = proxyAuto, wpad
	case "pac_script":
		rules.mode, rules.pac = proxyAuto, pac
	case "fixed_servers":
		rules.servers = parseProxyServers(server)
		if len(rules.servers) > 0 {
			rules.mode = proxyManual
		}
		rules.except = exceptions{entries: splitExceptions(bypass), loopback: true}
	}
	return rules
}

// parseProxyServers reads the notation of Windows and Chromium: "host:port" for everything, or "http=host:port;https=host:port;
// socks=host:port", each with or without scheme.
func parseProxyServers(s string) map[string]*url.URL {
	servers := map[string]*url.URL{}
	for _, part := range strings.FieldsFunc(s, func(c rune) bool { return c == ';' || c == ' ' || c == '\t' || c == ',' }) {
		page, server, ok := strings.Cut(part, "=")
		if !ok {
			if u := proxyAddress("http", part, 0); u != nil && servers["http"] == nil {
				servers["http"], servers["https"] = u, u
			}
			continue
		}
		page = strings.ToLower(page)
		scheme := "http"
		if page == "socks" {
			scheme = "socks4" // what WinINET speaks there
		}
		if u := proxyAddress(scheme, server, 0); u != nil && (page == "http" || page == "https" || page == "socks") {
			servers[page] = u
		}
	}
	return servers
}

// chromiumProfile reads what a profile holds: a proxy that an extension set (and may have left behind when it was switched off), and
// the secure-DNS choice. Preferences is the profile's file, localState the one above it. Either may be nil.
func chromiumProfile(browser string, preferences, localState []byte) (proxyRules, *facts.SecureDNS) {
	rules := proxyRules{source: browser}
	type proxy struct {
		Mode       string `json:"mode"`
		Server     string `json:"server"`
		PacURL     string `json:"pac_url"`
		BypassList string `json:"bypass_list"`
	}
	// The file is large and the setting rare: a look at the bytes first.
	if bytes.Contains(preferences, []byte(`"fixed_servers"`)) || bytes.Contains(preferences, []byte(`"pac_script"`)) {
		var file struct {
			Proxy      proxy `json:"proxy"`
			Extensions struct {
				Settings map[string]struct {
					State       *int   `json:"state"`
					InstallTime string `json:"install_time"`
					Preferences struct {
						Proxy any `json:"proxy"`
					} `json:"preferences"`
				} `json:"settings"`
			} `json:"extensions"`
		}
		if json.Unmarshal(preferences, &file) == nil {
			found, newest := file.Proxy, ""
			for _, x := range file.Extensions.Settings {
				p, ok := x.Preferences.Proxy.(map[string]any)
				if !ok || (x.State != nil && *x.State == 0) || x.InstallTime < newest {
					continue
				}
				get := func(k string) string { s, _ := p[k].(string); return s }
				found, newest = proxy{get("mode"), get("server"), get("pac_url"), get("bypass_list")}, x.InstallTime
			}
			rules = chromiumRules(browser, found.Mode, found.Server, found.PacURL, found.BypassList)
		}
	}
	var dns *facts.SecureDNS
	if bytes.Contains(localState, []byte(`"dns_over_https"`)) {
		var file struct {
			DNS struct {
				Mode      string `json:"mode"`
				Templates string `json:"templates"`
			} `json:"dns_over_https"`
		}
		modes := map[string]string{"off": "off", "automatic": "automatic", "secure": "only"}
		if json.Unmarshal(localState, &file) == nil && modes[file.DNS.Mode] != "" {
			dns = &facts.SecureDNS{Source: browser, Mode: modes[file.DNS.Mode], URL: file.DNS.Templates}
		}
	}
	return rules, dns
}

// chromiumSettings reads the policies first, then the profile under one of the data folders.
func (r *Reader) chromiumSettings(browser string, policy map[string]any, dataFolders []string) (proxyRules, *facts.SecureDNS) {
	rules, dns := chromiumPolicyRules(policy)
	if folders := existingFolders(dataFolders); len(folders) > 0 {
		folder := folders[0]
		localState, _ := r.read(filepath.Join(folder, "Local State"))
		profile := chromiumLastProfile(localState)
		preferences, _ := r.read(filepath.Join(folder, profile, "Preferences"))
		own, ownDNS := chromiumProfile(browser, preferences, localState)
		if rules.mode == proxyUnset {
			rules = own
		}
		if dns == nil {
			dns = ownDNS
		}
	}
	return rules, dns
}

// chromiumLastProfile is the folder of the profile that was used last.
func chromiumLastProfile(localState []byte) string {
	var file struct {
		Profile struct {
			LastUsed string `json:"last_used"`
		} `json:"profile"`
	}
	if json.Unmarshal(localState, &file) != nil || file.Profile.LastUsed == "" || filepath.Base(file.Profile.LastUsed) != file.Profile.LastUsed {
		return "Default"
	}
	return file.Profile.LastUsed
}
