package report

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"passerelle/checks"
	"passerelle/checks/decide"
	"passerelle/checks/facts"
	"passerelle/checks/words"
)

func htmlOf(t *testing.T, r *checks.Result, lang string, about About) string {
	t.Helper()
	var b bytes.Buffer
	if err := HTML(&b, r, words.New(lang), about); err != nil {
		t.Fatal(err)
	}
	if dir := os.Getenv("REPORT_KEEP"); dir != "" {
		_ = os.WriteFile(dir+"/report-"+lang+".html", b.Bytes(), 0o644) // for looking at
	}
	return b.String()
}

// TestHTMLIsOnePage: nothing is loaded from anywhere, headings are in order, the picture has words, and what a server wrote stays text.
func TestHTMLIsOnePage(t *testing.T) {
	r := planted(t)
	r.Gateway.Quote = `<script>alert(1)</script><img src=x onerror=alert(1)>`
	r.Facts.Chain.Exchanges[0].HTTP.Title = `</pre><script>alert(2)</script>`
	for _, lang := range []string{"fr", "en"} {
		page := htmlOf(t, r, lang, About{Since: &Since{FirstFailure: r.StartedAt, Failures: 3, Checks: 5}, Tried: []string{"Mémoire des adresses vidée"}, Removed: []Kind{KindUser, KindSecret}})
		tree, err := html.Parse(strings.NewReader(page))
		if err != nil {
			t.Fatal(err)
		}
		count, ids, last := map[string]int{}, map[string]bool{}, 0
		var walk func(*html.Node)
		walk = func(n *html.Node) {
			if n.Type == html.ElementNode {
				count[n.Data]++
				if len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
					if level := int(n.Data[1] - '0'); level > last+1 {
						t.Errorf("heading %s after level %d", n.Data, last)
					} else {
						last = level
					}
				}
				for _, a := range n.Attr {
					switch {
					case a.Key == "src" && strings.HasPrefix(a.Val, "data:image/png;base64,iVBOR"):
					case a.Key == "src" || a.Key == "href" || strings.HasPrefix(a.Key, "on"):
						t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
					case a.Key == "id" && ids[a.Val]:
						t.Errorf("id %q twice", a.Val)
					case a.Key == "id":
						ids[a.Val] = true
					case n.Data == "html" && a.Key == "lang" && a.Val != lang:
						t.Errorf("lang %q", a.Val)
					}
				}
			}
			for c := n.FirstChild; c != nil; c = c.NextSibling {
				walk(c)
			}
		}
		walk(tree)
		if count["script"]+count["img"]+count["link"]+count["iframe"] > 0 || count["main"] != 1 || count["h1"] != 1 || count["title"] != 1 {
			t.Errorf("%v", count)
		}
		if regexp.MustCompile(`url\(|@import|https?://[^<]*\.(css|js|woff)`).MatchString(page) {
			t.Error("something is loaded from elsewhere")
		}
		if n := strings.Count(page, `<li class="s-`); n < len(r.Path) {
			t.Errorf("%d stops", n)
		}
		for _, h := range r.Path {
			if !strings.Contains(page, words.New(lang).State(h.State)) {
				t.Errorf("the state of %s is not in words", h.Hop)
			}
		}
	}
}

func TestHTMLOfOddResults(t *testing.T) {
	for _, r := range []*checks.Result{{}, badGateway(), {Facts: &facts.Facts{Outside: &facts.Outside{Places: []facts.Place{{}, {Done: true, Failure: facts.Timeout}, {Done: true, Status: 200, Cert: facts.CertExpired}}}}}} {
		htmlOf(t, r, "fr", About{})
		Plain(r, words.New("en"), About{})
	}
}

// TestAgain: a saved report is judged anew; its facts alone decide, whatever verdict was saved.
func TestAgain(t *testing.T) {
	r := planted(t)
	raw, err := json.Marshal(JSON(r, words.New("fr")))
	if err != nil {
		t.Fatal(err)
	}
	var saved checks.Result
	if err := json.Unmarshal(raw, &saved); err != nil {
		t.Fatal(err)
	}
	saved.Verdict.Cause, saved.Verdict.Side = decide.ClockWrong, decide.SideYou
	now, judged, err := Again(&saved)
	if err != nil || !judged || now.Verdict.Cause != decide.BadGateway || saved.Verdict.Cause != decide.ClockWrong {
		t.Errorf("%v %v %v", now.Verdict, judged, err)
	}
	if now.Verdict.Provisional {
		t.Error("provisional for ever")
	}
	if _, judged, err := Again(&checks.Result{}); judged || err != nil {
		t.Errorf("%v %v", judged, err)
	}
}
