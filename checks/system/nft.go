// The nftables rules of this computer, as `nft -j list ruleset` tells them: which one would hit a new outgoing TCP connection.

package system

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// nftRuleset is what is needed of a ruleset.
type nftRuleset struct {
	chains []nftChain
	rules  map[string][]nftRule // by chain, family and table included
	sets   map[string][]json.RawMessage
}

type nftChain struct {
	Family, Table, Name, Type, Hook, Policy string
	Prio                                    int
}

type nftRule struct {
	Family, Table, Chain string
	Handle               int
	Expr                 []map[string]json.RawMessage
}

// nftPacket is the connection that is asked about. Addr may be the zero value (not known yet), and so may Link.
type nftPacket struct {
	Addr netip.Addr
	Port uint16
	Link string
	UID  int
}

// nftHit is the rule, or the policy of a chain, that ends the connection.
type nftHit struct {
	Family, Table, Chain string
	Handle               int    // 0: the chain's policy
	Verdict              string // drop or reject
}

func (h nftHit) place() string { return h.Family + " " + h.Table + " " + h.Chain }

// parseNFT reads the JSON of libnftables (libnftables-json(5)).
func parseNFT(b []byte) (*nftRuleset, error) {
	var file struct {
		NFTables []map[string]json.RawMessage `json:"nftables"`
	}
	if err := json.Unmarshal(b, &file); err != nil {
		return nil, fmt.Errorf("reading the nftables ruleset: %w", err)
	}
	set := &nftRuleset{rules: map[string][]nftRule{}, sets: map[string][]json.RawMessage{}}
	for _, object := range file.NFTables {
		if raw, ok := object["chain"]; ok {
			var c nftChain
			if json.Unmarshal(raw, &c) == nil {
				set.chains = append(set.chains, c)
			}
		}
		if raw, ok := object["rule"]; ok {
			var x nftRule
			if json.Unmarshal(raw, &x) == nil {
				key := chainKey(x.Family, x.Table, x.Chain)
				set.rules[key] = append(set.rules[key], x)
			}
		}
		if raw, ok := object["set"]; ok {
			var x struct {
				Family, Table, Name string
				Elem                []json.RawMessage
			}
			if json.Unmarshal(raw, &x) == nil {
				set.sets[chainKey(x.Family, x.Table, x.Name)] = x.Elem
			}
		}
	}
	return set, nil
}

func chainKey(family, table, name string) string { return family + "\x00" + table + "\x00" + name }

// active tells whether some chain stands in the way of packets at all.
func (s *nftRuleset) active() bool {
	for _, c := range s.chains {
		if c.Hook != "" && c.Type == "filter" && (c.Policy == "drop" || len(s.rules[chainKey(c.Family, c.Table, c.Name)]) > 0) {
			return true
		}
	}
	return false
}

// Verdicts of a walk through a chain.
const (
	nftNone    = ""        // fell through
	nftAccept  = "accept"  // this base chain is done
	nftDrop    = "drop"    // final
	nftReject  = "reject"  // final
	nftReturn  = "return"  // back to the caller
	nftUnknown = "unknown" // an expression that we cannot judge decides: nothing is claimed
)

const (
	// maxJumps bounds the depth of the walk; nftables itself allows 16 (NFT_JUMP_STACK_SIZE).
	maxJumps = 16
	// maxVisits bounds the rules looked at: large honest rulesets have some ten thousand.
	maxVisits = 200_000
)

// hit gives the rule that drops or rejects the connection, as far as that is sure.
func (s *nftRuleset) hit(p nftPacket) (nftHit, bool) {
	base := slices.DeleteFunc(slices.Clone(s.chains), func(c nftChain) bool {
		return c.Hook != "output" || (c.Type != "filter" && c.Type != "route") || !familyMatches(c.Family, p.Addr)
	})
	slices.SortStableFunc(base, func(a, b nftChain) int { return a.Prio - b.Prio })
	visits := 0
	for _, c := range base {
		verdict, hit := s.walk(c.Family, c.Table, c.Name, p, 0, &visits)
		switch verdict {
		case nftDrop, nftReject:
			return hit, true
		case nftNone, nftReturn:
			if c.Policy == nftDrop {
				return nftHit{Family: c.Family, Table: c.Table, Chain: c.Name, Verdict: nftDrop}, true
			}
		}
	}
	return nftHit{}, false
}

func familyMatches(family string, a netip.Addr) bool {
	switch family {
	case "inet":
		return true
	case "ip":
		return a.Is4()
	case "ip6":
		return a.Is6()
	}
	return false
}

func (s *nftRuleset) walk(family, table, chain string, p nftPacket, depth int, visits *int) (string, nftHit) {
	if depth > maxJumps {
		return nftUnknown, nftHit{}
	}
	for _, rule := range s.rules[chainKey(family, table, chain)] {
		if *visits++; *visits > maxVisits {
			return nftUnknown, nftHit{}
		}
		verdict, target, is := s.judge(rule, p)
		here := nftHit{Family: family, Table: table, Chain: chain, Handle: rule.Handle, Verdict: verdict}
		switch {
		case is == no || verdict == nftNone:
			continue
		case is == maybe:
			// Perhaps it lets the packet through, perhaps it ends it: nothing after it is sure.
			if verdict == nftAccept || verdict == nftReturn || verdict == "jump" || verdict == "goto" {
				return nftUnknown, nftHit{}
			}
			continue
		}
		switch verdict {
		case nftDrop, nftReject, nftAccept, nftReturn, nftUnknown:
			return verdict, here
		case "jump", "goto":
			inner, hit := s.walk(family, table, target, p, depth+1, visits)
			if inner != nftNone && inner != nftReturn {
				return inner, hit
			}
			if verdict == "goto" {
				return nftReturn, nftHit{}
			}
		}
	}
	return nftNone, nftHit{}
}

// logic is what can be said of a match.
type logic uint8

const (
	no logic = iota
	yes
	maybe
)

// judge tells whether a rule's conditions hold and what it then does.
func (s *nftRuleset) judge(rule nftRule, p nftPacket) (verdict, target string, is logic) {
	is = yes
	for _, e := range rule.Expr {
		for kind, raw := range e {
			switch kind {
			case "match":
				switch s.match(rule, raw, p) {
				case no:
					return nftNone, "", no
				case maybe:
					is = maybe
				}
			case nftAccept, nftDrop, nftReject, nftReturn:
				return kind, "", is
			case "jump", "goto":
				var to struct{ Target string }
				_ = json.Unmarshal(raw, &to) // an unreadable target is a chain without rules: nothing is claimed of it
				return kind, to.Target, is
			case "vmap", "queue", "fwd", "synproxy", "tproxy", "redirect", "dnat":
				return nftUnknown, "", yes
			case "xt":
				var x struct{ Type, Name string }
				_ = json.Unmarshal(raw, &x)
				switch {
				case x.Type == "target" && (x.Name == "DROP" || x.Name == "REJECT"):
					return strings.ToLower(x.Name), "", is
				case x.Type == "target" && x.Name == "LOG", x.Type == "match" && x.Name == "comment":
				case x.Type == "target":
					return nftUnknown, "", yes
				default:
					is = maybe
				}
			case "limit", "quota", "socket", "connlimit", "ct count", "flow":
				is = maybe
			}
		}
	}
	return nftNone, "", is
}

// match judges one comparison.
func (s *nftRuleset) match(rule nftRule, raw json.RawMessage, p nftPacket) logic {
	var m struct {
		Op    string
		Left  map[string]json.RawMessage
		Right json.RawMessage
	}
	if json.Unmarshal(raw, &m) != nil || (m.Op != "==" && m.Op != "!=" && m.Op != "in") {
		return maybe
	}
	value, known := s.left(m.Left, p)
	if !known {
		return maybe
	}
	is := s.holds(rule, value, m.Right, 0)
	if m.Op == "!=" && is != maybe {
		return yes - is
	}
	return is
}

// left gives the packet's own value of a field, as text.
func (s *nftRuleset) left(e map[string]json.RawMessage, p nftPacket) (string, bool) {
	if raw, ok := e["payload"]; ok {
		var f struct{ Protocol, Field string }
		if json.Unmarshal(raw, &f) != nil {
			return "", false
		}
		switch f.Protocol + " " + f.Field {
		case "ip daddr":
			if !p.Addr.IsValid() {
				return "", false
			}
			if !p.Addr.Is4() {
				return "-", true // an IPv6 packet has none: equal to nothing
			}
			return p.Addr.String(), true
		case "ip6 daddr":
			if !p.Addr.IsValid() {
				return "", false
			}
			if !p.Addr.Is6() {
				return "-", true
			}
			return p.Addr.String(), true
		case "tcp dport", "th dport":
			return fmt.Sprint(p.Port), true
		case "udp dport", "udp sport", "sctp dport":
			return "-", true
		case "ip protocol", "ip6 nexthdr":
			return "tcp", true
		}
		return "", false
	}
	if raw, ok := e["meta"]; ok {
		var f struct{ Key string }
		if json.Unmarshal(raw, &f) != nil {
			return "", false
		}
		switch f.Key {
		case "l4proto":
			return "tcp", true
		case "nfproto", "protocol":
			if !p.Addr.IsValid() {
				return "", false
			}
			v4, v6 := "ipv4", "ipv6"
			if f.Key == "protocol" {
				v4, v6 = "ip", "ip6"
			}
			if p.Addr.Is4() {
				return v4, true
			}
			return v6, true
		case "oifname", "oif":
			return p.Link, p.Link != ""
		case "mark":
			return "0", true
		case "skuid":
			return fmt.Sprint(p.UID), p.UID >= 0
		}
		return "", false
	}
	if raw, ok := e["ct"]; ok {
		var f struct{ Key string }
		if json.Unmarshal(raw, &f) == nil && f.Key == "state" {
			return "new", true
		}
	}
	return "", false
}

// holds tells whether value is the right side: a text or number, a prefix, a range, a list, or a named set.
func (s *nftRuleset) holds(rule nftRule, value string, right json.RawMessage, depth int) logic {
	if depth > maxJumps {
		return maybe
	}
	anyOf := func(list []json.RawMessage) logic {
		is := no
		for _, e := range list {
			switch s.holds(rule, value, e, depth+1) {
			case yes:
				return yes
			case maybe:
				is = maybe
			}
		}
		return is
	}
	var text string
	if json.Unmarshal(right, &text) == nil {
		if name, ok := strings.CutPrefix(text, "@"); ok {
			elements, found := s.sets[chainKey(rule.Family, rule.Table, name)]
			if !found {
				return maybe
			}
			return anyOf(elements)
		}
		if prefix, ok := strings.CutSuffix(text, "*"); ok {
			return truth(strings.HasPrefix(value, prefix))
		}
		if a, err := netip.ParseAddr(text); err == nil {
			return truth(a.String() == value)
		}
		return truth(text == value)
	}
	var number json.Number
	if json.Unmarshal(right, &number) == nil {
		return truth(number.String() == value)
	}
	var list []json.RawMessage
	if json.Unmarshal(right, &list) == nil {
		return anyOf(list)
	}
	var object struct {
		Set    []json.RawMessage
		Prefix *struct {
			Addr string
			Len  int
		}
		Range []json.RawMessage
		Elem  *struct{ Val json.RawMessage }
	}
	if json.Unmarshal(right, &object) != nil {
		return maybe
	}
	switch {
	case object.Set != nil:
		return anyOf(object.Set)
	case object.Elem != nil:
		return s.holds(rule, value, object.Elem.Val, depth+1)
	case object.Prefix != nil:
		base, err := netip.ParseAddr(object.Prefix.Addr)
		if err != nil {
			return maybe
		}
		a, err := netip.ParseAddr(value)
		return truth(err == nil && netip.PrefixFrom(base, object.Prefix.Len).Contains(a))
	case len(object.Range) == 2:
		return inRange(value, object.Range[0], object.Range[1])
	}
	return maybe
}

func inRange(value string, low, high json.RawMessage) logic {
	lo, hi := strings.Trim(string(low), `"`), strings.Trim(string(high), `"`)
	if a, err := netip.ParseAddr(value); err == nil {
		l, err1 := netip.ParseAddr(lo)
		h, err2 := netip.ParseAddr(hi)
		return truth(err1 == nil && err2 == nil && l.Compare(a) <= 0 && a.Compare(h) <= 0)
	}
	var v, l, h int
	if _, err := fmt.Sscan(value, &v); err != nil {
		return no
	}
	if _, err := fmt.Sscan(lo, &l); err != nil {
		return maybe
	}
	if _, err := fmt.Sscan(hi, &h); err != nil {
		return maybe
	}
	return truth(l <= v && v <= h)
}

func truth(b bool) logic {
	if b {
		return yes
	}
	return no
}
