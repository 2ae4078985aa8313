package screens

// Whom to ask: the person's own contacts, and where each is written down.

import (
	"strings"

	"fyne.io/fyne/v2"

	"passerelle/checks/contacts"
	"passerelle/checks/report"
	"passerelle/ui/flow"
	"passerelle/ui/kit"
	"passerelle/ui/theme"
)

// People lists the contacts, or shows the one that is being written.
func People(e Env, s flow.State) *View {
	if s.Folk.Edit != nil {
		return contact(e, s)
	}
	back, add := e.back(), e.main("contact-new", e.send(flow.EditContact{}))
	view := &View{Back: back, First: add}
	view.right(add)
	view.Body = []fyne.CanvasObject{kit.NewColumn(kit.Column, 12, kit.NewParagraph(e.T("people.title"), kit.Heading),
		kit.NewParagraph(e.T("people.text"), kit.Quiet))}
	switch {
	case s.Folk.Error != nil:
		view.Body = append(view.Body, trouble(e.Tell(s.Folk.Error)))
	case !s.Folk.Read:
		view.Body = append(view.Body, kit.NewParagraph(e.T("changes.reading"), kit.Quiet))
	case len(s.Folk.List) == 0:
		view.Body = append(view.Body, kit.NewParagraph(e.T("people.none"), kit.Body))
	}
	for _, c := range s.Folk.List {
		item := kit.NewItem(theme.Icon("info", theme.ColorInfo), e.contactName(c), contactLine(c), e.send(flow.EditContact{ID: c.ID}))
		item.OnCancel = func() { e.Send(flow.Back{}) }
		view.Body = append(view.Body, kit.NewCard(theme.ColorSurface, theme.ColorHairline, item))
	}
	return view
}

// contactName is who it is: the name with the role, and the site where it is for one.
func (e Env) contactName(c contacts.Contact) string {
	parts := []string{e.Words.T("contacts.role."+string(c.Role), nil)}
	for _, p := range []string{c.Name, c.Host} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, ", ")
}

// contactLine is how it is reached.
func contactLine(c contacts.Contact) string {
	var parts []string
	for _, p := range []string{c.Mail, c.Phone, c.Account, c.Status} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, " · ")
}

// contact is the form of one.
func contact(e Env, s flow.State) *View {
	c := *s.Folk.Edit
	back, keep := e.back(), e.main("contact-keep", e.send(flow.KeepContact{}))
	view := &View{Back: back}
	title := "people.new"
	if c.ID != "" {
		title = "people.edit"
		view.right(e.button("contact-drop", e.send(flow.DropContact{})))
	}
	view.right(keep)
	var row []fyne.CanvasObject
	for _, r := range contacts.Roles {
		b := e.button("role-"+string(r), e.send(flow.TypeContact{Field: contacts.FieldRole, Text: string(r)}))
		b.Selected = c.Role == r
		row = append(row, b)
	}
	view.Body = []fyne.CanvasObject{kit.NewParagraph(e.T(title), kit.Heading),
		kit.NewColumn(kit.Column, 4, kit.NewParagraph(e.T("people.who"), kit.Strong), kit.NewRow(4, row...))}
	if s.Folk.Error != nil {
		view.Body = append(view.Body, trouble(e.Tell(s.Folk.Error)))
	}
	for _, f := range []struct {
		field contacts.Field
		text  string
	}{{contacts.FieldName, c.Name}, {contacts.FieldMail, c.Mail}, {contacts.FieldPhone, c.Phone}, {contacts.FieldAccount, c.Account},
		{contacts.FieldStatus, c.Status}, {contacts.FieldHost, c.Host}} {
		in := kit.NewField(e.T("people." + string(f.field) + ".example"))
		in.SetText(f.text)
		in.OnChanged = func(text string) { e.Send(flow.TypeContact{Field: f.field, Text: text}) }
		in.OnSubmitted = func(string) { e.Send(flow.KeepContact{}) }
		in.OnCancel = func() { e.Send(flow.Back{}) }
		box := kit.NewColumn(kit.Column, 4, kit.NewParagraph(e.T("people."+string(f.field)), kit.Strong), in)
		for _, p := range s.Folk.Problems {
			if p.Field == f.field {
				box.Add(trouble(p.Tell(e.Words)))
			}
		}
		if view.First == nil {
			view.First = in
		}
		view.Body = append(view.Body, box)
	}
	view.Update = func(n flow.State) bool {
		return n.Page == flow.People && n.Folk.Edit != nil && n.Folk.Edit.Role == c.Role && n.Folk.Error == s.Folk.Error &&
			len(n.Folk.Problems) == 0 && len(s.Folk.Problems) == 0
	}
	return view
}

// ask is whom a message can go to: the person's own contacts first, then what the error page names, shown with where it leads; nil: nobody.
func ask(e Env, s flow.State) fyne.CanvasObject {
	role := flow.RoleOf(s.Paper.Draft.To)
	r := s.InView().Result
	if !e.People || role == "" || r == nil {
		return nil
	}
	box := kit.NewColumn(kit.Column, kit.GapInside, kit.NewParagraph(e.T("people.ask"), kit.Strong))
	for _, c := range contacts.For(s.Folk.List, role, r.Target.Host) {
		one := kit.NewColumn(kit.Column, 2, kit.NewParagraph(e.contactName(c), kit.Body), kit.NewParagraph(contactLine(c), kit.Caption))
		var row []fyne.CanvasObject
		if c.Mail != "" && e.Links {
			row = append(row, e.button("write-to", e.send(flow.Hand{How: "mail", Mail: c.Mail})))
		}
		if c.Status != "" && e.Links {
			row = append(row, e.button("open-status", func() { e.OpenLink(c.Status) }))
		}
		if len(row) > 0 {
			one.Add(kit.NewRow(4, row...))
		}
		box.Add(one)
	}
	if contacts.OfPage(r.Gateway) == role {
		for _, f := range contacts.InResult(r) {
			one := kit.NewColumn(kit.Column, 2, kit.NewParagraph(e.T("people.found", "Text", f.Text), kit.Body), kit.NewParagraph(f.Value, kit.Caption))
			switch {
			case !e.Links:
			case f.Kind == contacts.MailTo:
				one.Add(kit.NewRow(0, e.button("write-to", e.send(flow.Hand{How: "mail", Mail: f.Value}))))
			case f.Kind != contacts.Telephone:
				one.Add(kit.NewRow(0, e.button("open-found", func() { e.OpenLink(f.Value) })))
			}
			box.Add(one)
		}
	}
	box.Add(kit.NewRow(4, e.button("contacts", e.send(flow.Open{Page: flow.People}))))
	if s.Paper.Draft.To == report.ToSite || s.Paper.Draft.To == report.ToHost {
		if o := owner(e, s); o != nil {
			box.Add(o)
		}
	}
	return kit.NewCard(theme.ColorSurface, theme.ColorHairline, box)
}

// owner asks, on a click, who owns the site's address.
func owner(e Env, s flow.State) fyne.CanvasObject {
	a, ok := s.InView().Address()
	if !ok || !e.Owners {
		return nil
	}
	f := s.Folk
	switch {
	case f.Asking:
		return kit.NewParagraph(e.T("people.owner.asking"), kit.Quiet)
	case f.NoOne:
		return kit.NewParagraph(e.T("people.owner.none"), kit.Body)
	case f.Owner != nil:
		box := kit.NewColumn(kit.Column, 2, kit.NewParagraph(e.T("people.owner.is", "Name", f.Owner.Name, "Address", a.String()), kit.Body))
		if f.Owner.Shared {
			box.Add(kit.NewParagraph(e.Words.T("contacts.owner.shared", nil), kit.Caption))
		}
		for _, t := range f.Owner.Technical {
			box.Add(kit.NewParagraph(contactLine(contacts.Contact{Mail: t.Mail, Phone: t.Phone, Account: t.Name}), kit.Caption))
		}
		return box
	}
	b := e.button("owner", e.send(flow.AskOwner{}))
	return kit.NewColumn(kit.Column, 2, kit.NewRow(0, b), kit.NewParagraph(e.T("people.owner.text", "Address", a.String()), kit.Caption))
}
