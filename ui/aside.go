package ui

// What the pages beside the main way ask for: the meaning of a pasted error, and the changes that were made here.

import (
	"context"
	"strings"

	"passerelle/checks/decide"
	"passerelle/checks/gateway"
	"passerelle/checks/words"
	"passerelle/ui/flow"
	"passerelle/ui/screens"
)

// meaning reads what the browser showed: who wrote it, what it means, and which site it is about, where that is said.
func (s *Shell) meaning(text string) flow.Pasted {
	g, e := gateway.Explain([]byte(text))
	p := flow.Pasted{Text: text, Gateway: g, Browser: e.Browser, Verdict: decide.Explain(g, e.Browser != "")}
	if e.Form == gateway.FormText && len(text) <= maxAddressIn && !bareCode(text) {
		if t, err := s.deps.Parse(text); err == nil {
			p.Found, p.Input = screens.Site(t), t.Input
		}
	}
	return p
}

// bareCode tells whether a text is one word without a dot or a slash, as browsers' codes are: read as an address it would be a computer
// of one's own network, which no error text means.
func bareCode(text string) bool {
	return len(strings.Fields(text)) == 1 && !strings.ContainsAny(text, "./")
}

// maxAddressIn bounds the text in which an address is looked for, bytes: in a longer one it may be anybody's.
const maxAddressIn = 1000

// listChanges reads the journal, which lies on a disk.
func (s *Shell) listChanges() {
	if s.deps.Changes == nil {
		return
	}
	w := s.words
	go func() {
		list := s.changed(w)
		s.deps.Dispatch(func() { s.Send(flow.Listed{List: list}) })
	}()
}

// changed is what can be read of the journal; what cannot be read of it is no reason to show nothing.
func (s *Shell) changed(w *words.Printer) (list []flow.Changed) {
	_ = safely(func() (err error) { list, err = s.deps.Changes(w); return err })
	return list
}

// undo puts a change back. Like a change, it is not cut off by the window's end.
func (s *Shell) undo(id string) {
	if s.deps.Undo == nil {
		return
	}
	ctx, w := context.WithoutCancel(s.base), s.words
	go func() {
		err := safely(func() error { return s.deps.Undo(ctx, id, w) })
		list := s.changed(w)
		s.deps.Dispatch(func() { s.Send(flow.Undone{ID: id, List: list, Err: err}) })
	}()
}
