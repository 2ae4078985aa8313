package report

import (
	"fmt"
	"maps"

	"passerelle/checks"
	"passerelle/checks/decide"
	"passerelle/checks/facts"
)

// Again judges a saved check anew, by today's rules. The saved one is not touched. judged is false where the file holds no facts: then
// what was saved is given back as it is. A file may come from anybody: whatever its facts are, the worst that happens is an error.
func Again(saved *checks.Result) (now *checks.Result, judged bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			now, judged, err = nil, false, fmt.Errorf("judging the saved check of %s: its facts make no sense (%v)", saved.Target.Host, p)
		}
	}()
	if saved.Facts == nil || saved.Facts.Chain == nil {
		return saved, false, nil
	}
	f := *saved.Facts
	f.Readings = maps.Clone(f.Readings)
	if f.Readings == nil {
		f.Readings = map[facts.Reading]facts.Progress{}
	}
	for x, p := range f.Readings {
		if p == facts.Running {
			f.Readings[x] = facts.Skipped // it had not ended when the verdict was given, and never will
		}
	}
	for _, x := range everyReading { // what this version reads and that one did not
		if f.Readings[x] == "" {
			f.Readings[x] = facts.Skipped
		}
	}
	r := *saved
	r.Facts = &f
	r.Verdict = decide.Judge(&f)
	r.Verdict.At = saved.Verdict.At
	r.Path, r.Findings, r.Gateway = decide.Path(&f, r.Verdict), decide.Findings(&f), decide.Page(&f)
	return &r, true, nil
}

var everyReading = []facts.Reading{facts.ReadChain, facts.ReadRepeat, facts.ReadDirect, facts.ReadPlain, facts.ReadIndependent, facts.ReadControl, facts.ReadAlternative, facts.ReadAddresses,
	facts.ReadConnectivity, facts.ReadOthers, facts.ReadSystem, facts.ReadBox, facts.ReadLinks, facts.ReadFresh, facts.ReadOtherLink, facts.ReadSmallSegment, facts.ReadOutside, facts.ReadLocalFilter}
