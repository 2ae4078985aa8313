package checks

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"passerelle/checks/decide"
	"passerelle/checks/facts"
	"passerelle/checks/probe"
)

// maxSavedBody bounds what is kept of the page that was judged, bytes: error pages are a few KB, the largest of a CDN about 30, and a
// shop's own page says what it has to say at its beginning.
const maxSavedBody = 64 << 10

// judgedResponse is the answer that the verdict rests on, with its page while that is still in memory; nil where the site works or
// nothing was answered.
func judgedResponse(f *facts.Facts, g *facts.Gateway, v decide.Verdict) *facts.Response {
	if v.Side == decide.SideWorks {
		return nil
	}
	var other *facts.Response
	for _, c := range []*facts.Chain{f.Chain, f.Plain, f.Direct, f.Repeat} {
		x := c.Last()
		if x == nil {
			continue
		}
		for _, h := range []*facts.HTTP{x.HTTP, x.ProxyHTTP} {
			if h == nil || !h.Done || h.Status == 0 {
				continue
			}
			if g != nil && h.Gateway != nil && h.Status == g.Status {
				return saved(x, h)
			}
			if other == nil {
				other = saved(x, h)
			}
		}
	}
	return other
}

func saved(x *facts.Exchange, h *facts.HTTP) *facts.Response {
	r := &facts.Response{URL: x.URL, UserAgent: probe.UserAgent, Proxy: x.Proxy, Proto: h.Proto, Status: h.Status, Reason: h.Reason, Headers: h.Headers, BodySize: max(h.BodySize, len(h.Body))}
	if w := x.Winner(); w != nil {
		r.Address = w.Address.String()
	}
	body := h.Body
	if len(body) > maxSavedBody {
		body, r.BodyCut = body[:maxSavedBody], true
	}
	if text, ok := readable(body, r.BodyCut); ok {
		r.Body = text
	} else {
		r.Raw = bytes.Clone(body)
	}
	return r
}

// readable gives a page as text: UTF-8 as it is, and what is a page in Western Latin letters (Windows-1252, which browsers also read
// where a page says ISO-8859-1) turned into it.
func readable(b []byte, cut bool) (string, bool) {
	if cut { // the last character may be halved
		for i := 0; i < utf8.UTFMax && len(b) > 0; i++ {
			if r, n := utf8.DecodeLastRune(b); r != utf8.RuneError || n != 1 {
				break
			}
			b = b[:len(b)-1]
		}
	}
	if bytes.IndexByte(b, 0) >= 0 {
		return "", false
	}
	if utf8.Valid(b) {
		return visible(string(b))
	}
	const window = 1024 // where a page begins as a page; browsers look as far for its encoding
	if !strings.Contains(strings.ToLower(string(b[:min(len(b), window)])), "<") {
		return "", false
	}
	text, err := charmap.Windows1252.NewDecoder().Bytes(b)
	if err != nil {
		return "", false
	}
	return visible(string(text))
}

// visible writes characters that nobody sees, or that would move a cursor or turn a line round, as HTML does: &#x202E;. Line breaks and
// tabs stay. What is full of them is no text.
func visible(s string) (string, bool) {
	unfit := func(r rune) bool {
		return (unicode.Is(unicode.C, r) || r == utf8.RuneError) && !strings.ContainsRune("\n\r\t", r)
	}
	s = strings.TrimPrefix(s, "\ufeff") // a mark of the encoding, no part of the page
	if !strings.ContainsFunc(s, unfit) {
		return s, true
	}
	var b strings.Builder
	const most = 1.0 / 50
	n := 0
	for _, r := range s {
		if unfit(r) {
			n++
			fmt.Fprintf(&b, "&#x%04X;", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String(), float64(n) <= most*float64(len(s))+1
}
