package decide

import (
	"encoding/json"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"passerelle/checks/facts"
)

// This file builds small worlds out of facts; table_test.go says what is judged of them.

var (
	now     = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	there   = netip.MustParseAddr("203.0.113.10")
	wrong   = netip.MustParseAddr("203.0.113.66")
	boxAddr = netip.MustParseAddr("192.168.1.1")
	me      = netip.MustParseAddr("192.168.1.20")
)

// world is a set of facts under construction: healthy surroundings, every reading over.
func world(change ...func(*facts.Facts)) *facts.Facts {
	f := &facts.Facts{
		Target:   facts.Target{URL: "https://shop.example/", Host: "shop.example", Port: 443, Display: "shop.example"},
		At:       now,
		Readings: map[facts.Reading]facts.Progress{},
		System: facts.System{
			Links:  []facts.Link{{Name: "eth0", Kind: "ethernet", Up: true, Carrier: facts.Yes, Addresses: []netip.Prefix{netip.PrefixFrom(me, 24)}}},
			Routes: []facts.Route{{Family: 4, Gateway: boxAddr, Link: "eth0"}}, LinksDone: true, RoutesDone: true, HostsDone: true, ResolversDone: true,
		},
		Box:   &facts.Box{Address: boxAddr, Neighbour: facts.Yes, Ping: facts.Yes, TCP: facts.Yes, Done: true},
		Chain: chain(ok()),
	}
	for _, n := range []string{"connectivitycheck.gstatic.com", "detectportal.firefox.com"} {
		x := plain("http://"+n+"/", 204)
		f.Connectivity = append(f.Connectivity, facts.Probe{Name: n, Expected: facts.Yes, Portal: facts.No, Exchange: x, Done: true})
	}
	for _, n := range []string{"www.wikipedia.org", "www.debian.org", "www.cloudflare.com"} {
		x := ok()
		x.URL = "https://" + n + "/"
		f.Others = append(f.Others, facts.Probe{Name: n, Expected: facts.Yes, Exchange: x, Done: true})
	}
	for _, p := range []string{"cloudflare", "google", "quad9"} {
		f.Independent = append(f.Independent, facts.Lookup{Name: "shop.example", Provider: p, Transport: "doh", Addresses: []netip.Addr{there}, Done: true})
	}
	for _, r := range everyReading {
		f.Readings[r] = facts.Ended
	}
	for _, c := range change {
		c(f)
	}
	return f
}

var everyReading = []facts.Reading{facts.ReadChain, facts.ReadRepeat, facts.ReadDirect, facts.ReadPlain, facts.ReadIndependent, facts.ReadControl,
	facts.ReadAlternative, facts.ReadAddresses, facts.ReadConnectivity, facts.ReadOthers, facts.ReadSystem, facts.ReadLinks, facts.ReadBox, facts.ReadFresh,
	facts.ReadOtherLink, facts.ReadSmallSegment, facts.ReadOutside, facts.ReadLocalFilter, facts.ReadFamily}

func chain(xs ...facts.Exchange) *facts.Chain { return &facts.Chain{Exchanges: xs, Done: true} }

func lookup(as ...netip.Addr) *facts.Lookup {
	return &facts.Lookup{Name: "shop.example", Transport: "udp", Server: "192.168.1.1", Addresses: as, Done: true}
}

func conn(x facts.Failure, a netip.Addr, port uint16) facts.Connect {
	return facts.Connect{Address: netip.AddrPortFrom(a, port), Failure: x, Done: true}
}

// leaf is a certificate that is valid now, by an authority of that name.
func leaf(issuer string) facts.Cert {
	return facts.Cert{Subject: "shop.example", Issuer: issuer, Names: []string{"shop.example"}, NotBefore: now.AddDate(0, -1, 0), NotAfter: now.AddDate(0, 2, 0)}
}

// ok is an exchange that went well.
func ok() facts.Exchange {
	return facts.Exchange{URL: "https://shop.example/", Lookup: lookup(there), Connects: []facts.Connect{conn(facts.OK, there, 443)},
		TLS:  &facts.TLS{ServerName: "shop.example", Version: "TLS 1.3", Chain: []facts.Cert{leaf("Good CA")}, Done: true},
		HTTP: &facts.HTTP{Status: 200, Done: true}, Done: true}
}

// plain is one over clear HTTP.
func plain(url string, status int) facts.Exchange {
	return facts.Exchange{URL: url, Lookup: lookup(there), Connects: []facts.Connect{conn(facts.OK, there, 80)}, HTTP: &facts.HTTP{Status: status, Done: true}, Done: true}
}

// page is an error page over TLS.
func page(status int, by facts.Author, failure string) facts.Exchange {
	x := ok()
	x.HTTP = &facts.HTTP{Status: status, Done: true, Gateway: &facts.Gateway{Status: status, Product: "nginx", ProductName: "nginx", WrittenBy: by, Failure: failure, Kind: "error"}}
	return x
}

// dns is an exchange whose name was not resolved.
func dns(why facts.Failure) facts.Exchange {
	return facts.Exchange{URL: "https://shop.example/", Lookup: &facts.Lookup{Name: "shop.example", Transport: "udp", Server: "192.168.1.1", Failure: why, Done: true},
		Stage: facts.StageDNS, Failure: why, Done: true}
}

// tcp is one that got no connection.
func tcp(why facts.Failure, a netip.Addr) facts.Exchange {
	return facts.Exchange{URL: "https://shop.example/", Lookup: lookup(a), Connects: []facts.Connect{conn(why, a, 443)}, Stage: facts.StageTCP, Failure: why, Done: true}
}

// tls is one whose handshake failed, showing a certificate.
func tls(why facts.Failure, a netip.Addr, certs ...facts.Cert) facts.Exchange {
	return facts.Exchange{URL: "https://shop.example/", Lookup: lookup(a), Connects: []facts.Connect{conn(facts.OK, a, 443)},
		TLS:   &facts.TLS{ServerName: "shop.example", Failure: why, Defects: []facts.Failure{why}, Chain: certs, Done: true},
		Stage: facts.StageTLS, Failure: why, Done: true}
}

// http is one that failed after a good handshake.
func http(why facts.Failure) facts.Exchange {
	x := ok()
	x.HTTP, x.Stage, x.Failure = nil, facts.StageHTTP, why
	return x
}

// asked sets what came of asking twice the same.
func asked(x facts.Exchange) func(*facts.Facts) {
	return func(f *facts.Facts) { f.Chain, f.Repeat = chain(x), chain(x) }
}

// dead makes the world beyond the box silent.
func dead(f *facts.Facts) {
	for i := range f.Connectivity {
		p := &f.Connectivity[i]
		*p = facts.Probe{Name: p.Name, Exchange: dns(facts.Timeout), Done: true}
	}
	for i := range f.Others {
		p := &f.Others[i]
		*p = facts.Probe{Name: p.Name, Exchange: dns(facts.Timeout), Expected: facts.No, Done: true}
	}
	for i := range f.Independent {
		f.Independent[i].Failure, f.Independent[i].Addresses = facts.Timeout, nil
	}
}

// say sets what the independent resolvers answered.
func say(why facts.Failure, as ...netip.Addr) func(*facts.Facts) {
	return func(f *facts.Facts) {
		for i := range f.Independent {
			f.Independent[i].Failure, f.Independent[i].Addresses = why, as
		}
	}
}

func elsewhere(f *facts.Facts) { f.Alternative = []facts.Exchange{ok()} }

func fresh(a netip.Addr) func(*facts.Facts) {
	return func(f *facts.Facts) {
		f.Fresh = []facts.Lookup{{Name: "shop.example", Transport: "udp", Addresses: []netip.Addr{a}, Done: true}}
	}
}

func portals(n int) func(*facts.Facts) {
	return func(f *facts.Facts) {
		dead(f)
		for i := range min(n, len(f.Connectivity)) {
			f.Connectivity[i] = facts.Probe{Name: f.Connectivity[i].Name, Expected: facts.No, Portal: facts.Yes, Exchange: plain("http://x/", 302), Done: true}
		}
	}
}

func hostsFile(a netip.Addr) func(*facts.Facts) {
	return func(f *facts.Facts) {
		f.System.Hosts = []facts.HostsEntry{{Line: 7, Address: a, Names: []string{"shop.example"}}}
		f.Chain.Exchanges[0].Lookup.Transport = "hosts"
	}
}

// TestUnknownNeverAddsCertainty: turning a known fact into "unknown" never makes a verdict more certain (DESIGN: the third state).
func TestUnknownNeverAddsCertainty(t *testing.T) {
	rank := map[Certainty]int{Possible: 0, Likely: 1, Certain: 2}
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, c := range cases {
		for range 40 {
			f := world(c.change...)
			before := Judge(f)
			forget(f, rnd)
			after := Judge(f)
			if after.Cause == before.Cause && rank[after.Certainty] > rank[before.Certainty] {
				t.Errorf("%s: forgetting a fact raised %v to %v", c.name, before, after)
			}
		}
	}
}

// forget turns one group of facts into "not checked".
func forget(f *facts.Facts, rnd *rand.Rand) {
	switch rnd.IntN(9) {
	case 0:
		f.Box = nil
	case 1:
		f.Independent = nil
	case 2:
		f.Others = nil
	case 3:
		f.Connectivity = nil
	case 4:
		f.Repeat = nil
	case 5:
		f.System = facts.System{}
	case 6:
		f.Alternative = nil
	case 7:
		f.Fresh = nil
	case 8:
		f.Others = f.Others[:rnd.IntN(len(f.Others)+1)]
	}
}

// TestHealthyTargetIsNobodysFault: whatever the rest of the world looks like, a site that opens over proven TLS works.
func TestHealthyTargetIsNobodysFault(t *testing.T) {
	for _, c := range cases {
		f := world(c.change...)
		f.Chain, f.Plain, f.Seen, f.Witness = chain(ok()), nil, "", nil
		if v := Judge(f); v.Side != SideWorks {
			t.Errorf("in the world of %q a site that opens was judged %v", c.name, v)
		}
	}
}

// TestOrderOfArrival: the verdict does not depend on the order in which facts came.
func TestOrderOfArrival(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for _, c := range cases {
		f := world(c.change...)
		want := Judge(f)
		for range 10 {
			rnd.Shuffle(len(f.Others), func(i, j int) { f.Others[i], f.Others[j] = f.Others[j], f.Others[i] })
			rnd.Shuffle(len(f.Independent), func(i, j int) { f.Independent[i], f.Independent[j] = f.Independent[j], f.Independent[i] })
			rnd.Shuffle(len(f.Connectivity), func(i, j int) { f.Connectivity[i], f.Connectivity[j] = f.Connectivity[j], f.Connectivity[i] })
			rnd.Shuffle(len(f.Addresses), func(i, j int) { f.Addresses[i], f.Addresses[j] = f.Addresses[j], f.Addresses[i] })
			if got := Judge(f); got.Cause != want.Cause || got.Certainty != want.Certainty {
				t.Fatalf("%s: %v became %v in another order", c.name, want, got)
			}
		}
	}
}

// TestReplay: facts that went through JSON are judged the same.
func TestReplay(t *testing.T) {
	for _, c := range cases {
		f := world(c.change...)
		p, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		var back facts.Facts
		if err := json.Unmarshal(p, &back); err != nil {
			t.Fatal(err)
		}
		if a, b := Judge(f), Judge(&back); a.Cause != b.Cause || a.Certainty != b.Certainty || a.Rule != b.Rule {
			t.Errorf("%s: %v, replayed %v", c.name, a, b)
		}
	}
}

// TestNothingKnown: no facts, no verdict, no panic.
func TestNothingKnown(t *testing.T) {
	for _, f := range []*facts.Facts{{}, {Chain: &facts.Chain{}}, {Chain: &facts.Chain{Done: true}}, {Chain: chain(facts.Exchange{Done: true})}} {
		v := Judge(f)
		if v.Cause != Undetermined {
			t.Errorf("nothing known gave %v", v)
		}
		Path(f, v)
		Findings(f)
	}
}
