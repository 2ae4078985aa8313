//go:build cgo && gallery && linux

package desktop

// The gallery: every kind of screen, drawn by the real window (OpenGL) with told checks behind it. Run by build/gallery.sh under a
// screen that nobody sees; the pictures go to the folder PASSERELLE_GALLERY.

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"

	"passerelle/checks/decide"
	"passerelle/checks/facts"
	"passerelle/checks/report"
	"passerelle/checks/words"
	"passerelle/ui"
	"passerelle/ui/flow"
	"passerelle/ui/theme"
	"passerelle/ui/uitest"
)

// studio is the one window in which all pictures are taken.
type studio struct {
	app    fyne.App
	window fyne.Window
	shell  *ui.Shell
	engine *uitest.Engine
	prefs  uitest.Prefs
	dir    string
	failed []string
}

// scene is one picture: how to get there.
type scene struct {
	name  string
	plays []uitest.Scenario
	play  func(s *studio)
}

func scenes() []scene {
	at := func(page flow.Page) func(flow.State) bool {
		return func(st flow.State) bool { return st.Page == page && !st.Running && st.Undoing == "" }
	}
	check := func(s *studio) {
		s.send(flow.Submit{Input: uitest.Host})
		s.wait(at(flow.Verdict))
	}
	step := func(st flow.Step, fix string) func(s *studio) {
		return func(s *studio) {
			check(s)
			s.send(flow.Choose{Step: st, Fix: fix})
			s.wait(func(n flow.State) bool {
				return n.Page == flow.Repair && n.Phase != flow.Loading && n.Phase != flow.Applying
			})
		}
	}
	done := func(s *studio) {
		step(flow.StepDNS, "")(s)
		s.send(flow.Act{})
		s.wait(at(flow.Result))
	}
	unfold := func(s *studio) { s.do(func() { uitest.OpenFolds(s.shell) }) }
	return []scene{
		{"01-address", nil, func(s *studio) {
			s.do(func() {
				s.app.Clipboard().SetContent("https://" + uitest.Host + "/panier")
				s.shell.LookChanged()
			})
		}},
		{"02-other", nil, unfold},
		{"03-checking", nil, func(s *studio) {
			s.engine.Step = make(chan struct{})
			s.send(flow.Submit{Input: uitest.Host})
			for range 4 {
				s.engine.Step <- struct{}{}
			}
			s.wait(func(st flow.State) bool { return st.Snap.Step >= 4 })
		}},
		{"04-verdict-site", nil, check},
		{"05-verdict-you", []uitest.Scenario{uitest.Stale()}, check},
		{"06-works-question", []uitest.Scenario{uitest.Works()}, check},
		{"07-repair", []uitest.Scenario{uitest.Stale()}, step(flow.StepDNS, "")},
		{"08-fixed", []uitest.Scenario{uitest.Stale(), uitest.Works()}, done},
		{"09-waiting", nil, func(s *studio) { check(s); s.send(flow.StartWatch{}) }},
		{"10-message", nil, func(s *studio) {
			s.send(flow.Submit{Input: uitest.Host + "\n502 Bad Gateway\nnginx"})
			s.wait(at(flow.Explained))
		}},
		{"11-changes", nil, func(s *studio) {
			w := words.New(s.prefs["language"])
			s.engine.Made = []flow.Changed{{ID: "a", Summary: w.T("fix.turn-off-proxy.summary", nil), When: ui.When(uitest.At, w)},
				{ID: "b", Summary: w.T("fix.use-public-dns.summary", map[string]any{"Arg": "quad9"}), When: ui.When(uitest.At.Add(-26*time.Hour), w)}}
			s.send(flow.Open{Page: flow.Changes})
			s.wait(func(st flow.State) bool { return len(st.Changes) == 2 })
		}},
		{"12-settings", nil, func(s *studio) { s.send(flow.Open{Page: flow.Settings}) }},
		{"13-details", nil, func(s *studio) { check(s); unfold(s); s.do(func() { s.scroll(10000) }) }},
		{"14-private-window", []uitest.Scenario{uitest.Works()}, func(s *studio) {
			step(flow.StepCache, "")(s)
			s.send(flow.Act{})
			s.wait(func(n flow.State) bool { return n.Phase == flow.Asking })
		}},
		{"15-portal", []uitest.Scenario{uitest.Portal()}, check},
		{"16-no-internet", []uitest.Scenario{uitest.NoInternet()}, check},
		{"17-firewall", []uitest.Scenario{uitest.Firewalled()}, step(flow.StepFirewall, "")},
		{"18-proxy", []uitest.Scenario{uitest.Proxy()}, check},
		{"19-not-yet", nil, done},
		{"20-paste", nil, func(s *studio) { s.send(flow.Open{Page: flow.Paste}) }},
		{"21-phone", nil, step(flow.StepDevice, "")},
		{"22-undetermined", []uitest.Scenario{uitest.Undetermined()}, check},
		{"23-interrupted", nil, func(s *studio) {
			w := words.New(s.prefs["language"])
			s.send(flow.Listed{List: []flow.Changed{{ID: "a", Summary: w.T("fix.turn-off-proxy.summary", nil), When: ui.When(uitest.At, w), Interrupted: true}}})
		}},
		{"24-connection", []uitest.Scenario{uitest.Works()}, func(s *studio) { s.send(flow.Connection{}); s.wait(at(flow.Verdict)) }},
		{"25-kept", []uitest.Scenario{uitest.Proxy(), uitest.Works()}, func(s *studio) {
			step(flow.StepOther, "turn-off-proxy")(s)
			s.send(flow.Act{})
			s.wait(at(flow.Result))
		}},
		{"27-elsewhere-question", []uitest.Scenario{uitest.Silent()}, func(s *studio) { check(s); s.send(flow.AskFirst{}) }},
		{"28-elsewhere-opens", []uitest.Scenario{uitest.Elsewheres()[decide.SumThereOnly][0]}, check},
		{"29-elsewhere-same", []uitest.Scenario{uitest.Elsewheres()[decide.SumSame][2]}, check},
		{"30-elsewhere-nobody", []uitest.Scenario{uitest.Unasked()}, check},
		{"31-elsewhere-second", []uitest.Scenario{uitest.Unasked()}, func(s *studio) { check(s); s.send(flow.AskFirst{CheckHost: true}) }},
		{"32-elsewhere-some", []uitest.Scenario{uitest.Elsewheres()[decide.SumSome][0]}, check},
		{"33-silent", []uitest.Scenario{uitest.Silent()}, check},
		{"34-shortened", []uitest.Scenario{uitest.Shortened()}, check},
		{"26-refresh", nil, step(flow.StepRefresh, "")},
		{"40-history", nil, func(s *studio) { remember(s) }},
		{"41-saved", nil, func(s *studio) {
			remember(s)
			s.send(flow.OpenSaved{Name: s.engine.NewestKept()})
			s.wait(at(flow.Saved))
		}},
		{"42-compared", []uitest.Scenario{uitest.Works()}, func(s *studio) {
			remember(s)
			s.send(flow.OpenSaved{Name: s.engine.NewestKept()})
			s.wait(at(flow.Saved))
			s.send(flow.CompareNow{})
			s.wait(at(flow.Result))
		}},
		{"43-papers", nil, func(s *studio) { check(s); papers(s, "") }},
		{"44-message", nil, func(s *studio) {
			check(s)
			papers(s, "site")
			s.do(func() { uitest.OpenFolds(s.shell); s.scroll(10000) })
		}},
		{"45-code", []uitest.Scenario{uitest.NoInternet()}, func(s *studio) {
			check(s)
			papers(s, "provider")
			s.do(func() { s.scroll(10000) })
			s.send(flow.ShowCode{})
		}},
		{"47-contacts", nil, func(s *studio) {
			s.engine.Book = uitest.SomeContacts(s.dir)
			s.send(flow.Open{Page: flow.Settings})
			s.send(flow.Open{Page: flow.People})
			s.wait(func(st flow.State) bool { return st.Folk.Read })
		}},
		{"48-contact", nil, func(s *studio) {
			s.send(flow.Open{Page: flow.Settings})
			s.send(flow.Open{Page: flow.People})
			s.wait(func(st flow.State) bool { return st.Folk.Read })
			s.send(flow.EditContact{})
		}},
		{"49-whom", nil, func(s *studio) {
			s.engine.Book = uitest.SomeContacts(s.dir)
			check(s)
			papers(s, "site")
			s.do(func() { s.scroll(160) })
		}},
		{"46-erase", nil, func(s *studio) { remember(s); s.send(flow.Erase{}) }},
	}
}

// remember opens the history of some weeks.
func remember(s *studio) {
	s.engine.Kept, s.engine.Sent = uitest.Memories()
	s.send(flow.Open{Page: flow.History})
	s.wait(func(st flow.State) bool { return st.Past.Read })
}

// papers opens the report, or a message.
func papers(s *studio, to report.MessageKind) {
	s.engine.Folder = "/home/camille/Documents/Passerelle"
	s.send(flow.Open{Page: flow.Papers})
	ready := func(st flow.State) bool { return st.Page == flow.Papers && st.Paper.Ready }
	s.wait(ready)
	if to != "" {
		s.send(flow.WriteTo{Kind: to})
		s.wait(ready)
	}
}

func (s *studio) do(f func())       { fyne.DoAndWait(f) }
func (s *studio) send(e flow.Event) { s.do(func() { s.shell.Send(e) }) }
func (s *studio) scroll(y float32) {
	for _, o := range s.shell.Root().(*fyne.Container).Objects {
		if sc, ok := o.(interface{ ScrollToOffset(fyne.Position) }); ok {
			sc.ScrollToOffset(fyne.NewPos(0, y))
		}
	}
}

func (s *studio) wait(ok func(flow.State) bool) {
	for range 200 {
		var st flow.State
		s.do(func() { st = s.shell.State() })
		if ok(st) {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	s.failed = append(s.failed, "waited in vain")
}

// open shows a fresh first page.
func (s *studio) open(lang string, mode theme.Mode, text theme.TextSize, plays []uitest.Scenario) {
	if len(plays) == 0 {
		plays = []uitest.Scenario{uitest.BadGateway()}
	}
	s.prefs = uitest.Prefs{"language": lang, "theme": string(mode), "text": string(text)}
	s.engine = &uitest.Engine{Plays: plays, Fixes: uitest.AllFixes(), Verified: facts.Yes}
	d := s.engine.Deps()
	d.Prefs, d.Dispatch, d.Every, d.Clip, d.OpenURL = s.prefs, fyne.Do, every, s.app.Clipboard(), s.app.OpenURL
	s.do(func() {
		if s.shell != nil {
			s.shell.Close()
		}
		s.app.Clipboard().SetContent("")
		s.shell = ui.New(s.app, s.window, d)
		s.shell.LookChanged()
	})
}

func (s *studio) shoot(name string) {
	time.Sleep(350 * time.Millisecond) // a few frames
	// The front buffer cannot be read back everywhere: the screen is photographed.
	out, err := exec.Command("import", "-window", Title, filepath.Join(s.dir, name+".png")).CombinedOutput()
	if err != nil {
		s.failed = append(s.failed, fmt.Sprintf("taking %s: %v: %s", name, err, out))
	}
}

func (s *studio) all() {
	only := os.Getenv("PASSERELLE_SCENES")
	looks := os.Getenv("PASSERELLE_LOOKS") // lang/theme/text/WxH, separated by spaces
	if looks == "" {
		looks = "fr/light//920x660 en/light//920x660 fr/dark//920x660 en/dark//920x660"
	}
	for _, look := range strings.Fields(looks) {
		part := strings.Split(look, "/")
		var w, h float32
		fmt.Sscanf(part[3], "%fx%f", &w, &h)
		s.do(func() { s.window.Resize(fyne.NewSize(w, h)) })
		time.Sleep(300 * time.Millisecond)
		list := slices.Concat(scenes(), guideScenes())
		if strings.Contains(only, "readers") { // they are read from recorded cases, which lie beside the sources
			list = append(list, readersScenes()...)
		}
		for _, sc := range list {
			if !wanted(sc.name, only) {
				continue
			}
			s.open(part[0], theme.Mode(part[1]), theme.TextSize(part[2]), sc.plays)
			sc.play(s)
			name := sc.name + "-" + part[0] + "-" + part[1]
			if part[2] != "" || part[3] != "920x660" {
				name += "-" + part[2] + "-" + part[3]
			}
			s.shoot(name)
		}
	}
}

// TestMain runs on the main goroutine, where a window has to be.
func TestMain(m *testing.M) {
	s := &studio{dir: os.Getenv("PASSERELLE_GALLERY")}
	work := s.all
	if os.Getenv("PASSERELLE_FRAMES") != "" {
		work = s.frames
	} else if s.dir == "" {
		fmt.Println("PASSERELLE_GALLERY names no folder: nothing was drawn")
		os.Exit(0)
	}
	s.app = app.NewWithID("app.passerelle.gallery")
	s.window = s.app.NewWindow(Title)
	s.window.Resize(fyne.NewSize(width, height))
	s.app.Lifecycle().SetOnStarted(func() {
		go func() {
			work()
			fyne.Do(s.app.Quit)
		}()
	})
	s.window.ShowAndRun()
	for _, f := range s.failed {
		fmt.Fprintln(os.Stderr, f)
	}
	os.Exit(min(len(s.failed), 1))
}
