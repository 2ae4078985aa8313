package report

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"passerelle/checks"
	"passerelle/checks/facts"
	"passerelle/checks/words"
)

// The very answer that was judged, as received, and the steps that led to it with their times and addresses.

const (
	// maxResponseHeaders bounds the lines of the response in a report.
	maxResponseHeaders = 60
	// maxShownBody is how much of the page is shown, in characters: a gateway's whole page, the beginning of a CDN's. The JSON has more.
	maxShownBody = 3000
	// maxLineOfPage bounds one line of it, in characters.
	maxLineOfPage = 500
	// maxShownRaw is how much of an answer that is no text is shown, bytes: its beginning tells its kind.
	maxShownRaw = 96
)

// response is the answer that was judged; "" where there was none. A report of an older version has its head only.
func response(r *checks.Result, p *words.Printer) string {
	a := r.Response
	if a == nil {
		a = headOnly(r)
	}
	if a == nil || a.Status == 0 {
		return ""
	}
	reason := a.Reason
	if reason == "-" {
		reason = ""
	}
	out := []string{"GET " + a.URL, ""}
	if a.Address != "" {
		out[0] += "   → " + a.Address
	}
	if a.UserAgent != "" {
		out[1] = "User-Agent: " + a.UserAgent
		out = append(out, "")
	}
	out = append(out, strings.TrimSpace(fmt.Sprintf("%s %d %s", cmp.Or(a.Proto, "HTTP"), a.Status, reason)))
	for _, l := range a.Headers[:min(len(a.Headers), maxResponseHeaders)] {
		out = append(out, l.Name+": "+l.Value)
	}
	for i := range out {
		out[i] = words.Safe(out[i], maxParagraph)
	}
	switch {
	case a.Body != "":
		page, left := a.Body, maxShownBody
		out = append(out, "")
		for _, l := range strings.Split(strings.ReplaceAll(page, "\r\n", "\n"), "\n") {
			l = words.Safe(strings.TrimRight(strings.ReplaceAll(l, "\t", "  "), " \r"), min(maxLineOfPage, left))
			out = append(out, l)
			if left -= utf8.RuneCountInString(l) + 1; left <= 0 {
				break
			}
		}
		if n := utf8.RuneCountInString(page); n > maxShownBody {
			out = append(out, p.T("report.page-cut", map[string]any{"N": maxShownBody, "Max": max(a.BodySize, n)}))
		}
	case len(a.Raw) > 0:
		kept := len(a.Raw)
		out = append(out, "", "base64: "+base64.StdEncoding.EncodeToString(a.Raw[:min(kept, maxShownRaw)]), p.T("report.page-cut", map[string]any{"N": min(kept, maxShownRaw), "Max": a.BodySize}))
	}
	return strings.TrimRight(strings.Join(out, "\n"), "\n")
}

// headOnly is the head of the answer, as the facts have it.
func headOnly(r *checks.Result) *facts.Response {
	f := r.Facts
	if f == nil || r.Gateway == nil {
		return nil
	}
	for _, c := range []*facts.Chain{f.Chain, f.Plain, f.Direct} {
		x := c.Last()
		if x == nil {
			continue
		}
		h := x.HTTP
		if h == nil || h.Gateway == nil {
			h = x.ProxyHTTP
		}
		if h == nil || !h.Done || h.Status != r.Gateway.Status {
			continue
		}
		a := &facts.Response{URL: x.URL, Proto: h.Proto, Status: h.Status, Reason: h.Reason, Headers: h.Headers}
		if h.Title != "" {
			a.Body = "<title>" + h.Title + "</title>"
		}
		return a
	}
	return nil
}

// maxStops bounds how many redirects are told step by step: as many as browsers follow are told by the findings.
const maxStops = 6

// stepsSection is the way to the page step by step: what was asked, of whom, how it went, how long it took.
func stepsSection(r *checks.Result, p *words.Printer) section {
	if r.Facts == nil || r.Facts.Chain == nil {
		return section{}
	}
	var sec section
	head := []string{}
	for _, k := range []string{"step", "of", "result", "took"} {
		head = append(head, p.T("report.column."+k, nil))
	}
	sec.Table = [][]string{head}
	add := func(step, of, result string, ms float64, failure facts.Failure, done bool) {
		switch {
		case !done:
			result = p.T("report.not-done", nil)
		case failure != facts.OK:
			result = cmp.Or(p.Why(string(failure), false), string(failure))
		}
		took := ""
		if ms > 0 {
			took = p.Milliseconds(ms)
		}
		sec.Table = append(sec.Table, []string{p.T("report.step."+step, nil), of, result, took})
	}
	xs := r.Facts.Chain.Exchanges
	for i := range xs[max(0, len(xs)-maxStops):] {
		x := &xs[max(0, len(xs)-maxStops)+i]
		if l := x.Lookup; l != nil {
			var got []string
			const most = 6
			for _, a := range l.Addresses[:min(len(l.Addresses), most)] {
				got = append(got, a.String())
			}
			of := l.Name
			if l.Server != "" {
				of += " ← " + l.Server
			}
			add("dns", of, strings.Join(got, ", "), l.MS, l.Failure, l.Done)
		}
		for _, c := range x.Connects {
			if c.Failure == facts.Canceled {
				continue // another address was quicker
			}
			add("tcp", c.Address.String(), p.T("report.done", nil), c.MS, c.Failure, c.Done)
		}
		if t := x.TLS; t != nil {
			add("tls", t.ServerName, cmp.Or(t.Version, p.T("report.done", nil)), t.MS, t.Failure, t.Done)
			if len(t.Chain) > 0 {
				c := t.Chain[0]
				add("certificate", c.Subject, p.T("report.certificate", map[string]any{"Issuer": cmp.Or(c.Issuer, c.IssuerOrg), "Start": c.NotBefore.UTC().Format("2006-01-02 15:04Z"), "End": c.NotAfter.UTC().Format("2006-01-02 15:04Z"), "Code": fingerprint(c.SHA256)}), 0, facts.OK, true)
			}
		}
		for _, h := range []*facts.HTTP{x.ProxyHTTP, x.HTTP} {
			if h == nil {
				continue
			}
			result := strings.TrimSpace(fmt.Sprintf("%d %s", h.Status, strings.Trim(h.Reason, "-")))
			if h.Location != "" {
				result += " → " + h.Location
			}
			add("page", cmp.Or(x.URL, x.Proxy), result, h.MS, h.Failure, h.Done)
		}
	}
	if x := r.Facts.Repeat.Last(); x != nil && r.Facts.Repeat.Over() {
		result := ""
		if x.HTTP != nil && x.HTTP.Status > 0 {
			result = fmt.Sprint(x.HTTP.Status)
		} else if x.Failure == facts.OK {
			result = p.T("report.done", nil)
		}
		add("repeat", x.URL, result, x.MS, x.Failure, true)
	}
	if len(sec.Table) == 1 {
		return section{}
	}
	return sec
}

// fingerprint is the beginning of a certificate's SHA-256: enough to tell two of one site apart.
func fingerprint(sha string) string {
	const enough = 16
	return sha[:min(len(sha), enough)]
}
