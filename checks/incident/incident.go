// Package incident tells one outage of a site from its first failure to its recovery: the checks, what was changed on this computer and
// put back, the messages that were handed out, with their times. It asks nothing of the network; everything comes from what is kept
// here.
package incident

import (
	"maps"
	"slices"
	"strings"
	"time"

	"passerelle/checks"
	"passerelle/checks/decide"
	"passerelle/checks/fix"
	"passerelle/checks/history"
)

// afterEnd is how long after the recovery a message still belongs to it: customers are told that it is over the same day.
const afterEnd = 24 * time.Hour

// Kind is what happened at one moment.
type Kind string

// The kinds.
const (
	Check   Kind = "check"
	Fix     Kind = "fix"  // something was changed on this computer
	Undo    Kind = "undo" // and put back
	Message Kind = "message"
	Note    Kind = "note" // a line of the person's own
)

// Event is one moment. What is not of its kind is empty.
type Event struct {
	At   time.Time
	Kind Kind

	Check history.Entry // Check
	Fix   fix.Record    // Fix, Undo
	Sent  history.Sent  // Message
	Text  string        // Note
}

// State is how an event went, in the four states of everything that is shown.
func (e Event) State() decide.State {
	switch {
	case e.Kind == Check && e.Check.Side == decide.SideWorks:
		return decide.StateOK
	case e.Kind == Check && (e.Check.Side == decide.SideUnknown || e.Check.Side == ""):
		return decide.StateUnknown
	case e.Kind == Check:
		return decide.StateProblem
	case e.Kind == Fix && e.Fix.State == fix.Failed:
		return decide.StateWarning
	}
	return decide.StateOK
}

// Incident is one outage of one site, as far as this computer has seen it.
type Incident struct {
	Host    string
	Display string // the host as people read it

	Before time.Time // the last success before it; zero: none is known
	Start  time.Time // the first failure that was seen
	Last   time.Time // the newest failure
	End    time.Time // the first success after it; zero: none was seen

	Failures, Checks int // checks between Start and End; all of them, the successful last one counted
	Events           []Event
}

// Sources is what is known here. Their order does not matter.
type Sources struct {
	Checks []history.Entry
	Fixes  []fix.Record
	Sent   []history.Sent
	Notes  map[string][]Line // by Incident.ID
}

// ID names an incident: the same for the same outage however long it goes on.
func (i *Incident) ID() string { return i.Start.UTC().Format("20060102T150405.000Z") + " " + i.Host }

// Over tells whether the recovery was seen.
func (i *Incident) Over() bool { return !i.End.IsZero() }

// Lasted is how long it was seen to fail: to the recovery, or to the newest failure.
func (i *Incident) Lasted() time.Duration {
	if i.Over() {
		return i.End.Sub(i.Start)
	}
	return i.Last.Sub(i.Start)
}

// AtMost is the longest that it can have lasted: from the last success before it to the first after it; 0: not known.
func (i *Incident) AtMost() time.Duration {
	if i.Over() && !i.Before.IsZero() {
		return i.End.Sub(i.Before)
	}
	return 0
}

// RequestIDs are all the references that support can look up, each once, in the order seen: "cf-ray 8f3c1d2e4a5b6c7d-CDG".
func (i *Incident) RequestIDs() []string {
	var ids []string
	for _, e := range i.Events {
		if e.Kind != Check || e.Check.Gateway == nil {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(e.Check.Gateway.RequestIDs)) {
			if id := name + " " + e.Check.Gateway.RequestIDs[name]; !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// Worst is the verdict that the failures gave most often, the newest of equals.
func (i *Incident) Worst() decide.Verdict {
	count, best := map[decide.Cause]int{}, 0
	var v decide.Verdict
	for _, e := range i.Events {
		if e.Kind == Check && failed(e.Check) {
			if count[e.Check.Cause]++; count[e.Check.Cause] >= best {
				best, v = count[e.Check.Cause], e.Check.Verdict
			}
		}
	}
	return v
}

func failed(e history.Entry) bool { return e.Side != decide.SideWorks }

// All gives every incident that the kept checks tell of, the newest first.
func All(src Sources) []*Incident {
	byHost := map[string][]history.Entry{}
	for _, e := range src.Checks {
		h := strings.ToLower(e.Host)
		byHost[h] = append(byHost[h], e)
	}
	var all []*Incident
	for _, host := range slices.Sorted(maps.Keys(byHost)) {
		list := outages(host, byHost[host])
		for n, i := range list {
			i.gather(src, list[n+1:])
		}
		all = append(all, list...)
	}
	slices.SortStableFunc(all, func(a, b *Incident) int { return b.Start.Compare(a.Start) })
	return all
}

// Of gives the newest incident of a site, nil where none is known; "" is the newest of all.
func Of(host string, src Sources) *Incident {
	for _, i := range All(src) {
		if host == "" || strings.EqualFold(i.Host, host) {
			return i
		}
	}
	return nil
}

// outages cuts the checks of one site into its outages, the oldest first. Two failures with more than history.SameRun between them, and no
// look in between, are two.
func outages(host string, list []history.Entry) []*Incident {
	slices.SortStableFunc(list, func(a, b history.Entry) int { return a.At.Compare(b.At) })
	var all []*Incident
	var now *Incident
	var success time.Time
	for _, e := range list {
		if !failed(e) {
			if now != nil {
				now.End = e.At
				now.Checks++
				now.Events = append(now.Events, Event{At: e.At, Kind: Check, Check: e})
			}
			now, success = nil, e.At
			continue
		}
		if now != nil && e.At.Sub(now.Last) > history.SameRun {
			now = nil
		}
		if now == nil {
			now = &Incident{Host: host, Display: e.Display, Start: e.At, Before: success}
			all = append(all, now)
		}
		now.Last = e.At
		now.Failures++
		now.Checks++
		now.Events = append(now.Events, Event{At: e.At, Kind: Check, Check: e})
	}
	return all
}

// gather puts the rest of what happened into an incident. later are the incidents of the same site after it.
func (i *Incident) gather(src Sources, later []*Incident) {
	end := i.End
	switch {
	case end.IsZero() && len(later) > 0:
		end = i.Last.Add(history.SameRun)
	case end.IsZero():
		end = time.Unix(1<<40, 0) // it goes on
	}
	told := end.Add(afterEnd)
	if len(later) > 0 && later[0].Start.Before(told) {
		told = later[0].Start
	}
	within := func(t, last time.Time) bool { return !t.Before(i.Start) && !t.After(last) }
	for _, r := range src.Fixes {
		if !within(r.At, end) || r.Change.Host != "" && !strings.EqualFold(r.Change.Host, i.Host) {
			continue
		}
		i.Events = append(i.Events, Event{At: r.At, Kind: Fix, Fix: r})
		if r.State == fix.Undone && !r.FinishedAt.IsZero() {
			i.Events = append(i.Events, Event{At: r.FinishedAt, Kind: Undo, Fix: r})
		}
	}
	for _, m := range src.Sent {
		if strings.EqualFold(m.Host, i.Host) && within(m.At, told) {
			i.Events = append(i.Events, Event{At: m.At, Kind: Message, Sent: m})
		}
	}
	for _, n := range src.Notes[i.ID()] {
		i.Events = append(i.Events, Event{At: n.At, Kind: Note, Text: n.Text})
	}
	slices.SortStableFunc(i.Events, func(a, b Event) int { return a.At.Compare(b.At) })
}

// asResult is as much of a check as masking needs to know what belongs to the site.
func (i *Incident) asResult() *checks.Result {
	g := &checks.Gateway{RequestIDs: map[string]string{}}
	for _, id := range i.RequestIDs() {
		name, value, _ := strings.Cut(id, " ")
		g.RequestIDs[name+" "+value] = value
	}
	return &checks.Result{Target: checks.Target{Host: i.Host}, Gateway: g}
}
