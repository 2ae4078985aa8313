package outside

// Globalping: create a measurement, poll it by its rules. Interface: globalping-openapi-subset.yaml of the research, after the
// documentation of api.globalping.io; limits and error codes are the documentation's.

import (
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"

	"passerelle/checks/facts"
)

const (
	// pollPause is the waiting time after each answer that the interface asks for.
	pollPause = 500 * time.Millisecond
	// slowDown is how long to wait after "too many requests" where the answer does not say: the service blocks for 5 s.
	slowDown = 5 * time.Second
	// probeLimit is what each place gets, seconds: the least that the interface takes, so that a silent site is known within Budget.
	probeLimit = 5
	// shortWait is the longest waiting time for an allowance that is worth waiting for within Budget.
	shortWait = 2 * time.Second
	// secondLook is the least time in which a redirect's target can still be asked for.
	secondLook = 1500 * time.Millisecond
	// maxFollow is how many redirects are asked for: http to https, and to the name with www.
	maxFollow = 2
	// maxPlaces bounds the results read of one measurement; four are asked for.
	maxPlaces = 16
)

// location is where a place shall be.
type location struct {
	Country   string   `json:"country,omitempty"`
	Continent string   `json:"continent,omitempty"`
	Tags      []string `json:"tags,omitempty"`
	Limit     int      `json:"limit,omitempty"`
}

const (
	atHome   = "eyeball-network" // households' lines
	inCentre = "datacenter-network"
)

// locations are the four places of one measurement: two in the person's country, a household's line and a data centre, and two far
// away on other networks. Without a country: three continents.
func locations(country string) []location {
	if country == "" {
		return []location{{Continent: "EU", Tags: []string{atHome}, Limit: 1}, {Continent: "EU", Tags: []string{inCentre}, Limit: 1},
			{Continent: "NA", Tags: []string{inCentre}, Limit: 1}, {Continent: "AS", Tags: []string{inCentre}, Limit: 1}}
	}
	ls := []location{{Country: country, Tags: []string{atHome}, Limit: 1}, {Country: country, Tags: []string{inCentre}, Limit: 1}}
	for _, far := range []string{"DE", "US", "NL"} { // countries with many places, and without a filter of their own
		if far != country && len(ls) < 4 {
			ls = append(ls, location{Country: far, Tags: []string{inCentre}, Limit: 1})
		}
	}
	return ls
}

// measurement is the request. Its names are the interface's.
type measurement struct {
	Type      string  `json:"type"`
	Target    string  `json:"target"`
	Locations any     `json:"locations"` // []location, or the id of an earlier measurement: the same places in the same order
	Timeout   int     `json:"timeout"`
	Options   options `json:"measurementOptions"`
}

type options struct {
	Protocol  string  `json:"protocol"`
	Port      int     `json:"port"`
	IPVersion int     `json:"ipVersion,omitempty"` // only allowed with a name
	Request   request `json:"request"`
}

type request struct {
	Method string `json:"method"`
	Path   string `json:"path"`
}

func newMeasurement(q Question, where any) measurement {
	return measurement{Type: "http", Target: q.Host, Locations: where, Timeout: probeLimit,
		Options: options{Protocol: strings.ToUpper(q.Scheme), Port: q.port(), Request: request{Method: "GET", Path: "/"}}}
}

// globalping asks four places, and those that were sent on to another host once more there.
func (c *Client) globalping(ctx context.Context, q Question) (facts.Outside, error) {
	o := facts.Outside{Service: Globalping, URL: q.url()}
	var where any = locations(q.Country)
	id, err := c.create(ctx, newMeasurement(q, where))
	var p *problem
	if errors.As(err, &p) && p.failure == facts.OutsideNobody && q.Country != "" {
		id, err = c.create(ctx, newMeasurement(q, locations(""))) // nobody there: elsewhere will do
	}
	if err != nil {
		return o, err
	}
	got, err := c.await(ctx, id, q)
	if errors.Is(err, errGone) && timeFor(ctx, secondLook) {
		if id, err = c.create(ctx, newMeasurement(q, where)); err == nil {
			got, err = c.await(ctx, id, q)
		}
	}
	if err != nil {
		return o, err
	}
	o.ID, o.Link = id, "https://globalping.io?measurement="+id
	o.Places, o.Cut = got.places(q), got.cut
	c.follow(ctx, q, &o)
	return o, nil
}

// follow asks again where places were sent to another host. What cannot be asked again stays what it is: an answer that redirects.
func (c *Client) follow(ctx context.Context, q Question, o *facts.Outside) {
	id := o.ID
	for range maxFollow {
		next, ok := sentTo(o.Places, q)
		if !ok || !timeFor(ctx, secondLook) {
			return
		}
		newID, err := c.create(ctx, newMeasurement(next, id))
		if err != nil {
			return
		}
		got, err := c.await(ctx, newID, next)
		if err != nil {
			return
		}
		again := got.places(next)
		for i := range o.Places {
			p := &o.Places[i]
			if i >= len(again) || p.Location != next.url() {
				continue
			}
			if n := again[i]; n.Done && n.ASN == p.ASN && n.City == p.City {
				o.Places[i] = n
			}
		}
		o.Cut = o.Cut || got.cut
		id = newID
		next.Country = q.Country
		q = next
	}
}

// sentTo is where most of the places that asked q were sent to: another host, or the same over https.
func sentTo(ps []facts.Place, q Question) (Question, bool) {
	votes, best := map[string]int{}, ""
	for i := range ps {
		if l := ps[i].Location; ps[i].Done && ps[i].URL == q.url() && l != "" {
			if votes[l]++; votes[l] > votes[best] {
				best = l
			}
		}
	}
	u, err := url.Parse(best)
	if best == "" || err != nil {
		return Question{}, false
	}
	next := Question{Scheme: u.Scheme, Host: u.Hostname(), Country: q.Country}
	return next, Askable(next.Scheme, next.Host, 0)
}

var idPattern = regexp.MustCompile(`^[a-zA-Z0-9]{1,64}$`)

// apiError is the body of every error.
type apiError struct {
	Error struct {
		Type    string            `json:"type"`
		Message string            `json:"message"`
		Params  map[string]string `json:"params"`
	} `json:"error"`
}

// create starts a measurement and gives its id.
func (c *Client) create(ctx context.Context, m measurement) (string, error) {
	at := first(c.Globalping, globalpingBase) + "/v1/measurements"
	var last error
	for range tries {
		a, err := c.do(ctx, at, m)
		if err != nil {
			if ctx.Err() != nil {
				return "", fail(facts.OutsideLate, "%w", err)
			}
			last = err
			continue
		}
		if a.status == 202 {
			var made struct {
				ID string `json:"id"`
			}
			if json.Unmarshal(a.body, &made) != nil || !idPattern.MatchString(made.ID) {
				return "", fail(facts.OutsideBroken, "reading the measurement's number from Globalping's answer")
			}
			return made.ID, nil
		}
		p := refused(a)
		if p.failure == facts.OutsideLimited && p.wait > 0 && p.wait <= shortWait && timeFor(ctx, p.wait+secondLook) {
			if err := sleep(ctx, p.wait); err != nil {
				return "", p
			}
			last = p
			continue
		}
		if a.status < 500 {
			return "", p
		}
		last = p
	}
	var p *problem
	if errors.As(last, &p) {
		return "", last
	}
	return "", fail(facts.OutsideUnreachable, "%w", last)
}

// refused reads an error. Its type and the status decide, never its sentence.
func refused(a answer) *problem {
	var e apiError
	_ = json.Unmarshal(a.body, &e) // not every server on the way speaks JSON: then the status alone decides
	p := fail(facts.OutsideBroken, "Globalping answered %d (%s)", a.status, clip(e.Error.Type))
	switch {
	case e.Error.Type == "" && a.status != 429 && a.status < 500: // no error of this service: somebody else answers in its place
	case a.status == 400:
		p.failure = facts.OutsideRejected
	case a.status == 403:
		p.failure = facts.OutsideBarred
	case a.status == 422:
		p.failure = facts.OutsideNobody
	case a.status == 429:
		p.failure = facts.OutsideLimited
		p.wait = max(a.seconds("X-RateLimit-Reset"), a.seconds("Retry-After"))
	}
	return p
}

var errGone = errors.New("the measurement is not known to Globalping any more")

// await polls a measurement until it is over or the time is up; then what is there counts.
func (c *Client) await(ctx context.Context, id string, q Question) (measured, error) {
	at := first(c.Globalping, globalpingBase) + "/v1/measurements/" + id
	var got measured
	etag, have, errs := "", false, 0
	for {
		header := []string{}
		if etag != "" {
			header = []string{"If-None-Match", etag}
		}
		a, err := c.do(ctx, at, nil, header...)
		wait := pollPause
		switch {
		case ctx.Err() != nil:
		case err != nil:
			if errs++; errs >= tries {
				return got, problemOr(err, facts.OutsideUnreachable)
			}
		case a.status == 304 && have: // as it was
		case a.status == 200:
			var now measured
			if json.Unmarshal(a.body, &now) != nil || now.ID != id || now.Type != "http" || !strings.EqualFold(now.Target, q.Host) {
				return got, fail(facts.OutsideBroken, "reading the measurement %s: not what was asked for", id)
			}
			got, have, etag, errs = now, true, a.header.Get("ETag"), 0
			if got.Status != "in-progress" {
				return got, nil
			}
		case a.status == 404:
			return got, &problem{failure: facts.OutsideBroken, err: errGone}
		case a.status == 429:
			if wait = a.seconds("Retry-After"); wait == 0 {
				wait = slowDown
			}
		default:
			if errs++; errs >= tries {
				return got, refused(a)
			}
		}
		if err := sleep(ctx, wait); err != nil {
			if !have || got.done() == 0 {
				return got, fail(facts.OutsideLate, "waiting for the measurement %s: %w", id, err)
			}
			got.cut = true
			return got, nil
		}
	}
}

func problemOr(err error, f facts.OutsideFailure) error {
	var p *problem
	if errors.As(err, &p) {
		return err
	}
	return fail(f, "%w", err)
}

// measured is the answer, as far as it is read.
type measured struct {
	ID      string `json:"id"`
	Type    string `json:"type"`
	Target  string `json:"target"`
	Status  string `json:"status"`
	Results []struct {
		Probe struct {
			Country string   `json:"country"`
			City    string   `json:"city"`
			ASN     int      `json:"asn"`
			Network string   `json:"network"`
			Tags    []string `json:"tags"`
		} `json:"probe"`
		Result result `json:"result"`
	} `json:"results"`

	cut bool // the time was up before it was over
}

func (m *measured) done() int {
	n := 0
	for i := range m.Results {
		if s := m.Results[i].Result.Status; s == "finished" || s == "failed" {
			n++
		}
	}
	return n
}

// result is what one place saw.
type result struct {
	Status          string         `json:"status"`
	FailureSource   string         `json:"failureSource"`
	RawOutput       string         `json:"rawOutput"`
	RawBody         *string        `json:"rawBody"`
	Headers         map[string]any `json:"headers"` // a string, or a list where the header came twice
	ResolvedAddress *string        `json:"resolvedAddress"`
	StatusCode      *int           `json:"statusCode"`
	Timings         struct {
		Total *float64 `json:"total"`
	} `json:"timings"`
	TLS *struct {
		Authorized  bool   `json:"authorized"`
		Error       any    `json:"error"`
		Fingerprint string `json:"fingerprint256"`
	} `json:"tls"`
}

// places turns a measurement into facts.
func (m *measured) places(q Question) []facts.Place {
	var ps []facts.Place
	for i := range m.Results[:min(len(m.Results), maxPlaces)] {
		x := &m.Results[i]
		p := facts.Place{Country: country(x.Probe.Country), City: clip(x.Probe.City), Network: clip(x.Probe.Network), ASN: max(0, x.Probe.ASN), URL: q.url()}
		p.Near = q.Country != "" && p.Country == q.Country
		for _, t := range x.Probe.Tags {
			p.Home = p.Home || t == atHome
		}
		x.Result.into(&p, q)
		ps = append(ps, p)
	}
	return ps
}

func (r *result) into(p *facts.Place, q Question) {
	switch r.Status {
	case "finished":
		const lowest, highest = 100, 599 // RFC 9110 §15
		if r.StatusCode == nil || *r.StatusCode < lowest || *r.StatusCode > highest {
			p.Why = "unclear"
			return
		}
		p.Status, p.Done = *r.StatusCode, true
	case "failed":
		if p.Failure, p.Why = failedHow(r.FailureSource, r.RawOutput); p.Why == "" {
			p.Done = true
		}
		return
	case "offline":
		p.Why = "offline"
		return
	case "in-progress":
		p.Why = "running"
		return
	default:
		p.Why = "unclear"
		return
	}
	if r.ResolvedAddress != nil {
		p.Address, _ = netip.ParseAddr(*r.ResolvedAddress)
	}
	if r.Timings.Total != nil {
		p.MS = *r.Timings.Total
	}
	if r.RawBody != nil {
		p.Title = title(*r.RawBody)
	}
	if q.Scheme == "https" && r.TLS != nil {
		p.CertSHA = clip(strings.ToLower(strings.ReplaceAll(r.TLS.Fingerprint, ":", "")))
		p.Certified = facts.Known(r.TLS.Authorized)
		if !r.TLS.Authorized {
			p.Cert = certificateDefect(r.TLS.Error)
		}
	}
	if p.Status >= 300 && p.Status < 400 {
		p.Location = redirect(q, r.header("location"))
	}
}

// header is the first value of a header.
func (r *result) header(name string) string {
	switch v := r.Headers[name].(type) {
	case string:
		return v
	case []any:
		if len(v) > 0 {
			s, _ := v[0].(string)
			return s
		}
	}
	return ""
}

// redirect is where a Location leads if that is another host or scheme: scheme, host and "/" only. "" where it stays on the site, or
// leads to what may not be asked.
func redirect(q Question, to string) string {
	base, err := url.Parse(q.url())
	if err != nil || to == "" {
		return ""
	}
	u, err := base.Parse(to)
	if err != nil {
		return ""
	}
	next := Question{Scheme: u.Scheme, Host: strings.ToLower(u.Hostname())}
	port := map[string]string{"http": "80", "https": "443"}[u.Scheme]
	if u.Port() != "" && u.Port() != port || !Askable(next.Scheme, next.Host, 0) || next.url() == q.url() {
		return ""
	}
	return next.url()
}
