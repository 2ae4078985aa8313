package decide

import (
	"slices"
	"strings"

	"passerelle/checks/facts"
)

// clockAgreeS is how far two servers' dates may lie apart and still agree, seconds: a Date header has whole seconds, and servers that
// are kept in time differ by a few.
const clockAgreeS = 60

// Clock compares this computer's clock with the Date of every answer that came from an unrelated place; nil when none came. A portal's
// answer does not count. The offset is the median; Sources says how many agree with it.
func Clock(f *facts.Facts) *facts.Clock {
	var offsets []float64
	add := func(h *facts.HTTP) {
		if h != nil && h.Done && !h.Date.IsZero() {
			offsets = append(offsets, f.At.Sub(h.Date).Seconds())
		}
	}
	for i := range f.Connectivity {
		if p := &f.Connectivity[i]; p.Done && p.Portal != facts.Yes {
			add(p.Exchange.HTTP)
		}
	}
	for i := range f.Others {
		add(f.Others[i].Exchange.HTTP)
	}
	if x := f.Chain.Last(); x != nil {
		add(x.HTTP)
	}
	if len(offsets) == 0 {
		return nil
	}
	slices.Sort(offsets)
	mid := offsets[len(offsets)/2]
	c := &facts.Clock{OffsetS: mid, Done: true}
	for _, o := range offsets {
		if o-mid <= clockAgreeS && mid-o <= clockAgreeS {
			c.Sources++
		}
	}
	return c
}

// Witnesses counts the independent resolvers that said something about the name over an encrypted connection.
func Witnesses(f *facts.Facts) int {
	n := newView(f).independent()
	return n.good + n.denied + n.empty + n.broken
}

// GoodOthers counts the other sites that opened.
func GoodOthers(f *facts.Facts) int { return newView(f).good }

// PrivateName tells whether a name is never sent to a public resolver (CONTRACT: no dot, .local, .lan, .internal, .home.arpa).
func PrivateName(name string) bool {
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	if !strings.Contains(name, ".") {
		return true
	}
	return slices.ContainsFunc([]string{".local", ".lan", ".internal", ".home.arpa", ".localhost"}, func(s string) bool { return strings.HasSuffix(name, s) })
}

// NearTarget tells whether the target lies on this computer or in its private network.
func NearTarget(f *facts.Facts) bool {
	v := newView(f)
	return v.targetLocal() || v.targetOnThisComputer() || v.fromHostsLocal()
}

// FromHosts tells whether the address of the judged stop came from this computer's hosts file.
func FromHosts(f *facts.Facts) bool { return newView(f).fromHosts() }

// OtherLinks names the physical links, beside the one that the system uses, that have a way out of their own.
func OtherLinks(f *facts.Facts) []string {
	var out []string
	used := ""
	for _, x := range f.System.Routes {
		if x.Kind != "" || x.Prefix.IsValid() && x.Prefix.Bits() > 1 {
			continue
		}
		if used == "" {
			used = x.Link
		}
		i := slices.IndexFunc(f.System.Links, func(l facts.Link) bool { return l.Name == x.Link })
		if i < 0 || x.Link == used || slices.Contains(out, x.Link) {
			continue
		}
		switch l := f.System.Links[i]; l.Kind {
		case "ethernet", "wifi", "mobile":
			if l.Up && l.Carrier != facts.No {
				out = append(out, x.Link)
			}
		}
	}
	return out
}
