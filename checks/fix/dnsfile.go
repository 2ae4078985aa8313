// The plain /etc/resolv.conf: its servers are commented out and others put before them; the undo reads the change off the file.

package fix

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"passerelle/checks/facts"
)

const resolvConf = "/etc/resolv.conf"

// automaticServers is the word for "those that the box gives" where a resolver's id can stand.
const automaticServers = "automatic"

type fileDNS struct{ c *Computer }

func (fileDNS) kind() string       { return "resolv.conf" }
func (fileDNS) connection() string { return resolvConf }

// tidy: what a helper left behind only a helper can take away, and the next one does.
func (f fileDNS) tidy() error {
	if !f.c.admin() {
		return nil
	}
	return f.c.tidy(resolvConf)
}

// read gives the hash of the whole file: with it the undo proves that every byte came back.
func (f fileDNS) read(context.Context) (string, error) {
	content, err := f.c.readEdited(resolvConf)
	if err != nil {
		return "", err
	}
	if len(nameservers(string(content))) == 0 {
		return "", errors.New(resolvConf + " names no server")
	}
	return hash(content), nil
}

func (f fileDNS) effective(context.Context) ([]netip.Addr, error) {
	content, err := f.c.readEdited(resolvConf)
	return nameservers(string(content)), err
}

func (f fileDNS) automatic(ctx context.Context) facts.Bool {
	now, err := f.effective(ctx)
	if err != nil {
		return facts.Unknown
	}
	return facts.Known(!slices.ContainsFunc(now, isPublic))
}

// word is what the helper is asked for: a resolver's id, never an address.
func (f fileDNS) word(servers []netip.Addr) string {
	for _, p := range PublicResolvers {
		if slices.ContainsFunc(servers, func(a netip.Addr) bool { return slices.Contains(p.V4, a) }) {
			return p.ID
		}
	}
	return automaticServers
}

func (f fileDNS) steps(servers []netip.Addr) ([]Step, bool) {
	was, _ := f.read(context.Background()) // it was read a moment ago
	edit := Step{Call: resolvConf + ": nameserver " + joined(servers)}
	if s, asks := f.c.privilegedStep("resolv-conf-set", f.word(servers), was); asks {
		return []Step{s, edit}, true
	}
	return []Step{edit}, false
}

func (f fileDNS) set(ctx context.Context, servers []netip.Addr) ([]Step, error) {
	was, err := f.read(ctx)
	if err != nil {
		return nil, err
	}
	return f.c.privileged(ctx, "resolv-conf-set", f.word(servers), was)
}

func (f fileDNS) restore(ctx context.Context, was string) ([]Step, error) {
	return f.c.privileged(ctx, "resolv-conf-restore", was)
}

func checkResolvConf(args []string) error {
	if err := count(args, 2, 2); err != nil {
		return err
	}
	if _, ok := publicResolver(args[0]); !ok && args[0] != automaticServers {
		return fmt.Errorf("%q is no resolver", abridged(args[0]))
	}
	return validHash(args[1])
}

func isNameserver(line string) bool { _, ok := nameserver(line); return ok }

func runResolvConfSet(_ context.Context, c *Computer, args []string, answer *helperAnswer) error {
	vars := map[string]any{"Path": resolvConf}
	if c.OS != "linux" {
		return errors.New("this is no Linux")
	}
	if err := c.tidy(resolvConf); err != nil {
		return problem(ErrFailed, "fix.error.write", vars, "%w", err)
	}
	old, err := c.readEdited(resolvConf)
	if err == nil && hash(old) != args[1] {
		err = errMeanwhile
	}
	if err != nil {
		return problem(ErrFailed, "fix.error.meanwhile", vars, "%s: %w", resolvConf, err)
	}
	link, six := c.defaultLink()
	var servers []netip.Addr
	if p, ok := publicResolver(args[0]); ok {
		servers = p.servers(six)
	} else if gateway, ok := c.gateway(link); ok {
		servers = []netip.Addr{gateway}
	} else {
		return problem(ErrFailed, "fix.dns.no-connection", nil, "no link has a gateway")
	}
	var lines []string
	for _, a := range servers {
		lines = append(lines, "nameserver "+a.String())
	}
	first := true
	changed, off := commentOut(old, func(line string) (bool, string) {
		if !isNameserver(line) {
			return false, ""
		}
		before := ""
		if first {
			before, first = strings.Join(lines, "\n"), false
		}
		return true, before
	})
	if back, _ := restored(changed, args[1]); len(off) == 0 || hash(back) != args[1] {
		return problem(ErrFailed, "fix.error.write", vars, "%s: commenting out could not be taken back", resolvConf)
	}
	return c.rewriteStep(resolvConf, old, changed, "nameserver "+joined(servers), answer)
}

// rewriteStep puts a file's new content in place and keeps it as a step.
func (c *Computer) rewriteStep(path string, old, changed []byte, what string, answer *helperAnswer) error {
	s := Step{Call: path + ": " + what}
	err := c.rewrite(path, old, changed)
	if err != nil {
		s.Exit, s.Output = 1, err.Error()
		err = problem(ErrFailed, "fix.error.write", map[string]any{"Path": path}, "%w", err)
	}
	answer.Steps = append(answer.Steps, s)
	return err
}

func runResolvConfRestore(_ context.Context, c *Computer, args []string, answer *helperAnswer) error {
	vars := map[string]any{"Path": resolvConf}
	if err := c.tidy(resolvConf); err != nil {
		return problem(ErrFailed, "fix.error.write", vars, "%w", err)
	}
	now, err := c.readEdited(resolvConf)
	if err != nil {
		return problem(ErrFailed, "fix.error.read", vars, "%w", err)
	}
	back, lines := restored(now, args[0])
	if hash(now) == args[0] || lines == 0 { // a DHCP client wrote the file anew: nothing of ours is in it any more
		return nil
	}
	return c.rewriteStep(resolvConf, now, back, "as before", answer)
}
