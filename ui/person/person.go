// Package person is for tests only: somebody at the lab's computer, with the window's shell, its real checks and its real fixes, and
// no screen. The test program starts itself again inside the computer, checks an address there, presses the main button as long as it
// mends something, and writes down what was seen.
//
// The tests beside it hold what issue 5 calls done: what mends ends in "works", what does not help is put back, two faults are
// mended one after the other, and undoing brings every byte back.
//
//	go test ./ui/person                       a few scenarios
//	PASSERELLE_ALL=1 go test ./ui/person -v   all of them
package person

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"passerelle/checks"
	"passerelle/checks/fix"
	"passerelle/checks/guide"
	"passerelle/checks/words"
	"passerelle/ui"
	"passerelle/ui/flow"
	"passerelle/ui/kit"
	"passerelle/ui/uitest"
)

// Visit is what somebody comes for.
type Visit struct {
	Address string
	Clicks  int    // how many verdicts' main buttons are pressed at most; 0: it is only looked
	Fix     string // begun at the first verdict instead of its main button
	UndoAll bool   // instead of a check: every change is put back
	// Lag passes between a change and the check after it, as on a slow computer: what undoes the change meanwhile has the time to.
	Lag time.Duration
	// Elsewhere is how long the person is busy in what was opened, before they look again.
	Elsewhere time.Duration
	Helper    string // the terminal program
}

// Sight is one page that told something.
type Sight struct {
	Page    flow.Page
	Phase   flow.Phase
	Cause   string
	Side    string
	Rule    string
	Fix     string // of the main button on the verdict; else of the step
	Arg     string
	Change  flow.Change // on the result
	PutBack bool        // on the result: the step's change did not help, and was put back by itself
	Made    string      // on the result: the id of the change
	Trouble string      // what could not be done
	Text    string      // what can be read on it
}

// String is the line of a log.
func (s Sight) String() string {
	line := fmt.Sprintf("%-8s %s", s.Page, strings.TrimSpace(s.Cause+" "+s.Fix+" "+s.Arg))
	if s.Change != "" {
		line += " → " + string(s.Change)
	}
	if s.PutBack {
		line += " (put back)"
	}
	if s.Trouble != "" {
		line += " TROUBLE: " + s.Trouble
	}
	return line
}

// patience bounds each thing that is waited for: a check ends within 10 s (DESIGN), and this machine may be loaded.
const patience = 45 * time.Second

// person sits in front of the shell.
type person struct {
	visit Visit
	shell *ui.Shell
	queue chan func()
	seen  []Sight
}

// sit is the whole visit.
func sit(v Visit) ([]Sight, error) {
	p := &person{visit: v, queue: make(chan func(), 1<<12)}
	a := test.NewApp()
	defer a.Quit()
	w := test.NewWindow(nil)
	defer w.Close()
	env := checks.FixEnv() // what main.go gives the window
	env.Helper = v.Helper
	d := ui.Real(env)
	d.Dispatch = func(f func()) { p.queue <- f }
	d.Every = func(time.Duration, func()) func() { return func() {} } // nobody is in a hurry
	d.Clip = a.Clipboard()
	if apply := d.Apply; v.Lag > 0 {
		d.Apply = func(ctx context.Context, p fix.Plan, of *checks.Result, w *words.Printer) (flow.Outcome, error) {
			o, err := apply(ctx, p, of, w)
			time.Sleep(v.Lag)
			return o, err
		}
	}
	w.Resize(fyne.NewSize(920, 660))
	p.shell = ui.New(a, w, d)
	defer p.shell.Close()
	if v.UndoAll {
		return p.seen, p.undoAll()
	}
	return p.seen, p.mend()
}

// await runs what the shell has to do until the state is as it should be.
func (p *person) await(what string, done func(flow.State) bool) error {
	limit := time.After(patience)
	for !done(p.shell.State()) {
		select {
		case f := <-p.queue:
			f()
		case <-limit:
			s := p.shell.State()
			return fmt.Errorf("waited in vain for %s: page %s, phase %s, step %s\n%s", what, s.Page, s.Phase, s.Step, p.text())
		}
	}
	return nil
}

// text is everything that can be read.
func (p *person) text() string {
	var b strings.Builder
	for _, x := range uitest.Find[*kit.Paragraph](p.shell.Root()) {
		b.WriteString(x.Text() + "\n")
	}
	for _, x := range uitest.Find[*kit.Button](p.shell.Root()) {
		b.WriteString("[" + x.Text + "]\n")
	}
	return b.String()
}

// press clicks the page's main button.
func (p *person) press() error {
	for _, b := range uitest.Find[*kit.Button](p.shell.Root()) {
		if b.Importance == widget.HighImportance {
			test.Tap(b)
			return nil
		}
	}
	return fmt.Errorf("no main button on the page %s:\n%s", p.shell.State().Page, p.text())
}

// note writes down what is shown.
func (p *person) note() *Sight {
	s := p.shell.State()
	n := Sight{Page: s.Page, Phase: s.Phase, Fix: s.Fix, Arg: s.Arg, Text: p.text()}
	if v := s.Now.Verdict; v != nil {
		n.Cause, n.Side, n.Rule = string(v.Cause), string(v.Side), v.Rule
	}
	if s.Failure != nil && s.Page == flow.Repair {
		n.Trouble = s.Failure.Error()
	}
	switch s.Page {
	case flow.Verdict:
		c := flow.OfferFor(*s.Now.Verdict, hasFix).Main
		n.Fix, n.Arg = c.Action.Fix, c.Action.Arg
	case flow.Result:
		n.Change, n.PutBack = flow.Compare(s.Before, s.Now), s.PutBack
		if s.Outcome != nil {
			n.Made = s.Outcome.Change
		}
		if s.UndoError != nil {
			n.Trouble = s.UndoError.Error()
		}
	}
	p.seen = append(p.seen, n)
	return &p.seen[len(p.seen)-1]
}

func hasFix(name string) bool { _, ok := fix.Get(name); return ok }

func verdictStands(s flow.State) bool { return s.Page == flow.Verdict && !s.Running }

// mend checks the address and follows the main buttons.
func (p *person) mend() error {
	p.shell.Send(flow.Submit{Input: p.visit.Address})
	err := p.await("the verdict", func(s flow.State) bool { return verdictStands(s) || s.Refusal != nil })
	if err != nil {
		return err
	}
	if r := p.shell.State().Refusal; r != nil {
		return fmt.Errorf("%s is refused: %w", p.visit.Address, r)
	}
	done := map[string]bool{}
	for i := range p.visit.Clicks + 1 {
		n := p.note()
		if i == 0 && p.visit.Fix != "" {
			n.Fix, n.Arg = p.visit.Fix, ""
		}
		if n.Side == "works" || n.Fix == "" || len(done) == p.visit.Clicks || done[n.Fix+" "+n.Arg] {
			return nil
		}
		done[n.Fix+" "+n.Arg] = true
		again, err := p.step()
		if !again || err != nil {
			return err
		}
	}
	return nil
}

// step presses the main button, says yes to the plan, and waits until it is known what came of it. again: there may be a next one.
func (p *person) step() (again bool, err error) {
	if p.visit.Fix != "" {
		p.shell.Send(flow.Choose{Step: flow.StepOther, Fix: p.visit.Fix})
		p.visit.Fix = ""
	} else if err := p.press(); err != nil {
		return false, err
	}
	settled := func(s flow.State) bool {
		switch s.Page {
		case flow.Result, flow.Verdict:
			return !s.Running && s.Undoing == ""
		case flow.Repair:
			return s.Phase != flow.Loading && s.Phase != flow.Applying
		}
		return false
	}
	if err := p.await("the plan", settled); err != nil {
		return false, err
	}
	if s := p.shell.State(); s.Page == flow.Repair && s.Phase == flow.Ready {
		p.note()
		if err := p.press(); err != nil {
			return false, err
		}
		if err := p.await("what came of it", settled); err != nil {
			return false, err
		}
	}
	if s := p.shell.State(); s.Page == flow.Repair && s.Phase == flow.Opened {
		p.note()
		if p.visit.Elsewhere > 0 {
			time.Sleep(p.visit.Elsewhere)
		}
		if err := p.press(); err != nil {
			return false, err
		}
		if err := p.await("the next look", settled); err != nil {
			return false, err
		}
	}
	n := p.note()
	switch {
	case n.Page == flow.Result && n.Change == flow.Better:
		// The way goes on: the main button leads to a step, and what the new verdict offers is one of them.
		c := flow.OfferFor(*p.shell.State().Now.Verdict, hasFix).Main
		if c.Action.Fix == "" {
			return false, nil
		}
		if err := p.press(); err != nil {
			return false, err
		}
		if err := p.await("the next step", settled); err != nil {
			return false, err
		}
		if s := p.shell.State(); s.Page != flow.Repair || !slices.ContainsFunc(s.Steps, func(g guide.Step) bool { return g.Fix == c.Action.Fix }) {
			return false, fmt.Errorf("the verdict offers %s, which is not on the way that goes on: %s %s\n%s", c.Action.Fix, s.Page, s.Step, p.text())
		}
		p.shell.Send(flow.Back{})
		return true, p.await("the verdict", verdictStands)
	case n.Page == flow.Verdict:
		return true, nil
	case n.Page == flow.Result && n.PutBack:
		// The next thing to try is offered, not the same again.
		was := p.shell.State().Fix
		if err := p.press(); err != nil {
			return false, err
		}
		if err := p.await("the next step", settled); err != nil {
			return false, err
		}
		if s := p.shell.State(); s.Page != flow.Repair || s.Step == flow.StepOther && s.Fix == was {
			return false, fmt.Errorf("after %s was put back the main button leads to %s %s %s\n%s", was, s.Page, s.Step, s.Fix, p.text())
		}
	}
	return false, nil
}

// undoAll goes to the changes made and puts every one back.
func (p *person) undoAll() error {
	p.shell.Send(flow.Open{Page: flow.Changes})
	if err := p.await("the changes", func(s flow.State) bool { return s.Page == flow.Changes && s.Read }); err != nil {
		return err
	}
	p.note()
	p.shell.Send(flow.UndoChange{ID: flow.AllChanges})
	if err := p.await("the way back", func(s flow.State) bool { return s.Undoing == "" }); err != nil {
		return err
	}
	p.note()
	s := p.shell.State()
	if s.UndoError != nil {
		return fmt.Errorf("putting everything back: %w", s.UndoError)
	}
	if len(s.Changes) > 0 {
		return fmt.Errorf("%d changes are still there to be put back", len(s.Changes))
	}
	return nil
}

// Names of the environment by which the test program is told to sit down.
const (
	visitVar = "PASSERELLE_LAB_VISIT" // the visit, JSON
	sightVar = "PASSERELLE_LAB_SIGHT" // the file for what was seen
)

// report is what is written down.
type report struct {
	Seen  []Sight
	Error string
}

// Main plays the person where the environment asks for it, and does not return then. It is to be called first by TestMain.
func Main() {
	text := os.Getenv(visitVar)
	if text == "" {
		return
	}
	var v Visit
	err := json.Unmarshal([]byte(text), &v)
	var r report
	if err == nil {
		r.Seen, err = sit(v)
	}
	if err != nil {
		r.Error = err.Error()
	}
	out, err := json.Marshal(r)
	if err == nil {
		err = os.WriteFile(os.Getenv(sightVar), out, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}
