package report

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"passerelle/checks"
	"passerelle/checks/decide"
	"passerelle/checks/words"
)

func cardOf(t *testing.T, name, lang string, r *checks.Result, about About) Card {
	t.Helper()
	var b bytes.Buffer
	p := words.New(lang)
	if err := PNG(&b, r, p, about); err != nil {
		t.Fatal(err)
	}
	c, err := png.DecodeConfig(bytes.NewReader(b.Bytes()))
	if err != nil || c.Width != cardWidth || c.Height != cardHeight {
		t.Fatalf("%dx%d %v", c.Width, c.Height, err)
	}
	if dir := os.Getenv("REPORT_KEEP"); dir != "" {
		_ = os.WriteFile(filepath.Join(dir, "card-"+name+"-"+lang+".png"), b.Bytes(), 0o644) // for looking at
	}
	return NewCard(r, p, about)
}

// stopsOf are all the stops there can be, in all the states.
func stopsOf(ids ...decide.HopID) []decide.Hop {
	states := []decide.State{decide.StateOK, decide.StateWarning, decide.StateProblem, decide.StateUnknown}
	var hops []decide.Hop
	for i, id := range ids {
		hops = append(hops, decide.Hop{Hop: id, State: states[i%len(states)]})
	}
	return hops
}

func TestCard(t *testing.T) {
	for _, lang := range []string{"fr", "en"} {
		r := badGateway()
		c := cardOf(t, "plain", lang, r, About{Since: &Since{FirstFailure: r.StartedAt.Add(-50 * time.Minute)}})
		all := strings.Join(c.Texts(), "\n")
		for _, want := range []string{"boutique.example", "SITE-502", "2026-11-21 10:04 +01:00 (09:04Z)", "2026-11-21 09:14 +01:00"} {
			if !strings.Contains(all, want) {
				t.Errorf("%s: %q is not on it:\n%s", lang, want, all)
			}
		}
		if len(c.Stops) != len(r.Path) {
			t.Errorf("%d stops", len(c.Stops))
		}
		long := badGateway()
		long.Target.Host = strings.Repeat("une-partie-assez-longue.", 9) + "boutique.example"
		long.Target.Display = ""
		long.Path = stopsOf("computer", "proxy", "vpn", "router", "provider", "dns", "gateway", "origin")
		long.Verdict = decide.Verdict{Cause: decide.TLSIntercepted, Side: decide.SideYou, Certainty: decide.Likely, Vars: map[string]any{"Host": long.Target.Host, "Issuer": "Société de Protection des Œuvres « Été » et des Familles"}}
		cardOf(t, "long", lang, long, About{})
		odd := badGateway()
		odd.Target.Display, odd.Target.Host = "例え.テスト", "xn--r8jz45g.xn--zckzah"
		odd.Path = odd.Path[:2]
		if c := cardOf(t, "odd", lang, odd, About{}); c.Site != odd.Target.Host {
			t.Errorf("letters that are not in the font: %s", c.Site)
		}
		cardOf(t, "empty", lang, &checks.Result{}, About{})
	}
}

// TestCardTextsCanBeDrawn: no empty box on any picture: the font has every letter of what can stand there, in both languages.
func TestCardTextsCanBeDrawn(t *testing.T) {
	for _, lang := range []string{"fr", "en"} {
		p := words.New(lang)
		var texts []string
		for _, c := range decide.Causes() {
			v := decide.Verdict{Cause: c, Side: decide.SideOf(c), Certainty: decide.Likely, Vars: map[string]any{"Host": "boutique.example", "Status": 502, "Server": "nginx", "Days": 3, "Names": "a.example", "Issuer": "X", "IP": "203.0.113.10", "Proxy": "10.0.0.1:3128", "Last": "b.example", "Resolver": "192.168.1.1", "Seconds": 30}}
			title, _ := p.Verdict(v)
			texts = append(texts, title, p.Who(v))
		}
		for _, h := range []decide.HopID{"computer", "proxy", "vpn", "router", "provider", "dns", "gateway", "origin"} {
			texts = append(texts, p.HopShort(h), p.HopShort(h, true))
		}
		for _, s := range []decide.State{decide.StateOK, decide.StateProblem, decide.StateWarning, decide.StateUnknown} {
			texts = append(texts, p.State(s))
		}
		texts = append(texts, p.T("cli.certainty", map[string]any{"Certainty": p.Certainty(decide.Likely)}), "« Œuvre » – l’été : 12 000 … • ✗")
		for i, s := range texts {
			if fonts().missing(s) != (i == len(texts)-1) { // the last one has a letter that is not there, on purpose
				t.Errorf("%s: the font has not every letter of %q", lang, s)
			}
		}
	}
}

func TestCardLines(t *testing.T) {
	d := newDrawing(10, 10, cardColours.paper)
	for _, s := range []string{"", "mot", strings.Repeat("mot ", 100), strings.Repeat("x", 500), "deux\u00a0mots\u202f! " + strings.Repeat("y ", 200)} {
		got := d.lines(s, 300, 30, true, 2)
		if len(got) == 0 || len(got) > 2 {
			t.Errorf("%q: %d lines", s, len(got))
		}
		for _, l := range got {
			if w := d.width(l, 30, true); w > 300 {
				t.Errorf("%q is %.0f wide", l, w)
			}
		}
	}
	if w := d.shorten("boutique.example", 1000, 30, true); w != "boutique.example" {
		t.Error(w)
	}
	if d.width("a\u202fb", 30, false) >= d.width("a b", 30, false) {
		t.Error("the thin space is not thin")
	}
}
