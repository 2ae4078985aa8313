// What Windows' numbers and texts mean: kinds of adapters, proxy strings, firewall rules of the registry, security products. No call is
// made here, so that all of it is tested on any system.

package system

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"passerelle/checks/facts"
)

// Adapter types (ifdef.h, IANA ifType).
const (
	ifTypeEthernet = 6
	ifTypePPP      = 23
	ifTypeLoopback = 24
	ifTypeVirtual  = 53
	ifTypeWifi     = 71
	ifTypeTunnel   = 131
	ifTypeWWANPP   = 243
	ifTypeWWANPP2  = 244
)

// Words in an adapter's description, in lower case: what tunnels and machine-inside links are called by their makers.
var (
	tunnelDescriptions  = []string{"wintun", "wireguard", "tap-windows", "tap adapter", "openvpn", "nordlynx", "tailscale", "zerotier", "proton", "mullvad", "anyconnect", "fortinet", "globalprotect", "pangp", "vpn", "cloudflare warp"}
	virtualDescriptions = []string{"wi-fi direct", "vmware", "virtualbox", "npcap loopback", "km-test", "kernel debug"}
)

// windowsLinkKind tells an adapter's kind by its type and description (the description is the maker's and not translated).
func windowsLinkKind(ifType uint32, description string) string {
	d := strings.ToLower(description)
	contains := func(words []string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(d, w) })
	}
	switch {
	case ifType == ifTypeLoopback:
		return kindLoopback
	case contains(virtualDescriptions):
		return kindVirtual
	case strings.Contains(d, "hyper-v virtual ethernet"):
		return kindVeth // a switch of virtual machines; with a gateway, the computer's own way out
	case contains(tunnelDescriptions) || ifType == ifTypeTunnel || ifType == ifTypeVirtual:
		return kindTunnel
	case ifType == ifTypePPP:
		return kindPPP
	case ifType == ifTypeWifi:
		return kindWifi
	case ifType == ifTypeWWANPP || ifType == ifTypeWWANPP2:
		return kindMobile
	case ifType == ifTypeEthernet:
		return kindEthernet
	}
	return kindUnknown
}

// siteLocalPlaceholder tells the servers fec0:0:0:ffff::1 to 3, which Windows lists where no IPv6 server is set: they do not exist
// (os-fixes.md §2.1; Tailscale's siteLocalResolvers).
func siteLocalPlaceholder(a netip.Addr) bool {
	return netip.MustParsePrefix("fec0:0:0:ffff::/64").Contains(a.WithZone(""))
}

// winINETRules turns the person's Internet settings into rules. Automatic discovery alone is Windows' default and says nothing; a script
// goes before the servers.
func winINETRules(pac, servers, bypass string) proxyRules {
	p := proxyRules{source: "windows"}
	if pac = strings.TrimSpace(pac); pac != "" {
		p.mode, p.pac = proxyAuto, pac
		return p
	}
	if p.servers = parseProxyServers(servers); len(p.servers) > 0 {
		p.mode = proxyManual
	}
	p.except = exceptions{entries: splitExceptions(bypass), loopback: true}
	return p
}

// winHTTPRules are the machine's settings for services; browsers pass them over.
func winHTTPRules(servers, bypass string) proxyRules {
	p := winINETRules("", servers, bypass)
	p.source, p.aside = "winhttp", true
	return p
}

// securityScript is the one constant script that PowerShell is given: the products that the Security Center knows, as one JSON object.
// Numbers are cast, lists are kept lists, the encoding is set: the four traps of os-fixes.md §0.
const securityScript = `[Console]::OutputEncoding=[System.Text.UTF8Encoding]::new($false);` +
	`$ErrorActionPreference='SilentlyContinue';` +
	`function L($c){,@(Get-CimInstance -Namespace root/SecurityCenter2 -ClassName $c|ForEach-Object{@{name=[string]$_.displayName;state=[int64]$_.productState}})};` +
	`ConvertTo-Json -Compress -Depth 4 -InputObject @{antivirus=(L 'AntiVirusProduct');firewall=(L 'FirewallProduct')}`

// parseSecurityCenter reads that object. The second half-byte of productState tells whether it is on: 0 off, 1 on, 2 snoozed, 3 expired.
func parseSecurityCenter(b []byte) ([]facts.Firewall, error) {
	var file map[string]json.RawMessage
	if err := json.Unmarshal([]byte(strings.TrimPrefix(strings.TrimSpace(string(b)), "\ufeff")), &file); err != nil {
		return nil, fmt.Errorf("reading the Security Center's products: %w", err)
	}
	type product struct {
		Name  string
		State int64
	}
	var list []facts.Firewall
	for _, kind := range []string{kindAntivirus, kindFirewall} {
		var products []product
		if raw := file[kind]; json.Unmarshal(raw, &products) != nil {
			var one product // PowerShell 5.1 writes a list of one as its element
			if json.Unmarshal(raw, &one) == nil && one.Name != "" {
				products = []product{one}
			}
		}
		for _, p := range products {
			if p.Name == "" {
				continue
			}
			list = append(list, facts.Firewall{Name: p.Name, Kind: kind, Enabled: facts.Known(p.State>>12&0xF == 1)})
		}
	}
	return list, nil
}

// windowsRule is one firewall rule as the registry keeps it: "v2.31|Action=Block|Active=TRUE|Dir=Out|Protocol=6|RPort=443|RA4=…|Name=…|".
type windowsRule map[string][]string

func parseWindowsRule(s string) windowsRule {
	rule := windowsRule{}
	for part := range strings.SplitSeq(s, "|") {
		if k, v, ok := strings.Cut(part, "="); ok {
			rule[strings.ToUpper(k)] = append(rule[strings.ToUpper(k)], v)
		}
	}
	return rule
}

func (w windowsRule) one(key string) string {
	if v := w[key]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// blocks tells whether the rule blocks this program's TCP connection to the address. Rules for another program, a service, a user, a
// package, certain interfaces or certain profiles only are passed over: they are not about us, or we cannot tell. (A rule for all
// profiles names none.)
func (w windowsRule) blocks(at netip.AddrPort, program string) bool {
	if w.one("ACTION") != "Block" || w.one("DIR") != "Out" || !strings.EqualFold(w.one("ACTIVE"), "TRUE") {
		return false
	}
	if p := w.one("PROTOCOL"); p != "" && p != "6" {
		return false
	}
	if app := w.one("APP"); app != "" && !strings.EqualFold(app, program) {
		return false
	}
	for _, key := range []string{"SVC", "LUAUTH", "LUOWN", "APPPKGID", "IF", "IFTYPE", "PROFILE", "LA4", "LA6", "LPORT", "PLATFORM"} {
		if len(w[key]) > 0 {
			return false
		}
	}
	if len(w["RPORT"])+len(w["RPORT2_10"]) > 0 {
		ports := append(slices.Clone(w["RPORT"]), w["RPORT2_10"]...)
		if !slices.ContainsFunc(ports, func(s string) bool { return portIn(s, at.Port()) }) {
			return false
		}
	}
	addresses := append(slices.Clone(w["RA4"]), w["RA6"]...)
	if len(addresses) == 0 {
		return true
	}
	return at.Addr().IsValid() && slices.ContainsFunc(addresses, func(s string) bool { return addressIn(s, at.Addr()) })
}

func portIn(s string, port uint16) bool {
	low, high, isRange := strings.Cut(s, "-")
	l, err := strconv.Atoi(low)
	if err != nil {
		return false
	}
	if !isRange {
		return l == int(port)
	}
	h, err := strconv.Atoi(high)
	return err == nil && l <= int(port) && int(port) <= h
}

// addressIn reads 203.0.113.10, 203.0.113.0/24, 203.0.113.0/255.255.255.0 and 203.0.113.1-203.0.113.9; keywords (LocalSubnet…) never
// match.
func addressIn(s string, a netip.Addr) bool {
	if low, high, ok := strings.Cut(s, "-"); ok {
		l, err1 := netip.ParseAddr(low)
		h, err2 := netip.ParseAddr(high)
		return err1 == nil && err2 == nil && l.BitLen() == a.BitLen() && l.Compare(a) <= 0 && a.Compare(h) <= 0
	}
	if host, mask, ok := strings.Cut(s, "/"); ok {
		if m, err := netip.ParseAddr(mask); err == nil && m.Is4() {
			b := m.As4()
			bits := 0
			for _, x := range b {
				for ; x&0x80 != 0; x <<= 1 {
					bits++
				}
			}
			s = host + "/" + strconv.Itoa(bits)
		}
		p, err := netip.ParsePrefix(s)
		return err == nil && p.Contains(a)
	}
	x, err := netip.ParseAddr(s)
	return err == nil && x == a
}
