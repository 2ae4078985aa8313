// This file has what lies behind: the checks that were kept, a saved one that is looked at again, and the comparison with now.

package flow

import (
	"errors"
	"strings"

	"passerelle/checks"
	"passerelle/checks/history"
)

// The pages of the past.
const (
	History Page = "history" // everything that is kept, by site
	Saved   Page = "saved"   // one saved check again, read-only
)

// ErrOtherSite: a saved check names one site, and the address in it leads to another.
var ErrOtherSite = errors.New("the saved address leads to another site")

// Past is what is kept on this computer, and the saved check that is looked at.
type Past struct {
	From  Page // the page that History leads back to
	Read  bool // the folder was read
	List  []history.Entry
	Sent  []history.Sent
	Error error // why the last thing could not be read or deleted; nil: it was

	Open    map[string]bool // the sites whose older checks are shown too
	Sites   int             // how many sites are shown; 0: SitesShown
	Erasing bool            // it is asked whether everything is to be deleted
	Erased  bool            // it was deleted

	Name     string // of the saved check that is looked at; a file's name where it was dropped on the window
	Was      Shown  // what was judged then
	Now      Shown  // the same facts by today's rules
	Judged   bool   // it holds facts, so that it could be judged anew
	Back     Page   // where Saved leads back to
	Compared int    // number of the check that is compared with it
}

// Bounds of the list: what fits on a page that nobody has to scroll for long.
const (
	// SitesShown is how many sites are shown at first, and how many more each time.
	SitesShown = 8
	// ChecksShown is how many checks of a site are shown before its others are asked for.
	ChecksShown = 3
)

// What the person does with the past.
type (
	// OpenSaved looks at a kept check again.
	OpenSaved struct{ Name string }
	// CompareNow checks the site of the saved check, and shows both.
	CompareNow struct{}
	// Unroll shows every kept check of a site; with "" more sites.
	Unroll struct{ Host string }
	// Erase deletes what is kept. Not Sure: it is asked first. No: it is kept after all.
	Erase struct{ Sure, No bool }
	// Dropped is a file that was dropped on the window.
	Dropped struct{ Name string }
	// DroppedText is what such a file means, where it holds a page or a text.
	DroppedText struct{ Pasted Pasted }
)

// What comes from outside.
type (
	// Remembered is the answer to Remember and Forget.
	Remembered struct {
		List   []history.Entry
		Sent   []history.Sent
		Erased bool
		Err    error
	}
	// Reread is the answer to ReadSaved, and to ReadDropped where the file is a report.
	Reread struct {
		Name     string
		Was, Now *checks.Result // Now: by today's rules
		Judged   bool
		Err      error
	}
)

func (OpenSaved) event()   {}
func (CompareNow) event()  {}
func (Unroll) event()      {}
func (Erase) event()       {}
func (Dropped) event()     {}
func (DroppedText) event() {}
func (Remembered) event()  {}
func (Reread) event()      {}

// The effects of these pages.
type (
	// Remember reads what is kept: Remembered.
	Remember struct{}
	// Forget deletes everything that is kept: Remembered.
	Forget struct{}
	// ReadSaved reads a kept check, and judges it anew: Reread.
	ReadSaved struct{ Name string }
	// ReadDropped reads a file: Reread, DroppedText, Attach.
	ReadDropped struct{ Name string }
)

func (Remember) effect()    {}
func (Forget) effect()      {}
func (ReadSaved) effect()   {}
func (ReadDropped) effect() {}

// Comparing tells whether the check that runs, or whose result is shown, is compared with a saved one.
func (s State) Comparing() bool { return s.Run > 0 && s.Past.Compared == s.Run }

// idle tells whether nothing runs that another page would cut off.
func (s State) idle() bool {
	return !s.Starting && !s.Running && s.Undoing == "" && !(s.Page == Repair && s.Phase == Applying)
}

// past handles the events of this file; ok tells whether it was one.
func (m Machine) past(s State, e Event) (next State, effects []Effect, ok bool) {
	next = s
	switch e := e.(type) {
	case Open:
		if e.Page != History {
			return s, nil, false
		}
		if s.idle() && s.Page == Address {
			next.Past = Past{From: s.Page}
			next.Page, next.UndoError, next.Undid, next.Refusal = History, nil, "", nil
			effects = []Effect{Remember{}, ListChanges{}}
		}
	case Remembered:
		next.Past.Read, next.Past.List, next.Past.Sent, next.Past.Error = true, e.List, e.Sent, e.Err
		next.Past.Erased = e.Erased && e.Err == nil
	case OpenSaved:
		if s.Page == History {
			next.Past.Name, next.Past.Error, next.Past.Erasing = e.Name, nil, false
			effects = []Effect{ReadSaved{e.Name}}
		}
	case Dropped:
		if s.idle() && e.Name != "" {
			effects = []Effect{ReadDropped{e.Name}}
		}
	case Reread:
		next = s.reread(e)
	case DroppedText:
		next = s.droppedText(e.Pasted)
	case CompareNow:
		if s.Page == Saved && s.Past.Was.Result != nil {
			effects = []Effect{Parse{s.Past.Was.Result.Target.Input}}
		}
	case Unroll:
		next = s.unroll(e.Host)
	case Erase:
		if s.Page != History {
			break
		}
		next.Past.Erasing, next.Past.Erased = !e.Sure && !e.No, false
		if e.Sure && s.Past.Erasing {
			effects = []Effect{Forget{}}
		}
	default:
		return m.pastWay(s, e)
	}
	return next, effects, true
}

// pastWay handles the events of the main way that mean something else on these pages.
func (m Machine) pastWay(s State, e Event) (State, []Effect, bool) {
	switch e := e.(type) {
	case Understood:
		if s.Page != Saved {
			break
		}
		was := s.Past.Was
		if was.Result == nil || !strings.EqualFold(was.Result.Target.Host, e.Target.Host) {
			s.Past.Error = ErrOtherSite // a file from elsewhere names one site and would have another one asked
			return s, nil, true
		}
		if s.Past.Back != History {
			s.Past.Back = Address // what was looked at before the file was dropped gives way to the comparison
		}
		s.Refusal, s.Target, s.Input = nil, e.Target, e.Target.Input
		s.Tried, s.Witness, s.Seen, s.Outside, s.Connection = nil, nil, "", false, false
		s = s.offPath()
		s.Step, s.Fix, s.Arg, s.Plan, s.Outcome, s.Failure = "", "", "", nil, nil, nil
		s.Now = was
		s, effects := m.check(s, true)
		s.Past.Compared = s.Run
		return s, effects, true
	case Refused:
		if s.Page == Saved {
			s.Past.Error = e.Err
			return s, nil, true
		}
	case Finished:
		if s.Comparing() && s.Page == Checking && s.Running && e.Run == s.Run && e.Result == nil {
			s.Running, s.Recheck, s.Page, s.Past.Error = false, false, Saved, e.Err
			s.Target, s.Now = checks.Target{}, Shown{}
			return s, nil, true
		}
	case Back:
		switch {
		case s.Page == History:
			if s.Past.Erasing {
				s.Past.Erasing = false
				return s, nil, true
			}
			s.Page, s.Past = s.Past.From, Past{}
			return s, nil, true
		case s.Page == Saved:
			var effects []Effect
			if s.Past.Back == History {
				effects = []Effect{Remember{}} // a comparison is a check too, and is kept
			}
			s.Page, s.Past.Error = s.Past.Back, nil
			s.Past.Was, s.Past.Now, s.Past.Name = Shown{}, Shown{}, ""
			return s, effects, true
		case s.Page == Result && s.Comparing(): // the check of now is seen by its own button
			s.Page, s.Past.Compared = Saved, 0
			s.Target, s.Now = checks.Target{}, Shown{}
			return s, nil, true
		case s.Page == Checking && s.Comparing():
			s.Running, s.Recheck, s.Page = false, false, Saved
			s.Target, s.Now = checks.Target{}, Shown{}
			s.Run++
			return s, []Effect{Cancel{}}, true
		}
	}
	return s, nil, false
}

// reread shows a saved check. One that was dropped on the window leads back to the page that was there.
func (s State) reread(e Reread) State {
	fromHistory := s.Page == History && e.Name == s.Past.Name
	if e.Err != nil || e.Was == nil || e.Now == nil {
		if fromHistory {
			s.Past.Error = e.Err
		}
		return s
	}
	if !s.idle() || s.Page == Saved && e.Name == s.Past.Name {
		return s
	}
	if s.Page == Papers { // another one's report: the one that was being written is left
		s.Page, s.Paper = s.Paper.From, Paper{N: s.Paper.N + 1}
	}
	if s.Page != Saved {
		s.Past.Back = s.Page
	}
	s.Page, s.Past.Name, s.Past.Judged, s.Past.Error = Saved, e.Name, e.Judged, nil
	s.Past.Was, s.Past.Now = shown(e.Was), shown(e.Now)
	return s
}

// droppedText explains a page or a text; where a site was judged, it is what the browser showed of that site.
func (s State) droppedText(p Pasted) State {
	if !s.idle() {
		return s
	}
	switch s.Page {
	case Verdict, Result:
		p.Check, s.From = true, s.Page
		s.Page, s.Paste = Paste, p
	case Paste:
		p.Check = s.Paste.Check
		if s.Paste = p; !p.Check {
			s.Page = Explained
		}
	case Address, Explained, History, Saved:
		s.Page, s.Paste, s.Past = Explained, p, Past{}
	}
	return s
}

// shown is a result with its verdict and picture.
func shown(r *checks.Result) Shown {
	v := r.Verdict
	v.Provisional = false
	return Shown{Verdict: &v, Path: r.Path, Result: r}
}

// Differs tells whether today's rules say something else than what was saved.
func (p Past) Differs() bool {
	return p.Was.Verdict != nil && p.Now.Verdict != nil && (p.Was.Verdict.Cause != p.Now.Verdict.Cause ||
		p.Was.Verdict.Side != p.Now.Verdict.Side || p.Was.Verdict.Certainty != p.Now.Verdict.Certainty)
}

func (s State) unroll(host string) State {
	if s.Page != History {
		return s
	}
	if host == "" {
		s.Past.Sites = max(s.Past.Sites, SitesShown) + SitesShown
		return s
	}
	open := map[string]bool{host: true}
	for h, o := range s.Past.Open {
		open[h] = o
	}
	s.Past.Open = open
	return s
}

// Kept is what is kept of one site, the newest first.
type Kept struct {
	Host, Display string
	Checks        []history.Entry
	Sent          []history.Sent
}

// BySite groups what is kept by site; the site that was looked at last comes first.
func (p Past) BySite() []Kept {
	var sites []Kept
	at := map[string]int{}
	site := func(host, display string) *Kept {
		i, ok := at[host]
		if !ok {
			i = len(sites)
			at[host] = i
			sites = append(sites, Kept{Host: host, Display: host})
		}
		if display != "" {
			sites[i].Display = display
		}
		return &sites[i]
	}
	for _, e := range p.List {
		k := site(e.Host, e.Display)
		k.Checks = append(k.Checks, e)
	}
	for _, m := range p.Sent {
		k := site(m.Host, "")
		k.Sent = append(k.Sent, m)
	}
	return sites
}

// InView is the check that the page is about: the saved one where one is looked at, else the last one.
func (s State) InView() Shown {
	if s.Page == Saved || s.Page == Papers && s.Paper.From == Saved {
		return s.Past.Now
	}
	return s.Now
}
