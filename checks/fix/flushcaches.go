// Emptying the DNS caches of Linux, by ourselves or, where only root may, through the helper.

package fix

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"

	"passerelle/checks/facts"
)

func (f flushDNS) applyLinux(ctx context.Context, ch *Change) error {
	found := f.c.dnsCaches(ctx)
	if len(found.Caches) == 0 {
		return problem(ErrFailed, "fix.flush-dns.error.gone", nil, "the DNS cache that was there a moment ago is gone")
	}
	for _, d := range found.Caches {
		ch.Proof[d.Kind] = facts.Unknown
		switch {
		case d.Kind == kindResolved:
			ch.Old[oldSize] = f.c.resolvedSize(ctx)
		case d.Kind == kindDnsmasq && f.c.Inserted != nil:
			ctx, cancel := context.WithTimeout(ctx, countLimit)
			if n, err := f.c.Inserted(ctx, d.Server); err == nil {
				ch.Old[oldCount] = strconv.FormatUint(n, 10)
			}
			cancel()
		}
	}
	if needsHelper(f.c, found.Caches) {
		// All of them in one go, in the right order, with one prompt.
		answer, step, err := f.c.asRoot(ctx, "flush-dns", kinds(found.Caches), nameOnly(ch.Host))
		ch.Steps = append([]Step{step}, answer.Steps...)
		if err == nil { // what the helper did not find was none of them: as root it knows
			for kind := range ch.Proof {
				proof, was := answer.Proof[kind]
				if !was {
					delete(ch.Proof, kind)
					continue
				}
				ch.Proof[kind] = proof
			}
		}
		return err
	}
	steps, err := f.c.flush(ctx, found.Caches)
	ch.Steps = steps
	return err
}

// flush empties every cache given, in order. One that fails does not keep the others from it.
func (c *Computer) flush(ctx context.Context, caches []dnsCache) ([]Step, error) {
	var steps []Step
	var errs []error
	for _, d := range caches {
		done, err := c.flushOne(ctx, d)
		steps = append(steps, done...)
		errs = append(errs, err)
	}
	for _, err := range errs {
		if err != nil {
			return steps, err // the first: its words tell the person enough
		}
	}
	return steps, nil
}

func (c *Computer) flushOne(ctx context.Context, d dnsCache) ([]Step, error) {
	switch d.Kind {
	case kindResolved:
		return c.flushResolved(ctx, d)
	case kindDnsmasq:
		s := Step{Call: d.Call}
		err := errors.New("signals cannot be sent here")
		if c.Hangup != nil {
			err = c.Hangup(d.PID, d.Program)
		}
		if err != nil {
			s.Exit, s.Output = 1, err.Error()
			return []Step{s}, failedStep(s, d.Program)
		}
		return []Step{s}, nil
	case kindUnbound:
		if d.Config != "" {
			if err := c.rootOwned(d.Config); err != nil {
				s := Step{Command: d.Command, Exit: -1, Output: err.Error()}
				return []Step{s}, failedStep(s, d.Program)
			}
		}
	}
	if len(d.Command) == 0 { // its tool is not installed
		s := Step{Call: d.Call, Exit: -1}
		return []Step{s}, failedStep(s, d.Program)
	}
	s, ran := c.step(ctx, d.Command, CommandLimit)
	if ran.OK() {
		return []Step{s}, nil
	}
	if d.Kind == kindUnbound {
		return []Step{s}, problem(ErrFailed, "fix.flush-dns.error.control", map[string]any{"Program": d.Program}, "%s: exit status %d: %s", d.Command[0], s.Exit, s.Output)
	}
	return []Step{s}, failedStep(s, d.Program)
}

// flushResolved runs the command, and where that is missing or fails asks the service itself.
func (c *Computer) flushResolved(ctx context.Context, d dnsCache) ([]Step, error) {
	var steps []Step
	if len(d.Command) > 0 {
		limit := CommandLimit
		if d.Asks {
			limit = PromptLimit
		}
		s, ran := c.step(ctx, d.Command, limit)
		steps = append(steps, s)
		if ran.OK() {
			return steps, nil
		}
	}
	s := Step{Call: "D-Bus " + resolveCall + "FlushCaches"}
	err := errors.New("no system bus")
	if c.Bus != nil {
		limit := CommandLimit
		if d.Asks {
			limit = PromptLimit
		}
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		_, err = c.Bus.Call(ctx, resolveName, resolvePath, resolveCall+"FlushCaches", true)
	}
	if err != nil {
		s.Exit, s.Output = 1, err.Error()
		steps = append(steps, s)
		return steps, failedStep(s, d.Program)
	}
	return append(steps, s), nil
}

// rootOwned refuses a configuration that an ordinary user could have written: root is about to act on it.
func (c *Computer) rootOwned(path string) error {
	if !filepath.IsAbs(path) {
		return errors.New("reading " + path + ": not an absolute path")
	}
	st, err := os.Stat(c.file(path))
	if err != nil {
		return err
	}
	if !st.Mode().IsRegular() || st.Mode().Perm()&0o022 != 0 || ownerOf(st) != 0 {
		return errors.New("reading " + path + ": not a file that only root can write")
	}
	return nil
}
