// Here and elsewhere side by side, for whoever wants to see it: what each place saw in a class that has a word, what that means in one
// sentence's code, and what differs. The verdict is made in outside.go, from the same view.
package decide

import (
	"slices"

	"passerelle/checks/facts"
)

// Sight is what somebody sees of the site.
type Sight struct {
	State  State
	Class  string // opens, name, silence, refused, cut, tls, garbage, 5xx, 4xx, cert-…; "": it has no word
	Status int    // of the page, 0: none came
}

// PlaceSight is one place elsewhere.
type PlaceSight struct {
	Country, City, Network string
	Home                   bool // a household's line
	Near                   bool // in the person's own country
	Sight
}

// Sum is what here and elsewhere mean together.
type Sum string

// The sums.
const (
	SumNobody    Sum = "nobody"    // nobody elsewhere saw anything
	SumBoth      Sum = "both"      // it opens here and there
	SumHereOnly  Sum = "here-only" // it opens here, and not there
	SumThereOnly Sum = "there-only"
	SumSame      Sum = "same"    // it fails in the same way everywhere
	SumRefused   Sum = "refused" // everybody who asks without a browser is turned away: that proves nothing
	SumFails     Sum = "fails"   // it fails everywhere, in different ways
	SumSome      Sum = "some"    // places do not agree among themselves
)

// Difference is one thing that is not the same here and there.
type Difference struct {
	What        string // address, name, silence, refused, cut, 5xx, redirect, certificate
	Here, There string // values, where there are some
}

// Comparison is here and elsewhere side by side.
type Comparison struct {
	Here    Sight
	Places  []PlaceSight // those that saw something first
	Voices  int          // places that count: one a network
	Answers int          // of these, that got an answer which stands
	Sum     Sum
	Differs []Difference
}

// Elsewhere compares; nil where nobody elsewhere was asked.
func Elsewhere(f *facts.Facts) *Comparison {
	if f == nil || f.Outside == nil || !f.Outside.Done {
		return nil
	}
	v := newView(f)
	n := v.elsewhereSaw()
	c := &Comparison{Here: v.sightHere(), Voices: n.voices, Answers: n.answers}
	for i := range f.Outside.Places {
		p := &f.Outside.Places[i]
		s := PlaceSight{Country: p.Country, City: p.City, Network: p.Network, Home: p.Home, Near: p.Near, Sight: Sight{State: StateUnknown}}
		if p.Done {
			s.Sight = sightOf(classThere(p), p.Status)
		}
		c.Places = append(c.Places, s)
	}
	slices.SortStableFunc(c.Places, func(a, b PlaceSight) int { return order(a) - order(b) })
	c.Sum = n.sum(c.Here)
	to, sent := v.sentOn()
	if c.Sum == SumNobody && sent >= enoughPlaces && c.Here.State != StateOK {
		c.Sum = SumThereOnly // a redirect is an answer
	}
	c.Differs = v.differs(n, c)
	if to != "" && sent >= enoughPlaces && c.Sum != SumNobody {
		c.Differs = append(c.Differs, Difference{What: "redirect", There: to})
	}
	return c
}

// order puts the places that saw something first, and of these the near ones.
func order(p PlaceSight) int {
	switch {
	case p.State == StateUnknown:
		return 2
	case p.Near:
		return 0
	}
	return 1
}

func sightOf(class string, status int) Sight {
	s := Sight{State: StateProblem, Class: class, Status: status}
	switch class {
	case classOpens:
		s.State = StateOK
	case "4xx":
		s.State = StateWarning // a server answered, and turned the asker away
	}
	return s
}

func (v *view) sightHere() Sight {
	status := 0
	if p := v.page(); p != nil {
		status = p.Status
	} else if v.last != nil && v.last.HTTP != nil {
		status = v.last.HTTP.Status
	}
	class := v.classHere()
	if class == "" && !v.failed() {
		if v.last != nil && v.last.HTTP != nil && v.last.HTTP.Done && v.last.HTTP.Status > 0 {
			return sightOf(statusClass(v.last.HTTP.Status), v.last.HTTP.Status)
		}
		return Sight{State: StateUnknown}
	}
	return sightOf(class, status)
}

func (n elsewhereTally) sum(here Sight) Sum {
	opens := here.State == StateOK
	switch {
	case n.voices == 0:
		return SumNobody
	case opens && n.most(n.answers):
		return SumBoth
	case opens && n.answers == 0:
		return SumHereOnly
	case opens:
		return SumSome
	case here.Class == "4xx" && n.most(n.same):
		return SumRefused
	case n.most(n.same):
		return SumSame
	case n.most(n.opens), here.Class != "4xx" && n.most(n.answers):
		return SumThereOnly
	case n.answers == 0 && n.voices >= enoughPlaces:
		return SumFails
	}
	return SumSome
}

// differs names what is not the same, where they get an answer and we do not.
func (v *view) differs(n elsewhereTally, c *Comparison) (out []Difference) {
	if c.Sum != SumThereOnly && c.Sum != SumSome || c.Here.State == StateOK {
		return nil
	}
	there := ""
	for _, p := range v.placesThatSaw() {
		if k := classThere(p); k != classOpens && k != "4xx" {
			continue
		}
		if there == "" && p.Address.IsValid() {
			there = p.Address.String()
		}
	}
	switch {
	case c.Here.Class == className && there != "":
		out = append(out, Difference{What: "name", There: there})
	case n.addressKnown && n.answersHere == 0 && v.lk.Good() && there != "":
		out = append(out, Difference{What: "address", Here: v.lk.Addresses[0].String(), There: there})
	}
	if c.Sum == SumSome {
		return out // elsewhere it fails too, by places: that is no difference between here and there
	}
	switch c.Here.Class {
	case classSilence, classRefused, classCut:
		out = append(out, Difference{What: c.Here.Class})
	case class5xx:
		out = append(out, Difference{What: class5xx})
	case string(facts.CertExpired), string(facts.CertNotYet), string(facts.CertUntrusted), string(facts.CertWrongName):
		out = append(out, Difference{What: "certificate"})
	}
	return out
}

// sentOn is the other site that places were sent to and that we were not, and how many were.
func (v *view) sentOn() (to string, n int) {
	if v.last == nil {
		return "", 0
	}
	for i := range v.f.Outside.Places {
		p := &v.f.Outside.Places[i]
		if !p.Done || p.Failure != facts.OK {
			continue
		}
		h := hostOf(first(p.Location, p.URL))
		if h == "" || sameSite(h, hostOf(v.last.URL)) || to != "" && h != to {
			continue
		}
		to, n = h, n+1
	}
	return to, n
}
