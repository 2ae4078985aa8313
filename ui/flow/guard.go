// This file watches a protection that the person pauses to try something: it says so, looks at the site again, and reminds until it is on.

package flow

import (
	"slices"
	"strings"

	"passerelle/checks/facts"
)

const (
	// guardEvery is how often the protection's state is read, seconds: soon enough to be seen as an answer; on Windows a reading starts
	// PowerShell, which takes up to three seconds.
	guardEvery = 5
	// guardFor is how long it is watched where nothing is paused, seconds: who opened the settings page has pressed by then.
	guardFor = 15 * 60
)

// Guard is the watch over this computer's protection. The zero value watches nothing.
type Guard struct {
	On      bool
	Was     []string // those that were on when it began
	Known   bool     // Was was read
	Off     []string // those of Was that are off now: paused
	reading bool
	wait    int // seconds to the next reading
	left    int // seconds until the watch ends, where nothing is paused
}

// Names are the paused ones, as a sentence names them.
func (g Guard) Names() string { return strings.Join(g.Off, ", ") }

// Protection is the answer to ReadProtection. Done false: it could not be read, and nothing is known.
type Protection struct {
	List []facts.Firewall
	Done bool
}

func (Protection) event() {}

// ReadProtection reads the state of the protection programs: Protection.
type ReadProtection struct{}

// Notify shows a short notice, a key of the window's words.
type Notify struct {
	Key  string
	Vars map[string]any
}

func (ReadProtection) effect() {}
func (Notify) effect()         {}

// guard begins to watch, where that can be done; a watch that goes on is kept.
func (m Machine) guard(s State) State {
	if !m.Guards {
		return s
	}
	if len(s.Guard.Off) > 0 {
		return s
	}
	g := Guard{On: true, wait: guardEvery, left: guardFor}
	if list, done := s.Now.Firewalls(); done {
		g.Was, g.Known = namesOf(list, facts.Yes), true
	}
	s.Guard = g
	return s
}

func namesOf(list []facts.Firewall, state facts.Bool) (names []string) {
	for _, f := range list {
		if f.Enabled == state && !slices.Contains(names, f.Name) {
			names = append(names, f.Name)
		}
	}
	return names
}

// guardTicked is n seconds of the watch.
func (s State) guardTicked(n int) (State, []Effect) {
	g := &s.Guard
	if !g.On {
		return s, nil
	}
	if g.left -= n; g.left <= 0 && len(g.Off) == 0 {
		*g = Guard{}
		return s, nil
	}
	if g.wait -= n; g.wait > 0 || g.reading {
		return s, nil
	}
	g.reading = true
	return s, []Effect{ReadProtection{}}
}

// protection takes a reading. What is not in the list, or whose state cannot be told, is as it was.
func (m Machine) protection(s State, e Protection) (State, []Effect) {
	g := &s.Guard
	if !g.On {
		return s, nil
	}
	g.reading, g.wait = false, guardEvery
	if !e.Done {
		return s, nil
	}
	on, off := namesOf(e.List, facts.Yes), namesOf(e.List, facts.No)
	if !g.Known {
		g.Was, g.Known = on, true
		return s, nil
	}
	var paused []string
	for _, name := range g.Was {
		if slices.Contains(off, name) || slices.Contains(g.Off, name) && !slices.Contains(on, name) {
			paused = append(paused, name)
		}
	}
	before := g.Off
	g.Off = paused
	switch {
	case len(before) > 0 && len(paused) == 0:
		names := Guard{Off: before}.Names()
		*g = Guard{}
		return s, []Effect{Notify{"guard.on-again", map[string]any{"Names": names}}}
	case len(before) == 0 && len(paused) > 0 && s.Page == Repair && s.Step == StepFirewall && s.Phase == Opened:
		return m.recheck(s) // this is what it was paused for
	}
	return s, nil
}
