package gateway

// This file takes what a person has at hand (a response as curl -i prints it, a saved page, a few pasted words) and says the same of
// it as of an answer to our own request.

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"time"
	"unicode/utf16"

	"passerelle/checks/decide"
	"passerelle/checks/facts"
)

// The forms of what was given to Explain.
const (
	FormResponse = "response" // status line, headers, body
	FormPage     = "page"     // HTML
	FormText     = "text"     // words
)

// Explanation says what the input was taken for, and what it means.
type Explanation struct {
	Form string `json:"form"`
	// Browser is the browser's own error, code (ERR_NAME_NOT_RESOLVED) or sentence: no server wrote that, so the gateway is nil.
	Browser   string           `json:"browser,omitempty"`
	Cause     decide.Cause     `json:"cause"`
	Certainty decide.Certainty `json:"certainty"`
}

// maxInput bounds what is looked at: the same as for an answer.
const maxInput = 1 << 20

// Explain reads one input. The gateway is nil where the text is no error, or one that a browser wrote itself.
func Explain(input []byte) (*facts.Gateway, Explanation) {
	input = decodeText(input[:min(len(input), maxInput)])
	e := Explanation{Form: FormText}
	var g *facts.Gateway
	switch h := parseResponse(input); {
	case h != nil:
		e.Form = FormResponse
		g = Recognise(h, Context{})
	case looksHTML(input):
		e.Form = FormPage
		g = savedPage(input)
	default:
		g, e.Browser = pastedText(input)
	}
	e.Cause, e.Certainty = decide.PageCause(g)
	if e.Browser != "" {
		// Only a check can tell whether the site is well; the browser's word alone makes it its side at most possibly.
		e.Cause, e.Certainty = decide.BrowserSide, decide.Possible
	}
	return g, e
}

// decodeText removes a byte order mark and turns UTF-16, which Windows saves, into UTF-8.
func decodeText(b []byte) []byte {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		return b[3:]
	case bytes.HasPrefix(b, []byte("\xff\xfe")):
		order = binary.LittleEndian
	case bytes.HasPrefix(b, []byte("\xfe\xff")):
		order = binary.BigEndian
	default:
		return b
	}
	b = b[2:]
	units := make([]uint16, 0, len(b)/2)
	for ; len(b) >= 2; b = b[2:] {
		units = append(units, order.Uint16(b))
	}
	return []byte(string(utf16.Decode(units)))
}

// maxHeaders bounds how many header lines of an input are read.
const maxHeaders = 200

// parseResponse reads an HTTP response as text: "HTTP/1.1 502 Bad Gateway", headers, an empty line, the body. Where there are
// several (redirects, a proxy's 200 to CONNECT, 100 Continue), the last one counts. The signs of curl -v are taken off.
func parseResponse(input []byte) *facts.HTTP {
	b := bytes.TrimLeft(input, " \t\r\n")
	if verbose := bytes.HasPrefix(b, []byte("* ")) || bytes.HasPrefix(b, []byte("< HTTP/")) || bytes.HasPrefix(b, []byte("> ")); verbose {
		b = plainCurl(b)
	}
	var last *facts.HTTP
	for bytes.HasPrefix(b, []byte("HTTP/")) {
		h, rest := oneResponse(b)
		if h == nil {
			break
		}
		last, b = h, rest
		if next := bytes.TrimLeft(rest, "\r\n"); bytes.HasPrefix(next, []byte("HTTP/")) {
			b = next
		}
	}
	if last != nil {
		last.Body = b
		last.BodySize = len(b)
	}
	return last
}

// plainCurl keeps of curl -v's output the received headers and the body.
func plainCurl(b []byte) []byte {
	var out bytes.Buffer
	headers := true
	for line := range bytes.Lines(b) {
		switch {
		case bytes.HasPrefix(line, []byte("< ")) || bytes.HasPrefix(line, []byte("<\r")) || bytes.HasPrefix(line, []byte("<\n")):
			out.Write(bytes.TrimPrefix(line[1:], []byte(" ")))
			headers = false
		case bytes.HasPrefix(line, []byte("* ")), headers && bytes.HasPrefix(line, []byte("> ")), bytes.HasPrefix(line, []byte("{ [")), bytes.HasPrefix(line, []byte("} [")):
		default:
			out.Write(line)
		}
	}
	return bytes.TrimLeft(out.Bytes(), "\r\n>")
}

// oneResponse reads one status line with its headers, and gives what follows them.
func oneResponse(b []byte) (*facts.HTTP, []byte) {
	line, rest := cutLine(b)
	proto, after, ok := strings.Cut(line, " ")
	if !ok {
		return nil, nil
	}
	status, reason, _ := strings.Cut(strings.TrimLeft(after, " "), " ")
	n, ok := leadingNumber(status)
	if !ok || len(status) != 3 {
		return nil, nil
	}
	h := &facts.HTTP{Status: n, Reason: strings.TrimSpace(reason), Proto: proto, Done: true}
	if h.Reason == "" && strings.HasPrefix(proto, "HTTP/1") {
		h.Reason = "-"
	}
	for len(rest) > 0 {
		line, rest = cutLine(rest)
		if line == "" {
			break
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || strings.ContainsAny(name, " <") {
			// No header: somebody pasted without the empty line. What is here is the page.
			rest = append([]byte(line+"\n"), rest...)
			break
		}
		if len(h.Headers) < maxHeaders {
			h.Headers = append(h.Headers, facts.Header{Name: name, Value: strings.TrimSpace(value)})
		}
	}
	h.Location = h.Get("Location")
	h.Date, _ = time.Parse(time.RFC1123, h.Get("Date"))
	return h, rest
}

func cutLine(b []byte) (string, []byte) {
	i := bytes.IndexByte(b, '\n')
	if i < 0 {
		return strings.TrimRight(string(b), "\r"), nil
	}
	return strings.TrimRight(string(b[:i]), "\r"), b[i+1:]
}

// looksHTML tells a saved page from words.
func looksHTML(b []byte) bool {
	head := bytes.ToLower(b[:min(len(b), 4<<10)])
	for _, tag := range []string{"<!doctype", "<html", "<head", "<body", "<title", "<h1", "<h2", "<center", "<p>", "<meta", "<div"} {
		if bytes.Contains(head, []byte(tag)) {
			return true
		}
	}
	return false
}

// savedPage judges a page of which only the HTML is left.
func savedPage(body []byte) *facts.Gateway {
	t := loaded()
	p := t.newPage(&facts.HTTP{Body: body, BodySize: len(body)}, Context{})
	defer p.release()
	p.soft = true
	prod := t.product(p)
	if prod == nil {
		return t.plainPage(p)
	}
	g := t.speak(p, prod)
	if !p.says(g) && g.Failure == failUnknown {
		return nil
	}
	finish(t, p, g)
	standIn(p, g)
	return g
}

// plainPageText is how long an error page of nobody known may be, to be told from a text about errors.
const plainPageText = 800

// plainPage judges a saved page of nobody known: an error where its headline is one, and it says little else.
func (t *table) plainPage(p *page) *facts.Gateway {
	if p.textSize() > plainPageText || t.isAbout(string(p.norm), false) {
		return nil
	}
	for _, s := range []string{p.head, p.title} {
		status, ph := t.headline(s)
		if status == 0 {
			continue
		}
		p.real = status
		g := &facts.Gateway{Product: unknown, WrittenBy: facts.ByUnknown, Failure: statusFailure(status)}
		if f := t.reason(p); f != "" && g.Failure == failUnknown {
			g.Failure = f
		}
		if ph != nil && ph.Failure != "" {
			g.Failure = ph.Failure
		}
		if status == 503 && resting(p) {
			g.Failure = failMaintenance
		}
		finish(t, p, g)
		standIn(p, g)
		return g
	}
	return nil
}

// standIn gives a page without a status line the status that it names, or the usual one of such a failure.
func standIn(p *page, g *facts.Gateway) {
	g.Soft = false
	switch {
	case p.real != 0:
		g.Status = p.real
	case p.code != 0:
		g.Status = edgeStatus(p.code)
	case g.Failure == failPortal:
		g.Status = 200
	case g.Failure == failBlocked:
		g.Status = 403
	case g.Failure == failRate:
		g.Status = 429
	case g.Failure == failNoSite:
		g.Status = 404
	case g.Failure == failCrash:
		g.Status = 500
	case g.Failure == failTimeout:
		g.Status = 504
	case slices.Contains([]string{failNoUpstream, failOverloaded, failMaintenance}, g.Failure):
		g.Status = 503
	case g.Failure != failUnknown:
		g.Status = 502
	}
	g.RealStatus = 0
	if p.code >= 1000 {
		g.RealStatus = p.code
	}
}

// edgeStatus is the status that goes with one of Cloudflare's four-digit codes.
func edgeStatus(code int) int {
	switch code {
	case 1015:
		return 429
	case 1016, 1033:
		return 530
	case 1101, 1102, 1104:
		return 500
	case 1001, 1018, 1019:
		return 409
	case 1027:
		return 503
	}
	if code >= 1000 {
		return 403
	}
	return 0
}
