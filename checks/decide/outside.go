// What machines in other places saw, held against what was seen here. A helper's failure says nothing: places that saw nothing have no
// voice, and without two voices nothing follows.
package decide

import (
	"net/netip"
	"slices"
	"strings"

	"passerelle/checks/facts"
)

// enoughPlaces is how many places must agree: one witness never decides.
const enoughPlaces = 2

// How an asking ended, in the classes that can be compared between here and elsewhere: a place does not tell at which step it met
// silence. Classes of pages and certificates are made from their codes.
const (
	classOpens   = "opens"
	className    = "name"
	classSilence = "silence"
	classRefused = "refused"
	classCut     = "cut"
	classTLS     = "tls"
	classGarbage = "garbage"
	class5xx     = "5xx"
)

func failureClass(f facts.Failure) string {
	switch f {
	case facts.NXDomain, facts.NoData, facts.ServFail:
		return className
	case facts.Timeout, facts.HostUnreach, facts.NetUnreach:
		return classSilence
	case facts.Refused:
		return classRefused
	case facts.Reset, facts.Closed, facts.CutBody:
		return classCut
	case facts.Alert, facts.NotTLS:
		return classTLS
	case facts.NotHTTP, facts.TooLarge, facts.Malformed:
		return classGarbage
	case facts.CertExpired, facts.CertNotYet, facts.CertUntrusted, facts.CertWrongName:
		return string(f)
	}
	return ""
}

func statusClass(status int) string {
	const serverError, error4 = 500, 400 // RFC 9110 §15
	switch {
	case status >= serverError:
		return class5xx
	case status >= error4 && status != 401: // 401 works: the site asks who you are (CONTRACT)
		return "4xx"
	}
	return classOpens
}

// classHere is the class of what was seen here; "" where it cannot be compared.
func (v *view) classHere() string {
	switch {
	case v.failed() && v.last.Stage == facts.StageDNS:
		if c := failureClass(v.last.Failure); c == className {
			return c
		}
		return "" // silence in DNS is that of this network's own servers
	case v.failed() && (v.at(facts.StageTCP) || v.afterConnect()):
		return failureClass(v.last.Failure)
	case v.page() != nil && v.last.HTTP != nil:
		return statusClass(v.last.HTTP.Status)
	}
	return ""
}

func classThere(p *facts.Place) string {
	switch {
	case p.Failure != facts.OK:
		return failureClass(p.Failure)
	case p.Cert != facts.OK:
		return string(p.Cert)
	}
	return statusClass(p.Status)
}

// elsewhereTally counts the voices of other places, one a network.
type elsewhereTally struct {
	voices  int // networks that saw something of the very host that failed here
	opens   int // good pages
	answers int // whatever a server wrote that still stands: a robot turned away (403, 429) is an answer, an error of the server's (5xx) is none
	same    int // the same class of failure as here

	answersHere   int // of the answers, those from an address that was asked here too
	certifiedHere int // good certificates seen there, another one than was seen here
	addressKnown  bool
}

// placesThatSaw are the voices: what saw something, of the host that is judged, the first of each network.
func (v *view) placesThatSaw() []*facts.Place {
	if v.f.Outside == nil || !v.f.Outside.Done || v.last == nil {
		return nil
	}
	var ps []*facts.Place
	heard := map[int]bool{}
	for i := range v.f.Outside.Places {
		p := &v.f.Outside.Places[i]
		if !p.Done || !sameSite(hostOf(first(p.URL, v.f.Outside.URL)), hostOf(v.last.URL)) || p.ASN != 0 && heard[p.ASN] {
			continue
		}
		heard[p.ASN] = true
		ps = append(ps, p)
	}
	return ps
}

func (v *view) elsewhereSaw() elsewhereTally {
	var n elsewhereTally
	here := v.classHere()
	var asked []netip.Addr
	if v.lk.Good() {
		asked = v.lk.Addresses
	}
	sha := ""
	if v.last != nil && v.last.TLS != nil && len(v.last.TLS.Chain) > 0 {
		sha = strings.ToLower(v.last.TLS.Chain[0].SHA256)
	}
	for _, p := range v.placesThatSaw() {
		n.voices++
		c := classThere(p)
		same := slices.Contains(asked, p.Address)
		n.addressKnown = n.addressKnown || p.Address.IsValid()
		switch {
		case c == classOpens:
			n.opens++
			n.answers++
		case c == "4xx":
			n.answers++
		}
		if (c == classOpens || c == "4xx") && same {
			n.answersHere++
		}
		if c != "" && c == here {
			n.same++
		}
		if p.Certified == facts.Yes && same && sha != "" && p.CertSHA != "" && p.CertSHA != sha {
			n.certifiedHere++
		}
	}
	return n
}

// most: at least two voices, and two thirds of all.
func (n elsewhereTally) most(of int) bool { return of >= enoughPlaces && 3*of >= 2*n.voices }

// failsEverywhere: other places meet the same failure. What our own plain request is refused for, theirs is refused for too, so refusals
// prove nothing (CONTRACT: at most likely).
func (v *view) failsEverywhere() bool {
	n := v.elsewhereSaw()
	if c := v.classHere(); c == "4xx" {
		return false
	}
	return n.most(n.same)
}

// opensElsewhereOnly: other places get an answer where this network gets silence, a refusal, a reset or a cut.
func (v *view) opensElsewhereOnly() bool {
	if v.proven() || !slices.Contains([]string{classSilence, classRefused, classCut}, v.classHere()) {
		return false // a site that proved itself here is not kept away by the network
	}
	n := v.elsewhereSaw()
	return n.most(n.answers)
}

// mixedElsewhere: other places do not agree among themselves.
func (v *view) mixedElsewhere() bool {
	n := v.elsewhereSaw()
	return n.voices >= enoughPlaces && n.answers > 0 && n.answers < n.voices && !n.most(n.same) && !n.most(n.answers)
}

// atTheFrontPage: the person's page is the one that was asked elsewhere, so pages can be compared.
func (v *view) atTheFrontPage() bool {
	_, rest, _ := strings.Cut(v.last.URL, "://")
	_, path, _ := strings.Cut(rest, "/")
	return path == ""
}

// outsideDetail names what differs between here and elsewhere.
func outsideDetail(v *view) string {
	n := v.elsewhereSaw()
	switch {
	case n.addressKnown && n.answersHere == 0 && v.lk.Good():
		return "other-address"
	case v.classHere() == classRefused:
		return "refused-here"
	case v.classHere() == classCut:
		return "cut-here"
	}
	return "silent-here"
}

// withOutside lets the view from elsewhere speak of a verdict: the same failure everywhere makes the site's causes certain, and while
// places are being asked a failure at the site may still turn out to be this network's.
func (v *view) withOutside(out *Verdict) {
	if out.Side == SideUnknown || out.Side == SideSite && !v.spoke() {
		if !v.f.Over(facts.ReadOutside) {
			out.Provisional = true
		}
	}
	if out.Side != SideSite {
		return
	}
	detail := ""
	switch {
	case out.Cause == Intermittent || out.Cause == RefusedVisitor || out.Cause == RateLimited:
	case v.failsEverywhere():
		detail = "outside-agrees"
		if out.Certainty == Likely {
			out.Certainty = Certain
		}
	case v.mixedElsewhere():
		detail = "some-places"
	}
	if out.Detail == "" && v.failed() {
		out.Detail = detail
	}
}

// outsideFindings tells what each place saw.
func (v *view) outsideFindings(add adder) {
	o := v.f.Outside
	if o == nil || !o.Done {
		return
	}
	n := v.elsewhereSaw()
	kv := map[string]any{"Good": n.answers, "Total": n.voices, "service": o.Service, "url": o.URL}
	if o.Link != "" {
		kv["Link"] = o.Link
	}
	state := StateUnknown
	switch {
	case n.voices == 0:
		kv["failure"], kv["outside"] = string(o.Failure), string(o.Failure)
		if o.WaitS > 0 {
			kv["After"] = o.WaitS
		}
	case n.answers == n.voices:
		state = StateOK
	case n.answers > 0:
		state = StateWarning
	default:
		state = StateProblem
	}
	add("outside", HopGateway, state, o.MS, kv)
	for i := range o.Places {
		v.placeFinding(&o.Places[i], add)
	}
}

func (v *view) placeFinding(p *facts.Place, add adder) {
	kv := map[string]any{"country": p.Country, "near": p.Near, "home": p.Home}
	for name, text := range map[string]string{"Place": p.City, "Network": p.Network, "URL": p.URL} {
		if text != "" {
			kv[name] = text
		}
	}
	if p.Country != "" {
		kv["Country"] = p.Country
	}
	if p.Address.IsValid() {
		kv["Address"] = p.Address.String()
	}
	state := StateUnknown
	if p.Done {
		state = StateProblem
		if c := classThere(p); c == classOpens || c == "4xx" {
			state = StateOK
		}
		if p.Status > 0 {
			kv["Status"] = p.Status
		}
		for _, f := range []facts.Failure{p.Failure, p.Cert} {
			if f != facts.OK {
				kv["failure"] = string(f)
			}
		}
	} else {
		kv["why"] = p.Why
	}
	add("outside.place", HopGateway, state, p.MS, kv)
}
