package standin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// The schemas of a request, as structs: an unknown field is an error (additionalProperties: false).
type (
	schemaRequest struct {
		Type      *string         `json:"type"`
		Target    *string         `json:"target"`
		Updates   *bool           `json:"inProgressUpdates"`
		Locations json.RawMessage `json:"locations"`
		Limit     *int            `json:"limit"`
		Timeout   *int            `json:"timeout"`
		Options   json.RawMessage `json:"measurementOptions"`
	}
	schemaLocation struct {
		Continent *string   `json:"continent"`
		Region    *string   `json:"region"`
		Country   *string   `json:"country"`
		State     *string   `json:"state"`
		City      *string   `json:"city"`
		ASN       *int      `json:"asn"`
		Network   *string   `json:"network"`
		Tags      *[]string `json:"tags"`
		Magic     *string   `json:"magic"`
		Limit     *int      `json:"limit"`
	}
	schemaHTTP struct {
		Request *struct {
			Host    *string            `json:"host"`
			Path    *string            `json:"path"`
			Query   *string            `json:"query"`
			Method  *string            `json:"method"`
			Headers *map[string]string `json:"headers"`
		} `json:"request"`
		Resolver *string `json:"resolver"`
		Protocol *string `json:"protocol"`
		Port     *int    `json:"port"`
		IP       *int    `json:"ipVersion"`
	}
)

var (
	countryPattern = regexp.MustCompile(`^[A-Z]{2}$`)
	hostPattern    = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$`)
	continents     = []string{"AF", "AN", "AS", "EU", "NA", "OC", "SA"}
)

func strict(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// read holds a request against the schema. wrong is "field: what".
func read(body []byte) (a Asked, options json.RawMessage, wrong string) {
	var m schemaRequest
	if err := strict(body, &m); err != nil {
		return a, nil, "body: " + err.Error()
	}
	switch {
	case m.Type == nil || *m.Type != "http":
		return a, nil, "type: only http is asked for here"
	case m.Target == nil:
		return a, nil, "target: is missing"
	case m.Limit != nil && (*m.Limit < 1 || *m.Limit > 50):
		return a, nil, "limit: out of 1 to 50"
	case m.Timeout != nil && (*m.Timeout < 5 || *m.Timeout > 30):
		return a, nil, "timeout: out of 5 to 30"
	}
	a.Target = *m.Target
	if wrong = target(a.Target); wrong != "" {
		return a, nil, wrong
	}
	if len(m.Locations) > 0 {
		if wrong = a.locations(m.Locations, m.Limit); wrong != "" {
			return a, nil, wrong
		}
	}
	var o schemaHTTP
	if len(m.Options) > 0 {
		if err := strict(m.Options, &o); err != nil {
			return a, nil, "measurementOptions: " + err.Error()
		}
	}
	a.Protocol, a.Port, a.Path = "HTTPS", 80, "/"
	if o.Protocol != nil {
		a.Protocol = *o.Protocol
	}
	if o.Port == nil {
		return a, nil, "measurementOptions.port: should always be sent (its default is 80 on paper and 443 in life)"
	}
	a.Port = *o.Port
	_, isIP := netip.ParseAddr(a.Target)
	switch {
	case !slices.Contains([]string{"HTTP", "HTTPS", "HTTP2"}, a.Protocol):
		return a, nil, "measurementOptions.protocol: is none"
	case a.Port < 0 || a.Port > 65535:
		return a, nil, "measurementOptions.port: out of range"
	case o.IP != nil && (*o.IP != 4 && *o.IP != 6 || isIP == nil):
		return a, nil, "measurementOptions.ipVersion: not allowed"
	case o.Request == nil || o.Request.Method == nil || *o.Request.Method != "GET":
		return a, nil, "measurementOptions.request.method: should be GET (the default HEAD is refused by some sites)"
	case o.Request.Host != nil || o.Request.Headers != nil || o.Resolver != nil:
		return a, nil, "measurementOptions.request: more than host and path"
	}
	if o.Request.Path != nil {
		a.Path = *o.Request.Path
	}
	if a.Path != "/" || o.Request.Query != nil && *o.Request.Query != "" {
		return a, nil, "measurementOptions.request.path: only / may be asked for"
	}
	return a, m.Options, ""
}

func target(t string) string {
	if ip, err := netip.ParseAddr(t); err == nil {
		if !ip.IsGlobalUnicast() || ip.IsPrivate() || netip.MustParsePrefix("100.64.0.0/10").Contains(ip) {
			return `target: "target" must not be a private IP`
		}
		return ""
	}
	if !hostPattern.MatchString(t) {
		return `target: "target" does not match any of the allowed types`
	}
	for _, s := range []string{".local", ".lan", ".internal", ".home.arpa", ".localhost"} {
		if strings.HasSuffix(t, s) {
			return `target: "target" must not be a private hostname`
		}
	}
	return ""
}

func (a *Asked) locations(raw json.RawMessage, limit *int) string {
	if json.Unmarshal(raw, &a.Reuse) == nil {
		if limit != nil || a.Reuse == "" || len(a.Reuse) > 128 {
			return "locations: with an id there is no limit"
		}
		return ""
	}
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil || len(list) > 128 {
		return "locations: neither an id nor a list"
	}
	for i, one := range list {
		var l schemaLocation
		if err := strict(one, &l); err != nil {
			return fmt.Sprintf("locations[%d]: %v", i, err)
		}
		switch {
		case l.Limit != nil && limit != nil:
			return fmt.Sprintf("locations[%d].limit: not together with limit", i)
		case l.Limit != nil && (*l.Limit < 1 || *l.Limit > 200):
			return fmt.Sprintf("locations[%d].limit: out of 1 to 200", i)
		case l.Country != nil && !countryPattern.MatchString(*l.Country):
			return fmt.Sprintf("locations[%d].country: %q", i, *l.Country)
		case l.Continent != nil && !slices.Contains(continents, *l.Continent):
			return fmt.Sprintf("locations[%d].continent: %q", i, *l.Continent)
		case l.ASN != nil && *l.ASN < 1:
			return fmt.Sprintf("locations[%d].asn: %d", i, *l.ASN)
		case l.Magic != nil && (len(*l.Magic) < 1 || len(*l.Magic) > 128 || strings.Count(*l.Magic, "+") > 3):
			return fmt.Sprintf("locations[%d].magic: %q", i, *l.Magic)
		case l.Tags != nil && len(*l.Tags) > 32:
			return fmt.Sprintf("locations[%d].tags: too many", i)
		case l.Country == nil && l.Continent == nil && l.Region == nil && l.City == nil && l.ASN == nil && l.Network == nil && l.Tags == nil && l.Magic == nil && l.State == nil:
			return fmt.Sprintf("locations[%d]: empty", i)
		}
		var plain map[string]any
		if json.Unmarshal(one, &plain) == nil {
			a.Where = append(a.Where, plain)
		}
	}
	return ""
}
