package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"

	"passerelle/checks"
	"passerelle/checks/contacts"
	"passerelle/checks/history"
	"passerelle/checks/incident"
	"passerelle/checks/report"
	"passerelle/checks/words"
)

// picture reads the screenshot that goes with a report; nil where none is named.
func (t *terminal) picture(name string) (*report.Picture, int) {
	if name == "" {
		return nil, exitOK
	}
	complain := func(key string) (*report.Picture, int) {
		fmt.Fprintln(t.err, t.say.T(key, map[string]any{"Name": name}))
		return nil, exitUsage
	}
	info, err := os.Stat(name)
	if err != nil || !info.Mode().IsRegular() {
		return complain("cli.cannot_read")
	}
	if info.Size() > report.MaxPictureFile {
		return complain("report.picture-too-large")
	}
	raw, err := os.ReadFile(name)
	if err != nil {
		return complain("cli.cannot_read")
	}
	x, err := report.NewPicture(raw)
	switch {
	case errors.Is(err, report.ErrPictureSize):
		return complain("report.picture-too-large")
	case err != nil:
		return complain("report.bad-picture")
	}
	return x, exitOK
}

// incident writes the journal of an outage: of a site's newest, or of the newest of all.
func (t *terminal) incident(rest []string, format, file string, who report.Identity, unmask bool) int {
	host := ""
	if len(rest) > 0 {
		target, err := checks.ParseTarget(strings.Join(rest, " "), false)
		if err != nil {
			t.refuse(err)
			return exitUsage
		}
		host = target.Host
	}
	src, store, err := incident.Here()
	if err != nil {
		fmt.Fprintln(t.err, err) // what could be read is still there
	}
	i := incident.Of(host, src)
	if i == nil {
		fmt.Fprintln(t.err, t.say.T("report.no-incident", nil))
		return exitUsage
	}
	own, err := store.Read(i.ID())
	if err != nil {
		fmt.Fprintln(t.err, err)
	}
	opt := incident.Options{Retrospective: true, Who: &who}
	if unmask {
		opt.Who = nil
	}
	return t.save(file, func(w io.Writer) error { return incident.Write(w, format, i, own, t.say, opt) })
}

// contactList is the object of `passerelle contacts --json`.
type contactList struct {
	Schema   int                `json:"schema"`
	Contacts []contacts.Contact `json:"contacts"`
	Found    []contacts.Found   `json:"found"` // on the page of the last check of that site
	About    contacts.Role      `json:"found_about,omitempty"`
}

// runContacts is `passerelle contacts`: whom to ask. Without a word it lists; add, remove and owner do what they say.
func runContacts(ctx context.Context, t *terminal, args []string) int {
	asJSON, c := false, contacts.Contact{}
	set := func(s *string) func(string) error { return func(v string) error { *s = v; return nil } }
	rest, err := flags{bools: map[string]*bool{"json": &asJSON}, values: map[string]func(string) error{"lang": t.language,
		"site": set(&c.Host), "name": set(&c.Name), "mail": set(&c.Mail), "phone": set(&c.Phone), "account": set(&c.Account), "status": set(&c.Status)}}.parse(args)
	if err != nil {
		return t.usage(err)
	}
	verb := ""
	if len(rest) > 0 {
		verb = rest[0]
	}
	book := contacts.Default()
	switch {
	case verb == "add" && len(rest) == 2:
		c.Role = contacts.Role(rest[1])
		return t.addContact(book, c, asJSON)
	case verb == "remove" && len(rest) == 2:
		if err := book.Delete(rest[1]); err != nil {
			fmt.Fprintln(t.err, err)
			return exitProblem
		}
		return exitOK
	case verb == "owner" && len(rest) == 2:
		return t.owner(ctx, rest[1], asJSON)
	case slices.Contains([]string{"add", "remove", "owner"}, verb):
		return t.usage(usageError{"cli.option_needs_value", verb})
	}
	return t.listContacts(book, rest, asJSON)
}

func (t *terminal) addContact(book contacts.Book, c contacts.Contact, asJSON bool) int {
	c, err := book.Put(c)
	var bad contacts.Problems
	if errors.As(err, &bad) {
		for _, p := range bad {
			fmt.Fprintln(t.err, t.say.T("report.pair", map[string]any{"Label": string(p.Field), "Text": p.Tell(t.say)}))
		}
		return exitUsage
	}
	if err != nil {
		fmt.Fprintln(t.err, err)
		return exitProblem
	}
	if asJSON {
		err = printJSON(t.out, c)
	} else {
		_, err = fmt.Fprintln(t.out, contactLine(c, t.say))
	}
	if err != nil {
		return exitProblem
	}
	return exitOK
}

// listContacts shows the person's own contacts, and what the last page of a site named.
func (t *terminal) listContacts(book contacts.Book, rest []string, asJSON bool) int {
	list, err := book.List()
	if err != nil {
		fmt.Fprintln(t.err, err)
		return exitProblem
	}
	out := contactList{Schema: 1, Contacts: []contacts.Contact{}, Found: []contacts.Found{}}
	out.Contacts = append(out.Contacts, list...)
	res, err := kept().Last()
	if len(rest) > 0 {
		target, perr := checks.ParseTarget(strings.Join(rest, " "), false)
		if perr != nil {
			t.refuse(perr)
			return exitUsage
		}
		out.Contacts = out.Contacts[:0]
		for _, role := range contacts.Roles {
			out.Contacts = append(out.Contacts, contacts.For(list, role, target.Host)...)
		}
		res, err = lastOf(kept(), target.Host)
	}
	if err == nil && res != nil {
		if found := contacts.InResult(res); len(found) > 0 {
			out.Found, out.About = found, contacts.OfPage(res.Gateway)
		}
	}
	if asJSON {
		if err := printJSON(t.out, out); err != nil {
			return exitProblem
		}
		return exitOK
	}
	if len(out.Contacts)+len(out.Found) == 0 {
		fmt.Fprintln(t.out, t.say.T("contacts.none", nil))
	}
	for _, c := range out.Contacts {
		fmt.Fprintln(t.out, contactLine(c, t.say))
	}
	if len(out.Found) > 0 {
		fmt.Fprintln(t.out, t.say.T("contacts.found."+string(out.About), map[string]any{"Host": res.Target.Host}))
	}
	for _, f := range out.Found {
		text := f.Value
		if f.Text != "" {
			text += " (" + f.Text + ")"
		}
		fmt.Fprintln(t.out, "  "+t.say.T("report.pair", map[string]any{"Label": t.say.T("contacts.kind."+string(f.Kind), nil), "Text": text}))
	}
	return exitOK
}

// lastOf is the newest kept check of a site; nil where there is none.
func lastOf(past history.Store, host string) (*checks.Result, error) {
	list, err := past.List()
	if err != nil {
		return nil, err
	}
	for _, e := range list {
		if strings.EqualFold(e.Host, host) {
			return past.Read(e.Name)
		}
	}
	return nil, nil
}

func contactLine(c contacts.Contact, say *words.Printer) string {
	what := slices.DeleteFunc([]string{c.Host, c.Name, c.Mail, c.Phone, c.Account, c.Status}, func(s string) bool { return s == "" })
	return c.ID + "  " + say.T("report.pair", map[string]any{"Label": say.T("contacts.role."+string(c.Role), nil), "Text": strings.Join(what, ", ")})
}

// owner asks who owns an address, and says who was asked.
func (t *terminal) owner(ctx context.Context, address string, asJSON bool) int {
	a, err := netip.ParseAddr(strings.Trim(address, "[]"))
	if err != nil {
		fmt.Fprintln(t.err, t.say.T("contacts.owner.address", map[string]any{"Text": address}))
		return exitUsage
	}
	o, err := contacts.Real().Owner(ctx, a)
	if asJSON {
		if perr := printJSON(t.out, o); perr != nil {
			return exitProblem
		}
	} else if err == nil {
		for _, l := range o.Lines(t.say) {
			fmt.Fprintln(t.out, l)
		}
	}
	if err != nil {
		fmt.Fprintln(t.err, contacts.TellOwner(err, t.say))
		if errors.Is(err, contacts.ErrPrivate) {
			return exitUsage
		}
		return exitProblem
	}
	return exitOK
}
