package decide

import (
	"net/netip"
	"testing"

	"passerelle/checks/facts"
)

// TestElsewhere: what is seen here and what is seen there give one sum, and the differences are facts that both sides saw.
func TestElsewhere(t *testing.T) {
	const host = "boutique.example"
	own, other := netip.MustParseAddr("203.0.113.10"), netip.MustParseAddr("203.0.113.77")
	type seen struct {
		failure facts.Failure
		stage   facts.Stage
		status  int
		address netip.Addr
		to      string
		cert    facts.Failure
	}
	opens, error502 := seen{status: 200, address: own}, seen{status: 502, address: own}
	silent, refused := seen{failure: facts.Timeout, stage: facts.StageTCP}, seen{failure: facts.Refused, stage: facts.StageTCP}
	cut, unknown := seen{failure: facts.Reset, stage: facts.StageTLS}, seen{failure: facts.NXDomain, stage: facts.StageDNS}
	moved, robot := seen{status: 200, address: own, to: "other.example"}, seen{status: 403, address: own}
	badCert := seen{failure: facts.CertExpired, stage: facts.StageTLS}
	elsewhere := seen{status: 200, address: other}
	for _, c := range []struct {
		name    string
		here    seen
		there   []seen
		sum     Sum
		differs []string
	}{
		{"silence here, opens there", silent, []seen{opens, opens, opens}, SumThereOnly, []string{"silence"}},
		{"silence here, another address there", silent, []seen{elsewhere, elsewhere}, SumThereOnly, []string{"address", "silence"}},
		{"refused here, opens there", refused, []seen{opens, opens}, SumThereOnly, []string{"refused"}},
		{"cut here, opens there", cut, []seen{opens, opens}, SumThereOnly, []string{"cut"}},
		{"no name here, opens there", unknown, []seen{opens, opens}, SumThereOnly, []string{"name"}},
		{"expired here, opens there", badCert, []seen{opens, opens}, SumThereOnly, []string{"certificate"}},
		{"502 here, opens there", error502, []seen{opens, opens}, SumThereOnly, []string{"5xx"}},
		{"silence here, a robot's refusal there", silent, []seen{robot, robot}, SumThereOnly, []string{"silence"}},
		{"silence everywhere", silent, []seen{silent, silent}, SumSame, nil},
		{"refused everywhere", refused, []seen{refused, refused}, SumSame, nil},
		{"502 everywhere", error502, []seen{error502, error502}, SumSame, nil},
		{"turned away everywhere proves nothing", robot, []seen{robot, robot}, SumRefused, nil},
		{"fails otherwise", silent, []seen{refused, refused}, SumFails, nil},
		{"they disagree", silent, []seen{opens, silent, opens, silent}, SumSome, nil},
		{"opens here, not there", opens, []seen{silent, silent}, SumHereOnly, nil},
		{"opens everywhere", opens, []seen{opens, opens}, SumBoth, nil},
		{"one place alone decides nothing", silent, []seen{opens}, SumSome, nil},
		{"nobody", silent, nil, SumNobody, nil},
		{"sent on there", silent, []seen{moved, moved, opens}, SumSome, []string{"redirect"}},
		{"all sent on there", silent, []seen{moved, moved}, SumThereOnly, []string{"silence", "redirect"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := facts.Exchange{URL: "https://" + host + "/", Done: true, Stage: c.here.stage, Failure: c.here.failure,
				Lookup: &facts.Lookup{Name: host, Transport: "udp", Addresses: []netip.Addr{own}, Done: true}}
			if c.here.stage == facts.StageDNS {
				x.Lookup.Addresses, x.Lookup.Failure = nil, c.here.failure
			}
			if c.here.status > 0 {
				x.HTTP = &facts.HTTP{Status: c.here.status, Done: true}
				if c.here.status >= 400 {
					x.HTTP.Gateway = &facts.Gateway{Status: c.here.status}
				}
			}
			o := &facts.Outside{URL: x.URL, Service: "globalping", Done: true}
			for i, s := range c.there {
				p := facts.Place{City: "Lyon", ASN: 64500 + i, Address: s.address, Status: s.status, Failure: s.failure, Cert: s.cert, Done: true}
				if s.to != "" {
					p.URL, p.Done = "https://"+s.to+"/", true
				}
				o.Places = append(o.Places, p)
			}
			o.Places = append(o.Places, facts.Place{City: "Nowhere", Why: "offline"}) // saw nothing: no voice
			f := &facts.Facts{Target: facts.Target{Host: host, URL: x.URL, Port: 443}, Chain: &facts.Chain{Exchanges: []facts.Exchange{x}, Done: true}, Outside: o}
			got := Elsewhere(f)
			if got == nil || got.Sum != c.sum {
				t.Fatalf("%+v", got)
			}
			var what []string
			for _, d := range got.Differs {
				what = append(what, d.What)
			}
			if len(what) != len(c.differs) {
				t.Fatalf("differs in %q, want %q", what, c.differs)
			}
			for i := range what {
				if what[i] != c.differs[i] {
					t.Errorf("differs in %q, want %q", what, c.differs)
				}
			}
			if last := got.Places[len(got.Places)-1]; last.City != "Nowhere" || last.State != StateUnknown {
				t.Errorf("the place that saw nothing is %+v", last)
			}
		})
	}
	if Elsewhere(&facts.Facts{}) != nil || Elsewhere(nil) != nil {
		t.Error("compared without having asked")
	}
}
