// turn-off-proxy: switches the proxy off wherever this person's settings name one. Addresses are kept: only the switch is turned.

package fix

import (
	"context"
	"fmt"
	"strings"

	"passerelle/checks/facts"
)

func init() { register("turn-off-proxy", func(c *Computer) Fix { return turnOffProxy{c} }) }

type turnOffProxy struct{ c *Computer }

// Name implements Fix.
func (turnOffProxy) Name() string { return "turn-off-proxy" }

// Applies implements Fix.
func (turnOffProxy) Applies(all *facts.Facts) (bool, string) {
	if all == nil || !all.System.ProxiesDone {
		return true, "fix.turn-off-proxy.why.unknown"
	}
	why := "fix.turn-off-proxy.why.none"
	for _, p := range all.System.Proxies {
		switch {
		case p.Applies == facts.No:
			continue
		case p.Source == "policy":
			return false, "fix.turn-off-proxy.why.policy"
		case p.Source == "firefox":
			why = "fix.turn-off-proxy.why.firefox"
			continue
		}
		return true, "fix.turn-off-proxy.why.set"
	}
	return false, why
}

// proxyPlaces are the places of this person's settings that name a proxy now, with what would stand there afterwards.
func (f turnOffProxy) proxyPlaces(ctx context.Context) (map[place]string, error) {
	wanted := map[place]string{}
	switch f.c.OS {
	case "windows":
		if f.c.WinProxy == nil {
			return wanted, nil
		}
		s, err := f.c.WinProxy.Read()
		if err != nil {
			return nil, err
		}
		if off := s.off(); off != s {
			wanted[winINET{f.c}] = off.text()
		} else if f.c.WinHTTP != nil { // nothing that a browser follows: then, and only then, the machine's
			if m, err := f.c.WinHTTP.Read(); err == nil && m.Servers != "" && m.valid() == nil {
				wanted[machineProxy{f.c}] = MachineProxy{}.text()
			}
		}
	case "darwin":
		return f.c.macProxies(ctx)
	default:
		g := gnomeProxy{f.c}
		if mode, err := g.read(ctx); err == nil && mode != "none" {
			wanted[g] = "none"
		}
		k := kdeProxy{f.c}
		if kind, err := k.read(ctx); err == nil && kind != "0" && kind != "" {
			wanted[k] = "0"
		}
		var files []envFile
		for _, file := range f.c.environmentFiles() {
			e := envFile{f.c, file}
			if v, err := e.read(ctx); err == nil && v != "off" {
				wanted[e] = "off"
				files = append(files, e)
			}
		}
		if len(files) > 0 && f.c.Setenv != nil && len(f.c.proxyEnvironment()) > 0 && f.c.ownProxyOnly(files) {
			wanted[programEnvironment{f.c}] = "off"
		}
	}
	return wanted, nil
}

// place finds a place again by its id, out of the closed list of those that there can be.
func (f turnOffProxy) place(id string) (place, error) {
	switch {
	case f.c.OS == "windows" && id == winINET{}.id():
		if f.c.WinProxy != nil {
			return winINET{f.c}, nil
		}
	case f.c.OS == "windows" && id == machineProxy{}.id():
		if f.c.WinHTTP != nil {
			return machineProxy{f.c}, nil
		}
	case f.c.OS == "darwin":
		return f.c.macProxy(id)
	case id == gnomeProxy{}.id():
		return gnomeProxy{f.c}, nil
	case id == kdeProxy{}.id():
		return kdeProxy{f.c}, nil
	case id == programEnvironment{}.id() && f.c.Setenv != nil:
		return programEnvironment{f.c}, nil
	default:
		for _, file := range f.c.environmentFiles() {
			if e := (envFile{f.c, file}); e.id() == id {
				return e, nil
			}
		}
	}
	return nil, fmt.Errorf("the setting %q is no longer here", abridged(id))
}

// Plan implements Fix.
func (f turnOffProxy) Plan(ctx context.Context, arg string) (Plan, error) {
	p := Plan{Fix: f.Name(), Risk: "low", Undoable: true, Vars: map[string]any{}}
	if arg != "" {
		return p, problem(ErrArgument, "fix.error.no-argument", map[string]any{"Fix": f.Name()}, "turn-off-proxy takes no argument, got %q", abridged(arg))
	}
	wanted, err := f.proxyPlaces(ctx)
	if err == nil {
		p.Old, err = noted(ctx, wanted)
	}
	if err != nil {
		return p, problem(ErrFailed, "fix.turn-off-proxy.error.read", nil, "reading the proxy settings: %w", err)
	}
	var where []string
	for pl := range wanted {
		if _, ours := pl.(programEnvironment); ours {
			continue // nothing that the person has to know of: it ends with this program
		}
		where = append(where, pl.id())
		if _, machine := pl.(machineProxy); machine {
			if s, asks := f.c.privilegedStep("winhttp-proxy", directProxy); asks {
				p.NeedsAdmin, p.Steps = true, append(p.Steps, s)
			}
		}
		p.Steps = append(p.Steps, Step{Call: pl.id() + ": off"})
		if _, ok := pl.(envFile); ok {
			p.Detail = "environment"
		}
	}
	p.Vars["Where"] = strings.Join(where, ", ")
	if len(wanted) > 0 {
		return p, nil
	}
	p.Nothing, p.Undoable, p.Detail = true, false, "none"
	if names := f.c.proxyEnvironment(); len(names) > 0 {
		p.Detail = "elsewhere" // set by something that is not this person's to change, or that we do not know
		p.Vars["Names"] = strings.Join(names, ", ")
		p.Vars["Where"] = strings.Join(f.c.environmentElsewhere(), ", ")
	}
	return p, nil
}

// Apply implements Fix.
func (f turnOffProxy) Apply(ctx context.Context, p Plan) (Change, error) {
	ch := Change{Fix: f.Name(), Host: p.Host, Old: p.Old}
	var err error
	ch.Steps, err = putAll(ctx, p.Old, wantPrefix, f.place)
	if err != nil {
		return ch, wrap(err, "fix.turn-off-proxy.error.failed", "switching the proxy off")
	}
	return ch, nil
}

// Verify implements Fix.
func (f turnOffProxy) Verify(ctx context.Context, ch Change) (Verification, error) {
	is, err := standing(ctx, ch.Old, f.place)
	return Verification{Verified: is, By: ByState}, err
}

// Undo implements Fix.
func (f turnOffProxy) Undo(ctx context.Context, ch Change) error {
	if _, err := putAll(ctx, ch.Old, placePrefix, f.place); err != nil {
		return wrap(err, "fix.error.undo", "switching the proxy on again")
	}
	return nil
}
