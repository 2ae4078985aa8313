package gateway

// Pages as a person copies them from the browser's window: only the text that was shown is left, without titles, headers and markup.

import (
	"encoding/json"
	"html"
	"os"
	"regexp"
	"strings"
	"testing"

	"passerelle/checks/facts"
)

var (
	hiddenPart = regexp.MustCompile(`(?is)<!--.*?-->|<(script|style|head|title|noscript|template|svg|select|iframe)\b.*?</(script|style|head|title|noscript|template|svg|select|iframe)\s*>`)
	lineBreak  = regexp.MustCompile(`(?i)</?(p|div|br|h[1-6]|hr|li|ul|ol|table|tr|td|center|section|header|footer|main|article|pre|address|blockquote|form|button|body)\b[^>]*>`)
	anyTag     = regexp.MustCompile(`<[^>]*>`)
)

// shownText is about what copying the whole window gives.
func shownText(body []byte) string {
	s := hiddenPart.ReplaceAllString(string(body), "")
	s = strings.Join(strings.Fields(s), " ")
	s = lineBreak.ReplaceAllString(s, "\n")
	s = html.UnescapeString(anyTag.ReplaceAllString(s, ""))
	var lines []string
	for _, l := range strings.Split(s, "\n") {
		if l = strings.TrimSpace(l); l != "" {
			lines = append(lines, l)
		}
	}
	return strings.Join(lines, "\n")
}

// TestCopiedPages wants of the copied text what the page itself gave, as far as the text still has it: never another product, and
// the error itself where the text names one.
func TestCopiedPages(t *testing.T) {
	type sample struct {
		id string
		h  *facts.HTTP
	}
	var samples []sample
	raw, err := os.ReadFile("testdata/heldout.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []recorded
	if err := json.Unmarshal(raw, &list); err != nil {
		t.Fatal(err)
	}
	for i := range list {
		samples = append(samples, sample{list[i].ID, list[i].response()})
	}
	entries := readCorpus(t, corpusDir(t))
	for i := range entries {
		samples = append(samples, sample{entries[i].ID, entries[i].response()})
	}
	seen := map[string]bool{}
	n, error, product, other := 0, 0, 0, 0
	for _, s := range samples {
		text := shownText(s.h.Body)
		page := Recognise(s.h, Context{})
		if !looksHTML(s.h.Body) || len(text) < 12 || page == nil || page.Status < 400 || seen[text] {
			continue
		}
		seen[text] = true
		n++
		g, e := Explain([]byte(text))
		short := strings.ReplaceAll(text[:min(len(text), 160)], "\n", " / ")
		switch {
		case g == nil:
			t.Logf("lost: %s (%d %s): %q %s", s.id, page.Status, page.Product, short, e.Browser)
			continue
		case g.Product == page.Product:
			product++
		case g.Product == unknown:
			t.Logf("unknown: %s (%d %s): %q", s.id, page.Status, page.Product, short)
		case s.id == "dokku-502" || s.id == "apache-511":
			// Dokku's page has Rails' very words; and 511 is a portal's by definition, whoever is named below.
		default:
			other++
			t.Errorf("%s: the page is %s's, its text %s's: %q", s.id, page.Product, g.Product, short)
		}
		error++
	}
	// What stays lost names no error: shop pages in their owner's words, stack traces.
	if 100*error < 90*n || 100*product < 84*n {
		t.Errorf("too little is left of the pages")
	}
	t.Logf("of %d pages: error seen %.1f %%, product %.1f %%, another product %d", n, 100*float64(error)/float64(n), 100*float64(product)/float64(n), other)
}
