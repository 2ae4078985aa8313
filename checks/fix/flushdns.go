// flush-dns: empties this computer's DNS cache with the system's documented command.

package fix

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"passerelle/checks/facts"
)

// Details of a plan of flush-dns: which cache it is, or why there is nothing to do. On Linux also the kinds of dnscaches.go.
const (
	detailWindows = "windows"
	detailMacOS   = "macos"
	detailSeveral = "several"
	detailNone    = "none"        // this computer keeps no DNS cache
	detailOff     = "windows-off" // the DNS Client service is disabled: no cache
	detailUnknown = "unknown"     // a DNS program that we cannot empty answers here
)

func init() { register("flush-dns", func(c *Computer) Fix { return flushDNS{c} }) }

type flushDNS struct{ c *Computer }

// Name implements Fix.
func (flushDNS) Name() string { return "flush-dns" }

// The constant script that macOS runs as root, after its own password prompt: `with prompt` takes the sentence from the argument
// list, so that nothing is ever glued into the script.
const (
	macFlush = `do shell script "/usr/bin/dscacheutil -flushcache && /usr/bin/killall -HUP mDNSResponder" ` +
		`with prompt (item 1 of argv) with administrator privileges without altering line endings`
	macPrompt = "Passerelle wants to empty this computer's memory of website addresses (DNS)."
)

// Plan implements Fix.
func (f flushDNS) Plan(ctx context.Context, arg string) (Plan, error) {
	p := Plan{Fix: f.Name(), Risk: "none", Vars: map[string]any{}}
	if arg != "" {
		return p, problem(ErrArgument, "fix.error.no-argument", map[string]any{"Fix": f.Name()}, "flush-dns takes no argument, got %q", arg)
	}
	switch f.c.OS {
	case "windows":
		if f.c.CacheOff != nil && f.c.CacheOff() {
			p.Nothing, p.Detail = true, detailOff
			return p, nil
		}
		p.Detail = detailWindows
		if f.c.FlushAPI != nil {
			p.Steps = append(p.Steps, Step{Call: "dnsapi.dll DnsFlushResolverCache()"})
		}
		p.Steps = append(p.Steps, Step{Command: f.ipconfig()})
	case "darwin":
		p.Detail, p.NeedsAdmin = detailMacOS, f.c.UID != 0
		if p.NeedsAdmin {
			p.Steps = append(p.Steps, Step{Command: f.osascript()})
		}
		p.Steps = append(p.Steps, macSteps()...)
	case "linux":
		f.planLinux(ctx, &p)
	default:
		return p, problem(ErrImpossible, "fix.flush-dns.impossible", nil, "flushing the DNS cache on %s", f.c.OS)
	}
	return p, nil
}

func (f flushDNS) planLinux(ctx context.Context, p *Plan) {
	found := f.c.dnsCaches(ctx)
	var names []string
	for _, d := range found.Caches {
		names = append(names, productNames[d.Kind])
		p.NeedsAdmin = p.NeedsAdmin || d.Asks || (d.Root && f.c.UID != 0)
	}
	p.Vars["Caches"] = strings.Join(names, ", ")
	switch {
	case len(found.Caches) == 1:
		p.Detail = found.Caches[0].Kind
	case len(found.Caches) > 1:
		p.Detail = detailSeveral
	case found.Unknown != "":
		p.Nothing, p.Detail = true, detailUnknown
		p.Vars["Program"] = found.Unknown
	default:
		p.Nothing, p.Detail = true, detailNone
	}
	if needsHelper(f.c, found.Caches) {
		if argv, err := f.c.rootCommand("flush-dns", kinds(found.Caches)); err == nil {
			p.Steps = append(p.Steps, Step{Command: argv})
		}
	}
	for _, d := range found.Caches {
		p.Steps = append(p.Steps, Step{Command: d.Command, Call: d.Call})
	}
}

// needsHelper tells whether a cache can only be emptied by root, and we are not.
func needsHelper(c *Computer, caches []dnsCache) bool {
	for _, d := range caches {
		if d.Root && c.UID != 0 {
			return true
		}
	}
	return false
}

func kinds(caches []dnsCache) string {
	var all []string
	for _, d := range caches {
		all = append(all, d.Kind)
	}
	return strings.Join(all, ",")
}

func (f flushDNS) ipconfig() []string {
	dir := `C:\Windows\System32`
	if len(f.c.Dirs) > 0 {
		dir = f.c.Dirs[0]
	}
	return []string{dir + `\ipconfig.exe`, "/flushdns"}
}

func (f flushDNS) osascript() []string {
	prompt := macPrompt
	if f.c.Say != nil {
		prompt = f.c.Say("fix.flush-dns.prompt", nil)
	}
	return []string{"/usr/bin/osascript", "-e", "on run argv", "-e", macFlush, "-e", "end run", prompt}
}

func macSteps() []Step {
	return []Step{
		{Command: []string{"/usr/bin/dscacheutil", "-flushcache"}},
		{Command: []string{"/usr/bin/killall", "-HUP", "mDNSResponder"}},
	}
}

// Apply implements Fix. The caches are looked for again: a server may have been restarted while the person read the question.
func (f flushDNS) Apply(ctx context.Context, p Plan) (Change, error) {
	ch := Change{Fix: f.Name(), Host: p.Host, Old: map[string]string{}, Proof: map[string]facts.Bool{}}
	if before := f.c.System.ask(ctx, nameOnly(p.Host)); before.Good() {
		ch.Old[oldAnswer] = joinAddrs(before.Addresses)
	}
	var err error
	switch f.c.OS {
	case "windows":
		ch.Steps, err = f.applyWindows(ctx)
	case "darwin":
		ch.Steps, err = f.applyMac(ctx)
	default:
		err = f.applyLinux(ctx, &ch)
	}
	return ch, err
}

// applyWindows calls the function first and the documented command after it: the function's answer can be believed, the
// command's exit status cannot (0 or 1 for the same failure).
func (f flushDNS) applyWindows(ctx context.Context) ([]Step, error) {
	var steps []Step
	api := errors.New("not called")
	if f.c.FlushAPI != nil {
		s := Step{Call: "dnsapi.dll DnsFlushResolverCache()"}
		if api = f.c.FlushAPI(ctx); api != nil {
			s.Exit, s.Output = 1, api.Error()
		}
		steps = append(steps, s)
	}
	s, ran := f.c.step(ctx, f.ipconfig(), CommandLimit)
	steps = append(steps, s)
	if api != nil && !ran.OK() {
		return steps, failedStep(s, "Windows")
	}
	return steps, nil
}

func (f flushDNS) applyMac(ctx context.Context) ([]Step, error) {
	if f.c.UID == 0 {
		var steps []Step
		for _, m := range macSteps() {
			s, ran := f.c.step(ctx, m.Command, CommandLimit)
			steps = append(steps, s)
			if !ran.OK() {
				return steps, failedStep(s, "macOS")
			}
		}
		return steps, nil
	}
	s, ran := f.c.step(ctx, f.osascript(), PromptLimit)
	switch {
	case ran.OK():
		return append([]Step{s}, macSteps()...), nil // the script is these two, and it ended with 0
	case strings.Contains(ran.Err, "(-128)"): // the only part of the message that is not translated
		return []Step{s}, problem(ErrRefused, "fix.error.refused", nil, "the system's prompt was closed")
	case strings.Contains(ran.Err, "(-60007)"), strings.Contains(ran.Err, "(-60005)"):
		return []Step{s}, problem(ErrRights, "fix.error.rights", nil, "the password was not accepted")
	}
	return []Step{s}, failedStep(s, "macOS")
}

func failedStep(s Step, program string) error {
	what := s.Call
	if len(s.Command) > 0 {
		what = strings.Join(s.Command, " ")
	}
	return problem(ErrFailed, "fix.flush-dns.error.failed", map[string]any{"Program": program}, "%s: exit status %d: %s", what, s.Exit, s.Output)
}

// nameOnly leaves out what is an address already: no cache is asked for it, so that it proves nothing.
func nameOnly(host string) string {
	if _, err := netip.ParseAddr(host); err == nil {
		return ""
	}
	return host
}

// Undo implements Fix.
func (flushDNS) Undo(context.Context, Change) error {
	return fmt.Errorf("undoing flush-dns: %w", ErrNothingToUndo)
}
