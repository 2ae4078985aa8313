package uitest

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"passerelle/checks/facts"
	"passerelle/checks/words"
	"passerelle/ui"
	"passerelle/ui/flow"
	"passerelle/ui/kit"
	"passerelle/ui/theme"
)

// Stand is a window without a screen, with told checks behind it.
type Stand struct {
	T      testing.TB
	Shell  *ui.Shell
	Engine *Engine
	Queue  *Queue
	Window fyne.Window
	App    fyne.App
	Prefs  Prefs
}

// Prefs are preferences in memory.
type Prefs map[string]string

// String is ui.Preferences.
func (p Prefs) String(k string) string { return p[k] }

// SetString is ui.Preferences.
func (p Prefs) SetString(k, v string) { p[k] = v }

// Setting is how a stand looks.
type Setting struct {
	Lang string
	Mode theme.Mode
	Text theme.TextSize
	Size fyne.Size
	Deps func(*ui.Deps) // changes what is behind it; may be nil
}

// NewStand opens a window without a screen. The told checks are played in order.
func NewStand(t testing.TB, set Setting, plays ...Scenario) *Stand {
	t.Helper()
	a := test.NewTempApp(t)
	if set.Lang == "" {
		set.Lang = "fr"
	}
	if set.Mode == "" {
		set.Mode = theme.ModeLight
	}
	if set.Size.IsZero() {
		set.Size = fyne.NewSize(920, 660)
	}
	if len(plays) == 0 {
		plays = []Scenario{BadGateway()}
	}
	s := &Stand{T: t, App: a, Queue: NewQueue(), Prefs: Prefs{"language": set.Lang, "theme": string(set.Mode), "text": string(set.Text)}}
	s.Engine = &Engine{Plays: plays, Fixes: AllFixes(), Verified: facts.Yes}
	d := s.Engine.Deps()
	d.Dispatch, d.Every, d.Clip, d.Prefs = s.Queue.Dispatch, s.Queue.Every, a.Clipboard(), s.Prefs
	if set.Deps != nil {
		set.Deps(&d)
	}
	s.Window = test.NewTempWindow(t, nil)
	s.Window.Resize(set.Size)
	s.Shell = ui.New(a, s.Window, d)
	s.Window.Resize(set.Size)
	s.Queue.Settle()
	t.Cleanup(s.Shell.Close)
	return s
}

// Words are the words of the language that is shown.
func (s *Stand) Words() *words.Printer { return words.New(s.Prefs["language"]) }

// Pump waits until the state is as it should be.
func (s *Stand) Pump(what string, done func(flow.State) bool) {
	s.T.Helper()
	s.Queue.Pump(s.T, what, func() bool { return done(s.Shell.State()) })
}

// Check types an address, presses Enter, and waits for the verdict.
func (s *Stand) Check() {
	s.T.Helper()
	f := s.Field()
	test.Type(f, Host)
	f.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	s.Pump("the verdict", func(st flow.State) bool { return st.Page == flow.Verdict && !st.Running })
}

// Field is the field for the address.
func (s *Stand) Field() *kit.Field {
	s.T.Helper()
	all := Find[*kit.Field](s.Shell.Root())
	if len(all) != 1 {
		s.T.Fatalf("%d fields on the page %s", len(all), s.Shell.State().Page)
	}
	return all[0]
}

// Texts is everything that can be read on the page, one paragraph a line.
func (s *Stand) Texts() (out string) {
	for _, p := range Find[*kit.Paragraph](s.Shell.Root()) {
		out += p.Text() + "\n"
	}
	for _, b := range Find[*kit.Button](s.Shell.Root()) {
		out += "[" + b.Text + "]\n"
	}
	return out
}

// Press clicks the button with these words.
func (s *Stand) Press(label string) {
	s.T.Helper()
	for _, b := range Find[*kit.Button](s.Shell.Root()) {
		if b.Text == label {
			test.Tap(b)
			return
		}
	}
	s.T.Fatalf("no button %q on the page %s:\n%s", label, s.Shell.State().Page, s.Texts())
}

// Key presses a key where the focus is.
func (s *Stand) Key(k fyne.KeyName) {
	e := &fyne.KeyEvent{Name: k}
	if f := s.Window.Canvas().Focused(); f != nil {
		f.TypedKey(e)
		return
	}
	if f := s.Window.Canvas().OnTypedKey(); f != nil {
		f(e)
	}
}
