package uitest

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"time"

	"passerelle/checks"
	"passerelle/checks/contacts"
	"passerelle/checks/decide"
	"passerelle/checks/history"
	"passerelle/checks/incident"
	"passerelle/checks/words"
	"passerelle/ui"
)

// Remembered are the checks that were kept so far.
func (e *Engine) Remembered() []*checks.Result {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.Kept)
}

// past keeps checks in memory.
func (e *Engine) past() *ui.Past {
	return &ui.Past{
		Keep: func(r *checks.Result, _ *words.Printer) error {
			e.mu.Lock()
			defer e.mu.Unlock()
			e.Kept = append(e.Kept, r)
			return nil
		},
		Note: func(m history.Sent) error {
			e.mu.Lock()
			defer e.mu.Unlock()
			e.Sent = append([]history.Sent{m}, e.Sent...)
			return nil
		},
		List: func() (list []history.Entry, sent []history.Sent, err error) {
			e.mu.Lock()
			defer e.mu.Unlock()
			for i, r := range slices.Backward(e.Kept) {
				list = append(list, history.Entry{Name: fmt.Sprint(i), At: r.StartedAt, Host: r.Target.Host, Side: r.Verdict.Side,
					Cause: r.Verdict.Cause, Sure: r.Verdict.Certainty, Display: r.Target.Display, Detail: r.Verdict.Detail, Verdict: r.Verdict, Gateway: r.Gateway})
			}
			return list, slices.Clone(e.Sent), e.PastErr
		},
		Read: func(name string) (*checks.Result, error) {
			e.mu.Lock()
			defer e.mu.Unlock()
			for i, r := range e.Kept {
				if fmt.Sprint(i) == name {
					return r, e.PastErr
				}
			}
			return nil, errors.New("no such check")
		},
		Wipe: func() error {
			e.mu.Lock()
			defer e.mu.Unlock()
			if e.PastErr == nil {
				e.Kept, e.Sent = nil, nil
			}
			return e.PastErr
		},
	}
}

// Memories are checks of some sites over some days, as a person would have made them, and what was sent about them. The oldest first.
func Memories() (kept []*checks.Result, sent []history.Sent) {
	add := func(sc Scenario, host string, ago time.Duration) {
		r := *sc.Result
		r.Target = Target()
		r.Target.Input, r.Target.Host, r.Target.URL, r.Target.Display = host, host, "https://"+host+"/", ""
		r.StartedAt = At.Add(-ago)
		v := make(map[string]any, len(r.Verdict.Vars))
		for name, x := range r.Verdict.Vars {
			v[name] = x
		}
		v["Host"] = host
		r.Verdict.Vars = v
		kept = append(kept, &r)
	}
	add(Proxy(), "intranet.example", 9*24*time.Hour)
	add(Works(), "intranet.example", 9*24*time.Hour-10*time.Minute)
	for i := range 5 {
		add(Works(), "journal.example", time.Duration(150-i*24)*time.Hour)
	}
	add(Works(), Host, 26*time.Hour)
	add(BadGateway(), Host, 3*time.Hour)
	add(BadGateway(), Host, 2*time.Hour)
	sent = []history.Sent{{At: At.Add(-110 * time.Minute), Host: Host, To: "site", How: history.ByCopy},
		{At: At.Add(-200 * time.Hour), Host: "intranet.example", How: history.BySave}}
	return kept, sent
}

// Differently is a saved check whose conclusion is not today's.
func Differently() *checks.Result {
	r := *BadGateway().Result
	r.Verdict = decide.Verdict{Side: decide.SideUnknown, Cause: decide.Undetermined, Certainty: decide.Possible, Vars: map[string]any{"Host": Host}}
	return &r
}

// Notes are the messages that were noted so far, the newest first.
func (e *Engine) Notes() []history.Sent {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.Sent)
}

// NewestKept is the name of the newest past check, "" where there is none.
func (e *Engine) NewestKept() string {
	if len(e.Remembered()) == 0 {
		return ""
	}
	return fmt.Sprint(len(e.Remembered()) - 1)
}

// people are the contacts of Book, and an owner for every address.
func (e *Engine) people() *ui.People {
	return &ui.People{Book: func() contacts.Book { return e.Book }, Owner: func(_ context.Context, a netip.Addr) (contacts.Owner, error) {
		return contacts.Owner{Address: a, Name: "Hébergeur Exemple SAS", Shared: true, Technical: []contacts.Reach{{Name: "NOC", Mail: "noc@hebergeur.example", Phone: "+33 1 99 00 00 00"}}}, e.PastErr
	}}
}

// SomeContacts is a book of contacts in a folder.
func SomeContacts(dir string) contacts.Book {
	b := contacts.Book{File: filepath.Join(dir, "contacts.json")}
	if list, _ := b.List(); len(list) > 0 {
		return b
	}
	for _, c := range []contacts.Contact{
		{Role: contacts.IT, Name: "Camille, service informatique", Mail: "it@entreprise.example", Phone: "01 23 45 67 89"},
		{Role: contacts.Provider, Name: "Fournisseur Exemple", Phone: "3900", Account: "123456789", Status: "https://etat.fournisseur.example/"},
		{Role: contacts.Site, Host: Host, Mail: "aide@" + Host},
	} {
		if _, err := b.Put(c); err != nil {
			panic(err) // a test's folder can be written to
		}
	}
	return b
}

// outages tell from the checks and messages in memory.
func (e *Engine) outages() *ui.Outages {
	return &ui.Outages{
		Of: func(host string) (*incident.Incident, incident.Kept, error) {
			list, sent, err := e.past().List()
			if err != nil {
				return nil, incident.Kept{}, err
			}
			return incident.Of(host, incident.Sources{Checks: list, Sent: sent}), e.Written, nil
		},
		Keep: func(_ string, k incident.Kept) error {
			e.mu.Lock()
			defer e.mu.Unlock()
			e.Written = k
			return e.PastErr
		},
	}
}
