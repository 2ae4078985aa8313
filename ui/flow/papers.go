// This file has the report: what is sent to whom, exactly as it will leave, and the ways it leaves.

package flow

import (
	"slices"

	"passerelle/checks/decide"
	"passerelle/checks/history"
	"passerelle/checks/report"
)

// Papers is the page of the report and of the messages.
const Papers Page = "papers"

// Draft is what the person wants written.
type Draft struct {
	To   report.MessageKind // "": the whole report
	Lang string             // "": the window's
	Note string             // what it means for the person's business
	Seen []report.Kind      // private things that may be seen
}

// ShowsAll tells whether nothing is masked.
func (o Draft) ShowsAll(of []report.Kind) bool {
	return len(of) > 0 && !slices.ContainsFunc(of, func(k report.Kind) bool { return !slices.Contains(o.Seen, k) })
}

// Formats are the files that a report is saved as; a message is saved as text.
const (
	AsHTML = "html"
	AsPNG  = "png"
	AsText = "text"
	AsJSON = "json"
	AsMail = "mail" // a mail that is not sent yet: mail programs open it as a draft, however long it is
)

// Picture is a picture of the screen that goes with the report. The zero value is none.
type Picture struct {
	Name  string // of its file
	Image *report.Picture
}

// Paper is what is written, and what has become of it.
type Paper struct {
	From  Page
	Draft Draft
	N     int // number of the draft: answers to older ones are ignored

	Ready         bool
	Subject, Text string        // exactly what leaves
	Short         string        // what of it goes into a QR code: all of it, or the lines that tell most
	Private       []report.Kind // the private kinds that are in it, masked or not
	Error         error         // why the last thing could not be done; nil: it was

	Picture Picture // of the screen, for the report
	Code    bool    // it is shown as a QR code
	Where   string  // the file that was written
	Mailed  bool    // the mail program was opened; Cut: with the beginning only, the rest is on the clipboard
	Cut     bool
	Copied  bool
	Handing string // the format that is being saved; "" none
}

// What the person does on this page.
type (
	// WriteTo chooses to whom: a kind of message, or "" for the report.
	WriteTo struct{ Kind report.MessageKind }
	// WriteIn chooses the language of what is sent.
	WriteIn struct{ Lang string }
	// WriteNote adds a line on what it means for the person.
	WriteNote struct{ Text string }
	// Unmask shows a kind of private things, or hides it again; with "" all of them.
	Unmask struct{ Kind report.Kind }
	// Attach adds a picture of the screen; the zero one takes it away.
	Attach struct{ Picture Picture }
	// ShowCode shows it as a QR code, or hides that.
	ShowCode struct{}
	// Hand hands it out: history.ByCopy, ByMail, BySave with a format. Mail may be the address it goes to.
	Hand struct{ How, Format, Mail string }
)

// What comes from outside.
type (
	// Written is the answer to Write.
	Written struct {
		N             int
		Subject, Text string
		Short         string
		Private       []report.Kind
		Err           error
	}
	// Handed is the answer to HandOut.
	Handed struct {
		N     int
		How   string
		Where string
		Cut   bool
		Err   error
	}
)

func (WriteTo) event()   {}
func (WriteIn) event()   {}
func (WriteNote) event() {}
func (Unmask) event()    {}
func (Attach) event()    {}
func (ShowCode) event()  {}
func (Hand) event()      {}
func (Written) event()   {}
func (Handed) event()    {}

// The effects of this page.
type (
	// Write makes the text: Written.
	Write struct {
		N     int
		Draft Draft
	}
	// HandOut copies, mails or saves it: Handed.
	HandOut struct {
		N                 int
		Draft             Draft
		How, Format, Mail string
		Picture           Picture
	}
)

// CodeShown notes that it was handed out as a QR code.
type CodeShown struct{ To report.MessageKind }

// Language is that of what is written; "": the window's.
func (e Write) Language() string   { return e.Draft.Lang }
func (e HandOut) Language() string { return e.Draft.Lang }

func (Write) effect()     {}
func (HandOut) effect()   {}
func (CodeShown) effect() {}

// papers handles the events of this file; ok tells whether it was one.
func (m Machine) papers(s State, e Event) (next State, effects []Effect, ok bool) {
	p := s.Paper
	switch e := e.(type) {
	case Open:
		if e.Page != Papers {
			return s, nil, false
		}
		if s.idle() && s.InView().Result != nil && (s.Page == Verdict || s.Page == Saved || s.Page == Result) {
			s.Paper = Paper{From: s.Page, N: p.N}
			s.Page = Papers
			s, effects = s.write()
			s.Folk = Folk{List: s.Folk.List}
			effects = append(effects, ReadPeople{})
		}
		return s, effects, true
	case Attach:
		if s.Page == Papers {
			s.Paper.Picture, s.Paper.Where = e.Picture, ""
		}
		return s, nil, true
	case Back:
		if s.Page != Papers {
			return s, nil, false
		}
		if p.Code {
			s.Paper.Code = false
			return s, nil, true
		}
		s.Page, s.Paper = p.From, Paper{N: p.N + 1}
		return s, nil, true
	case WriteTo:
		p.Draft.To = e.Kind
	case WriteIn:
		p.Draft.Lang = e.Lang
	case WriteNote:
		p.Draft.Note = e.Text
	case Unmask:
		p.Draft.Seen = toggled(p, e.Kind)
	case ShowCode:
		if s.Page == Papers && p.Ready {
			if s.Paper.Code = !p.Code; s.Paper.Code {
				effects = []Effect{CodeShown{p.Draft.To}}
			}
		}
		return s, effects, true
	case Hand:
		if s.Page == Papers && p.Ready && p.Handing == "" {
			s.Paper.Handing, s.Paper.Error = e.How+e.Format, nil
			s.Paper.Where, s.Paper.Mailed, s.Paper.Copied = "", false, false
			effects = []Effect{HandOut{p.N, p.Draft, e.How, e.Format, e.Mail, p.Picture}}
		}
		return s, effects, true
	case Written:
		if s.Page == Papers && e.N == p.N {
			s.Paper.Ready, s.Paper.Subject, s.Paper.Text, s.Paper.Private, s.Paper.Error = e.Err == nil, e.Subject, e.Text, e.Private, e.Err
			s.Paper.Short = e.Short
		}
		return s, nil, true
	case Handed:
		if s.Page == Papers && e.N == p.N {
			s.Paper.Handing, s.Paper.Error, s.Paper.Where, s.Paper.Cut = "", e.Err, e.Where, e.Cut
			s.Paper.Mailed, s.Paper.Copied = e.Err == nil && e.How == history.ByMail, e.Err == nil && e.How == history.ByCopy
		}
		return s, nil, true
	default:
		return s, nil, false
	}
	if s.Page != Papers || p.Handing != "" {
		return s, nil, true
	}
	s.Paper = p
	s, effects = s.write()
	return s, effects, true
}

// toggled is what may be seen after the switch of a kind was pressed.
func toggled(p Paper, kind report.Kind) []report.Kind {
	switch {
	case kind == "" && p.Draft.ShowsAll(p.Private):
		return nil
	case kind == "":
		return slices.Clone(p.Private)
	case slices.Contains(p.Draft.Seen, kind):
		return slices.DeleteFunc(slices.Clone(p.Draft.Seen), func(k report.Kind) bool { return k == kind })
	}
	return append(slices.Clone(p.Draft.Seen), kind)
}

// write has the text made anew.
func (s State) write() (State, []Effect) {
	s.Paper.N++
	s.Paper.Ready, s.Paper.Error, s.Paper.Code = false, nil, false
	s.Paper.Where, s.Paper.Mailed, s.Paper.Copied, s.Paper.Handing = "", false, false, ""
	return s, []Effect{Write{s.Paper.N, s.Paper.Draft}}
}

// NoInternet tells whether a verdict means that nothing can be mailed from here.
func NoInternet(v *decide.Verdict) bool {
	if v == nil {
		return false
	}
	switch v.Cause {
	case decide.NoConnection, decide.NoInternet, decide.RouterUnreachable, decide.CaptivePortal, decide.VPNBroken, decide.DNSServerDown:
		return true
	}
	return false
}
