package ui

// The journal of an incident: read from what is kept here, completed by the person, saved.

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"passerelle/checks/incident"
	"passerelle/checks/report"
	"passerelle/checks/words"
	"passerelle/ui/flow"
)

// Outages is where incidents are told from.
type Outages struct {
	Of   func(host string) (*incident.Incident, incident.Kept, error) // a site's newest; nil where none is known
	Keep func(id string, k incident.Kept) error
}

// outagesHere tells from everything that is kept on this computer.
func outagesHere() *Outages {
	return &Outages{
		Of: func(host string) (*incident.Incident, incident.Kept, error) {
			src, lines, err := incident.Here()
			i := incident.Of(host, src)
			if i == nil {
				return nil, incident.Kept{}, err
			}
			k, also := lines.Read(i.ID())
			return i, k, errors.Join(err, also)
		},
		Keep: func(id string, k incident.Kept) error {
			_, lines, err := incident.Here()
			if also := lines.Write(id, k); also != nil {
				return errors.Join(err, also)
			}
			return nil // what else could not be read is of no matter here
		},
	}
}

// journalMask is how a journal is shown and saved: masked, because it is passed on.
func journalMask() incident.Options {
	who := report.ThisComputer()
	return incident.Options{Who: &who, Retrospective: true}
}

// outage does what the page of the journal asks for.
func (s *Shell) outage(e flow.Effect) {
	from, folder, w := s.deps.Outages, s.deps.Folder, s.words
	if from == nil {
		return
	}
	go func() {
		var ev flow.Event
		switch e := e.(type) {
		case flow.Recount:
			a := flow.Recounted{Host: e.Host}
			a.Err = safely(func() (err error) { a.Incident, a.Kept, err = from.Of(e.Host); return err })
			ev = a
		case flow.KeepParts:
			_ = safely(func() error { return from.Keep(e.Outage.Incident.ID(), e.Outage.Kept) }) // the page is left: there is nowhere to say it
			return
		case flow.WriteIncident:
			a := flow.IncidentSaved{}
			a.Err = safely(func() (err error) {
				_ = from.Keep(e.Outage.Incident.ID(), e.Outage.Kept) // what is written into the file is kept even where this fails
				a.Where, err = saveJournal(folder, e, w)
				return err
			})
			ev = a
		}
		s.deps.Dispatch(func() {
			s.Send(ev)
			if a, ok := ev.(flow.IncidentSaved); ok && a.Err == nil && s.state.Page == flow.Incident {
				s.tellSaved(a.Where)
			}
		})
	}()
}

func saveJournal(folder func() (string, error), e flow.WriteIncident, w *words.Printer) (string, error) {
	if folder == nil {
		return "", errors.New("saving the journal: there is no folder for it")
	}
	dir, err := folder()
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	if err != nil {
		return "", err
	}
	i := e.Outage.Incident
	ext := map[string]string{flow.JournalText: ".txt", flow.JournalMarkdown: ".md", flow.JournalCSV: ".csv"}[e.Format]
	return saveAs(filepath.Join(dir, fileNameOf(w.T("ui.file.journal", nil), i.Host, i.Start)), ext, func(f io.Writer) error {
		return incident.Write(f, e.Format, i, e.Outage.Kept, w, journalMask())
	})
}
