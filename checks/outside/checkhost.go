package outside

// check-host.net: the second service, asked only after its own yes, since every question makes a public page. Its page about the
// interface prints stray braces; what it really sends is JSON.

import (
	"context"
	"encoding/json"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"passerelle/checks/facts"
)

const (
	// nodes is how many places are asked: three, the least for a majority.
	nodes = 3
	// checkHostPause is the time between two looks at the results; no limit is published, so it is twice Globalping's.
	checkHostPause = time.Second
)

// checkHost asks three places.
func (c *Client) checkHost(ctx context.Context, q Question) (facts.Outside, error) {
	o := facts.Outside{Service: CheckHost, URL: q.url()}
	base := first(c.CheckHost, checkHostBase)
	a, err := c.do(ctx, base+"/check-http?host="+url.QueryEscape(q.url())+"&max_nodes="+strconv.Itoa(nodes), nil)
	if err != nil {
		return o, problemOr(err, facts.OutsideUnreachable)
	}
	var made struct {
		OK    int                 `json:"ok"`
		ID    string              `json:"request_id"`
		Link  string              `json:"permanent_link"`
		Nodes map[string][]string `json:"nodes"` // country code, country, city, address, network number
	}
	switch {
	case a.status == 429:
		p := fail(facts.OutsideLimited, "check-host.net answered 429")
		p.wait = a.seconds("Retry-After")
		return o, p
	case a.status == 403:
		return o, fail(facts.OutsideBarred, "check-host.net answered 403")
	case a.status != 200 || json.Unmarshal(a.body, &made) != nil || made.OK != 1 || !idPattern.MatchString(strings.ReplaceAll(made.ID, "-", "")):
		return o, fail(facts.OutsideBroken, "reading the number of the check from check-host.net's answer (%d)", a.status)
	}
	o.ID, o.Link = made.ID, base+"/check-report/"+made.ID
	var got map[string]json.RawMessage
	for {
		if err := sleep(ctx, checkHostPause); err != nil {
			o.Cut = true
			break
		}
		a, err := c.do(ctx, base+"/check-result/"+made.ID, nil)
		if err != nil && ctx.Err() == nil {
			return o, problemOr(err, facts.OutsideUnreachable)
		}
		if err != nil || a.status != 200 || json.Unmarshal(a.body, &got) != nil {
			o.Cut = true
			break
		}
		if !slices.ContainsFunc(keys(made.Nodes), func(n string) bool { return string(got[n]) == "null" || got[n] == nil }) {
			break
		}
	}
	for _, name := range keys(made.Nodes) {
		p := facts.Place{URL: q.url(), Why: "running"}
		about := append(slices.Clone(made.Nodes[name]), "", "", "", "", "")
		p.Country, p.City = country(strings.ToUpper(about[0])), clip(about[2])
		p.ASN, _ = strconv.Atoi(strings.TrimPrefix(strings.ToUpper(about[4]), "AS"))
		p.Near = q.Country != "" && p.Country == q.Country
		nodeResult(got[name], &p)
		o.Places = append(o.Places, p)
	}
	if len(o.Places) > 0 && evidence(o.Places) == 0 && o.Cut {
		return o, fail(facts.OutsideLate, "waiting for check-host.net's places")
	}
	return o, nil
}

func keys(m map[string][]string) []string {
	var ks []string
	for k := range m {
		ks = append(ks, k)
	}
	slices.Sort(ks)
	return ks[:min(len(ks), maxPlaces)]
}

// nodeResult reads one place's result: [[1, seconds, message, "status", address]]. null: still running; [[null]]: it could not.
func nodeResult(raw json.RawMessage, p *facts.Place) {
	var rows [][]any
	if json.Unmarshal(raw, &rows) != nil || len(rows) == 0 {
		return
	}
	row := append(slices.Clone(rows[0]), nil, nil, nil, nil, nil)
	if row[0] == nil {
		p.Why = "internal"
		return
	}
	if s, ok := row[1].(float64); ok {
		p.MS = s * 1000
	}
	if s, ok := row[4].(string); ok {
		p.Address, _ = netip.ParseAddr(s)
	}
	if s, ok := row[3].(string); ok { // where there is a status it decides, whatever the service thinks of it
		if n, err := strconv.Atoi(s); err == nil && n >= 100 && n <= 599 {
			p.Status, p.Why, p.Done = n, "", true
			return
		}
	}
	text, _ := row[2].(string)
	text = strings.ToLower(text)
	for mark, f := range map[string]facts.Failure{"refused": facts.Refused, "timed out": facts.Timeout, "timeout": facts.Timeout, "reset": facts.Reset,
		"no route": facts.HostUnreach, "unknown host": facts.NXDomain, "not known": facts.NXDomain, "certificate": facts.CertUntrusted} {
		if strings.Contains(text, mark) {
			p.Failure, p.Why, p.Done = f, "", true
			return
		}
	}
	p.Why = "unclear"
}
