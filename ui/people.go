package ui

// The person's own contacts, and who owns an address.

import (
	"context"
	"net/netip"
	"net/url"

	"passerelle/checks/contacts"
	"passerelle/ui/flow"
)

// People is where contacts are kept and owners are asked for. Its functions are called off the UI goroutine.
type People struct {
	Book  func() contacts.Book
	Owner func(context.Context, netip.Addr) (contacts.Owner, error) // nil: nobody can be asked
}

// peopleHere are this person's.
func peopleHere() *People {
	return &People{Book: contacts.Default, Owner: func(ctx context.Context, a netip.Addr) (contacts.Owner, error) {
		return contacts.Real().Owner(ctx, a)
	}}
}

// people does what the pages with contacts ask for.
func (s *Shell) people(e flow.Effect) {
	p := s.deps.People
	if p == nil {
		return
	}
	ctx := s.base
	go func() {
		var ev flow.Event
		switch e := e.(type) {
		case flow.FindOwner:
			a := flow.Owned{N: e.N}
			a.Err = safely(func() (err error) { a.Owner, err = p.Owner(ctx, e.Address); return err })
			ev = a
		default:
			a := flow.Peopled{}
			a.Err = safely(func() (err error) {
				switch e := e.(type) {
				case flow.KeepPerson:
					a.Kept = true
					_, err = p.Book().Put(e.Contact)
				case flow.ForgetPerson:
					a.Kept = true
					err = p.Book().Delete(e.ID)
				}
				if err != nil {
					return err
				}
				a.List, err = p.Book().List()
				return err
			})
			ev = a
		}
		s.deps.Dispatch(func() { s.Send(ev) })
	}()
}

// openLink opens an address that the person has been shown in full.
func (s *Shell) openLink(address string) {
	u, err := url.Parse(address)
	if err == nil && (u.Scheme == "http" || u.Scheme == "https") && s.deps.OpenURL != nil {
		err = s.deps.OpenURL(u)
	}
	if err != nil {
		s.toast("ui.not-opened")
	}
}
