package lab

import (
	"bytes"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"passerelle/checks/words"
)

// tale is one telling of a story: in one language, by one hand, from the double-click on.
type tale struct {
	t    *testing.T
	w    *World
	win  *Window
	say  *words.Printer
	lang string
	hand Hand
	gui  string
}

// guiProgram is the built desktop program with the tag outline; without it the test is skipped.
func guiProgram(t *testing.T) string {
	t.Helper()
	gui := os.Getenv("PASSERELLE_GUI")
	if gui == "" {
		t.Skip("PASSERELLE_GUI names no built desktop program (make build makes one)")
	}
	gui, err := filepath.Abs(gui)
	if err != nil {
		t.Fatal(err)
	}
	return gui
}

// locales are what the system says of the person's language.
var locales = map[string]string{"fr": "fr_FR.UTF-8", "en": "en_US.UTF-8"}

// newTale starts the program in a world that prepare has made, and waits for the first page.
func newTale(t *testing.T, lang string, hand Hand, prepare func(*World)) *tale {
	t.Helper()
	gui := guiProgram(t)
	w := New(t)
	w.Browsers()
	w.Computer.Env = append(w.Computer.Env, "LANG="+locales[lang], "LC_ALL="+locales[lang])
	prepare(w)
	s := &tale{t: t, w: w, say: printer(lang), lang: lang, hand: hand, gui: gui}
	s.win = w.Window(gui)
	s.told()
	s.until("address", 5*time.Second, At("address"))
	return s
}

// told waits until the window tells what stands in it.
func (s *tale) told() {
	s.t.Helper()
	for end := time.Now().Add(15 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if _, err := s.win.look(5 * time.Second); err == nil {
			return
		} else if time.Now().After(end) {
			s.t.Skipf("this desktop program was built without the tag outline (build/app.sh): %v", err)
		}
	}
}

// word is a sentence of the window's own, with name, value, name, value…
func (s *tale) word(key string, vars ...any) string {
	m := map[string]any{}
	for i := 0; i+1 < len(vars); i += 2 {
		m[vars[i].(string)] = vars[i+1]
	}
	return s.say.T("ui."+key, m)
}

// press presses the button with the words of a key.
func (s *tale) press(key string, vars ...any) {
	s.t.Helper()
	s.win.Press(s.hand, s.word("button."+key, vars...))
}

// pressMain presses the page's main button, whatever it says.
func (s *tale) pressMain() {
	s.t.Helper()
	o := s.win.Look()
	for _, th := range o.Things {
		if th.Main {
			s.win.Press(s.hand, th.Text)
			return
		}
	}
	s.t.Fatalf("no main button, see %s:\n%s", s.win.Shot("no-main"), o)
}

// until waits for the window to be as wanted, and keeps a picture.
func (s *tale) until(name string, limit time.Duration, wanted func(Outline) bool) Outline {
	s.t.Helper()
	return s.win.Until(name, limit, wanted)
}

// longCheck is how long a check may take here: ten seconds by DESIGN.md, and the machine is loaded.
const longCheck = 25 * time.Second

// check types an address and sends it off, with Enter or with the button.
func (s *tale) check(address string) {
	s.t.Helper()
	s.win.Type(address)
	if s.hand == Keys {
		s.win.Key("Return")
	} else {
		s.press("check")
	}
}

// verdict waits for the judgement of a cause.
func (s *tale) verdict(name, cause string) Outline {
	s.t.Helper()
	o := s.until(name, longCheck, Still("verdict"))
	if o.Cause != cause {
		s.t.Fatalf("the verdict is %s, the truth is %s, see %s:\n%s", o.Cause, cause, s.win.Dir, o)
	}
	return o
}

// says fails unless the sentence of a key stands in the window.
func (s *tale) says(key string, vars ...any) {
	s.t.Helper()
	text := s.word(key, vars...)
	if o := s.win.Look(); !o.Says(text) {
		s.t.Errorf("%q does not stand in the window, see %s:\n%s", text, s.win.Shot("not-said"), o)
	}
}

// fixedWithin waits for the result page that says that it works.
func (s *tale) result(name, key string) {
	s.t.Helper()
	s.until(name, longCheck+15*time.Second, func(o Outline) bool {
		return Still("result")(o) && o.Says(s.word("result."+key+".title"))
	})
}

// log is what the program printed.
func (s *tale) log() string {
	var all []byte
	logs, _ := filepath.Glob(filepath.Join(s.w.Dir, "*-"+filepath.Base(s.gui)+".log"))
	for _, l := range logs {
		text, _ := os.ReadFile(l)
		all = append(all, text...)
	}
	return string(all)
}

// frozen is how long the window may leave a question unanswered: what a person takes for a hang. (Frames are measured elsewhere, on a
// machine that is not loaded.)
const frozen = 1500

// end holds what every story must end with: the program lives, said nothing wrong, and never stood still.
func (s *tale) end() {
	s.t.Helper()
	if !s.win.Running() {
		s.t.Error("the program has ended")
	}
	if log := s.log(); strings.Contains(log, "Error in Fyne call thread") || strings.Contains(log, "panic") {
		s.t.Errorf("the program's log:\n%s", log)
	}
	if s.win.Slowest > frozen {
		s.t.Errorf("the window stood still for %d ms", s.win.Slowest)
	}
}

// leaf writes the page on which all the pictures can be leafed through.
func leaf() {
	dir := pictures()
	stories, _ := filepath.Glob(filepath.Join(dir, "TestWindow*"))
	if len(stories) == 0 {
		return
	}
	slices.Sort(stories)
	var b bytes.Buffer
	b.WriteString("<!doctype html><meta charset=utf-8><title>Passerelle: stories of the window</title><style>body{font:16px sans-serif;margin:2em}figure{display:inline-block;margin:0 1em 1em 0}img{width:560px;border:1px solid #ccc}</style>\n")
	for _, s := range stories {
		shots, _ := filepath.Glob(filepath.Join(s, "*.png"))
		if len(shots) == 0 {
			continue
		}
		name := filepath.Base(s)
		fmt.Fprintf(&b, "<h2>%s</h2>\n", html.EscapeString(strings.ReplaceAll(strings.TrimPrefix(name, "TestWindow"), "--", ", ")))
		for _, p := range shots {
			file := filepath.Base(p)
			fmt.Fprintf(&b, "<figure><a href=\"%[1]s/%[2]s\"><img loading=lazy src=\"%[1]s/%[2]s\" alt=\"\"></a><figcaption>%[3]s</figcaption></figure>\n",
				html.EscapeString(name), html.EscapeString(file), html.EscapeString(strings.TrimSuffix(file, ".png")))
		}
	}
	os.WriteFile(filepath.Join(dir, "index.html"), b.Bytes(), 0o644)
}

// printer speaks a language.
func printer(lang string) *words.Printer { return words.New(lang) }
