// remove-hosts-entry: comments out the lines of the hosts file that name a host, and nothing else of that file.
//
// The change can be read off the file itself, so that the helper can undo it without being given any text: whole lines behind a
// mark of ours. A hash of the whole file before the change proves that every byte came back.

package fix

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"strings"

	"passerelle/checks/facts"
)

func init() { register("remove-hosts-entry", func(c *Computer) Fix { return removeHosts{c} }) }

// Keys of Change.Old.
const (
	oldPath  = "path"   // the file
	oldHash  = "sha256" // of the whole file before the change
	oldLines = "lines"  // the lines that are switched off, as they stood
)

type removeHosts struct{ c *Computer }

// Name implements Fix.
func (removeHosts) Name() string { return "remove-hosts-entry" }

// Applies implements Fix.
func (removeHosts) Applies(all *facts.Facts) (bool, string) {
	switch {
	case all == nil || !all.System.HostsDone:
		return false, "fix.remove-hosts-entry.why.unknown"
	case ownName(all.Target.Host):
		return false, "fix.remove-hosts-entry.why.own"
	case len(all.System.Hosts) > 0:
		return true, "fix.remove-hosts-entry.why.entry"
	}
	return false, "fix.remove-hosts-entry.why.none"
}

func (f removeHosts) describe(context.Context) (Plan, string) {
	return Plan{Fix: f.Name(), Risk: "low", Undoable: true, NeedsAdmin: !f.c.admin(), Vars: map[string]any{"Path": f.c.hostsPath()}}, "HOST"
}

// hostsPath is where this system keeps its hosts file. Windows can have its folder moved.
func (c *Computer) hostsPath() string {
	if c.OS != "windows" {
		return "/etc/hosts"
	}
	folder := ""
	if c.Registry != nil {
		folder, _ = c.Registry("HKLM", `SYSTEM\CurrentControlSet\Services\Tcpip\Parameters`, "DataBasePath")
	}
	if folder == "" {
		folder = `C:\Windows\System32\drivers\etc`
		if len(c.Dirs) > 0 {
			folder = c.Dirs[0] + `\drivers\etc`
		}
	}
	return strings.TrimSuffix(folder, `\`) + `\hosts`
}

// ownName: a name of the computer itself, which its hosts file has to hold.
func ownName(host string) bool {
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || strings.HasSuffix(host, ".localdomain") ||
		strings.HasPrefix(host, "ip6-") || host == "broadcasthost"
}

// Plan implements Fix.
func (f removeHosts) Plan(_ context.Context, arg string) (Plan, error) {
	path := f.c.hostsPath()
	p := Plan{Fix: f.Name(), Arg: arg, Risk: "low", Undoable: true, Vars: map[string]any{"Path": path, "Host": arg}}
	host, err := ValidHost(arg)
	if err == nil {
		if _, number := netip.ParseAddr(host); number == nil {
			err = fmt.Errorf("%q is an address, no name", host)
		}
	}
	if err != nil {
		return p, problem(ErrArgument, "fix.error.host", map[string]any{"Fix": f.Name()}, "%w", err)
	}
	p.Vars["Host"] = host
	if ownName(host) || f.c.hostname() == host {
		return p, problem(ErrArgument, "fix.remove-hosts-entry.why.own", p.Vars, "%s is this computer's own name", host)
	}
	content, err := f.c.readEdited(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return p, problem(ErrFailed, "fix.error.read", p.Vars, "%w", err)
	}
	_, lines := commentOut(content, naming(host))
	if len(lines) == 0 {
		p.Nothing, p.Detail, p.Undoable = true, "none", false
		return p, nil
	}
	p.Vars["Lines"] = strings.Join(lines, " · ")
	p.Old = map[string]string{oldPath: path, oldHash: hash(content), oldLines: strings.Join(lines, "\n")}
	if s, asks := f.c.privilegedStep("hosts-comment", host, p.Old[oldHash]); asks {
		p.NeedsAdmin, p.Steps = true, []Step{s}
	}
	for _, l := range lines {
		p.Steps = append(p.Steps, Step{Call: path + ": # " + l})
	}
	return p, nil
}

// hostname is this computer's own name.
func (c *Computer) hostname() string {
	if c.OS != "linux" {
		return ""
	}
	return strings.ToLower(strings.TrimSpace(c.read("/etc/hostname")))
}

// naming finds the lines that name a host (hosts(5): address, names, # a comment; case does not matter). Other names of such a line
// are kept on a line of their own.
func naming(host string) func(string) (bool, string) {
	return func(line string) (bool, string) {
		text, _, _ := strings.Cut(line, "#")
		f := strings.Fields(text)
		if len(f) < 2 {
			return false, ""
		}
		if _, err := netip.ParseAddr(f[0]); err != nil {
			return false, ""
		}
		var others []string
		for _, name := range f[1:] {
			if !strings.EqualFold(strings.TrimSuffix(name, "."), host) {
				others = append(others, name)
			}
		}
		switch len(others) {
		case len(f) - 1:
			return false, ""
		case 0:
			return true, ""
		}
		return true, f[0] + " " + strings.Join(others, " ")
	}
}

// Apply implements Fix.
func (f removeHosts) Apply(ctx context.Context, p Plan) (Change, error) {
	host, _ := p.Vars["Host"].(string)
	ch := Change{Fix: f.Name(), Arg: host, Host: p.Host, Old: p.Old}
	var err error
	ch.Steps, err = f.c.privileged(ctx, "hosts-comment", host, p.Old[oldHash])
	return ch, err
}

func runHostsComment(_ context.Context, c *Computer, args []string, answer *helperAnswer) error {
	host, path := args[0], c.hostsPath()
	vars := map[string]any{"Path": path, "Host": host}
	if ownName(host) || c.hostname() == host {
		return problem(ErrArgument, "fix.remove-hosts-entry.why.own", vars, "%s is this computer's own name", host)
	}
	if err := c.tidy(path); err != nil {
		return problem(ErrFailed, "fix.error.write", vars, "%w", err)
	}
	old, err := c.readEdited(path)
	if err != nil {
		return problem(ErrFailed, "fix.error.read", vars, "%w", err)
	}
	if hash(old) != args[1] {
		return problem(ErrFailed, "fix.error.meanwhile", vars, "%s: %w", path, errMeanwhile)
	}
	changed, lines := commentOut(old, naming(host))
	if back, _ := restored(changed, args[1]); hash(back) != args[1] {
		return problem(ErrFailed, "fix.error.write", vars, "%s: commenting out could not be taken back", path)
	}
	step := Step{Call: fmt.Sprintf("%s: commented out: %s", path, strings.Join(lines, " · "))}
	if err := c.rewrite(path, old, changed); err != nil {
		step.Exit, step.Output = 1, err.Error()
		answer.Steps = []Step{step}
		return problem(ErrFailed, "fix.error.write", vars, "%w", err)
	}
	answer.Steps = []Step{step}
	return nil
}

// Verify implements Fix: the file is read again. Company programs write it anew within seconds; the check that follows sees that.
func (f removeHosts) Verify(_ context.Context, ch Change) (Verification, error) {
	content, err := f.c.readEdited(f.c.hostsPath())
	if err != nil {
		return Verification{By: ByNone}, err
	}
	_, lines := commentOut(content, naming(ch.Arg))
	return Verification{Verified: facts.Known(len(lines) == 0), By: ByState}, nil
}

// Undo implements Fix.
func (f removeHosts) Undo(ctx context.Context, ch Change) error {
	host, err := ValidHost(ch.Arg)
	if err != nil {
		return problem(ErrFailed, "fix.error.host", map[string]any{"Fix": f.Name()}, "%w", err)
	}
	if content, err := f.c.readEdited(f.c.hostsPath()); err == nil && !f.c.admin() && hash(content) == ch.Old[oldHash] {
		return nil // it is as it was: nobody needs to be asked for a password
	}
	_, err = f.c.privileged(ctx, "hosts-restore", host, ch.Old[oldHash])
	return err
}

func runHostsRestore(_ context.Context, c *Computer, args []string, answer *helperAnswer) error {
	host, path := args[0], c.hostsPath()
	vars := map[string]any{"Path": path, "Host": host}
	if err := c.tidy(path); err != nil {
		return problem(ErrFailed, "fix.error.write", vars, "%w", err)
	}
	now, err := c.readEdited(path)
	if err != nil {
		return problem(ErrFailed, "fix.error.read", vars, "%w", err)
	}
	if hash(now) == args[1] {
		return nil
	}
	back, lines := restored(now, args[1])
	if lines == 0 {
		return nil // whoever wrote the file anew took our mark away with the line
	}
	step := Step{Call: fmt.Sprintf("%s: %d lines as before", path, lines)}
	if err := c.rewrite(path, now, back); err != nil {
		step.Exit, step.Output = 1, err.Error()
		answer.Steps = []Step{step}
		return problem(ErrFailed, "fix.error.write", vars, "%w", err)
	}
	answer.Steps = []Step{step}
	return nil
}
