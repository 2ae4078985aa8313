package incident

import (
	"maps"
	"slices"
	"strings"
	"time"

	"passerelle/checks/decide"
	"passerelle/checks/facts"
	"passerelle/checks/fix"
	"passerelle/checks/report"
	"passerelle/checks/words"
)

// Told is one event in words.
type Told struct {
	At    time.Time
	Kind  Kind
	Word  string // what kind of event it is, in a word
	Text  string
	State decide.State
	Code  string // the short code of a check's verdict
	Refs  string // references for support
}

// Options is how an incident is written out. The zero value masks nothing and leaves the retrospective out.
type Options struct {
	Who           *report.Identity // mask what is private of these; nil: nothing is masked
	Retrospective bool
	Now           time.Time // zero: time.Now
}

// Tell puts the events into words, the oldest first.
func (i *Incident) Tell(p *words.Printer, opt Options) []Told {
	hide := i.mask(opt)
	var list []Told
	for _, e := range i.Events {
		t := Told{At: e.At, Kind: e.Kind, Word: p.T("incident.kind."+string(e.Kind), nil), State: e.State()}
		switch e.Kind {
		case Check:
			title, _ := p.Verdict(e.Check.Verdict)
			t.Text = hide(title, false)
			if failed(e.Check) {
				t.Code = report.Code(e.Check.Verdict)
			}
			if g := e.Check.Gateway; g != nil {
				t.Refs = references(g)
			}
		case Fix:
			t.Text = hide(told(e.Fix, p), false)
		case Undo:
			t.Text = hide(p.T("incident.put-back", map[string]any{"Text": summary(e.Fix, p)}), false)
		case Message:
			t.Text = p.T("incident.message", map[string]any{"What": whom(e.Sent.To, p), "How": p.T("incident.how."+how(e.Sent.How, p), nil)})
		case Note:
			t.Text = hide(line(e.Text), true)
		}
		list = append(list, t)
	}
	return list
}

func references(g *facts.Gateway) string {
	var ids []string
	for _, name := range slices.Sorted(maps.Keys(g.RequestIDs)) {
		ids = append(ids, name+" "+g.RequestIDs[name])
	}
	return words.Safe(strings.Join(ids, ", "), maxText)
}

func whom(to string, p *words.Printer) string {
	if to != "" && p.Has("incident.to."+to) {
		return p.T("incident.to."+to, nil)
	}
	return p.T("incident.to.report", nil)
}

// how a message was handed out; what a newer version wrote is only known to have been.
func how(h string, p *words.Printer) string {
	if p.Has("incident.how." + h) {
		return h
	}
	return "other"
}

func summary(r fix.Record, p *words.Printer) string {
	if key := "fix." + r.Change.Fix + ".summary"; p.Has(key) {
		return p.T(key, map[string]any{"Host": r.Change.Host, "Arg": r.Change.Arg})
	}
	return words.Safe(r.Change.Fix, maxText)
}

// told is a change with what became of it.
func told(r fix.Record, p *words.Printer) string {
	key := "incident.fix.done"
	switch {
	case r.State == fix.Failed && r.Pending():
		key = "incident.fix.unsure"
	case r.State == fix.Failed:
		key = "incident.fix.failed"
	case r.Interrupted:
		key = "incident.fix.interrupted"
	case r.Verified == nil || r.Verified.Verified == facts.Unknown:
	case r.Verified.Verified == facts.Yes:
		key = "incident.fix.verified"
	default:
		key = "incident.fix.not-verified"
	}
	title := p.T("fix."+r.Change.Fix+".title", map[string]any{"Host": r.Change.Host, "Arg": r.Change.Arg})
	if !p.Has("fix." + r.Change.Fix + ".title") {
		title = words.Safe(r.Change.Fix, maxText)
	}
	return p.T(key, map[string]any{"Text": title})
}

// mask gives what takes private things out of a text. free: people wrote it.
func (i *Incident) mask(opt Options) func(s string, free bool) string {
	if opt.Who == nil {
		return func(s string, _ bool) string { return s }
	}
	r := i.asResult()
	return func(s string, free bool) string {
		if free {
			return report.MaskText(s, r, *opt.Who)
		}
		return report.MaskOwn(s, r, *opt.Who)
	}
}

// line makes one line of a text.
func line(s string) string { return words.Safe(strings.Join(strings.Fields(s), " "), maxText) }

// Row is one line of what is known of the whole.
type Row struct{ Label, Value string }

// Facts are what is known of the whole incident: since when, until when, how long, how often, what.
func (i *Incident) Facts(p *words.Printer, opt Options) []Row {
	hide := i.mask(opt)
	var rows []Row
	add := func(key, value string) {
		if value != "" {
			rows = append(rows, Row{p.T("incident.row."+key, nil), value})
		}
	}
	title, _ := p.Verdict(i.Worst())
	add("verdict", hide(title, false))
	add("code", report.Code(i.Worst()))
	add("before", report.Moment(i.Before))
	add("start", report.Moment(i.Start))
	add("last", report.Moment(i.Last))
	if i.Over() {
		add("end", report.Moment(i.End))
	} else {
		add("end", p.T("incident.not-over", nil))
	}
	if d := i.Lasted(); d > 0 {
		add("lasted", length(d, p))
	}
	if d := i.AtMost(); d > i.Lasted() {
		add("at-most", length(d, p))
	}
	add("often", p.T("incident.often", map[string]any{"Count": i.Failures, "Total": i.Checks}))
	add("references", words.Safe(strings.Join(i.RequestIDs(), ", "), maxText))
	return rows
}

// Part is one part of the retrospective: what is known, and what the person wrote.
type Part struct {
	ID, Heading string
	Hint        string // what belongs here, where nothing was written
	Known       []string
	Written     string
}

// Form is the retrospective, filled with what is known. k is what the person wrote.
func (i *Incident) Form(k Kept, p *words.Printer, opt Options) []Part {
	hide := i.mask(opt)
	r := k.Retrospective
	parts := []Part{{ID: "happened", Written: r.Happened, Known: i.happened(p)}, {ID: "impact", Written: r.Impact, Known: i.impact(p)},
		{ID: "helped", Written: r.Helped, Known: i.helped(p)}, {ID: "change", Written: r.Change}}
	for n := range parts {
		x := &parts[n]
		x.Heading, x.Hint = p.T("incident.part."+x.ID, nil), p.T("incident.hint."+x.ID, nil)
		for m := range x.Known {
			x.Known[m] = hide(x.Known[m], false)
		}
		x.Written = hide(x.Written, true)
	}
	return parts
}

func (i *Incident) happened(p *words.Printer) []string {
	vars := map[string]any{"Host": i.shown(), "Start": p.When(i.Start), "Lasted": length(i.Lasted(), p)}
	key := "incident.known.going-on"
	if i.Over() {
		key = "incident.known.over"
		vars["End"] = p.When(i.End)
	}
	title, _ := p.Verdict(i.Worst())
	known := []string{p.T(key, vars), title}
	if ids := i.RequestIDs(); len(ids) > 0 {
		known = append(known, p.T("cli.request-ids", map[string]any{"IDs": ids}))
	}
	return known
}

func (i *Incident) impact(p *words.Printer) []string {
	known := []string{p.T("incident.known.failures", map[string]any{"Count": i.Failures, "Total": i.Checks})}
	if d := i.AtMost(); d > i.Lasted() {
		known = append(known, p.T("incident.known.at-most", map[string]any{"Most": length(d, p), "Before": p.When(i.Before)}))
	}
	return known
}

// helped says what was changed here before the recovery, and does not say that it was that.
func (i *Incident) helped(p *words.Printer) []string {
	if !i.Over() {
		return nil
	}
	var known []string
	for _, e := range i.Events {
		if e.Kind == Fix && e.At.Before(i.End) && e.Fix.State != fix.Failed {
			known = append(known, p.T("incident.known.fix", map[string]any{"Text": summary(e.Fix, p)}))
		}
	}
	if len(known) == 0 {
		known = []string{p.T("incident.known.no-fix", nil)}
	}
	return known
}

func (i *Incident) shown() string {
	if i.Display != "" {
		return i.Display
	}
	return i.Host
}

// Title names the incident.
func (i *Incident) Title(p *words.Printer) string {
	return p.T("incident.title", map[string]any{"Host": i.shown()})
}

// length is how long an outage lasted, in its two largest units: who asks for it back from a host counts minutes.
func length(d time.Duration, p *words.Printer) string {
	unit := func(name string, n int) string { return p.T("unit."+name, map[string]any{"N": n}) }
	const day = 24 * time.Hour
	big, small := "", ""
	switch d = d.Round(time.Minute); {
	case d < time.Hour:
		return p.Duration(d)
	case d < day:
		big = unit("hours", int(d/time.Hour))
		if m := int(d % time.Hour / time.Minute); m > 0 {
			small = unit("minutes", m)
		}
	default:
		big = p.Days(int(d / day))
		if h := int(d % day / time.Hour); h > 0 {
			small = unit("hours", h)
		}
	}
	return strings.TrimSpace(big + " " + small)
}
