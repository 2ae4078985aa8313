// Package standin is a Globalping for tests: it speaks the documented interface (globalping-openapi-subset.yaml of the research),
// complains about every request that the interface does not allow, and can be late, full, barred, contradictory, half done or false.
// Nothing of the product imports it.
package standin

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Place is one machine of the service, and what it sees.
type Place struct {
	Country, Continent, City, Network string
	ASN                               int
	Tags                              []string
	Result                            map[string]any
}

// Places are four places as a check from France gets them, all of which see the same.
func Places(result map[string]any) []Place {
	return []Place{
		{"FR", "EU", "Lyon", "Maison Telecom", 64501, []string{"eyeball-network"}, result},
		{"FR", "EU", "Paris", "Centre FR", 64502, []string{"datacenter-network"}, result},
		{"DE", "EU", "Falkenstein", "Rechenzentrum", 64503, []string{"datacenter-network"}, result},
		{"US", "NA", "Dallas", "Big Cloud", 64504, []string{"datacenter-network"}, result},
	}
}

// Opens is an answer with a status, from an address.
func Opens(status int, address string) map[string]any {
	page := "<!doctype html><title>Boutique</title><p>Open"
	return map[string]any{"status": "finished", "rawOutput": "HTTP/1.1 " + strconv.Itoa(status) + "\n\n" + page, "rawHeaders": "server: nginx", "rawBody": page, "truncated": false,
		"headers": map[string]any{"server": "nginx", "set-cookie": []string{"a=1", "b=2"}}, "resolvedAddress": address, "statusCode": status, "statusCodeName": http.StatusText(status),
		"timings": map[string]any{"total": 120, "dns": 10, "tcp": 20, "tls": 40, "firstByte": 40, "download": 10}, "tls": certificate(true, "")}
}

// Redirects is an answer that sends on.
func Redirects(status int, to, address string) map[string]any {
	r := Opens(status, address)
	r["headers"] = map[string]any{"location": to}
	r["rawBody"] = nil
	return r
}

// Distrusts is an answer behind a bad certificate: the service never refuses one.
func Distrusts(code, address string) map[string]any {
	r := Opens(200, address)
	r["tls"] = certificate(false, code)
	return r
}

// Fails is a result of a place that got no answer. source: target, resolver, internal, or "" as older places say.
func Fails(source, text string) map[string]any {
	r := map[string]any{"status": "failed", "rawOutput": text}
	if source != "" {
		r["failureSource"] = source
	}
	return r
}

// State is a result that is none: offline or in-progress.
func State(status string) map[string]any {
	return map[string]any{"status": status, "rawOutput": ""}
}

func certificate(good bool, why string) map[string]any {
	c := map[string]any{"authorized": good, "protocol": "TLSv1.3", "cipherName": "TLS_AES_128_GCM_SHA256", "createdAt": "2026-09-01T00:00:00.000Z", "expiresAt": "2026-12-01T00:00:00.000Z",
		"subject": map[string]any{"CN": "boutique.example", "alt": "DNS:boutique.example"}, "issuer": map[string]any{"C": "XX", "O": "Good CA", "CN": "Good CA"}, "keyType": "EC", "keyBits": 256,
		"serialNumber": "01", "fingerprint256": strings.Repeat("AB:", 31) + "AB", "publicKey": nil}
	if !good {
		c["error"] = why
	}
	return c
}

// Asked is one measurement that was asked for.
type Asked struct {
	Target   string
	Protocol string
	Port     int
	Path     string
	Reuse    string // id of an earlier measurement whose places were wanted
	Where    []map[string]any
	Agent    string
}

// Server is the stand-in. Fields are set before it is used.
type Server struct {
	See       func(Asked) []Place // what its places see; nil: everything opens
	Late      time.Duration       // from the creation until the measurement is finished
	Stuck     bool                // it never finishes
	Remaining int                 // tests left in this hour; 0: many, negative: none
	Reset     int                 // seconds until there are some again
	Create    func(n int) (status int, body string, header map[string]string)
	Read      func(n int) (status int, body string, header map[string]string) // instead of an honest answer, where status is not 0
	Hang      bool                                                            // accepts the question and says nothing

	mu         sync.Mutex
	complaints []string
	asked      []Asked
	made       map[string]*made
	creates    int
	reads      int
	unmodified int
}

type made struct {
	asked   Asked
	places  []Place
	since   time.Time
	gets    []time.Time
	blocked time.Time
	options json.RawMessage
}

// Complaints lists what the interface does not allow and was done all the same.
func (s *Server) Complaints() []string { s.mu.Lock(); defer s.mu.Unlock(); return s.complaints }

// Asked lists the measurements asked for.
func (s *Server) Asked() []Asked { s.mu.Lock(); defer s.mu.Unlock(); return s.asked }

// Counts tells how many measurements were created, how many reads there were, and how many of them were told "not modified".
func (s *Server) Counts() (creates, reads, unmodified int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.creates, s.reads, s.unmodified
}

func (s *Server) complain(format string, args ...any) {
	s.complaints = append(s.complaints, fmt.Sprintf(format, args...))
}

// ServeHTTP is the interface.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if s.Hang {
		select {
		case <-r.Context().Done():
		case <-time.After(time.Minute):
		}
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.UserAgent() == "" || strings.HasPrefix(r.UserAgent(), "Go-http-client") {
		s.complain("%s %s without a true User-Agent: %q", r.Method, r.URL.Path, r.UserAgent())
	}
	if r.Header.Get("Cookie") != "" || r.Header.Get("Referer") != "" || r.URL.RawQuery != "" {
		s.complain("%s %s with a cookie, a referrer or a query", r.Method, r.URL)
	}
	if e := r.Header.Get("Accept-Encoding"); e != "gzip" && e != "br" {
		s.complain("Accept-Encoding %q", e)
	}
	id, isRead := strings.CutPrefix(r.URL.Path, "/v1/measurements/")
	switch {
	case r.URL.Path == "/v1/measurements" && r.Method == http.MethodPost:
		s.create(w, r, body)
	case isRead && r.Method == http.MethodGet:
		s.read(w, r, id)
	case r.URL.Path == "/v1/limits" && r.Method == http.MethodGet:
		reply(w, 200, map[string]any{"rateLimit": map[string]any{"measurements": map[string]any{"create": map[string]any{"type": "ip", "limit": 250, "remaining": max(0, s.Remaining), "reset": s.Reset}}}})
	default:
		s.complain("%s %s is not in the interface", r.Method, r.URL.Path)
		refuse(w, 404, "not_found", "No such route.", nil)
	}
}

func (s *Server) limits(w http.ResponseWriter, cost int) {
	h := w.Header()
	h.Set("X-RateLimit-Limit", "250")
	h.Set("X-RateLimit-Consumed", strconv.Itoa(cost))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(max(0, s.Remaining)))
	h.Set("X-RateLimit-Reset", strconv.Itoa(s.Reset))
}

func (s *Server) create(w http.ResponseWriter, r *http.Request, body []byte) {
	s.creates++
	if s.Create != nil {
		if status, text, header := s.Create(s.creates); status != 0 {
			raw(w, status, text, header)
			return
		}
	}
	if t := r.Header.Get("Content-Type"); t != "application/json" {
		s.complain("Content-Type %q", t)
	}
	asked, options, wrong := read(body)
	asked.Agent = r.UserAgent()
	s.asked = append(s.asked, asked)
	if wrong != "" {
		s.complain("%s", wrong)
		field, message, _ := strings.Cut(wrong, ": ")
		refuse(w, 400, "validation_error", "Parameter validation failed.", map[string]string{field: message})
		return
	}
	var places []Place
	if asked.Reuse != "" {
		before := s.made[asked.Reuse]
		if before == nil {
			refuse(w, 422, "no_probes_found", "No matching IPv4 probes available.", nil)
			return
		}
		places = s.see(asked)
		if len(places) == len(before.places) {
			for i := range places { // the same places in the same order
				result := places[i].Result
				places[i] = before.places[i]
				places[i].Result = result
			}
		}
	} else {
		places = s.see(asked)
	}
	if len(places) == 0 {
		refuse(w, 422, "no_probes_found", "No matching IPv4 probes available.", nil)
		return
	}
	s.limits(w, len(places))
	if s.Remaining < 0 || s.Remaining > 0 && s.Remaining < len(places) {
		refuse(w, 429, "rate_limit_exceeded", "This measurement exceeds the remaining hourly rate limit for your IP address.", nil)
		return
	}
	if s.Remaining > 0 {
		s.Remaining -= len(places)
	}
	id := fmt.Sprintf("StandIn%09d", s.creates)
	if s.made == nil {
		s.made = map[string]*made{}
	}
	s.made[id] = &made{asked: asked, places: places, since: time.Now(), options: options}
	w.Header().Set("Location", "https://api.globalping.io/v1/measurements/"+id)
	w.Header().Set("X-Request-Cost", strconv.Itoa(len(places)))
	reply(w, 202, map[string]any{"id": id, "probesCount": len(places)})
}

func (s *Server) see(a Asked) []Place {
	if s.See == nil {
		return Places(Opens(200, "203.0.113.10"))
	}
	return s.See(a)
}

// The rules of reading: 5 requests in 2 s, and half a second after each answer.
const (
	mostReads = 5
	readsIn   = 2 * time.Second
	least     = 450 * time.Millisecond // 500, and what clocks may differ by
)

func (s *Server) read(w http.ResponseWriter, r *http.Request, id string) {
	s.reads++
	if s.Read != nil {
		if status, text, header := s.Read(s.reads); status != 0 {
			raw(w, status, strings.ReplaceAll(text, "{id}", id), header)
			return
		}
	}
	m := s.made[id]
	if m == nil {
		refuse(w, 404, "not_found", "Couldn't find the requested measurement.", nil)
		return
	}
	now := time.Now()
	if now.Before(m.blocked) {
		s.complain("asked again before Retry-After was over")
	}
	if n := len(m.gets); n > 0 && now.Sub(m.gets[n-1]) < least {
		s.complain("polled again after %v", now.Sub(m.gets[n-1]))
	}
	m.gets = append(m.gets, now)
	recent := 0
	for _, t := range m.gets {
		if now.Sub(t) < readsIn {
			recent++
		}
	}
	if recent > mostReads {
		m.blocked = now.Add(5 * time.Second)
		w.Header().Set("Retry-After", "5")
		refuse(w, 429, "too_many_requests", "Too many requests. Please retry in 5 seconds.", nil)
		return
	}
	over := !s.Stuck && now.Sub(m.since) >= s.Late
	status := "in-progress"
	if over {
		status = "finished"
	}
	var results []any
	for i, p := range m.places {
		result := p.Result
		if !over && i >= len(m.places)/2 { // half of them are always quicker
			result = State("in-progress")
		}
		results = append(results, map[string]any{"probe": map[string]any{"continent": p.Continent, "region": "Western Europe", "country": p.Country, "state": nil, "city": p.City, "asn": p.ASN,
			"network": p.Network, "latitude": 1.5, "longitude": 2.5, "tags": p.Tags, "resolvers": []string{"private"}}, "result": result})
	}
	etag := fmt.Sprintf(`W/"%s-%s"`, id, status)
	w.Header().Set("ETag", etag)
	w.Header().Set("Cache-Control", "public, max-age=0, must-revalidate")
	if r.Header.Get("If-None-Match") == etag {
		s.unmodified++
		w.WriteHeader(304)
		return
	}
	at := m.since.UTC().Format(time.RFC3339)
	reply(w, 200, map[string]any{"id": id, "type": "http", "status": status, "createdAt": at, "updatedAt": at, "target": m.asked.Target, "probesCount": len(m.places),
		"measurementOptions": m.options, "results": results})
}

func refuse(w http.ResponseWriter, status int, kind, message string, params map[string]string) {
	e := map[string]any{"type": kind, "message": message}
	if params != nil {
		e["params"] = params
	}
	reply(w, status, map[string]any{"error": e})
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a test that went away does not read it
}

func raw(w http.ResponseWriter, status int, text string, header map[string]string) {
	for k, v := range header {
		w.Header().Set(k, v)
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}
