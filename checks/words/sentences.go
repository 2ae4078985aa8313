package words

// What each kind of code is called: verdicts, actions, findings, stops of the way, steps.

import (
	"fmt"
	"maps"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"

	"passerelle/checks/decide"
)

// Verdict gives the headline and the two or three sentences of a verdict: what happened, why, what to do and who can do it.
func (p *Printer) Verdict(v decide.Verdict) (title, explanation string) {
	if v.Cause == "" { // nothing was judged yet
		v.Cause = decide.Undetermined
	}
	key := "cause." + string(v.Cause)
	vars, named := v.Vars, true
	if host, _ := vars["Host"].(string); host == "" { // a page explained on its own
		named = false
		vars = maps.Clone(vars)
		if vars == nil {
			vars = map[string]any{}
		}
		vars["Host"] = p.T("cause.host", nil)
	}
	variant := key
	if v.Detail != "" {
		variant += "." + v.Detail
	}
	if v.Rule == explainRule {
		vars = maps.Clone(vars)
		if vars == nil {
			vars = map[string]any{}
		}
		vars["Alone"] = true // only a text was read: nothing is said of the connection
		variant = p.withWords(key+"."+explainRule, variant)
	}
	title = p.T(p.first(variant+".title", key+".title"), vars)
	explanation = p.T(p.first(variant+".text", key+".text"), vars)
	if v.Note != "" && p.Has("note."+v.Note) {
		explanation += " " + p.T("note."+v.Note, vars)
	}
	if !named {
		title, explanation = capital(title), capital(explanation)
	}
	return title, explanation
}

// explainRule is the row of decide that judges a page without any check.
const explainRule = "explain"

func (p *Printer) withWords(key, otherwise string) string {
	if p.known[key+".text"] {
		return key
	}
	return otherwise
}

// capital gives every sentence its capital letter back, where "the website" took the place of a host's name.
func capital(s string) string {
	out := []rune(s)
	start := true
	for i, r := range out {
		if start && unicode.IsLetter(r) {
			out[i] = unicode.ToUpper(r)
		}
		switch {
		case r == '.' || r == '!' || r == '?':
			start = i+1 < len(out) && out[i+1] == ' '
		case r != ' ':
			start = false
		}
	}
	return string(out)
}

// Action is the words of a button: a verb and its object, at most 28 characters in French. vars may be nil.
func (p *Printer) Action(a decide.Action, vars map[string]any) string {
	return p.T(p.actionKey(a, ""), p.actionVars(a, vars))
}

// ActionHow is the sentence that tells how an action is done or what it is good for.
func (p *Printer) ActionHow(a decide.Action, vars map[string]any) string {
	return p.T(p.actionKey(a, ".how"), p.actionVars(a, vars))
}

func (p *Printer) actionKey(a decide.Action, end string) string {
	key := "action." + string(a.ID)
	if a.ID == decide.ActFix {
		return p.first(key+"."+a.Fix+"."+a.Arg+end, key+"."+a.Fix+end, key+end)
	}
	return key + end
}

func (p *Printer) actionVars(a decide.Action, vars map[string]any) map[string]any {
	out := maps.Clone(vars)
	if out == nil {
		out = map[string]any{}
	}
	if a.Arg != "" {
		out["Arg"] = a.Arg
	}
	if a.AfterS > 0 {
		out["After"] = p.ShortSeconds(a.AfterS)
	}
	return out
}

// Finding is one observation in a sentence. Its facts may be in the forms they have in memory or after a trip through JSON.
func (p *Printer) Finding(f decide.Finding) string {
	vars := make(map[string]any, len(f.Facts)+4)
	for name, v := range f.Facts {
		vars[name] = v
		// Facts in small letters are for programs; these are also read by people.
		if upper, ok := map[string]string{"addresses": "Addresses", "names": "Names", "provider": "Provider"}[name]; ok {
			vars[upper] = v
		}
	}
	if _, ok := vars["Name"]; !ok && strings.Contains(f.ID, "dns") {
		vars["Name"] = p.T("cause.host", nil)
	}
	if f.MS > 0 {
		vars["MS"] = p.Milliseconds(f.MS)
	}
	if name, ok := vars["Provider"].(string); ok {
		vars["Provider"] = providerName(name)
	}
	if why := p.Why(fmt.Sprint(f.Facts["failure"]), f.ID == "http.gateway"); why != "" && !ownAnswer(f) {
		vars["Why"] = why
	}
	if k := "finding.proxy.where." + fmt.Sprint(f.Facts["Source"]); f.ID == "proxy.setting" && p.known[k] {
		vars["Source"] = p.T(k, nil)
	}
	if by := fmt.Sprint(f.Facts["WrittenBy"]); p.known["finding.author."+by] {
		vars["Author"] = p.T("finding.author."+by, nil)
	}
	if k := "finding.outside.why." + fmt.Sprint(f.Facts["outside"]); p.known[k] {
		vars["Reason"] = p.T(k, nil)
	}
	if k := "finding.witness.where." + fmt.Sprint(vars["Where"]); p.known[k] {
		vars["Place"] = p.T(k, nil)
	}
	if k := "finding.witness.what." + fmt.Sprint(vars["What"]); p.known[k] {
		vars["What"] = p.T(k, nil)
	}
	if s, ok := number(f.Facts["offset_s"]); ok {
		vars["Offset"] = p.Duration(time.Duration(math.Abs(s) * float64(time.Second)))
	}
	key := "finding." + f.ID
	return p.T(p.first(key+"."+string(f.State), key+"."+string(decide.StateOK), key+"."+string(decide.StateWarning), key+"."+string(decide.StateProblem), key), vars)
}

// ownAnswer tells whether an error page of which nobody knows what failed is the site's own answer (404, 403): nothing behind it failed.
func ownAnswer(f decide.Finding) bool {
	status, ok := number(f.Facts["Status"])
	return f.ID == "http.gateway" && fmt.Sprint(f.Facts["failure"]) == "unknown" && ok && status < 500
}

// Why says in a few words how a step failed: a facts.Failure, or the failure of a facts.Gateway, which happened behind it. "" where
// there is nothing to say.
func (p *Printer) Why(failure string, behind bool) string {
	if key := "finding.behind." + failure; behind && p.known[key] {
		return p.T(key, nil)
	}
	if key := "finding.why." + failure; p.known[key] {
		return p.T(key, nil)
	}
	return ""
}

func number(v any) (float64, bool) {
	switch x := v.(type) {
	case float64:
		return x, true
	case int:
		return float64(x), true
	}
	return 0, false
}

// providerName is what a public resolver is called by its owner.
func providerName(id string) string {
	switch id {
	case "cloudflare":
		return "Cloudflare"
	case "google":
		return "Google"
	case "quad9":
		return "Quad9"
	case "opendns":
		return "OpenDNS"
	}
	return id
}

// Hop is the name of a stop. mobile: the way out is a mobile network, so there is no router at home.
func (p *Printer) Hop(id decide.HopID, mobile ...bool) string {
	return p.T(p.hopKey(id, "", mobile), nil)
}

// HopShort is the same in a word or two, for pictures.
func (p *Printer) HopShort(id decide.HopID, mobile ...bool) string {
	return p.T(p.hopKey(id, ".short", mobile), nil)
}

func (p *Printer) hopKey(id decide.HopID, end string, mobile []bool) string {
	key := "hop." + string(id)
	if len(mobile) > 0 && mobile[0] {
		return p.first(key+".mobile"+end, key+end)
	}
	return key + end
}

// State is a state in a word; the empty state is "in progress".
func (p *Printer) State(s decide.State) string {
	if s == "" {
		return p.T("state.running", nil)
	}
	return p.T("state."+string(s), nil)
}

// Side says in a sentence who can act, as a certainty.
func (p *Printer) Side(s decide.Side) string { return p.T("side."+string(sided(s)), nil) }

// Who is Side as sure as the verdict is: "the cause is probably on the website's side".
func (p *Printer) Who(v decide.Verdict) string {
	key := "side." + string(sided(v.Side))
	return p.T(p.first(key+"."+string(v.Certainty), key), nil)
}

// SideShort says whose it is in a word or two.
func (p *Printer) SideShort(s decide.Side) string { return p.T("side."+string(sided(s))+".short", nil) }

func sided(s decide.Side) decide.Side {
	if s == "" { // nothing was judged yet
		return decide.SideUnknown
	}
	return s
}

// Certainty is a certainty in words.
func (p *Printer) Certainty(c decide.Certainty) string {
	if c == "" {
		c = decide.Possible
	}
	return p.T("certainty."+string(c), nil)
}

// Doing says what is being asked, and of whom.
func (p *Printer) Doing(code, whom string) string {
	vars := map[string]any{}
	if whom != "" {
		vars["Whom"] = whom
	}
	return p.T(p.first("doing."+code, "doing"), vars)
}

// Step is Doing with its place among the steps.
func (p *Printer) Step(code, whom string, step, steps int) string {
	text := p.Doing(code, whom)
	if step < 1 || steps < step {
		return text
	}
	return p.T("doing.step", map[string]any{"Step": step, "Steps": steps, "Text": text})
}

// Contact says what was asked of a machine, and why: the codes of checks.Contact.
func (p *Printer) Contact(what, why string) string {
	text := p.T(p.first("contact."+why, "contact.other"), nil)
	if key := "contact.what." + what; p.known[key] {
		return p.T("contact.line", map[string]any{"What": p.T(key, nil), "Why": text})
	}
	return text
}

// Number writes a whole number with this language's separator of thousands.
func (p *Printer) Number(n int) string {
	s := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	between := ","
	if p.lang == French {
		between = "\u202f"
	}
	var groups []string
	for len(s) > 3 {
		groups = append([]string{s[len(s)-3:]}, groups...)
		s = s[:len(s)-3]
	}
	return sign + strings.Join(append([]string{s}, groups...), between)
}

// decimal writes a number with one figure after this language's decimal mark.
func (p *Printer) decimal(f float64) string {
	s := strconv.FormatFloat(f, 'f', 1, 64)
	if p.lang == French {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s
}

// Milliseconds writes a short time: "12 ms", "1.2 s" or « 1,2 s ».
func (p *Printer) Milliseconds(ms float64) string {
	switch {
	case ms < 1:
		return "< 1\u00a0ms"
	case ms < 999.5:
		return strconv.Itoa(int(math.Round(ms))) + "\u00a0ms"
	}
	return p.decimal(ms/1000) + "\u00a0s"
}

// Days writes a number of days in words; zero is "less than a day".
func (p *Printer) Days(n int) string {
	if n <= 0 {
		return p.T("unit.days.zero", nil)
	}
	if n >= yearsFrom {
		return p.T("unit.years", map[string]any{"N": (n + 182) / 365})
	}
	return p.T("unit.days", map[string]any{"N": n})
}

// yearsFrom is from how many days on years are said: nobody sees three years in 1095 days.
const yearsFrom = 2 * 365

// Seconds writes a number of seconds in words, rounded to its largest unit: "30 seconds", "2 minutes".
func (p *Printer) Seconds(n int) string { return p.Duration(time.Duration(n) * time.Second) }

// ShortSeconds is the same for a button: "30 s", "2 min".
func (p *Printer) ShortSeconds(n int) string {
	switch {
	case n < 100:
		return strconv.Itoa(n) + "\u00a0s"
	case n < 100*60:
		return strconv.Itoa((n+30)/60) + "\u00a0min"
	}
	return strconv.Itoa((n+1800)/3600) + "\u00a0h"
}

// Duration writes a duration in words, rounded to its largest unit.
func (p *Printer) Duration(d time.Duration) string {
	unit := func(name string, size time.Duration) string {
		return p.T("unit."+name, map[string]any{"N": int((d + size/2) / size)})
	}
	switch {
	case d < 100*time.Second:
		return unit("seconds", time.Second)
	case d < 100*time.Minute:
		return unit("minutes", time.Minute)
	case d < 36*time.Hour:
		return unit("hours", time.Hour)
	}
	return p.Days(int((d + 12*time.Hour) / (24 * time.Hour)))
}

// When writes a moment as this language does, with its offset from UTC.
func (p *Printer) When(t time.Time) string {
	if p.lang == French {
		return t.Format("02/01/2006 à 15:04:05 (UTC-07:00)")
	}
	return t.Format("2006-01-02 at 15:04:05 (UTC-07:00)")
}

// Minute is a moment to the minute, as people of the language write it, with the offset from UTC of where it was. utc says the same in UTC
// too, where that is not the same already: whoever runs a server reads logs in it.
func (p *Printer) Minute(t time.Time, utc bool) string {
	day, at, or := "2006-01-02", " ", ""
	if p.lang == French {
		day, at, or = "02/01/2006", " à ", "soit "
	}
	if _, offset := t.Zone(); offset == 0 {
		return t.Format(day + at + "15:04 (UTC)")
	}
	if !utc {
		return t.Format(day + at + "15:04 (UTC-07:00)")
	}
	u, there := t.UTC(), "15:04"
	if u.YearDay() != t.YearDay() {
		there = day + at + there
	}
	return t.Format(day+at+"15:04 (UTC-07:00, ") + or + u.Format(there) + " UTC)"
}
