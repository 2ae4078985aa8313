// The files that say how names are looked up on Linux and the BSDs: resolv.conf, nsswitch.conf, hosts.
package probe

import (
	"bytes"
	"net/netip"
	"strconv"
	"strings"
)

// resolvConf is what counts of resolv.conf(5).
type resolvConf struct {
	servers []netip.AddrPort
	search  []string
	ndots   int
	tcp     bool // options use-vc
}

const maxNdots = 15 // glibc's RES_MAXNDOTS

func parseResolvConf(data []byte, port uint16) resolvConf {
	c := resolvConf{ndots: 1}
	if port == 0 {
		port = 53
	}
	for line := range bytes.Lines(data) {
		text := string(line)
		if i := strings.IndexAny(text, "#;"); i >= 0 {
			text = text[:i]
		}
		fields := strings.Fields(text)
		if len(fields) < 2 {
			continue
		}
		switch fields[0] {
		case "nameserver":
			if a, err := netip.ParseAddr(fields[1]); err == nil && len(c.servers) < maxServers {
				c.servers = append(c.servers, netip.AddrPortFrom(a.Unmap(), port))
			}
		case "domain":
			c.search = searchList(fields[1:2])
		case "search":
			c.search = searchList(fields[1:])
		case "options":
			for _, o := range fields[1:] {
				if v, ok := strings.CutPrefix(o, "ndots:"); ok {
					if n, err := strconv.Atoi(v); err == nil {
						c.ndots = min(max(n, 0), maxNdots)
					}
				} else if o == "use-vc" {
					c.tcp = true
				}
			}
		}
	}
	return c
}

func searchList(domains []string) []string {
	var list []string
	for _, d := range domains {
		if d = strings.ToLower(strings.Trim(d, ".")); d != "" && validName(d) { // "." alone means: no list
			list = append(list, d)
		}
	}
	return list
}

// source is one way in the hosts line of nsswitch.conf(5).
type source struct {
	name    string
	returns map[string]bool // status → stop there; what is not in it has its default
}

// stops tells whether a status (success, notfound, unavail, tryagain) ends the search.
func (s source) stops(status string) bool {
	if stop, ok := s.returns[status]; ok {
		return stop
	}
	return status == "success"
}

// parseNSSwitch reads the hosts line. Without one it is "files dns", as in glibc.
func parseNSSwitch(data []byte) []source {
	for line := range bytes.Lines(data) {
		text, _, _ := strings.Cut(string(line), "#")
		db, rest, ok := strings.Cut(text, ":")
		if !ok || strings.TrimSpace(db) != "hosts" {
			continue
		}
		var list []source
		for _, token := range nssTokens(rest) {
			if !strings.HasPrefix(token, "[") {
				list = append(list, source{name: token})
				continue
			}
			if len(list) == 0 {
				continue
			}
			last := &list[len(list)-1]
			if last.returns == nil {
				last.returns = map[string]bool{}
			}
			for _, rule := range strings.Fields(strings.Trim(token, "[]")) {
				status, action, ok := strings.Cut(strings.ToLower(rule), "=")
				if !ok {
					continue
				}
				stop := action == "return" || action == "merge"
				if not, ok := strings.CutPrefix(status, "!"); ok {
					for _, other := range []string{"success", "notfound", "unavail", "tryagain"} {
						if other != not {
							last.returns[other] = stop
						}
					}
				} else {
					last.returns[status] = stop
				}
			}
		}
		if len(list) > 0 {
			return list
		}
	}
	return []source{{name: "files"}, {name: "dns"}}
}

// nssTokens splits at blanks, keeping [...] together.
func nssTokens(s string) []string {
	var tokens []string
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		end := strings.IndexAny(s, " \t\r\n[")
		if s[0] == '[' {
			if end = strings.IndexByte(s, ']'); end >= 0 {
				end++
			}
		}
		if end <= 0 {
			end = len(s)
		}
		tokens = append(tokens, s[:end])
		s = s[end:]
	}
	return tokens
}

// hostsAddresses gives every address that a hosts file has for a name, in its order. Files with hundreds of thousands of lines
// (block lists) are common: lines that do not hold the name are not taken apart.
func hostsAddresses(data []byte, name string) []netip.Addr {
	var found []netip.Addr
	low := asciiLower(data)
	needle := []byte(strings.ToLower(name))
	if len(needle) == 0 {
		return nil
	}
	for at := 0; at < len(low); {
		i := bytes.Index(low[at:], needle)
		if i < 0 {
			break
		}
		i += at
		start := bytes.LastIndexByte(low[:i], '\n') + 1
		end := len(low)
		if j := bytes.IndexByte(low[i:], '\n'); j >= 0 {
			end = i + j
		}
		if a, ok := hostsLine(string(low[start:end]), string(needle)); ok {
			found = append(found, a)
		}
		at = end + 1
	}
	return found
}

// hostsLine reads one line of a hosts file, already in lower case.
func hostsLine(line, name string) (netip.Addr, bool) {
	line, _, _ = strings.Cut(line, "#")
	fields := strings.Fields(line)
	if len(fields) < 2 {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(fields[0])
	if err != nil {
		return netip.Addr{}, false
	}
	for _, f := range fields[1:] {
		if strings.TrimSuffix(f, ".") == name {
			return a.Unmap(), true
		}
	}
	return netip.Addr{}, false
}
