package gateway

// The research's responses as test data, where they are: 252 from public sources, 208 from real servers in a lab. Pages are not
// copied into the project.

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"passerelle/checks/decide"
	"passerelle/checks/facts"
)

// corpusDir finds the research, or skips.
func corpusDir(t testing.TB) string {
	dirs := []string{"../../../shared/research/gateway-corpus"}
	if d := os.Getenv("PASSERELLE_RESEARCH"); d != "" {
		dirs = append([]string{filepath.Join(d, "gateway-corpus"), d}, dirs...)
	}
	for _, d := range dirs {
		if _, err := os.Stat(filepath.Join(d, "corpus.json")); err == nil {
			return d
		}
	}
	t.Skip("the research's gateway-corpus is not here (set PASSERELLE_RESEARCH)")
	return ""
}

func response(status int, body string, headers ...string) *facts.HTTP {
	h := &facts.HTTP{Status: status, Body: []byte(body), BodySize: len(body), Done: true}
	for i := 0; i+1 < len(headers); i += 2 {
		h.Headers = append(h.Headers, facts.Header{Name: headers[i], Value: headers[i+1]})
	}
	return h
}

type entry struct {
	ID      string            `json:"id"`
	Product string            `json:"product_id"`
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
	Cause   string            `json:"cause"`
	Also    []string          `json:"also_possible"`
	Side    string            `json:"side"`
	By      string            `json:"emitted_by"`
	Scope   string            `json:"body_scope"`
	Expect  bool              `json:"expect_error"`
}

func (e *entry) response() *facts.HTTP {
	h := response(e.Status, e.Body)
	for k, v := range e.Headers {
		h.Headers = append(h.Headers, facts.Header{Name: k, Value: v})
	}
	slices.SortFunc(h.Headers, func(a, b facts.Header) int { return strings.Compare(a.Name, b.Name) })
	h.Location = e.Headers["Location"]
	return h
}

// Entries whose product no response shows: a bare status, a trap named after what it is. What must be said of them instead.
var corpusProduct = map[string]string{
	"trap-soft-502-nginx": "nginx", "trap-cached-509-as-200": "cpanel-mod-bwlimited", "trap-origin-403-behind-cdn": "apache",
	"http-529-overloaded": unknown, "http-598": unknown, "http-599": unknown, "o2switch-429-tigerprotect": unknown, "infomaniak-maintenance": unknown,
}

// Failures that nothing in the response shows.
var corpusFailure = map[string]string{"infomaniak-maintenance": unknown}

func corpusAuthors(e *entry) []facts.Author {
	if corpusProduct[e.ID] == unknown {
		return []facts.Author{facts.ByUnknown}
	}
	switch e.By {
	case "origin":
		return []facts.Author{facts.ByOrigin}
	case "gateway":
		return []facts.Author{facts.ByGateway}
	case "cdn_edge":
		return []facts.Author{facts.ByEdge}
	case "isp", "dns":
		return []facts.Author{facts.ByFilter}
	case "visitor_device":
		return []facts.Author{facts.ByProxy}
	}
	if e.Cause == "captive_portal" {
		return []facts.Author{facts.ByPortal}
	}
	switch e.Product {
	case "squid", "tinyproxy":
		return []facts.Author{facts.ByProxy}
	}
	return []facts.Author{facts.ByFilter}
}

// corpusSide is the contract's side: who wrote it decides, and limits are the site's decision.
func corpusSide(e *entry) decide.Side {
	if corpusProduct[e.ID] == unknown {
		return decide.SideSite
	}
	switch corpusAuthors(e)[0] {
	case facts.ByPortal, facts.ByFilter:
		return decide.SideNetwork
	case facts.ByProxy:
		return decide.SideYou
	}
	return decide.SideSite
}

func readCorpus(t *testing.T, dir string) (entries []entry) {
	raw, err := os.ReadFile(filepath.Join(dir, "corpus.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &entries); err != nil {
		t.Fatal(err)
	}
	return entries
}

func TestCorpus(t *testing.T) {
	entries := readCorpus(t, corpusDir(t))
	var score tally
	for i := range entries {
		e := &entries[i]
		g := Recognise(e.response(), Context{})
		if !e.Expect {
			if g != nil {
				t.Errorf("%s: no error page, but got %s by %s", e.ID, g.Product, g.WrittenBy)
			}
			continue
		}
		if g == nil {
			t.Errorf("%s: not recognised as an error", e.ID)
			g = &facts.Gateway{}
		}
		product := e.Product
		if p, ok := corpusProduct[e.ID]; ok {
			product = p
		}
		want := dashed(append([]string{e.Cause}, e.Also...))
		if e.ID == "squid-connect-fail-noroute" {
			want = append(want, failRefused) // real servers: "no route to host" is somebody's refusal, at once
		}
		if f, ok := corpusFailure[e.ID]; ok {
			want = []string{f}
		}
		cause, _ := decide.PageCause(g)
		score.add(t, e.ID, g, product, corpusAuthors(e), want, corpusSide(e), decide.SideOf(cause))
		for _, f := range want {
			if g.Failure != f && !slices.Contains(g.AlsoPossible, f) && f != unknown {
				t.Logf("%s: %s is also possible there; got %s %v", e.ID, f, g.Failure, g.AlsoPossible)
			}
		}
	}
	score.report(t)
}

func TestRealResponses(t *testing.T) {
	dir := filepath.Join(corpusDir(t), "real")
	raw, err := os.ReadFile(filepath.Join(dir, "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	var index []struct {
		File, Product, Emitter, Fault, Side string
		Status                              int
		Failures                            []string
		Own                                 bool
	}
	if err := json.Unmarshal(raw, &index); err != nil {
		t.Fatal(err)
	}
	var score tally
	for _, x := range index {
		raw, err := os.ReadFile(filepath.Join(dir, x.File))
		if err != nil {
			t.Fatal(err)
		}
		if x.Fault == "bad-status" && x.Status == 999 || x.File == "apache2-2.4.71-bad-status.txt" {
			continue // the upstream's own two bytes with a status that the server made up: nobody signed it
		}
		h := parseResponse(raw)
		if h == nil || h.Status != x.Status {
			t.Fatalf("%s: not parsed", x.File)
		}
		g := Recognise(h, Context{})
		if g == nil {
			t.Errorf("%s: not recognised as an error", x.File)
			continue
		}
		product, by, side := x.Product, []facts.Author{facts.ByGateway, facts.ByEdge}, decide.SideSite
		if x.Side == "network" {
			by, side = []facts.Author{facts.ByProxy}, decide.SideYou
		}
		if x.Emitter == "e2guardian-5.3.5" { // the page is that of the Squid behind it
			product, by, side = "squid", []facts.Author{facts.ByProxy}, decide.SideYou
		}
		if x.Own {
			product, by, side = unknown, []facts.Author{facts.ByOrigin}, decide.SideSite
		}
		cause, _ := decide.PageCause(g)
		if x.File == "privoxy-forward-3.0.34-unreachable-arp.txt" {
			x.Failures = append(x.Failures, failRefused) // the same bytes as for a refused connection
		}
		score.add(t, x.File, g, product, by, x.Failures, side, decide.SideOf(cause))
		if !x.Own {
			for _, f := range x.Failures {
				if g.Failure != f && !slices.Contains(g.AlsoPossible, f) {
					t.Errorf("%s: %s sends the same bytes; got %s %v", x.File, f, g.Failure, g.AlsoPossible)
				}
			}
		}
	}
	score.report(t)
}

type tally struct{ n, product, author, failure, side int }

func (s *tally) add(t *testing.T, name string, g *facts.Gateway, product string, by []facts.Author, failures []string, side, got decide.Side) {
	t.Helper()
	s.n++
	if g.Product == product {
		s.product++
	} else {
		t.Errorf("%s: product %q, want %q", name, g.Product, product)
	}
	if slices.Contains(by, g.WrittenBy) {
		s.author++
	} else {
		t.Errorf("%s: written by %q, want %q (product %s)", name, g.WrittenBy, by, g.Product)
	}
	if slices.Contains(failures, g.Failure) {
		s.failure++
	} else {
		t.Errorf("%s: failure %q, want one of %q (%s %s)", name, g.Failure, failures, g.Product, g.Variant)
	}
	if side == got {
		s.side++
	} else {
		t.Errorf("%s: side %q, want %q", name, got, side)
	}
}

func (s *tally) report(t *testing.T) {
	pc := func(n int) float64 { return 100 * float64(n) / float64(max(s.n, 1)) }
	t.Logf("of %d responses: product %.1f %%, author %.1f %%, failure %.1f %%, side %.1f %%", s.n, pc(s.product), pc(s.author), pc(s.failure), pc(s.side))
}

func dashed(in []string) []string {
	out := slices.Clone(in)
	for i := range out {
		out[i] = strings.ReplaceAll(out[i], "_", "-")
	}
	return out
}
