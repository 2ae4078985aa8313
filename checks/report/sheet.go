package report

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"passerelle/checks"
	"passerelle/checks/decide"
	"passerelle/checks/facts"
	"passerelle/checks/words"
)

// The report: everything that whoever helps asks for, in the order in which they ask (outside-watch-report §3.2). Built once, then written
// as HTML, as text and as a mail.

// About is what a report says beside the check itself. The zero value says nothing more.
type About struct {
	Since    *Since   // what past checks of the same site tell
	Tried    []string // what was tried here, in words, with what it changed
	Removed  []Kind   // what Mask took out
	Unmasked bool     // the person asked for everything
	Note     string   // a line of the person's own: the impact on their business
	Account  string   // the person's customer number with whoever a message goes to: only messages to the provider and the host have it
	Picture  *Picture // a screenshot that the person gives; nil: none
}

// Since is what past checks of the same site tell.
type Since struct {
	FirstFailure time.Time // of the failures without a success between them; zero: not known
	LastSuccess  time.Time // zero: none is known
	Failures     int       // in a row, this one counted
	Checks       int       // of this site, all kept ones
}

// row is one line of facts.
type row struct{ Label, Value string }

// stop is one stop of the way.
type stop struct {
	Name, Short, State string
	Code               decide.State
	Mark               string
}

// section is one part of the report.
type section struct {
	ID, Heading string
	Rows        []row
	Lines       []line
	Table       [][]string // the first row is the head
	Code        string     // shown as it is
}

type line struct {
	Text, Mark, Word string
	Code             decide.State
}

// sheet is a whole report, in words.
type sheet struct {
	Lang, Title, Lead, Who, Verdict, Text, Certainty string
	Code                                             decide.State
	WayHeading                                       string
	Way                                              []stop
	Sections                                         []section
	Footer                                           string
	Picture                                          template.URL // a data: address of our own making; "": none
	PictureHeading, PictureText                      string
}

// Moment writes a time with its offset, and the same in UTC where that is another: support reads logs in UTC.
func Moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	if _, offset := t.Zone(); offset == 0 {
		return t.UTC().Format("2006-01-02 15:04:05Z")
	}
	return t.Format("2006-01-02 15:04:05 -07:00") + " (" + t.UTC().Format("2006-01-02 15:04:05Z") + ")"
}

func stateOf(v decide.Verdict) decide.State {
	switch v.Side {
	case decide.SideWorks:
		return decide.StateOK
	case decide.SideUnknown, "":
		return decide.StateUnknown
	}
	return decide.StateProblem
}

// known is a state that this version knows; a saved report may say anything.
func known(s decide.State) decide.State {
	switch s {
	case decide.StateOK, decide.StateProblem, decide.StateWarning:
		return s
	}
	return decide.StateUnknown
}

func newSheet(r *checks.Result, p *words.Printer, about About) sheet {
	title, text := p.Verdict(r.Verdict)
	s := sheet{Lang: p.Lang(), Title: p.T("report.title", map[string]any{"Host": shown(r)}), Lead: p.T("report.lead", map[string]any{"Host": shown(r)}), Who: p.Who(r.Verdict), Verdict: title, Text: text, Certainty: p.T("cli.certainty", map[string]any{"Certainty": p.Certainty(r.Verdict.Certainty)}),
		Code: stateOf(r.Verdict), WayHeading: p.T("cli.path", nil)}
	for _, h := range r.Path {
		s.Way = append(s.Way, stop{Name: p.Hop(h.Hop, mobile(r.Facts)), Short: p.HopShort(h.Hop, mobile(r.Facts)), State: p.State(h.State), Code: known(h.State), Mark: unicodeGlyphs.mark(h.State)})
	}
	add := func(id string, sec section) {
		if len(sec.Rows)+len(sec.Lines)+len(sec.Table)+len(sec.Code) > 0 {
			sec.ID, sec.Heading = id, p.T("report."+id, nil)
			s.Sections = append(s.Sections, sec)
		}
	}
	add("asked", section{Rows: askedRows(r, p, about)})
	add("page", section{Rows: pageRows(r.Gateway, p)})
	add("outside", outsideSection(r, p))
	add("steps", stepsSection(r, p))
	add("response", section{Code: response(r, p)})
	add("tried", section{Lines: plainLines(about.Tried)})
	add("found", section{Lines: findingLines(r, p)})
	add("next", section{Lines: actionLines(r, p)})
	var removed []line
	for _, k := range about.Removed {
		removed = append(removed, line{Text: p.T("report.removed."+string(k), nil)})
	}
	add("removed", section{Lines: removed})
	add("contacts", section{Lines: contactLines(r, p)})
	if x := about.Picture; x != nil {
		s.Picture = template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(x.PNG))
		s.PictureHeading, s.PictureText = p.T("report.picture", nil), p.T("report.picture.text", map[string]any{"Host": shown(r)})
	}
	s.Footer = p.T("report.footer", map[string]any{"Version": r.Version})
	return s.safe()
}

// contactLines says who was asked, one line for each reason: whoever reads a report wants to know that, and not each packet.
func contactLines(r *checks.Result, p *words.Printer) []line {
	var order []string
	whom := map[string][]string{}
	for _, c := range r.Contacts {
		who, why := cmp.Or(c.Host, c.Addr), p.Contact("", c.Why)
		if whom[why] == nil {
			order = append(order, why)
		}
		if !slices.Contains(whom[why], who) {
			whom[why] = append(whom[why], who)
		}
	}
	var ls []line
	for _, why := range order {
		ls = append(ls, line{Text: p.T("report.pair", map[string]any{"Label": capital(why), "Text": strings.Join(whom[why], ", ")})})
	}
	return ls
}

func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

// shown is the site as people read it.
func shown(r *checks.Result) string { return cmp.Or(r.Target.Display, r.Target.Host) }

func plainLines(texts []string) []line {
	var ls []line
	for _, t := range texts {
		ls = append(ls, line{Text: t})
	}
	return ls
}

func askedRows(r *checks.Result, p *words.Printer, about About) []row {
	var rows []row
	add := func(key, value string) {
		if value != "" {
			rows = append(rows, row{p.T("report.row."+key, nil), value})
		}
	}
	add("address", r.Target.URL)
	add("at", Moment(r.StartedAt))
	if a := about.Since; a != nil {
		add("since", Moment(a.FirstFailure))
		add("last-success", Moment(a.LastSuccess))
		if a.Checks > 1 {
			add("often", p.T("report.often", map[string]any{"Count": a.Failures, "Total": a.Checks}))
		}
	}
	if r.ElapsedMS > 0 {
		add("took", p.Milliseconds(r.ElapsedMS))
	}
	add("code", Code(r.Verdict))
	if f := r.Facts; f != nil {
		add("seen", f.Seen)
		add("system", strings.TrimSpace(f.System.OS+" "+f.System.Release))
		add("browser", f.System.Browser)
	}
	add("program", "Passerelle "+r.Version)
	if x := about.Picture; x != nil {
		add("picture", fmt.Sprintf("%d × %d", x.Width, x.Height))
	}
	add("note", about.Note)
	return rows
}

func pageRows(g *facts.Gateway, p *words.Printer) []row {
	if g == nil {
		return nil
	}
	var rows []row
	add := func(key, value string) {
		if value != "" {
			rows = append(rows, row{p.T("report.row."+key, nil), value})
		}
	}
	if g.Status > 0 {
		add("status", strconv.Itoa(g.Status))
	}
	if g.ProductName != "" && g.Product != "unknown" {
		add("product", g.ProductName)
	}
	if g.WrittenBy != "" && g.WrittenBy != facts.ByUnknown {
		add("author", p.T("finding.author."+string(g.WrittenBy), nil))
	}
	add("failure", p.Why(g.Failure, true))
	add("quote", g.Quote)
	for _, name := range slices.Sorted(maps.Keys(g.RequestIDs)) {
		add("request-id", name+": "+g.RequestIDs[name])
	}
	return rows
}

// outsideSection is the table of places with what each saw.
func outsideSection(r *checks.Result, p *words.Printer) section {
	if r.Facts == nil || r.Facts.Outside == nil || len(r.Facts.Outside.Places) == 0 {
		return section{}
	}
	o := r.Facts.Outside
	head := []string{}
	for _, k := range []string{"place", "network", "saw", "address", "took"} {
		head = append(head, p.T("report.column."+k, nil))
	}
	sec := section{Table: [][]string{head}}
	for _, x := range o.Places {
		saw := p.T("report.saw-nothing", nil)
		switch {
		case !x.Done:
		case x.Failure != facts.OK:
			saw = p.Why(string(x.Failure), false)
		case x.Cert != facts.OK:
			saw = fmt.Sprintf("%d, %s", x.Status, p.Why(string(x.Cert), false))
		default:
			saw = strings.TrimSpace(fmt.Sprintf("%d %s", x.Status, x.Title))
		}
		where, network, address, took := strings.TrimPrefix(x.City+", "+x.Country, ", "), x.Network, "", ""
		if x.ASN > 0 {
			network = strings.TrimSpace(fmt.Sprintf("%s AS%d", network, x.ASN))
		}
		if x.Address.IsValid() {
			address = x.Address.String()
		}
		if x.MS > 0 {
			took = p.Milliseconds(x.MS)
		}
		sec.Table = append(sec.Table, []string{where, network, saw, address, took})
	}
	sec.Rows = append(sec.Rows, row{p.T("report.row.asked-for", nil), o.URL}, row{p.T("report.row.at", nil), Moment(o.At)})
	if o.Link != "" {
		sec.Rows = append(sec.Rows, row{p.T("report.row.link", nil), o.Link})
	}
	return sec
}

func findingLines(r *checks.Result, p *words.Printer) []line {
	var ls []line
	for _, f := range r.Findings {
		if f.ID == "outside.place" {
			continue // they have their table
		}
		ls = append(ls, line{Text: p.Finding(f), Mark: unicodeGlyphs.mark(f.State), Word: p.State(f.State), Code: known(f.State)})
	}
	return ls
}

func actionLines(r *checks.Result, p *words.Printer) []line {
	var ls []line
	for _, a := range r.Verdict.Actions {
		ls = append(ls, line{Text: p.Action(a, r.Verdict.Vars) + " – " + p.ActionHow(a, r.Verdict.Vars)})
	}
	return ls
}

// safe takes from every text what could do harm on a screen or in a terminal.
func (s sheet) safe() sheet {
	clean := func(t string) string { return words.Safe(t, maxParagraph) }
	for i := range s.Sections {
		sec := &s.Sections[i]
		for j := range sec.Rows {
			sec.Rows[j].Value = clean(sec.Rows[j].Value)
		}
		for j := range sec.Lines {
			sec.Lines[j].Text = clean(sec.Lines[j].Text)
		}
		for _, r := range sec.Table {
			for j := range r {
				r[j] = clean(r[j])
			}
		}
	}
	s.Text, s.Verdict, s.Title, s.Lead = clean(s.Text), clean(s.Verdict), clean(s.Title), clean(s.Lead)
	return s
}
