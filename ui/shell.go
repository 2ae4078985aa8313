package ui

import (
	"context"
	"image/color"
	"net/url"
	"slices"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"

	"passerelle/checks"
	"passerelle/checks/decide"
	"passerelle/checks/history"
	"passerelle/checks/words"
	"passerelle/ui/flow"
	"passerelle/ui/kit"
	"passerelle/ui/screens"
	"passerelle/ui/theme"
)

// Shell is one window's content. All its methods are called on the UI goroutine.
type Shell struct {
	deps    Deps
	canvas  fyne.Canvas
	app     fyne.App
	machine flow.Machine
	frame   *kit.Frame

	state  flow.State
	look   screens.Look
	words  *words.Printer
	view   *screens.View
	page   flow.Page
	spoken string // the language of the page shown
	folds  map[string]bool
	fits   bool // all buttons of the footer stand on one line

	base      context.Context
	end       context.CancelFunc
	cancel    context.CancelFunc // of the running check
	practice  Practice
	known     *known // of the check whose report is shown
	stopTicks func()
	stopToast func()
	reminded  []string // the paused protections that the page shown reminds of
	asked     bool     // closing with a protection paused was asked about
	closed    bool
}

// New makes the content of a window and shows the first screen. The look is the one kept from last time.
func New(a fyne.App, w fyne.Window, d Deps) *Shell {
	s := &Shell{deps: d, app: a, canvas: w.Canvas(), state: flow.Start(), folds: map[string]bool{}}
	s.base, s.end = context.WithCancel(context.Background())
	s.machine.Has = s.hasFix
	s.machine.Guards = d.Protection != nil
	s.machine.Outside = func() bool { return s.deps.Outside && s.look.Outside == screens.OutsideAlways }
	s.look = s.keptLook()
	a.Settings().SetTheme(theme.New(s.look.Mode, s.look.Text))
	s.words = words.New(s.look.Lang)
	s.toolkitWords()
	s.frame = kit.NewFrame()
	s.frame.Resized = func(float32) {
		// Not from within a layout: the page is built anew after it.
		if s.view != nil && s.oneLine(s.view) != s.fits {
			s.deps.Dispatch(s.LookChanged)
		}
	}
	w.SetPadded(false)
	w.SetContent(s.frame.Root)
	s.canvas.SetOnTypedKey(s.key)
	s.canvas.AddShortcut(&fyne.ShortcutCopy{}, func(fyne.Shortcut) { s.copy() })
	s.rebuild(true)
	s.listChanges() // a change that was interrupted is offered to be undone
	return s
}

func (s *Shell) keptLook() screens.Look {
	l := screens.Look{}
	if s.deps.Prefs != nil {
		l.Wish = s.deps.Prefs.String(prefLanguage)
		l.Mode = theme.Mode(s.deps.Prefs.String(prefTheme))
		l.Text = theme.TextSize(s.deps.Prefs.String(prefText))
		l.Outside = s.deps.Prefs.String(prefOutside)
	}
	if !slices.Contains(Languages, l.Wish) {
		l.Wish = ""
	}
	l.Lang = s.speaks(l.Wish)
	return l
}

// speaks is the language that a choice means: the system's where none was chosen, English where there are no words for that.
func (s *Shell) speaks(wish string) string {
	if wish == "" && s.deps.Detect != nil {
		wish = s.deps.Detect()
	}
	if !slices.Contains(Languages, wish) {
		return "en"
	}
	return wish
}

// State is what is shown.
func (s *Shell) State() flow.State { return s.state }

// View is the screen that is shown.
func (s *Shell) View() *screens.View { return s.view }

// Root is what the window shows.
func (s *Shell) Root() fyne.CanvasObject { return s.frame.Root }

// Busy tells whether a change of this computer is under way: the window is not closed then.
func (s *Shell) Busy() bool {
	return s.state.Page == flow.Repair && s.state.Phase == flow.Applying || s.state.Undoing != ""
}

// Send gives an event to the flow, does what it asks for, and shows the new state.
func (s *Shell) Send(e flow.Event) {
	if s.closed {
		return
	}
	var effects []flow.Effect
	s.state, effects = s.machine.Next(s.state, e)
	for _, f := range effects {
		s.do(f)
	}
	s.tick()
	s.show()
}

// Close ends everything that runs. Nothing that arrives later is shown.
func (s *Shell) Close() {
	if s.closed {
		return
	}
	s.closed = true
	s.end()
	if s.stopTicks != nil {
		s.stopTicks()
	}
	if s.stopToast != nil {
		s.stopToast()
	}
	s.stopPractice()
}

// show brings the screen up to date, or builds it anew.
func (s *Shell) show() {
	if s.page == s.state.Page && s.view != nil && s.view.Update != nil && slices.Equal(s.reminded, s.state.Guard.Off) && s.view.Update(s.state) {
		return
	}
	s.rebuild(s.page != s.state.Page)
}

// rebuild makes the screen of the state. fresh: another page than before.
func (s *Shell) rebuild(fresh bool) {
	var was kit.Place
	if !fresh {
		was = kit.PlaceOf(s.frame.Root, s.canvas.Focused())
	}
	if fresh {
		delete(s.folds, "details")
		delete(s.folds, "commands")
		delete(s.folds, "other")
		s.frame.Toast(nil)
	}
	spoken := s.spoken
	s.page, s.spoken = s.state.Page, s.look.Lang
	s.view = screens.Build(s.env(), s.state)
	if r := s.reminder(); r != nil {
		s.view.Body = append([]fyne.CanvasObject{r}, s.view.Body...)
	}
	var footer fyne.CanvasObject
	if s.view.Back != nil || len(s.view.Right) > 0 {
		var left fyne.CanvasObject = canvas.NewRectangle(color.Transparent)
		if s.view.Back != nil {
			left = s.view.Back
		}
		var right []fyne.CanvasObject
		for _, b := range s.view.Right {
			right = append(right, b)
		}
		// Where they do not fit on one line, only the way back and the main button stay in the footer.
		if s.fits = s.oneLine(s.view); !s.fits {
			last := len(right) - 1
			s.view.Body = append(s.view.Body, kit.NewRow(kit.GapInside, right[:last]...))
			right = right[last:]
		}
		footer = kit.NewBar(kit.GapInside, left, right...)
	}
	s.canvas.Unfocus()
	s.frame.MoreWord(s.words.T("ui.more-below", nil))
	s.frame.Show(s.header(), footer, s.view.Body, s.view.Center, fresh)
	first := s.view.First
	if f := was.Find(s.frame.Root, spoken != s.look.Lang); f != nil {
		first = f
	}
	if first != nil {
		s.canvas.Focus(first)
	}
	if f, ok := first.(*kit.Field); ok && fresh && f.Text != "" {
		f.SelectAll()
	}
	if s.view.Show != nil {
		s.frame.ScrollTo(s.view.Show)
	}
}

// oneLine tells whether all buttons of the footer fit beside each other.
func (s *Shell) oneLine(v *screens.View) bool {
	room := s.frame.Width()
	if room <= 0 || len(v.Right) < 2 {
		return true
	}
	total := float32(0)
	for _, b := range append([]*kit.Button{v.Back}, v.Right...) {
		if b != nil {
			total += b.MinSize().Width + kit.GapInside
		}
	}
	return total-kit.GapInside <= room
}

// header is the program's name, or the site that is looked at, and the language switch.
func (s *Shell) header() fyne.CanvasObject {
	var left []fyne.CanvasObject
	left = append(left, kit.NewPicture(theme.AppIcon(), 28))
	name := "Passerelle"
	if s.state.Page != flow.Address && s.state.Target.Host != "" {
		name = kit.Shorten(screens.Site(s.state.Target), 300, theme.SizeOf(fynetheme.SizeNameText), fyne.TextStyle{Bold: true})
	}
	left = append(left, kit.NewLine(name, kit.Strong))
	if s.state.Target.Example && s.state.Page != flow.Address {
		left = append(left, kit.NewTag(s.words.T("ui.example", nil)))
	}
	var right []fyne.CanvasObject
	for _, l := range Languages {
		b := kit.NewSmall(languageNames[l], func() { s.setLanguage(l) })
		b.Selected = l == s.look.Lang
		b.OnCancel = func() { s.Send(flow.Back{}) }
		right = append(right, b)
	}
	return kit.NewBar(4, kit.NewFill(10, left...), right...)
}

// languageNames are how the switch names each language: short, the same in both.
var languageNames = map[string]string{"fr": "FR", "en": "EN"}

func (s *Shell) setLanguage(l string) {
	look := s.look
	look.Wish = l
	s.setLook(look)
}

func (s *Shell) setLook(l screens.Look) {
	changed := l.Mode != s.look.Mode || l.Text != s.look.Text
	l.Lang = s.speaks(l.Wish)
	if l.Lang != s.look.Lang && s.state.Read {
		defer s.listChanges() // their sentences too
	}
	s.look = l
	s.words = words.New(l.Lang)
	s.toolkitWords()
	if p := s.deps.Prefs; p != nil {
		p.SetString(prefLanguage, l.Wish)
		p.SetString(prefTheme, string(l.Mode))
		p.SetString(prefText, string(l.Text))
		p.SetString(prefOutside, l.Outside)
	}
	if f := fieldText(s.view); s.state.Page == flow.Address && f != "" {
		s.state.Input = f // what was typed stays
	}
	if a, ok := s.view.First.(*kit.Area); ok {
		s.state.Paste.Text = a.Text
	}
	if changed {
		s.app.Settings().SetTheme(theme.New(l.Mode, l.Text))
	}
	s.rebuild(false)
}

func fieldText(v *screens.View) string {
	if f, ok := v.First.(*kit.Field); ok {
		return f.Text
	}
	return ""
}

// Restyle sets the theme anew: Fyne follows the system's light and dark only when it was set while the program runs.
func (s *Shell) Restyle() {
	s.app.Settings().SetTheme(theme.New(s.look.Mode, s.look.Text))
	s.LookChanged()
}

// LookChanged is called when the system went from light to dark, or back.
func (s *Shell) LookChanged() {
	if !s.closed {
		s.rebuild(false)
	}
}

func (s *Shell) env() screens.Env {
	return screens.Env{
		Words: s.words, Look: s.look, Send: s.Send, Relayout: s.frame.Relayout, SetLook: s.setLook, Can: s.can,
		Clip: s.clip, Copy: s.copy, Message: s.message, Outside: s.deps.Outside, Saved: s.saved, OpenSite: s.openSite(), Folds: s.folds, Example: s.deps.Practice != nil,
		Journal: s.deps.Changes != nil && s.deps.Undo != nil, History: s.deps.Past != nil,
		When:  func(at time.Time) string { return When(at, s.words) },
		Links: s.deps.OpenURL != nil, Files: s.deps.Folder != nil, OpenFolder: s.openFolder, QR: s.code, Incidents: s.deps.Outages != nil, Mask: journalMask(),
		People: s.deps.People != nil, Owners: s.deps.People != nil && s.deps.People.Owner != nil, OpenLink: s.openLink,
		Parse: func(text string) (string, bool) {
			if text == "" {
				return "", false
			}
			t, err := s.deps.Parse(text)
			return screens.Site(t), err == nil
		},
		PlanText: s.planText,
	}
}

func (s *Shell) clip() string {
	if s.deps.Clip == nil {
		return ""
	}
	return s.deps.Clip.Content()
}

// key handles the keys that nothing focused has used.
func (s *Shell) key(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyF5:
		s.Send(flow.Again{})
	case fyne.KeyEscape:
		s.Send(flow.Back{})
	case fyne.KeyReturn, fyne.KeyEnter:
		if n := len(s.view.Right); n > 0 && s.canvas.Focused() == nil {
			s.view.Right[n-1].Tapped(nil)
		}
	default:
		s.frame.Key(e.Name)
	}
}

// copy puts the report of what is shown on the clipboard.
func (s *Shell) copy() {
	shown := s.state.InView()
	if s.deps.Clip == nil || shown.Verdict == nil {
		return
	}
	text := ""
	if shown.Result != nil && s.deps.Report != nil {
		text = s.deps.Report(shown.Result, s.words)
	}
	if text == "" {
		text = plainReport(s.state, s.words)
	}
	s.deps.Clip.SetContent(text)
	s.note("", history.ByCopy)
	s.toast("ui.copied")
}

// message puts the message that an action promises on the clipboard.
func (s *Shell) message(to decide.ActionID) {
	if s.deps.Clip == nil || s.state.Now.Result == nil {
		return
	}
	text := ""
	if s.deps.Message != nil {
		text = s.deps.Message(to, s.state.Now.Result, s.words)
	}
	if text == "" {
		s.copy() // the whole report is more than a message, never less
		return
	}
	s.deps.Clip.SetContent(text)
	s.note(string(messageKinds[to]), history.ByCopy)
	see := func() {
		s.Send(flow.Open{Page: flow.Papers})
		s.Send(flow.WriteTo{Kind: messageKinds[to]})
	}
	s.toastText(s.words.T("ui.message-copied", nil), s.words.T("ui.button.see-message", nil), see)
}

// toastFor is how long a notice stays, unless it is closed: long enough to read it twice.
const toastFor = 6 * time.Second

// notice is toast with values, for one of the window's own sentences.
func (s *Shell) notice(key string, vars map[string]any) {
	s.toastText(s.words.T("ui."+key, vars), "", nil)
}

// toast shows a short notice.
func (s *Shell) toast(key string) { s.toastText(s.words.T(key, nil), "", nil) }

// toastText shows a notice; where act is not nil, a button of that name does it and takes the notice away.
func (s *Shell) toastText(text, name string, act func()) {
	if s.stopToast != nil {
		s.stopToast()
	}
	off := func() {
		s.stopToast()
		s.frame.Toast(nil)
	}
	buttons := []*kit.Button{kit.NewQuiet(s.words.T("ui.button.close", nil), off)}
	if act != nil {
		buttons = append([]*kit.Button{kit.NewQuiet(name, func() { off(); act() })}, buttons...)
	}
	s.frame.Toast(kit.NewToast(text, buttons...))
	s.stopToast = s.deps.Every(toastFor, off)
}

// Warn shows a notice: "a repair is running".
func (s *Shell) Warn(key string) { s.toast(key) }

// saved opens the saved copy of the page in the browser, without the query (CONTRACT.md).
func (s *Shell) saved() {
	u, err := url.Parse(s.state.Target.URL)
	if err != nil || s.deps.OpenURL == nil {
		return
	}
	u.RawQuery, u.Fragment, u.User = "", "", nil
	at, err := url.Parse("https://web.archive.org/web/2/" + u.String())
	if err != nil {
		return
	}
	if s.deps.OpenURL(at) != nil {
		s.toast("ui.not-opened")
	}
}

// openSite opens the site in the usual browser: the address that was checked, which is never a one-time one (CONTRACT.md). nil where
// nothing can be opened.
func (s *Shell) openSite() func() {
	if s.deps.OpenURL == nil {
		return nil
	}
	return func() {
		u, err := url.Parse(s.state.Target.URL)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || s.deps.OpenURL(u) != nil {
			s.toast("ui.not-opened")
		}
	}
}

// can tells whether a choice would do something here: no button is dead.
func (s *Shell) can(name string) bool {
	switch name {
	case string(decide.ActSavedCopy):
		return s.deps.OpenURL != nil
	case string(decide.ActAskOutside):
		return s.deps.Outside && s.look.Outside != screens.OutsideNever
	}
	return s.hasFix(name)
}

func (s *Shell) hasFix(name string) bool {
	return s.deps.HasFix != nil && s.deps.Plan != nil && s.deps.Apply != nil && s.deps.HasFix(name)
}

// tick starts or stops the clock, as the state needs it.
func (s *Shell) tick() {
	switch need := s.state.Ticks(); {
	case need && s.stopTicks == nil:
		last := wall()
		s.stopTicks = s.deps.Every(time.Second, func() {
			now := wall()
			gone := int(now.Sub(last).Round(time.Second) / time.Second)
			last = now
			s.Send(flow.Ticked{Seconds: gone})
		})
	case !need && s.stopTicks != nil:
		s.stopTicks()
		s.stopTicks = nil
	}
}

// wall is the time of the clock on the wall: unlike Go's monotonic one it goes on while the computer sleeps.
func wall() time.Time { return time.Now().Round(0) }

// mailbox keeps only the newest report of a check, so that a flood of facts never floods the window.
type mailbox struct {
	mu      sync.Mutex
	newest  checks.Snapshot
	waiting bool
}

// put keeps a report, and tells whether somebody has to be woken for it.
func (m *mailbox) put(s checks.Snapshot) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.newest = s
	wake := !m.waiting
	m.waiting = true
	return wake
}

func (m *mailbox) take() checks.Snapshot {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.waiting = false
	return m.newest
}
