// The proxy settings of GNOME and its relatives (Cinnamon, MATE, Budgie, Pantheon), kept in dconf.
//
// The person's own database is read directly, so that no child process stands on the way to the verdict; where an administrator's
// database has a say, or the file cannot be understood, gsettings is asked.

package system

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// gnomeKeys are the settings by their path under /system/proxy/ ("mode", "http/host"): string, int, bool or []string.
type gnomeKeys map[string]any

func (k gnomeKeys) text(name string) string { s, _ := k[name].(string); return s }
func (k gnomeKeys) number(name string) int  { n, _ := k[name].(int); return n }

// gnomeIgnored is the schema's default of ignore-hosts (gsettings-desktop-schemas).
var gnomeIgnored = []string{"localhost", "127.0.0.0/8", "::1"}

// gnomeRules turns the settings into rules.
func gnomeRules(k gnomeKeys) proxyRules {
	p := proxyRules{source: "gnome"}
	switch k.text("mode") {
	case "manual":
		p.mode = proxyManual
	case "auto":
		p.mode = proxyAuto
		if p.pac = k.text("autoconfig-url"); p.pac == "" {
			p.pac = wpad
		}
		return p
	default:
		return p // "none" is the default: it says nothing that a browser's own setting or the environment would not
	}
	p.servers = map[string]*url.URL{}
	for _, s := range []struct{ group, page, scheme string }{{"http", "http", "http"}, {"https", "https", "http"}, {"socks", "socks", "socks5"}} {
		port := k.number(s.group + "/port")
		if host := k.text(s.group + "/host"); host != "" && port > 0 {
			if u := proxyAddress(s.scheme, host, port); u != nil {
				p.servers[s.page] = u
			}
		}
	}
	if u, auth := p.servers["http"], k["http/use-authentication"]; u != nil && auth == true && k.text("http/authentication-user") != "" {
		u.User = url.UserPassword(k.text("http/authentication-user"), k.text("http/authentication-password"))
	}
	p.except = exceptions{suffix: true, entries: gnomeIgnored}
	if list, ok := k["ignore-hosts"].([]string); ok {
		p.except.entries = list
	}
	return p
}

// gnomeProxy reads the settings of this person.
func (r *Reader) gnomeProxy(ctx context.Context) proxyRules {
	none := proxyRules{source: "gnome"}
	config := r.configHome()
	if config == "" {
		return none
	}
	site := r.siteDconfNamesProxy()
	b, err := r.read(filepath.Join(config, "dconf", "user"))
	if err != nil || !bytes.Contains(b, []byte("proxy")) {
		b = nil
	}
	if b == nil && !site {
		return none
	}
	if !site {
		if keys, err := dconfKeys(b, "/system/proxy/"); err == nil {
			return gnomeRules(keys)
		}
	}
	gsettings := r.findProgram("/usr/bin/gsettings", "/bin/gsettings", "/usr/local/bin/gsettings", "/run/current-system/sw/bin/gsettings")
	if gsettings == "" {
		return none
	}
	out, err := r.Run(ctx, gsettings, "list-recursively", "org.gnome.system.proxy")
	if err != nil {
		return none
	}
	return gnomeRules(parseGsettings(out))
}

// siteDconfNamesProxy tells whether one of the administrator's databases speaks of a proxy.
func (r *Reader) siteDconfNamesProxy() bool {
	files, _ := os.ReadDir(r.path("/etc/dconf/db"))
	for _, f := range files {
		if !f.Type().IsRegular() {
			continue
		}
		if b, err := r.read(filepath.Join(r.path("/etc/dconf/db"), f.Name())); err == nil && bytes.Contains(b, []byte("proxy")) {
			return true
		}
	}
	return false
}

// parseGsettings reads `gsettings list-recursively org.gnome.system.proxy`: schema, key, value as GVariant text.
func parseGsettings(out []byte) gnomeKeys {
	keys := gnomeKeys{}
	for line := range strings.Lines(string(out)) {
		f := strings.SplitN(strings.TrimSpace(line), " ", 3)
		if len(f) != 3 || !strings.HasPrefix(f[0], "org.gnome.system.proxy") {
			continue
		}
		group := strings.TrimPrefix(strings.TrimPrefix(f[0], "org.gnome.system.proxy"), ".")
		name := f[1]
		if group != "" {
			name = group + "/" + name
		}
		if v := gvariantText(f[2]); v != nil {
			keys[name] = v
		}
	}
	return keys
}

// gvariantText reads the few kinds of GVariant text that occur: 'text', 8080, true, ['a', 'b'], @as [].
func gvariantText(s string) any {
	s = strings.TrimSpace(s)
	switch {
	case s == "true" || s == "false":
		return s == "true"
	case strings.HasPrefix(s, "@as ") || strings.HasPrefix(s, "["):
		list := []string{}
		rest := strings.TrimPrefix(strings.TrimPrefix(s, "@as "), "[")
		for {
			rest = strings.TrimLeft(rest, " ,")
			text, n := gvariantQuoted(rest)
			if n == 0 {
				return list
			}
			list, rest = append(list, text), rest[n:]
		}
	case strings.HasPrefix(s, "'") || strings.HasPrefix(s, `"`):
		text, _ := gvariantQuoted(s)
		return text
	}
	if f := strings.Fields(s); len(f) > 0 {
		if n, err := strconv.Atoi(f[len(f)-1]); err == nil {
			return n
		}
	}
	return nil
}

// gvariantQuoted reads one quoted text at the beginning of s and gives how many bytes it took; 0: there is none.
func gvariantQuoted(s string) (string, int) {
	if s == "" || (s[0] != '\'' && s[0] != '"') {
		return "", 0
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == s[0]:
			return b.String(), i + 1
		case s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(s[i])
		}
	}
	return "", 0
}

// GVDB, the format of dconf's files (gvdb-format.h): a hash table of keys, each a piece of path with a parent, in the machine's
// byte order for values and little-endian for the table.
const (
	gvdbSignature  = "GVariant"
	gvdbHeader     = 24
	gvdbItem       = 24
	gvdbNoParent   = 0xffffffff
	gvdbMaxParents = 32 // deeper paths do not occur; a loop ends here
)

// dconfKeys gives the values below a path.
func dconfKeys(b []byte, below string) (gnomeKeys, error) {
	bad := func(what string) (gnomeKeys, error) { return nil, fmt.Errorf("reading a dconf database: %s", what) }
	if len(b) < gvdbHeader || string(b[:8]) != gvdbSignature {
		return bad("not one of this byte order")
	}
	u32 := func(at int) int { return int(binary.LittleEndian.Uint32(b[at:])) }
	start, end := u32(16), u32(20)
	if start < 0 || start+8 > end || end > len(b) {
		return bad("its table lies outside")
	}
	bloom, buckets := u32(start)&(1<<27-1), u32(start+4)
	items := start + 8 + 4*bloom + 4*buckets
	if items < start || items > end {
		return bad("its table is cut short")
	}
	count := (end - items) / gvdbItem
	piece := func(i int) (string, bool) {
		at := items + i*gvdbItem
		from := u32(at + 8)
		size := int(binary.LittleEndian.Uint16(b[at+12:]))
		if from < 0 || from+size > len(b) {
			return "", false
		}
		return string(b[from : from+size]), true
	}
	keys := gnomeKeys{}
	for i := range count {
		at := items + i*gvdbItem
		if b[at+14] != 'v' {
			continue
		}
		name, ok := piece(i)
		for parent, depth := u32(at+4), 0; ok && parent != gvdbNoParent; depth++ {
			if parent >= count || depth > gvdbMaxParents {
				ok = false
				break
			}
			var p string
			p, ok = piece(parent)
			name = p + name
			parent = u32(items + parent*gvdbItem + 4)
		}
		rest, below := strings.CutPrefix(name, below)
		if !ok || !below {
			continue
		}
		from, to := u32(at+16), u32(at+20)
		if from < 0 || from > to || to > len(b) {
			return bad("a value lies outside")
		}
		if v := gvariantValue(b[from:to]); v != nil {
			keys[rest] = v
		}
	}
	return keys, nil
}

// gvariantValue reads one serialised variant: the value, a zero byte, the type. Only the types of the proxy settings are known.
func gvariantValue(b []byte) any {
	i := bytes.LastIndexByte(b, 0)
	if i < 0 {
		return nil
	}
	value := b[:i]
	switch string(b[i+1:]) {
	case "s":
		return string(bytes.TrimSuffix(value, []byte{0}))
	case "i":
		if len(value) == 4 {
			return int(int32(binary.NativeEndian.Uint32(value)))
		}
	case "b":
		return len(value) == 1 && value[0] != 0
	case "as":
		return gvariantStrings(value)
	}
	return nil
}

// gvariantStrings reads an array of texts: the texts with their zero bytes, then the offsets of their ends, as wide as needed.
func gvariantStrings(b []byte) []string {
	list := []string{}
	if len(b) == 0 {
		return list
	}
	width := 1
	switch {
	case len(b) > 0xffff:
		width = 4
	case len(b) > 0xff:
		width = 2
	}
	offset := func(at int) int {
		n := 0
		for i := range width {
			n |= int(b[at+i]) << (8 * i)
		}
		return n
	}
	if len(b) < width {
		return list
	}
	table := offset(len(b) - width)
	if table > len(b) || (len(b)-table)%width != 0 {
		return list
	}
	from := 0
	for at := table; at < len(b); at += width {
		to := offset(at)
		if to <= from || to > table {
			break
		}
		list = append(list, string(b[from:to-1]))
		from = to
	}
	return list
}
