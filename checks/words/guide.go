package words

// The words of the guided path: the steps of checks/guide.

import (
	"maps"

	"passerelle/checks/guide"
)

// Guided is one step in words.
type Guided struct {
	Short string // a word or two, for a list of steps
	Title string
	Why   string // why it may help
	How   string // how it is done by hand here; "": hands cannot do it
	Ask   string // the question afterwards; "": none
}

// Guide tells a step.
func (p *Printer) Guide(s guide.Step) Guided {
	vars := maps.Clone(s.Vars)
	if vars == nil {
		vars = map[string]any{}
	}
	if host, _ := vars["Host"].(string); host == "" {
		vars["Host"] = p.T("cause.host", nil)
	}
	key := "guide." + string(s.ID)
	g := Guided{Short: p.T(key+".short", vars), Title: p.T(key+".title", vars), Why: p.T(key+".why", vars)}
	if k := p.first(key+".how."+s.Variant, key+".how.any", key+".how"); p.known[k] {
		g.How = p.T(k, vars)
	}
	switch s.Test {
	case guide.ByWitness, guide.ByAnswer:
		g.Ask = p.T(key+".ask", vars)
	case guide.ByBrowser:
		g.Ask = p.T("guide.ask", vars)
	}
	return g
}
