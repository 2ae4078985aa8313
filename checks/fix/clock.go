// sync-clock: sets the clock from the network, with whatever of this system does that. Its order alone proves nothing (w32tm ends with
// 0 when it reached no server): the offset is measured again, or the system says that the clock is synchronised.

package fix

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"passerelle/checks/facts"
)

func init() { register("sync-clock", func(c *Computer) Fix { return syncClock{c} }) }

const (
	// clockRight is how far a clock may be off after it was set: certificates are judged by the second, and HTTP dates have no finer grain.
	clockRight = 2 * time.Second
	// clockPatience is how long a time service gets to reach its servers and to set the clock.
	clockPatience = 12 * time.Second
	// clockPause lies between two looks: systemd-timesyncd steps the clock with its first answer, a second or a few after it was started.
	clockPause = time.Second

	// clockAnswer is how long one gets where nothing tells when it is done.
	clockAnswer = 4 * time.Second
	// clockMeasure is kept of that for the second measurement: the servers that are asked for the time answer within a second or not.
	clockMeasure = 4 * time.Second

	oldNTP    = "ntp"          // key of Change.Old: whether the clock was set from the network by itself, yes or no
	oldSynced = "synchronized" // key of Change.Old: what the system said of the clock before, yes or no
	oldOffset = "offset"       // key of Change.Old: how far the clock was off, seconds
)

type syncClock struct{ c *Computer }

// Name implements Fix.
func (syncClock) Name() string { return "sync-clock" }

// Applies implements Fix.
func (syncClock) Applies(all *facts.Facts) (bool, string) {
	switch {
	case all == nil || all.Clock == nil || !all.Clock.Done:
		return true, "fix.sync-clock.why.unknown"
	case time.Duration(all.Clock.OffsetS*float64(time.Second)).Abs() > clockRight:
		return true, "fix.sync-clock.why.off"
	}
	return false, "fix.sync-clock.why.right"
}

// timedate asks timedatectl for a property, which it prints untranslated.
func (c *Computer) timedate(ctx context.Context, property string) (string, error) {
	tool := c.tool("timedatectl")
	if tool == "" {
		return "", errors.New("timedatectl is not installed")
	}
	r := c.Run.Run(ctx, []string{tool, "show", "--property=" + property, "--value"}, CommandLimit)
	if !r.OK() {
		return "", fmt.Errorf("asking timedatectl for %s: exit status %d: %s", property, r.Exit, printed(r))
	}
	return strings.TrimSpace(r.Out), nil
}

// Plan implements Fix.
func (f syncClock) Plan(ctx context.Context, arg string) (Plan, error) {
	p := Plan{Fix: f.Name(), Risk: "low", Old: map[string]string{}, Vars: map[string]any{}}
	if arg != "" {
		return p, problem(ErrArgument, "fix.error.no-argument", map[string]any{"Fix": f.Name()}, "sync-clock takes no argument, got %q", abridged(arg))
	}
	if f.c.OS != "linux" {
		if f.c.OS != "windows" && f.c.OS != "darwin" {
			return p, problem(ErrImpossible, "fix.sync-clock.impossible", nil, "setting the clock on %s", f.c.OS)
		}
		p.Detail = f.c.OS
		return f.viaHelper(p)
	}
	if f.c.tool("chronyc") != "" && f.c.exists("/run/chrony/chronyd.pid") {
		p.Detail = "chrony"
		return f.viaHelper(p)
	}
	can, err := f.c.timedate(ctx, "CanNTP")
	if err == nil && can != "yes" {
		err = errors.New("no time service is installed")
	}
	if err != nil {
		return p, problem(ErrImpossible, "fix.sync-clock.impossible", nil, "%w", err)
	}
	ntp, err := f.c.timedate(ctx, "NTP")
	if err != nil {
		return p, problem(ErrImpossible, "fix.sync-clock.impossible", nil, "%w", err)
	}
	p.Detail, p.NeedsAdmin, p.Undoable = "timedate", !f.c.admin(), ntp == "no"
	p.Old[oldNTP] = ntp
	for _, argv := range f.timedateCommands(ntp) {
		p.Steps = append(p.Steps, Step{Command: argv})
	}
	return p, nil
}

// timedateCommands switch the time service on; one that is on and has not set the clock is started anew, so that it asks at once.
func (f syncClock) timedateCommands(ntp string) [][]string {
	all := [][]string{{f.c.tool("timedatectl"), "set-ntp", "true"}}
	if ntp == "yes" && f.c.tool("systemctl") != "" {
		all = [][]string{{f.c.tool("systemctl"), "try-restart", "systemd-timesyncd.service"}}
	}
	return all
}

func (f syncClock) viaHelper(p Plan) (Plan, error) {
	if s, asks := f.c.privilegedStep("clock-sync"); asks {
		p.NeedsAdmin, p.Steps = true, []Step{s}
	}
	for _, argv := range f.c.clockCommands() {
		p.Steps = append(p.Steps, Step{Command: argv})
	}
	return p, nil
}

// macTimeServer is the one that this Mac asks already.
func (c *Computer) macTimeServer() string {
	for line := range strings.Lines(c.read("/etc/ntp.conf")) {
		if f := strings.Fields(line); len(f) >= 2 && f[0] == "server" {
			if h, err := ValidHost(f[1]); err == nil {
				return h
			}
		}
	}
	return "time.apple.com"
}

// clockCommands are what the helper runs.
func (c *Computer) clockCommands() [][]string {
	switch c.OS {
	case "windows":
		dir := `C:\Windows\System32`
		if len(c.Dirs) > 0 {
			dir = c.Dirs[0]
		}
		return [][]string{{dir + `\sc.exe`, "start", "w32time"}, {dir + `\w32tm.exe`, "/resync", "/force"}}
	case "darwin":
		return [][]string{{"/usr/bin/sntp", "-sS", c.macTimeServer()}}
	}
	return [][]string{{c.tool("chronyc"), "makestep"}}
}

// Apply implements Fix.
func (f syncClock) Apply(ctx context.Context, p Plan) (Change, error) {
	ch := Change{Fix: f.Name(), Host: p.Host, Old: p.Old}
	if f.c.Offset != nil {
		if off, err := f.c.Offset(ctx); err == nil {
			ch.Old[oldOffset] = strconv.FormatFloat(off.Seconds(), 'f', 3, 64)
		}
	}
	if f.c.OS == "linux" {
		if was, err := f.c.timedate(ctx, "NTPSynchronized"); err == nil {
			ch.Old[oldSynced] = was
		}
	}
	if p.Detail != "timedate" {
		var err error
		if ch.Steps, err = f.c.privileged(ctx, "clock-sync"); err != nil {
			return ch, untouched(wrap(err, "fix.sync-clock.error.failed", "setting the clock"))
		}
		return ch, nil
	}
	for _, argv := range f.timedateCommands(p.Old[oldNTP]) {
		s, ran := f.c.step(ctx, argv, PromptLimit)
		ch.Steps = append(ch.Steps, s)
		if !ran.OK() {
			return ch, problem(ErrFailed, "fix.sync-clock.error.failed", nil, "%s: exit status %d: %s", argv[0], s.Exit, s.Output)
		}
	}
	return ch, nil
}

// Verify implements Fix. A time service that was started first has to ask: the system's own word that it has is waited for, so that the
// servers that tell the time are asked twice at most. Where the system said the same before, its word proves nothing.
func (f syncClock) Verify(ctx context.Context, ch Change) (Verification, error) {
	patience := clockPatience
	if f.c.Settle > 0 {
		patience = f.c.Settle
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	waits := f.c.OS == "linux" && f.c.tool("timedatectl") != "" // the commands of other systems end when it is done
	said := waits && f.said(ctx, patience-min(clockMeasure, patience/2), ch.Old[oldSynced] == "yes")
	v := Verification{By: ByNone}
	if f.c.Offset == nil {
		if said {
			v = Verification{Verified: facts.Yes, By: ByState}
		}
		return v, nil
	}
	for range 2 {
		if off, err := f.c.Offset(ctx); err == nil {
			v = Verification{Verified: facts.Known(off.Abs() <= clockRight), By: ByFresh}
		}
		if v.Verified == facts.Yes || ctx.Err() != nil {
			break
		}
		f.c.pause(ctx, clockPause)
	}
	if v.By == ByNone && said {
		v = Verification{Verified: facts.Yes, By: ByState}
	}
	return v, nil // where nothing could be measured, its servers may still answer: that is no failure
}

// said waits until the system says that the clock was set from the network. before: it said so already.
func (f syncClock) said(ctx context.Context, limit time.Duration, before bool) bool {
	if before {
		f.c.pause(ctx, clockAnswer)
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		if is, err := f.c.timedate(ctx, "NTPSynchronized"); err == nil && is == "yes" {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(clockPause):
		}
	}
}

// Undo implements Fix: the service is switched off again if it was off. The time itself has moved on.
func (f syncClock) Undo(ctx context.Context, ch Change) error {
	if ch.Old[oldNTP] != "no" {
		return fmt.Errorf("undoing sync-clock: %w", ErrNothingToUndo)
	}
	if now, err := f.c.timedate(ctx, "NTP"); err == nil && now == "no" {
		return nil
	}
	s, ran := f.c.step(ctx, []string{f.c.tool("timedatectl"), "set-ntp", "false"}, PromptLimit)
	if !ran.OK() {
		return problem(ErrFailed, "fix.error.undo", nil, "timedatectl: exit status %d: %s", s.Exit, s.Output)
	}
	return nil
}

func checkNothing(args []string) error { return count(args, 0, 0) }

func runClockSync(ctx context.Context, c *Computer, _ []string, answer *helperAnswer) error {
	for i, argv := range c.clockCommands() {
		s, ran := c.step(ctx, argv, CommandLimit)
		answer.Steps = append(answer.Steps, s)
		const alreadyRunning = 1056 // ERROR_SERVICE_ALREADY_RUNNING
		if c.OS == "windows" && i == 0 && ran.Exit == alreadyRunning {
			continue
		}
		if !ran.OK() {
			return problem(ErrFailed, "fix.sync-clock.error.failed", nil, "%s: exit status %d: %s", argv[0], s.Exit, s.Output)
		}
	}
	return nil
}
