package report

import (
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"

	"passerelle/checks"
	"passerelle/checks/decide"
	"passerelle/checks/facts"
	"passerelle/checks/words"
)

// MessageKind is to whom a message goes.
type MessageKind string

// The kinds of messages.
const (
	ToSite         MessageKind = "site"          // a visitor, to the support of the site
	ToProvider     MessageKind = "provider"      // to one's own provider: this line, this router
	ToHost         MessageKind = "host"          // the owner of the site, to whoever hosts it
	ToIT           MessageKind = "it"            // to those who look after this computer and this network
	ToCustomers    MessageKind = "customers"     // the owner of the site, while it is down
	ToCustomersEnd MessageKind = "customers-end" // and when it is back
)

// MessageKinds lists them all.
var MessageKinds = []MessageKind{ToSite, ToProvider, ToHost, ToIT, ToCustomers, ToCustomersEnd}

// Message gives a message that is ready to send, filled with what the check knows. What only the person knows (a phone number, the next
// news, the impact) stands in square brackets, or is left out where nothing was said; so is a customer number that is not known. The caller masks the result before.
func Message(kind MessageKind, r *checks.Result, p *words.Printer, about About) (subject, body string) {
	vars := messageVars(kind, r, p, about)
	subject = words.Safe(p.T("message."+string(kind)+".subject", vars), maxSubject)
	var lines []string
	for i := 1; ; i++ {
		key := fmt.Sprintf("message.%s.%d", kind, i)
		if !p.Has(key) {
			break
		}
		if l := strings.TrimSpace(p.T(key, vars)); l != "" {
			lines = append(lines, l)
		}
	}
	return subject, strings.Join(lines, "\n")
}

// messageVars are the facts that messages need; what is not known is not there.
func messageVars(kind MessageKind, r *checks.Result, p *words.Printer, about About) map[string]any {
	title, _ := p.Verdict(r.Verdict)
	logs := kind == ToSite || kind == ToHost // they look into a server's logs
	m := map[string]any{"Host": shown(r), "URL": r.Target.URL, "When": p.Minute(r.StartedAt, logs), "Title": title, "Code": Code(r.Verdict), "Version": r.Version}
	since := r.StartedAt
	if about.Since != nil && !about.Since.FirstFailure.IsZero() {
		since = about.Since.FirstFailure
		m["Often"] = p.T("report.often", map[string]any{"Count": about.Since.Failures, "Total": about.Since.Checks})
	}
	if m["Since"] = p.Minute(since, logs); m["Since"] != m["When"] {
		m["Again"] = true // it was seen more than once
	}
	m["Short"] = p.Minute(since, false)
	if about.Account != "" && (kind == ToProvider || kind == ToHost) { // nobody else's
		m["Account"] = about.Account
	}
	works := r.Verdict.Side == decide.SideWorks // then its status is no error
	if s := r.Verdict.Vars["Status"]; s != nil && !works {
		m["Status"] = s
	}
	if g := r.Gateway; g != nil {
		if !works {
			m["Status"] = g.Status
		}
		if g.ProductName != "" && g.Product != "unknown" {
			m["Server"] = g.ProductName
		}
		if g.Quote != "" {
			m["Quote"] = g.Quote
		}
		var ids []string
		for _, name := range slices.Sorted(maps.Keys(g.RequestIDs)) {
			ids = append(ids, name+" "+g.RequestIDs[name])
		}
		if len(ids) > 0 {
			m["IDs"] = strings.Join(ids, ", ")
		}
	}
	if about.Note != "" {
		m["Note"] = about.Note
	}
	if len(about.Tried) > 0 {
		m["What"] = strings.Join(about.Tried, "; ")
	}
	if r.Facts != nil {
		addFacts(m, r, p)
	}
	return m
}

func addFacts(m map[string]any, r *checks.Result, p *words.Printer) {
	f := r.Facts
	if x := f.Chain.Last(); x != nil {
		if w := x.Winner(); w != nil {
			m["IP"] = w.Address.Addr().String()
		} else if x.Lookup.Good() {
			m["IP"] = x.Lookup.Addresses[0].String()
		}
		if x.Failure != facts.OK {
			m["Why"] = p.Why(string(x.Failure), false)
		}
		if x.Lookup != nil && x.Lookup.Server != "" && !masked(x.Lookup.Server) {
			m["Resolver"] = x.Lookup.Server
		}
	}
	good, tried := 0, 0
	for i := range f.Others {
		if f.Others[i].Done && f.Others[i].Exchange.Failure != facts.Canceled {
			if tried++; f.Others[i].Expected == facts.Yes {
				good++
			}
		}
	}
	if tried > 0 {
		m["Good"], m["Tried"] = good, tried
	}
	for _, x := range r.Findings {
		if x.ID == "outside" && x.State != decide.StateUnknown {
			m["Outside"] = p.Finding(x)
		}
	}
	if system := strings.TrimSpace(f.System.OS + " " + f.System.Release); system != "" {
		m["System"] = system
	}
}

// masked tells whether an address only stands for one that was taken out: a reader would look for it in vain.
func masked(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	a, err := netip.ParseAddr(host)
	return address == mask || err == nil && standIns.has(a.Unmap().WithZone(""))
}

// needed are the lines of each message that tell most, the first first: what Within keeps where not everything fits.
var needed = map[MessageKind][]int{
	ToSite:     {2, 4, 8, 3, 7, 5, 6, 9, 1, 10},
	ToProvider: {2, 3, 4, 6, 7, 5, 10, 8, 9, 1},
	ToHost:     {2, 3, 6, 4, 5, 7, 8, 9, 10, 1},
	ToIT:       {2, 3, 6, 4, 5, 7, 8, 9, 1, 10},
}

// Within is the message in at most so many bytes of UTF-8, for a QR code or a text from a telephone: the lines that tell most, in their
// order. Where not even one line fits, it is the beginning of the first.
func Within(kind MessageKind, r *checks.Result, p *words.Printer, about About, most int) string {
	_, body := Message(kind, r, p, about)
	if len(body) <= most {
		return body
	}
	vars := messageVars(kind, r, p, about)
	order := needed[kind]
	if order == nil {
		for i := 1; p.Has(fmt.Sprintf("message.%s.%d", kind, i)); i++ {
			order = append(order, i)
		}
	}
	var keep []int
	var text string
	for _, n := range order {
		try := append(slices.Clone(keep), n)
		slices.Sort(try)
		var lines []string
		for _, i := range try {
			if l := strings.TrimSpace(p.T(fmt.Sprintf("message.%s.%d", kind, i), vars)); l != "" {
				lines = append(lines, l)
			}
		}
		if t := strings.Join(lines, "\n"); len(t) <= most {
			keep, text = try, t
		}
	}
	if text != "" {
		return text
	}
	const end = "…"
	if most <= len(end) {
		return ""
	}
	n := most - len(end)
	for n > 0 && !utf8.RuneStart(body[n]) {
		n--
	}
	return body[:n] + end
}
