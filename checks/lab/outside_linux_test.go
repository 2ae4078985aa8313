package lab

import (
	"encoding/json"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"passerelle/checks/outside/standin"
)

// The view from outside: a stand-in for api.globalping.io in the lab's Internet, asked by the program as it is.

const globalpingHost, globalpingIP = "api.globalping.io", "198.51.100.150"

// Globalping puts the stand-in in its place.
func (w *World) Globalping(s *standin.Server) *standin.Server {
	w.T.Helper()
	w.addresses(w.Internet, []string{globalpingIP})
	w.Names.Set(globalpingHost, globalpingIP)
	w.ServeFor(w.Internet, net.JoinHostPort(globalpingIP, "443"), s, globalpingHost)
	return s
}

func sees(result map[string]any) *standin.Server {
	return &standin.Server{Late: 600 * time.Millisecond, See: func(standin.Asked) []standin.Place { return standin.Places(result) }}
}

func outsideWant(cause string) Want { return Want{Cause: cause, Args: []string{"--outside"}} }

// silentHereOnly: the box swallows what goes to the site, on both families.
func silentHereOnly(w *World) {
	w.Site(Page("Boutique"))
	w.NFT(w.Box, "table inet block { chain f { type filter hook forward priority 0\n ip daddr "+SiteIP+" drop\n ip6 daddr "+SiteIP6+" drop\n }\n}")
}

func silenceHereOpensThere(w *World) Want {
	silentHereOnly(w)
	w.Globalping(sees(standin.Opens(200, SiteIP)))
	return outsideWant("site-blocked")
}

func refusedHereOpensThere(w *World) Want {
	w.Site(Page("Boutique"))
	w.NFT(w.Box, "table inet block { chain f { type filter hook forward priority 0\n ip daddr "+SiteIP+" reject with tcp reset\n ip6 daddr "+SiteIP6+" reject with tcp reset\n }\n}")
	w.Globalping(sees(standin.Opens(200, SiteIP)))
	return outsideWant("site-blocked")
}

func silenceEverywhere(w *World) Want {
	silentAddress(w)
	w.Globalping(sees(standin.Fails("target", "Request timeout.")))
	return outsideWant("site-unreachable")
}

func refusedEverywhere(w *World) Want {
	nothingListens(w)
	w.Globalping(sees(standin.Fails("target", "connect ECONNREFUSED "+SiteIP+":443")))
	return outsideWant("connection-refused")
}

func badGatewayEverywhere(w *World) Want {
	nginxUpstreamRefused(w)
	w.Globalping(sees(standin.Opens(502, SiteIP)))
	return outsideWant("bad-gateway")
}

func worksHere(w *World) Want {
	plainSite(w)
	w.Globalping(sees(standin.Fails("target", "Request timeout.")))
	return outsideWant("works")
}

func init() {
	Scenarios = append(Scenarios,
		Scenario{"site-blocked/opens-elsewhere", silenceHereOpensThere, Fast},
		Scenario{"site-blocked/refused-here-opens-elsewhere", refusedHereOpensThere, All},
		Scenario{"site-unreachable/silent-elsewhere-too", silenceEverywhere, All},
		Scenario{"connection-refused/elsewhere-too", refusedEverywhere, All},
		Scenario{"bad-gateway/elsewhere-too", badGatewayEverywhere, All},
		Scenario{"works/fails-elsewhere", worksHere, All},
	)
}

// TestOutsideIsTold: whatever is sent for the view from outside stands in "who was contacted".
func TestOutsideIsTold(t *testing.T) {
	if os.Getenv("LAB_PROVE") == "1" {
		t.Skip("judges the program only")
	}
	t.Parallel()
	defer count(t)
	w := New(t)
	truth := refusedHereOpensThere(w)
	capture := w.Capture()
	got := w.Check(append(truth.Args, SiteHost)...)
	seen := capture.Seen()
	if !slices.Contains(seen, globalpingIP+":443") {
		t.Errorf("Globalping was not asked: %v", seen)
	}
	for _, complaint := range judge(truth, got) {
		t.Error(complaint)
	}
	for _, at := range seen {
		told := slices.ContainsFunc(got.Contacts, func(x struct{ Host, Addr, What, Why string }) bool {
			return x.Addr == at || strings.TrimSuffix(x.Addr, "%eth0") == at
		})
		if !told && strings.HasSuffix(at, ":443") {
			t.Errorf("sent something to %s and does not say so", at)
		}
	}
}

// TestOutside holds what the service is asked, and what its answers change, against the contract.
func TestOutside(t *testing.T) {
	if os.Getenv("LAB_PROVE") == "1" {
		t.Skip("judges the program only")
	}
	disagree := &standin.Server{See: func(standin.Asked) []standin.Place {
		ps := standin.Places(standin.Opens(200, SiteIP))
		ps[1].Result, ps[2].Result = standin.Fails("target", "Request timeout."), standin.Fails("target", "Request timeout.")
		return ps
	}}
	for _, c := range []struct {
		name      string
		world     func(*World)
		service   *standin.Server
		args      []string
		address   string
		cause     string
		certainty string
		asked     int
		places    int // that saw something
	}{
		{"opens there", silentHereOnly, sees(standin.Opens(200, SiteIP)), []string{"--outside"}, SiteHost, "site-blocked", "certain", 1, 4},
		{"silent there", func(w *World) { silentAddress(w) }, sees(standin.Fails("target", "Request timeout.")), []string{"--outside"}, SiteHost, "site-unreachable", "certain", 1, 4},
		{"502 there", func(w *World) { nginxUpstreamRefused(w) }, sees(standin.Opens(502, SiteIP)), []string{"--outside"}, SiteHost, "bad-gateway", "certain", 1, 4},
		{"without a yes", silentHereOnly, sees(standin.Opens(200, SiteIP)), nil, SiteHost, "site-unreachable", "likely", 0, 0},
		{"nothing failed", func(w *World) { plainSite(w) }, sees(standin.Opens(200, SiteIP)), []string{"--outside"}, SiteHost, "works", "certain", 0, 0},
		{"only host and slash", silentHereOnly, sees(standin.Opens(200, SiteIP)), []string{"--outside", "--exact"}, "https://me:pw@" + SiteHost + "/secret/page?token=abc123#x", "site-blocked", "certain", 1, 4},
		{"they disagree", silentHereOnly, disagree, []string{"--outside"}, SiteHost, "site-unreachable", "likely", 1, 4},
		{"limited", silentHereOnly, &standin.Server{Remaining: -1, Reset: 900}, []string{"--outside"}, SiteHost, "site-unreachable", "likely", 1, 0},
		{"its own trouble", silentHereOnly, sees(standin.Fails("internal", "connect ECONNREFUSED")), []string{"--outside"}, SiteHost, "site-unreachable", "likely", 1, 0},
		{"late", silentHereOnly, &standin.Server{Hang: true}, []string{"--outside"}, SiteHost, "site-unreachable", "likely", 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			defer count(t)
			w := New(t)
			c.world(w)
			w.Globalping(c.service)
			got := w.Check(append(c.args, c.address)...)
			if got.Err != nil || got.Verdict.Cause != c.cause || got.Verdict.Certainty != c.certainty {
				t.Errorf("%s, %s (%s), want %s, %s; %v %s", got.Verdict.Cause, got.Verdict.Certainty, got.Verdict.Rule, c.cause, c.certainty, got.Err, got.Stderr)
			}
			for _, complaint := range c.service.Complaints() {
				t.Errorf("the service complains: %s", complaint)
			}
			asked := c.service.Asked()
			if len(asked) != c.asked {
				t.Errorf("asked %d times: %+v", len(asked), asked)
			}
			for _, a := range asked {
				if a.Target != SiteHost || a.Path != "/" || !strings.Contains(a.Agent, "Passerelle") {
					t.Errorf("asked %+v", a)
				}
			}
			var doc struct {
				Facts struct {
					Outside *struct {
						Places []struct{ Done bool }
					}
				}
				Findings []struct{ ID, State, Text string }
			}
			if err := json.Unmarshal(got.Raw, &doc); err != nil {
				t.Fatal(err)
			}
			saw := 0
			if o := doc.Facts.Outside; o != nil {
				for _, p := range o.Places {
					if p.Done {
						saw++
					}
				}
			}
			if saw != c.places {
				t.Errorf("%d places saw something, want %d", saw, c.places)
			}
			told := slices.ContainsFunc(got.Contacts, func(x struct{ Host, Addr, What, Why string }) bool {
				return x.Host == globalpingHost && x.Why == "outside"
			})
			if want := slices.Contains(c.args, "--outside") && c.cause != "works"; told != want {
				t.Errorf("says that Globalping was contacted: %v", told)
			}
			if got.Took > 12*time.Second {
				t.Errorf("took %v", got.Took)
			}
			keep(t, "outside/"+c.name, got, t.Failed())
		})
	}
}
