package decide

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"passerelle/checks/facts"
)

// Judge gives the verdict on what is known so far. It is Provisional while readings that its row waits for have not ended.
func Judge(f *facts.Facts) Verdict {
	v := newView(f)
	if !v.chainOver() && !f.Over(facts.ReadChain) {
		return Verdict{Side: SideUnknown, Cause: Undetermined, Certainty: Possible, Rule: "waiting", Provisional: true, Vars: v.vars(Undetermined)}
	}
	for i := range table {
		r := &table[i]
		if !r.when(v) {
			continue
		}
		return v.verdict(r)
	}
	panic("decide: the table's last row always matches") // unreachable: tested
}

func (v *view) verdict(r *row) Verdict {
	out := Verdict{Cause: r.cause, Certainty: r.sure(v), Rule: r.name}
	if r.causeOf != nil {
		out.Cause = r.causeOf(v)
	}
	out.Side = SideOf(out.Cause)
	if r.detail != nil {
		out.Detail = r.detail(v)
	}
	if out.Side == SideSite && out.Certainty == Likely && v.witnessSame() && r.name != "seen-error-page" {
		out.Certainty = Certain // CONTRACT --witness: the same error there, the site's causes gain certainty
	}
	if r.name != "seen-error-page" {
		v.withOutside(&out)
	}
	needs := r.needs
	if v.spoke() && v.fromHosts() {
		needs = join(needs, theName) // its error may be an old machine's, to which only the hosts file leads
	}
	for _, n := range needs {
		if !v.f.Over(n) {
			out.Provisional = true
		}
	}
	if v.throughProxyFailed() && out.Side != SideYou && !v.f.Over(facts.ReadDirect) {
		out.Provisional = true // whatever the proxy handed on may be the proxy's own doing, until the site has been asked without it
	}
	out.Note = v.note(out.Side)
	out.Vars = v.vars(out.Cause)
	out.Actions = v.actions(&out)
	return out
}

// vars are the values that the words may need, only those that are known.
func (v *view) vars(c Cause) map[string]any {
	f := v.f
	m := map[string]any{"Host": f.Target.Display}
	if f.Target.Display == "" {
		m["Host"] = f.Target.Host
	}
	if v.last == nil {
		return m
	}
	if h := hostOf(v.last.URL); h != f.Target.Host {
		m["Last"] = h
	}
	if w := v.last.Winner(); w != nil {
		m["IP"] = w.Address.Addr().Unmap().String()
	} else if v.lk.Good() {
		m["IP"] = v.lk.Addresses[0].String()
	}
	if h := v.last.HTTP; h != nil && h.Status > 0 {
		m["Status"] = h.Status
	}
	if g := v.page(); g != nil {
		m["Status"] = g.Status
		if g.ProductName != "" && g.Product != "unknown" {
			m["Server"] = g.ProductName
		}
		if g.RetryAfterS != nil {
			m["Seconds"] = *g.RetryAfterS
		}
	}
	if v.last.Proxy != "" {
		m["Proxy"] = v.last.Proxy
	}
	if t := v.last.TLS; t != nil && len(t.Chain) > 0 {
		leaf := t.Chain[0]
		m["Issuer"] = leaf.Issuer
		if i := v.interceptor(); i != "" {
			m["Issuer"] = i
		}
		m["Names"] = strings.Join(leaf.Names[:min(3, len(leaf.Names))], ", ")
		if d := int(f.At.Sub(leaf.NotAfter).Hours() / 24); d >= 0 && c == CertificateExpired {
			m["Days"] = d
		}
	}
	if k := f.Clock; k != nil && k.Done && c == ClockWrong {
		m["Days"] = int(time.Duration(k.OffsetS*float64(time.Second)).Abs().Hours() / 24)
	}
	if l := v.lk; l != nil && l.Server != "" {
		m["Resolver"] = l.Server
	}
	if c == Intermittent {
		good, bad := v.tries()
		m["Count"], m["Total"] = bad, good+bad
	}
	if v.tried > 0 {
		m["Good"], m["Tried"] = v.good, v.tried
	}
	return m
}

// tries counts good and bad answers over the first asking, the repeat and each address.
func (v *view) tries() (good, bad int) {
	good, bad = v.addressTally()
	for _, c := range []*facts.Chain{v.chain, v.f.Repeat} {
		switch {
		case c == nil || !c.Done || c.NoQuery && c != v.chain:
		case goodChain(c):
			good++
		default:
			bad++
		}
	}
	return good, bad
}

// ── details: which text of a cause fits ──────────────────────────────────────────────────────────────────────────────────────────

func worksDetail(v *view) string {
	switch {
	case v.last.HTTP != nil && v.last.HTTP.Status == 401:
		return "auth"
	case len(v.last.Connects) > 0 && slices.ContainsFunc(v.last.Connects, func(c facts.Connect) bool {
		return c.Done && c.Failure != facts.OK && c.Failure != facts.Canceled && c.Address.Addr().Unmap().Is6()
	}):
		return "ipv6"
	case !v.proven():
		return "plain"
	}
	return ""
}

func noLinkDetail(v *view) string {
	carrier, address := false, false
	for _, l := range v.f.System.Links {
		if l.Kind == "loopback" || l.Kind == "virtual" || l.Kind == "tunnel" || !l.Up || l.Carrier == facts.No {
			continue
		}
		carrier = true
		for _, p := range l.Addresses {
			address = address || !p.Addr().IsLinkLocalUnicast()
		}
	}
	switch {
	case !carrier:
		return "no-link"
	case !address:
		return "no-address"
	}
	return "no-route"
}

func proxyDetail(v *view) string {
	switch {
	case v.last.Stage == facts.StageProxyDNS:
		return "name"
	case v.last.Failure == facts.Refused:
		return "refused"
	case v.last.Failure == facts.Timeout:
		return "silent"
	case v.page() != nil || v.proxyStatus() != 0:
		return "wrote-page"
	}
	return ""
}

func dnsDownDetail(v *view) string {
	switch v.last.Failure {
	case facts.Timeout:
		return "silent"
	case facts.Refused, facts.HostUnreach, facts.NetUnreach:
		return "unreachable"
	}
	return "refuses"
}

// redirectDetail: the trouble is not at the name that was typed, but where it sends.
func redirectDetail(v *view) string {
	if h := hostOf(v.last.URL); h != "" && !sameSite(h, v.f.Target.Host) {
		return "redirect"
	}
	return ""
}

func pageDetail(v *view) string {
	g := v.page()
	switch {
	case g == nil:
		return ""
	case g.Kind == "challenge":
		return "challenge"
	case g.Kind == "block" && g.Status == 451:
		return "legal"
	case g.Kind == "block":
		return "blocked"
	case g.Kind == "maintenance":
		return "maintenance"
	case g.Failure == "unknown" || g.Failure == "":
		return ""
	}
	return g.Failure
}

// String is for logs and tests, never for people.
func (v Verdict) String() string {
	return fmt.Sprintf("%s/%s (%s, %s)", v.Side, v.Cause, v.Certainty, v.Rule)
}

// Page is what was recognised in the judged answer: the "gateway" object of the contract, nil where no HTTP answer came or it is a
// good one.
func Page(f *facts.Facts) *facts.Gateway { return newView(f).page() }
