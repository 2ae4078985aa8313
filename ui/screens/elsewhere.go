package screens

// The view from elsewhere: the question before anybody is asked, and the picture of what each place saw beside what is seen here.

import (
	"net/url"
	"strings"

	"fyne.io/fyne/v2"

	"passerelle/checks/decide"
	"passerelle/checks/outside"
	"passerelle/ui/flow"
	"passerelle/ui/kit"
	"passerelle/ui/theme"
)

// AskElsewhere says what is sent, to whom and what is published, before the yes.
func AskElsewhere(e Env, s flow.State) *View {
	host := Site(s.Target)
	kind := "globalping"
	if s.AskCheckHost {
		kind = "check-host"
	}
	box := kit.NewColumn(kit.Column, 10)
	for _, part := range []string{"sent", "whom", "published"} {
		box.Add(kit.NewColumn(kit.Column, 2, kit.NewParagraph(e.T("elsewhere."+part), kit.Strong),
			kit.NewParagraph(e.T("elsewhere."+kind+"."+part, "Host", host), kit.Body)))
	}
	yes := e.main("this-time", e.send(flow.LookOutside{CheckHost: s.AskCheckHost}))
	view := &View{Back: e.back(), First: yes,
		Body: []fyne.CanvasObject{kit.NewColumn(kit.Column, headGap, kit.NewParagraph(e.T("elsewhere."+kind+".title"), kit.Heading),
			kit.NewParagraph(e.T("elsewhere.text", "Host", host), kit.Body)), kit.NewCard(theme.ColorInfoTint, theme.ColorInfo, box)},
		Update: func(n flow.State) bool { return n.Page == flow.Elsewhere && n.AskCheckHost == s.AskCheckHost }}
	if s.AskCheckHost {
		view.right(yes)
		return view
	}
	choose := func(answer string, then flow.Event) func() {
		return func() {
			l := e.Look
			l.Outside = answer
			e.SetLook(l)
			e.Send(then)
		}
	}
	view.right(e.button("never", choose(OutsideNever, flow.Back{})), e.button("always", choose(OutsideAlways, flow.LookOutside{})), yes)
	view.Body = append(view.Body, kit.NewParagraph(e.T("elsewhere.later"), kit.Caption))
	return view
}

// lookOutside begins the look from elsewhere, with the question first where the person wants to be asked.
func (e Env) lookOutside() func() {
	if e.Look.Outside == OutsideAlways {
		return e.send(flow.LookOutside{})
	}
	return e.send(flow.AskFirst{})
}

// askable tells whether the site may be named to anybody else, and a look from elsewhere could tell something: it fails here, and nobody
// was asked yet.
func askable(e Env, s flow.State) bool {
	if !e.Can(string(decide.ActAskOutside)) || s.Connection || s.Target.Example || s.Target.PrivateDNS || s.Now.Result == nil {
		return false
	}
	switch v := s.Now.Verdict; {
	case v.Side == decide.SideSite, v.Side == decide.SideUnknown:
	case v.Cause == decide.SiteBlocked, v.Cause == decide.PageReplaced, v.Cause == decide.DNSBlocksSite:
	default:
		return false // it is known to be here, or nobody can be asked from here
	}
	u, err := url.Parse(s.Target.URL)
	return err == nil && outside.Askable(u.Scheme, s.Target.Host, s.Target.Port) && decide.Elsewhere(s.Now.Result.Facts) == nil
}

// offers tells whether one of the buttons is of this kind already.
func offers(o flow.Offer, k flow.Kind) bool {
	if o.Main.Kind == k {
		return true
	}
	for _, c := range o.Second {
		if c.Kind == k {
			return true
		}
	}
	return false
}

// elsewhere is here and there side by side; nil where nobody was asked.
func elsewhere(e Env, s flow.State) fyne.CanvasObject {
	if s.Now.Result == nil {
		return nil
	}
	c := decide.Elsewhere(s.Now.Result.Facts)
	if c == nil {
		return nil
	}
	box := kit.NewColumn(kit.Column, 6)
	if c.Sum == decide.SumNobody {
		box.Add(kit.NewParagraph(e.T("elsewhere.here-and-there"), kit.Strong))
		for _, f := range s.Now.Result.Findings {
			if f.ID == "outside" {
				box.Add(kit.NewParagraph(e.finding(f), kit.Body))
			}
		}
		if s.Now.SecondService() && e.Can(string(decide.ActAskOutside)) {
			box.Add(kit.NewRow(0, e.button("check-host-net", e.send(flow.AskFirst{CheckHost: true}))))
		}
		if len(box.Objects) == 1 {
			return nil
		}
		return box
	}
	box.Add(kit.NewParagraph(e.T("elsewhere.sum."+string(c.Sum)), kit.Strong))
	here := kit.Stop{ID: kit.Here, Name: e.T("sight.here"), Sub: e.T("sight.your-line"), State: c.Here.State, Word: e.sight(c.Here)}
	var there []kit.Stop
	for _, p := range c.Places {
		if p.State == decide.StateUnknown {
			continue // it saw nothing, and says nothing of the site
		}
		name := p.City
		if name == "" {
			name = p.Country
		}
		if name == "" {
			name = e.T("sight.there")
		}
		if p.City != "" && p.Country != "" {
			name += ",\u00a0" + p.Country
		}
		there = append(there, kit.Stop{ID: kit.Elsewhere, Name: name, Sub: p.Network, State: p.State, Word: e.sight(p.Sight)})
	}
	box.Add(kit.NewSights(here, there))
	for _, d := range c.Differs {
		box.Add(bullet(e.T("elsewhere.differs."+d.What, "Here", d.Here, "There", d.There)))
	}
	return box
}

// sight is what was seen, in a word or two.
func (e Env) sight(s decide.Sight) string {
	switch {
	case s.State == decide.StateUnknown:
		return e.Words.State(decide.StateUnknown)
	case strings.HasPrefix(s.Class, "certificate-"):
		return e.T("sight.certificate")
	case s.Class == "":
		return e.Words.State(decide.StateProblem)
	}
	return e.T("sight."+s.Class, "Status", s.Status)
}
