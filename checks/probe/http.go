// HTTP/1.1 as a browser sends it, written and read by hand: the header lines stay in the order and form in which they came, and
// nothing that a server sends can make us read, wait or keep more than the budgets allow.
package probe

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"passerelle/checks/facts"
)

// errNotHTTP: bytes came that are no HTTP/1 answer.
var errNotHTTP = errors.New("reading the answer: it is not HTTP")

// errHeaders: the header went on and on.
var errHeaders = errors.New("reading the answer: its header does not end")

// pageRequest is the text of one GET. target is what stands in the request line: a path, or the whole address for a proxy.
func (p *Prober) pageRequest(u *url.URL, r Request, cookies []*http.Cookie, wholeAddress bool, proxyAuth string) []byte {
	var b bytes.Buffer
	target := requestTarget(u)
	if wholeAddress {
		target = u.Scheme + "://" + u.Host + target
	}
	fmt.Fprintf(&b, "GET %s HTTP/1.1\r\nHost: %s\r\n", target, hostHeader(u))
	if r.keepAlive {
		b.WriteString("Connection: keep-alive\r\n")
	} else {
		b.WriteString("Connection: close\r\n")
	}
	if r.noCache {
		b.WriteString("Pragma: no-cache\r\nCache-Control: no-cache\r\n")
	}
	language := p.Language
	if language == "" {
		language = acceptLanguage
	}
	fmt.Fprintf(&b, "Upgrade-Insecure-Requests: 1\r\nUser-Agent: %s\r\nAccept: %s\r\nAccept-Encoding: %s\r\nAccept-Language: %s\r\n",
		p.userAgent(), accept, acceptEncoding, language)
	if proxyAuth != "" {
		fmt.Fprintf(&b, "Proxy-Authorization: %s\r\n", proxyAuth)
	}
	if len(cookies) > 0 {
		fmt.Fprintf(&b, "Cookie: %s\r\n", cookieHeader(cookies))
	}
	b.WriteString("\r\n")
	return b.Bytes()
}

func cookieHeader(cookies []*http.Cookie) string {
	parts := make([]string, 0, len(cookies))
	for _, c := range cookies {
		parts = append(parts, c.Name+"="+c.Value)
	}
	return strings.NewReplacer("\r", "", "\n", "", "\x00", "").Replace(strings.Join(parts, "; "))
}

// hostHeader is the Host line: without the port where it is the scheme's own.
func hostHeader(u *url.URL) string {
	if port := u.Port(); (u.Scheme == "http" && port == "80") || (u.Scheme == "https" && port == "443") {
		return strings.TrimSuffix(u.Host, ":"+port)
	}
	return u.Host
}

// requestTarget is path and query as they may stand in a request line: what no request line may hold is escaped, the rest is
// left as the person or the site wrote it (WHATWG URL, "percent-encode sets").
func requestTarget(u *url.URL) string {
	path := u.EscapedPath()
	if path == "" || path[0] != '/' {
		path = "/" + path
	}
	if u.RawQuery != "" || u.ForceQuery {
		path += "?" + u.RawQuery
	}
	return escapeUnsafe(path)
}

func escapeUnsafe(s string) string {
	unsafe := func(c byte) bool { return c <= ' ' || c >= 0x7f || c == '"' || c == '<' || c == '>' }
	n := 0
	for i := range len(s) {
		if unsafe(s[i]) {
			n++
		}
	}
	if n == 0 {
		return s
	}
	b := make([]byte, 0, len(s)+2*n)
	for i := range len(s) {
		if c := s[i]; unsafe(c) {
			b = append(b, '%', "0123456789ABCDEF"[c>>4], "0123456789ABCDEF"[c&15])
		} else {
			b = append(b, c)
		}
	}
	return string(b)
}

// head is everything before the page.
type head struct {
	status  int
	proto   string
	lines   []facts.Header // in the order received
	raw     http.Header    // the same, for cookies and the like
	resp    *http.Response // its Body reads the page's bytes, framed
	arrived time.Time      // of the first byte
}

// readHead reads the status line and the header, past interim answers (1xx). firstByte, which may be nil, is called as soon as
// one byte is there.
func readHead(br *bufio.Reader, firstByte func()) (*head, error) {
	if _, err := br.Peek(1); err != nil {
		return nil, err
	}
	arrived := time.Now()
	if firstByte != nil {
		firstByte()
	}
	for range maxInterim + 1 {
		block, err := readBlock(br)
		if err != nil {
			return nil, err
		}
		h, err := parseHead(block, br)
		if err != nil {
			return nil, err
		}
		h.arrived = arrived
		if h.status == http.StatusSwitchingProtocols {
			return nil, errNotHTTP // nobody asked for another protocol (RFC 9110 §15.2.2)
		}
		if h.status >= 200 {
			return h, nil
		}
	}
	return nil, errHeaders
}

// readBlock reads up to and including the empty line, within the bounds of a header.
func readBlock(br *bufio.Reader) ([]byte, error) {
	var block []byte
	for range maxHeaderLines + 1 {
		start := len(block)
		for {
			part, err := br.ReadSlice('\n')
			block = append(block, part...)
			if len(block) > maxHeaderBytes {
				return nil, errHeaders
			}
			if len(block) >= 5 && start == 0 && !bytes.HasPrefix(block, []byte("HTTP/")) {
				return nil, errNotHTTP
			}
			if err == nil {
				break
			}
			if !errors.Is(err, bufio.ErrBufferFull) {
				if start == 0 && !bytes.HasPrefix([]byte("HTTP/"), block[:min(len(block), 5)]) {
					return nil, errNotHTTP // ended, and what had come was none
				}
				return nil, err
			}
		}
		line := bytes.TrimRight(block[start:], "\r\n")
		if start == 0 && len(line) < len("HTTP/1.1 200") {
			return nil, errNotHTTP
		}
		if len(line) == 0 {
			return block, nil
		}
	}
	return nil, errHeaders
}

// parseHead reads one header block. Lines that browsers skip are skipped: a stray line must not turn an answer into garbage.
func parseHead(block []byte, br *bufio.Reader) (*head, error) {
	lines := bytes.SplitAfter(block, []byte("\n"))
	statusLine := strings.TrimRight(string(lines[0]), "\r\n")
	clean := bytes.NewBuffer(make([]byte, 0, len(block)))
	clean.WriteString(statusLine)
	clean.WriteString("\r\n")
	h := &head{}
	kept := false
	for _, l := range lines[1:] {
		text := bytes.TrimRight(l, "\r\n")
		if len(text) == 0 {
			continue
		}
		if text[0] == ' ' || text[0] == '\t' { // a folded line belongs to the one before (RFC 9112 §5.2)
			if kept {
				n := len(h.lines) - 1
				h.lines[n].Value += " " + string(bytes.TrimSpace(text))
			}
			continue
		}
		name, value, ok := bytes.Cut(text, []byte(":"))
		if kept = ok && isToken(name); kept {
			h.lines = append(h.lines, facts.Header{Name: string(name), Value: string(bytes.TrimSpace(value))})
		}
	}
	for _, l := range h.lines {
		l, ok := framing(l)
		if !ok {
			continue
		}
		clean.WriteString(l.Name)
		clean.WriteString(": ")
		for i := range len(l.Value) {
			if c := l.Value[i]; c >= ' ' && c != 0x7f || c == '\t' {
				clean.WriteByte(c)
			}
		}
		clean.WriteString("\r\n")
	}
	clean.WriteString("\r\n")
	resp, err := http.ReadResponse(bufio.NewReader(io.MultiReader(clean, br)), &http.Request{Method: http.MethodGet})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNotHTTP, err)
	}
	if resp.StatusCode < 100 || resp.ProtoMajor != 1 && !strings.HasPrefix(statusLine, "HTTP/2") {
		return nil, errNotHTTP
	}
	h.status, h.proto, h.raw, h.resp = resp.StatusCode, resp.Proto, resp.Header, resp
	return h, nil
}

// framing forgives what browsers forgive in the two lines that say where the page ends: a length that is no number and a transfer
// coding other than chunked are left aside.
func framing(l facts.Header) (facts.Header, bool) {
	switch {
	case strings.EqualFold(l.Name, "Content-Length"):
		return l, l.Value != "" && strings.Trim(l.Value, "0123456789") == ""
	case strings.EqualFold(l.Name, "Transfer-Encoding"):
		codings := strings.Split(l.Value, ",")
		l.Value = "chunked"
		return l, strings.EqualFold(strings.TrimSpace(codings[len(codings)-1]), l.Value)
	}
	return l, true
}

func isToken(b []byte) bool {
	if len(b) == 0 {
		return false
	}
	for _, c := range b {
		if c <= ' ' || c >= 0x7f || strings.IndexByte("()<>@,;:\\\"/[]?={}", c) >= 0 {
			return false
		}
	}
	return true
}

// fact makes the fact of a header: bounded, without control characters. What a cookie holds is the person's own and no clue to
// anything: only its name and attributes are kept.
func (h *head) fact(sent time.Time) *facts.HTTP {
	f := &facts.HTTP{
		Status: h.status, Proto: printable(h.proto, 20),
		FirstByteMS: float64(h.arrived.Sub(sent).Microseconds()) / 1000, MS: ms(sent),
	}
	if h.resp != nil && h.resp.ProtoMajor == 1 {
		// http.Response.Status is "502 Bad Gateway"; where the phrase is empty that is a mark of some programs.
		_, phrase, _ := strings.Cut(h.resp.Status, " ")
		if f.Reason = printable(strings.TrimSpace(phrase), 128); f.Reason == "" {
			f.Reason = "-"
		}
	}
	for _, l := range h.lines {
		if len(f.Headers) == maxFactHeaders {
			break
		}
		value := l.Value
		if strings.EqualFold(l.Name, "Set-Cookie") {
			value = maskCookie(value)
		}
		f.Headers = append(f.Headers, facts.Header{Name: printable(l.Name, 128), Value: printable(value, maxHeaderValue)})
	}
	f.Headers = shortened(f.Headers, maxFactHeaderBytes)
	if t, err := http.ParseTime(h.raw.Get("Date")); err == nil {
		f.Date = t.UTC()
	}
	return f
}

// shortened keeps as many lines as so many bytes hold.
func shortened(lines []facts.Header, most int) []facts.Header {
	for i, l := range lines {
		if most -= len(l.Name) + len(l.Value); most < 0 {
			return lines[:i:i]
		}
	}
	return lines
}

func maskCookie(value string) string {
	pair, rest, more := strings.Cut(value, ";")
	name, _, ok := strings.Cut(pair, "=")
	if !ok {
		name = ""
	}
	if more {
		return name + "=*;" + rest
	}
	return name + "=*"
}

// keepsAlive tells whether the connection can carry another request once this page has been read to its end.
func (h *head) keepsAlive() bool {
	return !h.resp.Close && h.resp.ProtoAtLeast(1, 1) && h.status != http.StatusSwitchingProtocols &&
		(h.resp.ContentLength >= 0 || len(h.resp.TransferEncoding) > 0)
}

// errDecoding: the page is not packed the way its header says.
var errDecoding = errors.New("unpacking the page")

// readBody reads at most limit bytes of the page and unpacks them, again to at most limit. A nil error with whole == false means
// that there was more than we wanted. again is called before each read, to move the deadline.
func (h *head) readBody(limit int, again func() error) (page []byte, whole bool, err error) {
	raw, err := io.ReadAll(io.LimitReader(patient{h.resp.Body, again}, int64(limit)+1))
	whole = err == nil
	if len(raw) > limit {
		raw, whole, err = raw[:limit], false, nil
	}
	page, derr := unpack(raw, h.raw.Get("Content-Encoding"), limit)
	if err == nil && derr != nil && whole {
		err = derr
	}
	return page, whole, err
}

type patient struct {
	r     io.Reader
	again func() error
}

func (p patient) Read(b []byte) (int, error) {
	if err := p.again(); err != nil {
		return 0, err
	}
	return p.r.Read(b)
}

// unpack undoes gzip and deflate, at most limit bytes of it. What was cut short gives what there is, as in browsers.
func unpack(raw []byte, encoding string, limit int) ([]byte, error) {
	if len(raw) == 0 {
		return raw, nil
	}
	var r io.Reader
	var err error
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "gzip", "x-gzip":
		r, err = gzip.NewReader(bytes.NewReader(raw))
	case "deflate":
		// RFC 9110 §8.4.1.2 means zlib; many servers send bare deflate.
		if r, err = zlib.NewReader(bytes.NewReader(raw)); err != nil {
			r, err = flate.NewReader(bytes.NewReader(raw)), nil
		}
	default:
		return raw, nil // identity, or one that we did not ask for
	}
	if err != nil {
		return raw, fmt.Errorf("%w (%s): %w", errDecoding, strconv.Quote(encoding), err)
	}
	page, err := io.ReadAll(io.LimitReader(r, int64(limit)))
	if err != nil && len(page) == 0 && !errors.Is(err, io.ErrUnexpectedEOF) {
		return raw, fmt.Errorf("%w (%s): %w", errDecoding, strconv.Quote(encoding), err)
	}
	return page, nil
}

// httpFailure names why no answer could be read.
func httpFailure(err error) (facts.Failure, int) {
	switch {
	case err == nil:
		return facts.OK, 0
	case errors.Is(err, errHeaders):
		return facts.TooLarge, 0
	case errors.Is(err, errNotHTTP):
		return facts.NotHTTP, 0
	case errors.Is(err, errDecoding):
		return facts.Malformed, 0
	}
	return classify(err)
}
