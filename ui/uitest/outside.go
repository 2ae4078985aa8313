package uitest

// Told checks with a look from elsewhere: the combinations of what is seen here and there.

import (
	"net/netip"

	"passerelle/checks/decide"
	"passerelle/checks/facts"
)

// seen is what one asking saw.
type seen struct {
	failure facts.Failure
	stage   facts.Stage
	status  int
}

var (
	silent  = seen{failure: facts.Timeout, stage: facts.StageTCP}
	refused = seen{failure: facts.Refused, stage: facts.StageTCP}
	opens   = seen{status: 200}
	error5  = seen{status: 502}
)

// placesOf are four places as Globalping names them, each with what it saw.
func placesOf(address string, what ...seen) (out []facts.Place) {
	all := []facts.Place{{City: "Lyon", Country: "FR", Network: "Maison Telecom", ASN: 64501, Home: true, Near: true},
		{City: "Paris", Country: "FR", Network: "Centre FR", ASN: 64502, Near: true},
		{City: "Falkenstein", Country: "DE", Network: "Rechenzentrum Nord GmbH", ASN: 64503},
		{City: "Dallas", Country: "US", Network: "Big Cloud", ASN: 64504}}
	for i, p := range all {
		w := what[min(i, len(what)-1)]
		p.URL, p.Done, p.Failure, p.Status, p.MS = "https://"+Host+"/", true, w.failure, w.status, 120
		if w.failure == facts.OK {
			p.Address = netip.MustParseAddr(address)
		}
		out = append(out, p)
	}
	return out
}

// lookedAt puts a look from elsewhere into a told check.
func lookedAt(s Scenario, here seen, o facts.Outside) Scenario {
	f := s.Result.Facts
	ex := facts.Exchange{URL: "https://" + Host + "/", Done: true, Failure: here.failure, Stage: here.stage,
		Lookup: &facts.Lookup{Name: Host, Transport: "udp", Addresses: []netip.Addr{Addr}, Done: true}}
	if here.status > 0 {
		ex.HTTP = &facts.HTTP{Status: here.status, Done: true}
		if here.status >= 400 {
			ex.HTTP.Gateway = &facts.Gateway{Status: here.status}
		}
	}
	f.Chain = &facts.Chain{Exchanges: []facts.Exchange{ex}, Done: true}
	o.Done = true
	if o.Service == "" {
		o.Service = "globalping"
	}
	f.Outside = &o
	return s
}

// unreachable is a site that is silent for us.
func unreachable(detail string, sure decide.Certainty) Scenario {
	v := decide.Verdict{Side: decide.SideSite, Cause: decide.SiteUnreachable, Certainty: sure, Detail: detail, Rule: "silent",
		Actions: []decide.Action{{ID: decide.ActRetryLater, AfterS: 30}, {ID: decide.ActOtherDevice}, {ID: decide.ActAskOutside}, {ID: decide.ActContactSite}}}
	path := hops(ok, ok, ok, ok, bad, none)
	return Scenario{running(&v, path), result(v, path), nil}
}

// Silent is a site that is silent for us, and nobody was asked elsewhere.
func Silent() Scenario {
	s := unreachable("", decide.Likely)
	s.Result.Facts.Outside = nil
	return s
}

// blocked is a site that answers elsewhere and not from this network.
func blocked(detail string) Scenario {
	v := decide.Verdict{Side: decide.SideNetwork, Cause: decide.SiteBlocked, Certainty: decide.Certain, Detail: detail, Rule: "site-blocked",
		Actions: []decide.Action{{ID: decide.ActOtherDevice}, {ID: decide.ActContactIT}, {ID: decide.ActContactISP}}}
	path := hops(ok, ok, bad, ok, none, none)
	return Scenario{running(&v, path), result(v, path), nil}
}

func connectionRefused() Scenario {
	v := decide.Verdict{Side: decide.SideSite, Cause: decide.ConnectionRefused, Certainty: decide.Certain, Detail: "outside-agrees", Rule: "refused",
		Actions: []decide.Action{{ID: decide.ActRetryLater, AfterS: 30}, {ID: decide.ActOtherDevice}, {ID: decide.ActContactSite}}}
	path := hops(ok, ok, ok, ok, bad, none)
	return Scenario{running(&v, path), result(v, path), nil}
}

// Unasked is a look from elsewhere that failed: the service takes no more questions for now.
func Unasked() Scenario {
	s := lookedAt(Silent(), silent, facts.Outside{Failure: facts.OutsideLimited, WaitS: 900, Untested: []string{"globalping limited"}})
	s.Result.Findings = append(s.Result.Findings, decide.Finding{ID: "outside", Hop: decide.HopGateway, State: none,
		Facts: map[string]any{"outside": "limited", "After": 900}})
	return s
}

// Elsewheres are the combinations of here and there, by name, with the sum that the picture must give.
func Elsewheres() map[decide.Sum][]Scenario {
	const same, other = "203.0.113.10", "203.0.113.77"
	places := func(address string, what ...seen) facts.Outside {
		return facts.Outside{Places: placesOf(address, what...)}
	}
	return map[decide.Sum][]Scenario{
		decide.SumThereOnly: {lookedAt(blocked("silent-here"), silent, places(same, opens)), lookedAt(blocked("refused-here"), refused, places(same, opens)),
			lookedAt(blocked("other-address"), silent, places(other, opens))},
		decide.SumSame: {lookedAt(unreachable("outside-agrees", decide.Certain), silent, places(same, silent)),
			lookedAt(connectionRefused(), refused, places(same, refused)), lookedAt(BadGateway(), error5, places(same, error5))},
		decide.SumSome:     {lookedAt(unreachable("some-places", decide.Likely), silent, places(same, opens, silent, opens, silent))},
		decide.SumHereOnly: {lookedAt(Works(), opens, places(same, silent))},
		decide.SumFails:    {lookedAt(unreachable("", decide.Likely), silent, places(same, refused))},
		decide.SumNobody:   {Unasked()},
	}
}
