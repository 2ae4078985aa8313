package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"os/user"
	"regexp"
	"slices"
	"strings"

	"passerelle/checks"
	"passerelle/checks/facts"
)

// What is private in a result, taken out before anything leaves this computer: names of people and machines, addresses of this network,
// hardware addresses, mail addresses, secrets in web addresses and headers. What support needs stays: the site's own addresses, request
// ids, times, codes. Masking the masked changes nothing.

// Identity is what is known of the person and of this computer, by the system itself.
type Identity struct {
	Users    []string // sign-in and full name
	Computer []string // names of this computer
}

// ThisComputer asks the system who is there.
func ThisComputer() Identity {
	var id Identity
	if u, err := user.Current(); err == nil {
		_, short, ok := strings.Cut(u.Username, `\`)
		if !ok {
			short = u.Username
		}
		id.Users = append(id.Users, short, u.Name)
	}
	for _, name := range []string{"USER", "USERNAME", "LOGNAME"} {
		id.Users = append(id.Users, os.Getenv(name))
	}
	if h, err := os.Hostname(); err == nil {
		short, _, _ := strings.Cut(h, ".")
		id.Computer = append(id.Computer, h, short)
	}
	return id
}

// commonNames are sign-in names that tell nothing of a person, and words of our own texts.
var commonNames = regexp.MustCompile(`(?i)^(root|user|users|admin|administrator|administrateur|utilisateur|guest|invité|ubuntu|debian|pi|nobody|home|localhost|computer|ordinateur|site|web|www|box|dns|pc)?$`)

// Kind is one kind of private thing that was taken out: a key of checks/words ("report.removed." + kind).
type Kind string

// The kinds.
const (
	KindUser     Kind = "user"
	KindComputer Kind = "computer"
	KindAddress  Kind = "address" // of this network or computer
	KindHardware Kind = "hardware"
	KindMail     Kind = "mail"
	KindSecret   Kind = "secret" // tokens, passwords, values in web addresses
	KindName     Kind = "name"   // names of machines of this network
)

const mask = checks.Mask

// Mask gives a copy of a result without what is private, and the kinds of what was taken out, in order of the alphabet.
func Mask(r *checks.Result, who Identity) (*checks.Result, []Kind, error) {
	return MaskBut(r, who, nil)
}

// MaskBut masks everything but the kinds that the person wants to be seen.
func MaskBut(r *checks.Result, who Identity, seen []Kind) (*checks.Result, []Kind, error) {
	raw, err := json.Marshal(r)
	if err != nil {
		return nil, nil, fmt.Errorf("copying the result to mask it: %w", err)
	}
	var tree any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&tree); err != nil {
		return nil, nil, fmt.Errorf("copying the result to mask it: %w", err)
	}
	m := newMasker(r, who)
	m.seen = seen
	m.collect(tree, "")
	raw, err = json.Marshal(m.walk(tree, ""))
	if err != nil {
		return nil, nil, fmt.Errorf("masking the result: %w", err)
	}
	var out checks.Result
	if err := json.Unmarshal(raw, &out); err != nil {
		return nil, nil, fmt.Errorf("masking the result: %w", err)
	}
	return &out, slices.Sorted(maps.Keys(m.removed)), nil
}

// MaskText masks a free text (what the person wrote, an attachment) as the result that it goes with.
func MaskText(s string, r *checks.Result, who Identity) string { return MaskTextBut(s, r, who, nil) }

// MaskTextBut masks everything in it but the kinds that the person wants to be seen.
func MaskTextBut(s string, r *checks.Result, who Identity, seen []Kind) string {
	m := newMasker(r, who)
	m.seen = seen
	if r != nil { // the site's own addresses stay, as in the result
		if raw, err := json.Marshal(r); err == nil {
			var tree any
			if json.Unmarshal(raw, &tree) == nil {
				m.collect(tree, "")
			}
		}
	}
	return m.text(s, true)
}

// MaskOwn masks a text of our own making (a verdict's words, a line of the journal): public addresses in it are the site's, and stay.
func MaskOwn(s string, r *checks.Result, who Identity) string {
	return newMasker(r, who).text(s, false)
}

type masker struct {
	host    string
	own     map[netip.Addr]bool // this computer's and its network's
	line    []netip.Prefix      // ranges of this line: what lies in them is the box's, or another machine's of this home
	public  map[netip.Addr]bool // addresses that structured facts hold: the site's, the services'
	alias   map[netip.Addr]netip.Addr
	ids     map[string]bool // request ids, which support needs
	users   *regexp.Regexp
	machine *regexp.Regexp
	removed map[Kind]bool
	seen    []Kind // what the person wants to be seen
}

func newMasker(r *checks.Result, who Identity) *masker {
	m := &masker{own: map[netip.Addr]bool{}, public: map[netip.Addr]bool{}, alias: map[netip.Addr]netip.Addr{}, ids: map[string]bool{}, removed: map[Kind]bool{}}
	m.users, m.machine = m.literals(who.Users), m.literals(who.Computer)
	if r == nil {
		return m
	}
	m.host = strings.ToLower(r.Target.Host)
	for _, g := range []*facts.Gateway{r.Gateway} {
		if g != nil {
			for _, v := range g.RequestIDs {
				m.ids[v] = true
			}
		}
	}
	if r.Response != nil { // pages repeat what their header names for support
		for _, h := range r.Response.Headers {
			if idHeaders[strings.ToLower(h.Name)] {
				m.ids[h.Value] = true
			}
		}
	}
	f := r.Facts
	if f == nil {
		return m
	}
	for _, l := range f.System.Links {
		for _, p := range l.Addresses {
			a := p.Addr().Unmap().WithZone("")
			m.own[a] = true
			if a.Is6() && a.IsGlobalUnicast() && !a.IsPrivate() {
				home, _ := a.Prefix(homeBits)
				m.line = append(m.line, home)
			}
		}
	}
	for _, x := range f.System.Routes {
		m.own[x.Gateway.Unmap().WithZone("")] = true
	}
	if f.Box != nil {
		m.own[f.Box.Address.Unmap().WithZone("")] = true
	}
	for _, x := range everyExchange(f) {
		for _, c := range x.Connects {
			m.own[c.Local.Unmap().WithZone("")] = true
		}
		if x.HTTP != nil && x.HTTP.Gateway != nil {
			for _, v := range x.HTTP.Gateway.RequestIDs {
				m.ids[v] = true
			}
		}
	}
	delete(m.own, netip.Addr{})
	for _, a := range slices.SortedFunc(maps.Keys(m.own), netip.Addr.Compare) { // the same stand-in every time: what is shown is what leaves
		if !a.IsLoopback() && !a.IsUnspecified() && !a.IsMulticast() && !standIns.has(a) {
			m.alias[a] = standIns.of(a, len(m.alias)+1)
		}
	}
	return m
}

// homeBits is how much of an IPv6 address names the line and not a machine: providers give homes a /56 as a rule (RIPE-690 §4.2).
const homeBits = 56

// ours tells whether an address is of this computer or of its line.
func (m *masker) ours(a netip.Addr) bool {
	return m.own[a] || slices.ContainsFunc(m.line, func(p netip.Prefix) bool { return p.Contains(a) })
}

// everyExchange lists all the exchanges of the facts.
func everyExchange(f *facts.Facts) []facts.Exchange {
	var xs []facts.Exchange
	for _, c := range []*facts.Chain{f.Chain, f.Repeat, f.Direct, f.Plain} {
		if c != nil {
			xs = append(xs, c.Exchanges...)
		}
	}
	xs = append(append(append(xs, f.Addresses...), f.Alternative...), f.OtherLink...)
	for _, ps := range [][]facts.Probe{f.Connectivity, f.Others} {
		for i := range ps {
			xs = append(xs, ps[i].Exchange)
		}
	}
	if f.SmallSegment != nil {
		xs = append(xs, *f.SmallSegment)
	}
	return xs
}

// literals makes one pattern of names, as whole words in any case; nil when there is none worth it.
func (m *masker) literals(names []string) *regexp.Regexp {
	var parts []string
	for _, n := range names {
		n = strings.TrimSpace(n)
		if len(n) < 2 || commonNames.MatchString(n) || slices.Contains(parts, regexp.QuoteMeta(n)) {
			continue
		}
		parts = append(parts, regexp.QuoteMeta(n))
	}
	if len(parts) == 0 {
		return nil
	}
	slices.SortFunc(parts, func(a, b string) int { return len(b) - len(a) })
	return regexp.MustCompile(`(?i)(^|[^\pL\pN])(` + strings.Join(parts, "|") + `)($|[^\pL\pN])`)
}

// textKeys hold what people or servers wrote: any address in them may be the visitor's.
var textKeys = map[string]bool{"input": true, "seen": true, "quote": true, "title": true, "value": true, "text": true, "Text": true, "Quote": true, "rule": true, "Rule": true, "reason": true,
	"first_bytes": true, "location": true, "Location": true, "subject": true, "issuer": true, "explanation": true, "url": true, "URL": true, "Last": true, "body": true}

// plainKeys hold codes, hashes and times of our own making.
var plainKeys = map[string]bool{"sha256": true, "cert_sha256": true, "at": true, "started_at": true, "not_before": true, "not_after": true, "link": true, "Link": true, "cause": true, "side": true,
	"date": true, "id": true, "hop": true, "state": true, "version": true}

// idHeaders are response headers whose value support looks up (outside-watch-report §3.1).
var idHeaders = map[string]bool{"x-request-id": true, "x-correlation-id": true, "traceparent": true, "cf-ray": true, "x-amz-cf-id": true, "x-amz-request-id": true, "x-amz-id-2": true, "x-amzn-requestid": true,
	"x-amzn-trace-id": true, "x-served-by": true, "x-varnish": true, "x-vercel-id": true, "x-azure-ref": true, "fly-request-id": true, "x-sucuri-id": true, "x-nws-log-uuid": true, "eagleid": true,
	"x-ms-request-id": true, "x-github-request-id": true, "x-nf-request-id": true, "x-railway-request-id": true, "x-cache": true, "date": true, "server": true, "etag": false}

// secretHeaders are never passed on.
var secretHeaders = map[string]bool{"set-cookie": true, "cookie": true, "authorization": true, "proxy-authorization": true, "www-authenticate": true, "x-api-key": true, "authentication-info": true, "etag": true,
	"x-client-ip": true, "cf-connecting-ip": true, "x-real-ip": true, "x-forwarded-for": true, "true-client-ip": true}

// secretName is a header made by a site's own program: its name says that its value is for this visitor.
var secretName = regexp.MustCompile(`(?i)cookie|token|secret|session|csrf|xsrf|auth|passw|api-?key|e-?mail|(?:^|[-_])(?:users?|username|userid|login|jwt|geo|latitude|longitude|city)(?:[-_]|$)`)

func secretHeader(name string) bool {
	return secretHeaders[strings.ToLower(name)] || secretName.MatchString(name) && !idHeaders[strings.ToLower(name)]
}

// reference masks what support looks up: it stays, but for the visitor's address or mail where a server made it of them.
func (m *masker) reference(s string) string {
	if !slices.Contains(m.seen, KindMail) {
		s = mailPattern.ReplaceAllStringFunc(s, func(string) string { m.removed[KindMail] = true; return mask })
	}
	if slices.Contains(m.seen, KindAddress) {
		return s
	}
	for _, p := range []*regexp.Regexp{v6Pattern, v4Pattern} {
		s = p.ReplaceAllStringFunc(s, func(t string) string {
			a, err := netip.ParseAddr(t)
			if err != nil || !m.ours(a.Unmap().WithZone("")) && (privateAddr(a) || !a.Unmap().IsGlobalUnicast()) { // of the site's own network
				return t
			}
			n := m.address(t, true)
			if n != t {
				m.removed[KindAddress] = true
			}
			return n
		})
	}
	return s
}

// collect finds the public addresses that structured facts hold.
func (m *masker) collect(v any, key string) {
	switch x := v.(type) {
	case map[string]any:
		for k, c := range x {
			m.collect(c, k)
		}
	case []any:
		for _, c := range x {
			m.collect(c, key)
		}
	case string:
		if textKeys[key] {
			return
		}
		for _, a := range addressesIn(x) {
			if !m.ours(a) && !privateAddr(a) {
				m.public[a] = true
			}
		}
	}
}

func (m *masker) walk(v any, key string) any {
	switch x := v.(type) {
	case map[string]any:
		name, isHeader := x["name"].(string)
		_, hasValue := x["value"].(string)
		for _, k := range slices.Sorted(maps.Keys(x)) { // in one order, so that stand-ins are given in one
			c := x[k]
			switch {
			case k == "request_ids":
				if ids, ok := c.(map[string]any); ok {
					for name, v := range ids {
						if s, ok := v.(string); ok {
							ids[name] = m.reference(s)
						}
					}
				}
			case k == "body_base64" && !slices.Contains(m.seen, KindSecret): // no text that could be looked through
				delete(x, k)
				m.removed[KindSecret] = true
			case isHeader && hasValue && k == "value" && secretHeader(name) && !slices.Contains(m.seen, KindSecret):
				x[k] = mask
				m.removed[KindSecret] = true
			case isHeader && hasValue && k == "value" && idHeaders[strings.ToLower(name)]:
				x[k] = m.reference(c.(string))
			case key == "hosts" && k == "names":
				x[k] = m.hostsNames(c)
			default:
				x[k] = m.walk(c, k)
			}
		}
		return x
	case []any:
		for i := range x {
			x[i] = m.walk(x[i], key)
		}
		return x
	case string:
		if plainKeys[key] {
			return x
		}
		if m.ids[x] {
			return m.reference(x)
		}
		if key == "body" {
			return m.page(x)
		}
		return m.text(x, textKeys[key])
	}
	return v
}

// hostsNames keeps the target's name among those of a line of the hosts file.
func (m *masker) hostsNames(v any) any {
	list, ok := v.([]any)
	if !ok || slices.Contains(m.seen, KindName) {
		return v
	}
	for i := range list {
		if s, _ := list[i].(string); !strings.EqualFold(s, m.host) && s != mask {
			list[i] = mask
			m.removed[KindName] = true
		}
	}
	return list
}

var (
	urlPattern   = regexp.MustCompile(`(?i)\b[a-z][a-z0-9+.-]{1,12}://[^\s"'<>` + "`" + `]+`)
	pairPattern  = regexp.MustCompile(`([?&;][A-Za-z0-9_.\[\]%~-]{1,80}=)([^&\s"'<>#;]+)`)
	keyedPattern = regexp.MustCompile(`(?i)\b((?:[a-z0-9]+[_-])*(?:authorization|cookie|api[-_]?key|password|passwd|passphrase|pwd|mot_de_passe|mdp|secret|client_secret|token|jeton|cle|session(?:[-_]?id)?|sessid|sid|phpsessid|jsessionid|csrf\w*|xsrf\w*|signature|sig|otp|pin|iban)(?:[_-][a-z0-9]+)*)(\s*[:=]\s*)((?:bearer|basic|digest)\s+)?(?:"[^"]*"|'[^']*'|[^\s,;&"'<>]+)+`)
	// objectPattern is the same in JSON, as it is, escaped in another text or in an attribute; names of people too.
	objectPattern = regexp.MustCompile(`(?i)((?:"|\\"|'|&quot;|&#34;|%22)[a-z0-9_.-]*(?:authorization|cookie|api[-_]?key|passw(?:or)?d|passphrase|pwd|mot_?de_?passe|mdp|secret|token|jeton|session(?:[-_]?id)?|sessid|sid|csrf|xsrf|signature|otp|iban|jwt|user[-_]?name|login|first[-_]?name|last[-_]?name|full[-_]?name|display[-_]?name|given[-_]?name|family[-_]?name|prenom|phone|telephone|birth[-_]?(?:day|date))[a-z0-9_.-]*(?:"|\\"|'|&quot;|&#34;|%22)\s*(?::|%3a|=>)\s*)("(?:[^"\\]|\\.)*(?:"|$)|\\"(?:[^"\\]|\\[^"])*(?:\\"|$)|'[^']*(?:'|$)|&quot;.*?(?:&quot;|$)|&#34;.*?(?:&#34;|$)|%22.*?(?:%22|$)|[0-9][0-9a-z.+-]*)`)
	bearerPattern = regexp.MustCompile(`(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}`)
	// signedPattern is a name and a password before a machine's name, without a scheme: as proxies are written in settings.
	signedPattern  = regexp.MustCompile(`([^\s/@:"'<>=]{1,64}:[^\s/@"'<>]{1,64})@([\pL0-9-]+(?:\.[\pL0-9-]+)*(?::[0-9]+)?)`)
	mailLabel      = regexp.MustCompile(`(?i)^(?:e-?mail|mailto|courriel|from|to|à|de|contact):`)
	mailPattern    = regexp.MustCompile(`(?i)[\pL0-9._+'-]{1,64}(?:@|%40|%2540)[\pL0-9-]+(?:\.[\pL0-9-]+)+`)
	macPattern     = regexp.MustCompile(`(?i)\b[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}\b|\b[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}\b`)
	macNamePattern = regexp.MustCompile(`\b(wlx|enx|wwx)[0-9a-f]{12}\b`)
	homePattern    = regexp.MustCompile(`(?i)((?:/var)?/home/|/users/|\b[a-z]:[\\/]+users[\\/]+|[\\/]documents and settings[\\/]+|%2fhome%2f|(?:%2f|%5c)users(?:%2f|%5c)+)([^/\\\s"'<>:%]+(?: [^/\\\s"'<>:%]+)?[/\\]|[^/\\\s"'<>:%]+)`)
	// sharePattern is a machine of this network in a Windows share's name.
	sharePattern = regexp.MustCompile(`(^|[^\\:\pL\pN])(\\\\(?:\\\\)?)([\pL0-9_.-]{2,63})(\\)`)
	// dashedPattern is an address as providers write it in a line's name: 192-0-2-7.abo.provider.example
	dashedPattern = regexp.MustCompile(`(?i)\b(?:[a-z]+-?)?([0-9]{1,3}(?:-[0-9]{1,3}){3})\.[a-z0-9-]+(?:\.[a-z0-9-]+)+`)
	awsKeyPattern = regexp.MustCompile(`\b(?:AKIA|ASIA)[A-Z0-9]{16}\b`)
	privateName   = regexp.MustCompile(`(?i)\b[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.(?:local|lan|internal|home\.arpa|localdomain|home|corp|intranet|intra|private|fritz\.box)\b\.?`)
	jwtPattern    = regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)?`)
	longPattern   = regexp.MustCompile(`[A-Za-z0-9_+/=-]{20,}`)
	uuidPattern   = regexp.MustCompile(`(?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b`)
	ibanPattern   = regexp.MustCompile(`\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b`)
	phonePattern  = regexp.MustCompile(`(^|[^\w.])(\+[0-9]{2,3}[ .-]?(?:\(0\)[ .-]?)?[0-9](?:[ .-]?[0-9]){7,11}|0[1-9](?:[ .-][0-9]{2}){4}|0[67][0-9]{8})\b`)
	ssidPattern   = regexp.MustCompile(`(?i)\b(?:(?:e?ssid|bssid|wi-?fi network|réseau wi-?fi)([\s\x{a0}\x{202f}]*[:=][\s\x{a0}]*)("[^"]*"|«[^»]*»|\S+)|(?:e?ssid|wi-?fi|réseau)([\s\x{a0}\x{202f}]*[:=]?[\s\x{a0}]*)("[^"]*"|«[^»]*»))`)
	v4Pattern     = regexp.MustCompile(`(?:[0-9]{1,3}\.){3}[0-9]{1,3}`)
	v6Pattern     = regexp.MustCompile(`(?i)(?:::ffff:(?:[0-9]{1,3}\.){3}[0-9]{1,3}|[0-9a-f]*(?::[0-9a-f]*){2,7})(?:%[a-z0-9._-]+)?`)
)

// text masks one text. free: people or servers wrote it, so that an address that no fact holds may be the visitor's.
func (m *masker) text(s string, free bool) string {
	if s == "" || s == mask {
		return s
	}
	sub := func(p *regexp.Regexp, kind Kind, to func(string) string) {
		if slices.Contains(m.seen, kind) {
			return
		}
		s = p.ReplaceAllStringFunc(s, func(old string) string {
			n := to(old)
			if n != old {
				m.removed[kind] = true
			}
			return n
		})
	}
	sub(urlPattern, KindSecret, checks.MaskURL)
	sub(pairPattern, KindSecret, func(p string) string { k, _, _ := strings.Cut(p, "="); return k + "=" + mask })
	sub(keyedPattern, KindSecret, func(p string) string {
		g := keyedPattern.FindStringSubmatch(p)
		return g[1] + g[2] + mask
	})
	sub(objectPattern, KindSecret, func(p string) string {
		g := objectPattern.FindStringSubmatch(p)
		quote := ""
		for _, q := range []string{`\"`, `"`, "'", "&quot;", "&#34;", "%22"} {
			if strings.HasPrefix(g[2], q) {
				quote = q
				break
			}
		}
		if quote == "" {
			quote = `"` // a number is no less a secret
		}
		return g[1] + quote + mask + quote
	})
	sub(bearerPattern, KindSecret, func(p string) string { k, _, _ := strings.Cut(p, " "); return k + " " + mask })
	sub(jwtPattern, KindSecret, func(string) string { return mask })
	sub(awsKeyPattern, KindSecret, func(string) string { return mask })
	sub(signedPattern, KindSecret, func(p string) string {
		if g := signedPattern.FindStringSubmatch(p); !mailLabel.MatchString(g[1]) {
			return mask + "@" + g[2]
		}
		return p
	})
	sub(mailPattern, KindMail, func(string) string { return mask })
	sub(ssidPattern, KindName, func(p string) string {
		g := ssidPattern.FindStringSubmatch(p)
		return strings.TrimSuffix(p, g[2]+g[4]) + mask
	})
	sub(macPattern, KindHardware, func(string) string { return "xx:xx:xx:xx:xx:xx" })
	sub(macNamePattern, KindHardware, func(p string) string { return p[:3] })
	sub(homePattern, KindUser, func(p string) string {
		g := homePattern.FindStringSubmatch(p)
		if g[2] == mask || g[2] == mask+"/" || g[2] == mask+`\` {
			return p
		}
		if end := g[2][len(g[2])-1]; end == '/' || end == '\\' {
			return g[1] + mask + string(end)
		}
		return g[1] + mask
	})
	sub(sharePattern, KindName, func(p string) string {
		g := sharePattern.FindStringSubmatch(p)
		return g[1] + g[2] + mask + g[4]
	})
	for _, own := range []struct {
		kind Kind
		*regexp.Regexp
	}{{KindUser, m.users}, {KindComputer, m.machine}} {
		kind, p := own.kind, own.Regexp
		if p == nil {
			continue
		}
		for range 2 { // neighbours share the character between them
			sub(p, kind, func(old string) string {
				g := p.FindStringSubmatch(old)
				if m.host != "" && strings.Contains("."+m.host+".", "."+strings.ToLower(g[2])+".") && strings.EqualFold(s, m.host) {
					return old // the site's own name
				}
				return g[1] + mask + g[3]
			})
		}
	}
	sub(privateName, KindName, func(n string) string {
		if strings.EqualFold(strings.TrimSuffix(n, "."), m.host) {
			return n
		}
		return mask
	})
	sub(ibanPattern, KindSecret, func(string) string { return mask })
	sub(phonePattern, KindUser, func(p string) string { g := phonePattern.FindStringSubmatch(p); return g[1] + mask })
	sub(uuidPattern, KindSecret, m.token)
	sub(longPattern, KindSecret, func(t string) string {
		if !random(t) {
			return t
		}
		return m.token(t)
	})
	for _, p := range []*regexp.Regexp{v6Pattern, v4Pattern} {
		sub(p, KindAddress, func(a string) string { return m.address(a, free) })
	}
	sub(dashedPattern, KindAddress, func(n string) string {
		a, err := netip.ParseAddr(strings.ReplaceAll(dashedPattern.FindStringSubmatch(n)[1], "-", "."))
		if err != nil || m.public[a] || !free && !m.ours(a) || strings.EqualFold(n, m.host) {
			return n
		}
		return mask
	})
	return s
}

func (m *masker) token(t string) string {
	if m.ids[t] {
		return t
	}
	for id := range m.ids {
		if strings.Contains(id, t) {
			return t
		}
	}
	return mask
}

// random tells whether a long run looks like a token: figures among letters, changing often, or pure hexadecimal of 24 and more.
func random(t string) bool {
	digits, upper, lower, turns := 0, 0, 0, 0
	before := 0
	for _, r := range t {
		kind := 0
		switch {
		case r >= '0' && r <= '9':
			digits, kind = digits+1, 1
		case r >= 'A' && r <= 'Z':
			upper, kind = upper+1, 2
		case r >= 'a' && r <= 'z':
			lower, kind = lower+1, 3
		}
		if kind != 0 && before != 0 && kind != before {
			turns++
		}
		if kind != 0 {
			before = kind
		}
	}
	const leastTurns, manyTurns = 5, 10
	return digits >= 3 && upper+lower >= 3 && turns >= leastTurns || upper > 0 && lower > 0 && turns >= manyTurns
}
