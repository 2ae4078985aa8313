// This file has the journal of an incident: one outage of a site from its first failure to its recovery, and what the person adds.

package flow

import "passerelle/checks/incident"

// Incident is the page of the journal.
const Incident Page = "incident"

// Formats of a journal that is saved: what incident.Write takes.
const (
	JournalText     = "text"
	JournalMarkdown = "md"
	JournalCSV      = "csv"
)

// Outage is the incident that is looked at.
type Outage struct {
	Host     string
	Read     bool
	Incident *incident.Incident // nil: none is known
	Kept     incident.Kept
	Saving   bool
	Where    string // the file that was written
	Error    error
}

// What the person does.
type (
	// OpenIncident goes from the history to the journal of a site's newest incident.
	OpenIncident struct{ Host string }
	// TypePart writes a part of the retrospective, by the id that incident.Form gives it.
	TypePart struct{ ID, Text string }
	// SaveIncident writes the journal to a file.
	SaveIncident struct{ Format string }
)

// What comes from outside.
type (
	// Recounted is the answer to Recount.
	Recounted struct {
		Host     string
		Incident *incident.Incident
		Kept     incident.Kept
		Err      error
	}
	// IncidentSaved is the answer to WriteIncident and KeepParts.
	IncidentSaved struct {
		Where string
		Err   error
	}
)

func (OpenIncident) event()  {}
func (TypePart) event()      {}
func (SaveIncident) event()  {}
func (Recounted) event()     {}
func (IncidentSaved) event() {}

// The effects.
type (
	// Recount reads what is known of a site's newest incident: Recounted.
	Recount struct{ Host string }
	// KeepParts keeps what the person wrote: IncidentSaved.
	KeepParts struct{ Outage Outage }
	// WriteIncident keeps that too, and writes the journal to a file: IncidentSaved.
	WriteIncident struct {
		Outage Outage
		Format string
	}
)

func (Recount) effect()       {}
func (KeepParts) effect()     {}
func (WriteIncident) effect() {}

// outage handles the events of this file; ok tells whether it was one.
func (m Machine) outage(s State, e Event) (next State, effects []Effect, ok bool) {
	o := s.Outage
	switch e := e.(type) {
	case OpenIncident:
		if s.Page == History && s.idle() && e.Host != "" {
			s.Page, s.Outage = Incident, Outage{Host: e.Host}
			effects = []Effect{Recount{e.Host}}
		}
	case Recounted:
		if s.Page == Incident && e.Host == o.Host {
			s.Outage.Read, s.Outage.Incident, s.Outage.Kept, s.Outage.Error = true, e.Incident, e.Kept, e.Err
		}
	case TypePart:
		if s.Page == Incident && o.Incident != nil {
			r := &s.Outage.Kept.Retrospective
			if to := map[string]*string{"happened": &r.Happened, "impact": &r.Impact, "helped": &r.Helped, "change": &r.Change}[e.ID]; to != nil {
				*to, s.Outage.Where = e.Text, ""
			}
		}
	case SaveIncident:
		if s.Page == Incident && o.Incident != nil && !o.Saving {
			s.Outage.Saving, s.Outage.Where, s.Outage.Error = true, "", nil
			effects = []Effect{WriteIncident{o, e.Format}}
		}
	case IncidentSaved:
		s.Outage.Saving, s.Outage.Where, s.Outage.Error = false, e.Where, e.Err
	case Back:
		if s.Page != Incident {
			return s, nil, false
		}
		if o.Incident != nil {
			effects = []Effect{KeepParts{o}}
		}
		s.Page, s.Outage = History, Outage{}
	default:
		return s, nil, false
	}
	return s, effects, true
}
