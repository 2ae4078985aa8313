// This file has whom to ask: the person's own contacts, what the error page names, and who owns the site's address.

package flow

import (
	"errors"
	"net/netip"

	"passerelle/checks/contacts"
	"passerelle/checks/report"
)

// People is the page of the person's own contacts.
const People Page = "people"

// Folk is whom to ask.
type Folk struct {
	From Page
	Read bool
	List []contacts.Contact
	// Edit is the contact that is being written; nil: the list is shown.
	Edit     *contacts.Contact
	Problems contacts.Problems // what is wrong with it
	Error    error             // why the last thing could not be done; nil: it was

	Asking bool            // it is asked who owns the site's address
	Owner  *contacts.Owner // the answer
	NoOne  bool            // there was none
}

// What the person does.
type (
	// EditContact writes a contact: a known one by its id, or a new one.
	EditContact struct{ ID string }
	// TypeContact is what was typed into a field of it, or chosen: its role.
	TypeContact struct {
		Field contacts.Field
		Text  string
	}
	// KeepContact keeps it.
	KeepContact struct{}
	// DropContact takes the contact that is being written out of the list.
	DropContact struct{}
	// AskOwner asks a registry who owns the site's address: the click is the consent.
	AskOwner struct{}
)

// What comes from outside.
type (
	// Peopled is the answer to ReadPeople, KeepPerson and ForgetPerson.
	Peopled struct {
		List []contacts.Contact
		Kept bool // something was changed
		Err  error
	}
	// Owned is the answer to FindOwner.
	Owned struct {
		N     int
		Owner contacts.Owner
		Err   error
	}
)

func (EditContact) event() {}
func (TypeContact) event() {}
func (KeepContact) event() {}
func (DropContact) event() {}
func (AskOwner) event()    {}
func (Peopled) event()     {}
func (Owned) event()       {}

// The effects.
type (
	// ReadPeople reads the contacts: Peopled.
	ReadPeople struct{}
	// KeepPerson keeps one: Peopled.
	KeepPerson struct{ Contact contacts.Contact }
	// ForgetPerson takes one out: Peopled.
	ForgetPerson struct{ ID string }
	// FindOwner asks who owns an address: Owned.
	FindOwner struct {
		N       int
		Address netip.Addr
	}
)

func (ReadPeople) effect()   {}
func (KeepPerson) effect()   {}
func (ForgetPerson) effect() {}
func (FindOwner) effect()    {}

// people handles the events of this file; ok tells whether it was one.
func (m Machine) people(s State, e Event) (next State, effects []Effect, ok bool) {
	p := s.Folk
	switch e := e.(type) {
	case Open:
		if e.Page != People {
			return s, nil, false
		}
		if s.idle() && (s.Page == Settings || s.Page == Papers) {
			s.Folk = Folk{From: s.Page, List: p.List}
			s.Page, effects = People, []Effect{ReadPeople{}}
		}
	case Back:
		if s.Page != People {
			return s, nil, false
		}
		if p.Edit != nil {
			s.Folk.Edit, s.Folk.Problems, s.Folk.Error = nil, nil, nil
			break
		}
		if s.Page = p.From; s.Page == Papers { // a customer number may be new
			s, effects = s.write()
		}
	case Peopled:
		s.Folk.Read = true
		var bad contacts.Problems
		switch {
		case errors.As(e.Err, &bad):
			s.Folk.Problems = bad
		case e.Err != nil:
			s.Folk.Error = e.Err
		default:
			s.Folk.List, s.Folk.Error, s.Folk.Problems = e.List, nil, nil
			if e.Kept {
				s.Folk.Edit = nil
			}
		}
	case EditContact:
		if s.Page == People && p.Edit == nil {
			c := contacts.Contact{Role: contacts.IT}
			for _, x := range p.List {
				if x.ID == e.ID && e.ID != "" {
					c = x
				}
			}
			s.Folk.Edit, s.Folk.Problems, s.Folk.Error = &c, nil, nil
		}
	case TypeContact:
		if s.Page == People && p.Edit != nil {
			c := typed(*p.Edit, e)
			s.Folk.Edit = &c
		}
	case KeepContact:
		if s.Page == People && p.Edit != nil {
			effects = []Effect{KeepPerson{*p.Edit}}
		}
	case DropContact:
		if s.Page == People && p.Edit != nil && p.Edit.ID != "" {
			effects = []Effect{ForgetPerson{p.Edit.ID}}
		}
	case AskOwner:
		if a, ok := s.InView().Address(); ok && s.Page == Papers && !p.Asking {
			s.Folk.Asking, s.Folk.Owner, s.Folk.NoOne = true, nil, false
			effects = []Effect{FindOwner{s.Paper.N, a}}
		}
	case Owned:
		if a, ok := s.InView().Address(); ok && e.Owner.Address.IsValid() && e.Owner.Address != a.Unmap().WithZone("") {
			break // an answer about the site before
		}
		s.Folk.Asking = false
		if s.Page == Papers {
			if s.Folk.NoOne = e.Err != nil; e.Err == nil {
				s.Folk.Owner = &e.Owner
			}
		}
	default:
		return s, nil, false
	}
	return s, effects, true
}

// typed is a contact with one field changed.
func typed(c contacts.Contact, e TypeContact) contacts.Contact {
	switch e.Field {
	case contacts.FieldRole:
		c.Role = contacts.Role(e.Text)
	case contacts.FieldHost:
		c.Host = e.Text
	case contacts.FieldName:
		c.Name = e.Text
	case contacts.FieldMail:
		c.Mail = e.Text
	case contacts.FieldPhone:
		c.Phone = e.Text
	case contacts.FieldAccount:
		c.Account = e.Text
	case contacts.FieldStatus:
		c.Status = e.Text
	}
	return c
}

// RoleOf is who gets a message; "" for the report and for customers.
func RoleOf(k report.MessageKind) contacts.Role {
	switch k {
	case report.ToSite:
		return contacts.Site
	case report.ToProvider:
		return contacts.Provider
	case report.ToHost:
		return contacts.Host
	case report.ToIT:
		return contacts.IT
	}
	return ""
}

// Address is the machine that answered for the site, where one did.
func (s Shown) Address() (netip.Addr, bool) {
	if s.Result == nil || s.Result.Facts == nil {
		return netip.Addr{}, false
	}
	x := s.Result.Facts.Chain.Last()
	if x == nil {
		return netip.Addr{}, false
	}
	if w := x.Winner(); w != nil {
		return w.Address.Addr(), true
	}
	if x.Lookup.Good() {
		return x.Lookup.Addresses[0], true
	}
	return netip.Addr{}, false
}
