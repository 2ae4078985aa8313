package gateway

// This file reads what the machines on the way say of themselves: Proxy-Status, ids to quote, how long to wait, who passed it on.

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"time"

	"passerelle/checks/facts"
)

// proxyStatus maps the error types of RFC 9209 §2.3 to failures.
var proxyStatus = map[string]string{
	"dns_timeout": failDNS, "dns_error": failDNS, "destination_not_found": failNoSite, "destination_unavailable": failNoUpstream,
	"destination_ip_prohibited": failBlocked, "destination_ip_unroutable": failTimeout, "connection_refused": failRefused,
	"connection_terminated": failClosed, "connection_timeout": failTimeout, "connection_read_timeout": failTimeout,
	"connection_write_timeout": failTimeout, "connection_limit_reached": failOverloaded, "tls_protocol_error": failTLS,
	"tls_certificate_error": failTLS, "tls_alert_received": failTLS, "http_request_denied": failBlocked,
	"http_response_incomplete": failClosed, "http_response_header_section_size": failInvalid, "http_response_header_size": failInvalid,
	"http_response_body_size": failInvalid, "http_response_trailer_section_size": failInvalid, "http_response_trailer_size": failInvalid,
	"http_response_transfer_coding": failInvalid, "http_response_content_coding": failInvalid, "http_response_timeout": failTimeout,
	"http_upgrade_failed": failInvalid, "http_protocol_error": failInvalid, "proxy_configuration_error": failNoSite,
	"proxy_loop_detected": failNoSite,
}

// ownWords lets what a gateway states in its headers correct what its page could only suggest.
func ownWords(p *page, g *facts.Gateway) {
	// RFC 9209 §2: the first member is the nearest to the origin; the first that names an error saw it happen.
	for i := range p.h.Headers {
		if !strings.EqualFold(p.h.Headers[i].Name, "Proxy-Status") {
			continue
		}
		for _, member := range splitOutside(p.h.Headers[i].Value, ',') {
			for _, param := range splitOutside(member, ';')[1:] {
				name, value, _ := strings.Cut(strings.TrimSpace(param), "=")
				f := proxyStatus[strings.Trim(value, `"`)]
				if name != "error" || f == "" {
					continue
				}
				g.Failure, g.AlsoPossible = f, nil
				if g.WrittenBy == facts.ByUnknown {
					g.WrittenBy = facts.ByGateway
				}
				return
			}
		}
	}
	// DigitalOcean keeps the application's own status here when it rewrites it.
	if n, ok := leadingNumber(p.h.Get("X-Do-Orig-Status")); ok && n != p.status && n >= 400 && n < 600 {
		g.RealStatus = n
	}
}

// splitOutside splits at sep where it stands outside quotes.
func splitOutside(s string, sep byte) []string {
	var out []string
	quoted, from := false, 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quoted:
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == sep && !quoted:
			out = append(out, s[from:i])
			from = i + 1
		}
	}
	return append(out, s[min(from, len(s)):])
}

// via lists the products that the headers show on the way, the author left out.
func (t *table) via(p *page, author string) (out []string) {
	for i := range t.Products {
		prod := &t.Products[i]
		if prod.ID != author && prod.ID != unknown && !slices.Contains(out, prod.ID) && p.seen(prod) {
			out = append(out, prod.ID)
		}
	}
	return out
}

// seen tells whether the answer passed that product.
func (p *page) seen(prod *product) bool {
	return slices.ContainsFunc(prod.Seen, func(marks map[string]string) bool {
		for name, want := range marks {
			if strings.HasPrefix(want, "!") {
				if p.header(name, want[1:]) {
					return false
				}
			} else if !p.header(name, want) {
				return false
			}
		}
		return true
	})
}

// idHeaders are the headers whose value a support desk can look up.
var idHeaders = []string{"cf-ray", "x-amz-cf-id", "x-amzn-requestid", "x-amz-request-id", "x-amz-apigw-id", "x-amzn-trace-id", "x-request-id",
	"x-correlation-id", "x-trace-id", "x-azure-ref", "x-ms-request-id", "x-iinfo", "x-served-by", "x-varnish", "x-vercel-id", "x-nf-request-id",
	"fly-request-id", "x-railway-request-id", "rndr-id", "x-github-request-id", "x-styx-req-id", "x-iplb-request-id", "sozu-id",
	"x-kong-request-id", "x-cf-requestid", "cdn-requestid", "x-sucuri-id", "x-akamai-request-id", "x-vcap-request-id", "x-cloud-trace-context",
	"x-dd-b", "x-sid", "x-edge-request-id", "request-id"}

// maxID bounds an id: longer ones cannot be read out to anybody.
const maxID = 200

func (t *table) requestIDs(p *page) map[string]string {
	var ids map[string]string
	put := func(name, value string) {
		if value = strings.TrimSpace(value); value == "" || len(value) > maxID {
			return
		}
		if ids == nil {
			ids = map[string]string{}
		}
		if ids[name] == "" {
			ids[name] = value
		}
	}
	for i := range p.h.Headers {
		name := lowerASCII(p.h.Headers[i].Name)
		if slices.Contains(idHeaders, name) {
			put(name, p.h.Headers[i].Value)
		}
	}
	// Pages carry ids too: where headers are gone (a saved page, pasted words) they are all there is.
	for i, label := range idLabels {
		if !p.has(t.ids[i]) {
			continue
		}
		v := after(p, label.before)
		if label.keep != "" && v != "" {
			v = label.keep + v
		}
		put(label.name, v)
	}
	return ids
}

// idLabels stand before an id on a page.
var idLabels = []struct{ before, name, keep string }{
	{"cloudflare ray id: ", "cf-ray", ""}, {"ray id: ", "cf-ray", ""}, {"incapsula incident id: ", "incapsula-incident-id", ""}, {"reference #", "reference", "#"},
	{"support id is: ", "support-id", ""}, {`"request_id":"`, "request-id", ""}, {`"request_id": "`, "request-id", ""}, {"request_id: ", "request-id", ""},
	{"request id: ", "request-id", ""}, {"azure ref: ", "x-azure-ref", ""}, {"xid: ", "xid", ""}, {"details: cache-", "details", "cache-"},
}

// after gives the word that follows a text of the page, as the page has it in lower case.
func after(p *page, text string) string {
	i := bytes.Index(p.norm, []byte(text))
	if i < 0 {
		return ""
	}
	rest := p.norm[i+len(text):]
	for len(rest) > 0 && rest[0] == '<' { // a tag between the label and the id
		j := slices.Index(rest, '>')
		if j < 0 {
			return ""
		}
		rest = rest[j+1:]
	}
	n := 0
	for n < len(rest) && n < 80 && (digit(rest[n]) || rest[n] >= 'a' && rest[n] <= 'z' || strings.IndexByte("-_.=:+/", rest[n]) >= 0) {
		n++
	}
	if n < 4 {
		return ""
	}
	return original(p, strings.TrimRight(string(rest[:n]), ".:"))
}

// original finds how the page itself spells a word that was found in lower case.
func original(p *page, word string) string {
	body := p.h.Body[:min(len(p.h.Body), headWindow)]
	if i := strings.Index(strings.ToLower(string(body)), word); i >= 0 && i+len(word) <= len(body) && strings.EqualFold(string(body[i:i+len(word)]), word) {
		return string(body[i : i+len(word)])
	}
	return word
}

// longestWait is what is believed of a Retry-After at most: a day. Beyond, it is a way to say never.
const longestWait = 24 * time.Hour

// retryAfter is how long the site asks to wait, in seconds; nil where nothing trustworthy says. Only 429, 503 and 529 mean it
// (RFC 9110 §10.2.3), and some products send a number by themselves, which promises nothing.
func retryAfter(t *table, p *page, g *facts.Gateway) *int {
	value := strings.TrimSpace(p.h.Get("Retry-After"))
	if value == "" || p.status != 429 && p.status != 503 && p.status != 529 {
		return nil
	}
	if prod := t.byID[g.Product]; prod != nil && prod.Stock != "" && prod.Stock == value {
		return nil
	}
	n, err := strconv.Atoi(value)
	if err != nil {
		at, err := time.Parse(time.RFC1123, value)
		if err != nil || p.h.Date.IsZero() {
			return nil // without the server's own clock a date says nothing
		}
		n = int(at.Sub(p.h.Date) / time.Second)
	}
	if n <= 0 || n > int(longestWait/time.Second) {
		return nil
	}
	return &n
}

// cached tells whether an old error was replayed: the site may be well again.
func cached(p *page) bool {
	if p.status < 400 {
		return false
	}
	if n, err := strconv.Atoi(strings.TrimSpace(p.h.Get("Age"))); err == nil && n > 0 {
		return true
	}
	for _, name := range []string{"X-Cache", "Cf-Cache-Status", "X-Cache-Status", "X-Proxy-Cache", "Cdn-Cache"} {
		for i := range p.h.Headers {
			if strings.EqualFold(p.h.Headers[i].Name, name) {
				switch v := lowerASCII(p.h.Headers[i].Value); {
				case strings.HasPrefix(v, "hit"), strings.HasPrefix(v, "stale"), strings.HasPrefix(v, "tcp_hit"), strings.HasPrefix(v, "error hit"):
					return true
				}
			}
		}
	}
	return false
}
