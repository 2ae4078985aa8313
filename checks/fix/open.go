// Opening an address elsewhere: a private window, another browser, the Wi-Fi's sign-in page. These change nothing.

package fix

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"passerelle/checks/facts"
)

func init() {
	register("open-private-window", func(c *Computer) Fix { return openPrivate{opening{c}} })
	register("open-other-browser", func(c *Computer) Fix { return openOther{opening{c}} })
	register("open-portal", func(c *Computer) Fix { return openPortal{opening{c}} })
}

// PortalCheck is the address that a Wi-Fi's sign-in page takes the place of: plain HTTP, one of the contract's connectivity checks.
const PortalCheck = "http://captive.apple.com/hotspot-detect.html"

// Details of plans that open an address.
const (
	detailPrivate  = "private"         // a private window of the default browser
	detailPrivate2 = "private-other"   // a private window of another browser
	detailPlain    = "plain"           // an ordinary window: the person makes it private
	detailSafari   = "safari"          // the same, in Safari
	detailOther    = "browser"         // another browser
	detailSignIn   = "sign-in"         // the sign-in page that was met
	detailAny      = "sign-in-unknown" // an address that the sign-in page takes the place of
)

// opening does what every plan that opens something does.
type opening struct{ c *Computer }

// Apply implements Fix: it starts what the plan names, and no more.
func (o opening) Apply(ctx context.Context, p Plan) (Change, error) {
	ch := Change{Fix: p.Fix, Arg: p.Arg}
	for _, s := range p.Steps {
		var ran Ran
		if len(s.Command) > 0 {
			ran = o.c.Run.Open(ctx, s.Command)
		} else if uri, ok := p.Vars["URI"].(string); ok && o.c.OpenURI != nil {
			if err := o.c.OpenURI(uri); err != nil {
				ran = Ran{Exit: 1, Fail: err}
			}
		} else {
			ran = Ran{Exit: -1, Fail: errors.New("there is nothing to open it with")}
		}
		s.Exit, s.Output = ran.Exit, printed(ran)
		ch.Steps = append(ch.Steps, s)
		if !ran.OK() {
			return ch, problem(ErrFailed, "fix.open.error", p.Vars, "opening: exit status %d: %s", s.Exit, s.Output)
		}
	}
	return ch, nil
}

// Verify implements Fix: that a window came up cannot be seen from here.
func (opening) Verify(context.Context, Change) (Verification, error) {
	return Verification{By: ByNone}, nil
}

// Undo implements Fix.
func (opening) Undo(context.Context, Change) error {
	return fmt.Errorf("undoing what only opened a window: %w", ErrNothingToUndo)
}

// openPlan begins the plan of a fix that opens an address.
func openPlan(c *Computer, name, arg string) (Plan, string, error) {
	p := Plan{Fix: name, Arg: arg, Risk: "none", Opens: true, Vars: map[string]any{}}
	address, err := ValidURL(arg)
	if err != nil {
		return p, "", problem(ErrArgument, "fix.error.address", map[string]any{"Fix": name}, "%w", err)
	}
	p.Vars["URL"], p.Vars["URI"] = address, address
	if !c.display() {
		return p, "", problem(ErrImpossible, "fix.open.no-display", p.Vars, "there is no display to open a window on")
	}
	return p, address, nil
}

// plain completes a plan with the system's own way to open an address.
func (p *Plan) plain(c *Computer, address, detail string) error {
	s, ok := c.plainOpen(address)
	if !ok {
		return problem(ErrImpossible, "fix.open.impossible", p.Vars, "nothing here opens a web address")
	}
	p.Steps, p.Detail = []Step{s}, detail
	return nil
}

type openPrivate struct{ opening }

// Name implements Fix.
func (openPrivate) Name() string { return "open-private-window" }

// Applies implements Fix.
func (openPrivate) Applies(all *facts.Facts) (bool, string) { return elsewhere(all) }

// elsewhere: another window helps where the site opens from here and not in the browser.
func elsewhere(all *facts.Facts) (bool, string) {
	if all == nil {
		return true, "fix.open.why.may-help"
	}
	last := all.Chain.Last()
	switch {
	case last != nil && last.HTTP != nil && last.HTTP.Done && last.HTTP.Failure == facts.OK && last.HTTP.Status < http.StatusBadRequest:
		return true, "fix.open.why.works-here"
	case last != nil && last.Done:
		return false, "fix.open.why.fails-here"
	}
	return true, "fix.open.why.may-help"
}

func (f openPrivate) describe(context.Context) (Plan, string) {
	return Plan{Fix: f.Name(), Opens: true, Risk: "none"}, "ADDRESS"
}

// Plan implements Fix.
func (f openPrivate) Plan(ctx context.Context, arg string) (Plan, error) {
	p, address, err := openPlan(f.c, f.Name(), arg)
	if err != nil {
		return p, err
	}
	b, id, ok := f.c.defaultBrowser(ctx)
	if ok && b.ID == "safari" {
		p.Vars["Browser"] = b.Name
		return p, p.plain(f.c, address, detailSafari)
	}
	if ok && len(b.Private) > 0 {
		if argv := f.c.start(b, id, b.Private...); argv != nil {
			p.Vars["Browser"], p.Detail = b.Name, detailPrivate
			p.Steps = []Step{{Command: append(argv, address)}}
			return p, nil
		}
	}
	for _, b := range browsers {
		if argv := f.c.start(b, "", b.Private...); argv != nil && len(b.Private) > 0 {
			p.Vars["Browser"], p.Detail = b.Name, detailPrivate2
			p.Steps = []Step{{Command: append(argv, address)}}
			return p, nil
		}
	}
	return p, p.plain(f.c, address, detailPlain)
}

type openOther struct{ opening }

// Name implements Fix.
func (openOther) Name() string { return "open-other-browser" }

// Applies implements Fix.
func (openOther) Applies(all *facts.Facts) (bool, string) { return elsewhere(all) }

func (f openOther) describe(context.Context) (Plan, string) {
	return Plan{Fix: f.Name(), Opens: true, Risk: "none"}, "ADDRESS"
}

// Plan implements Fix.
func (f openOther) Plan(ctx context.Context, arg string) (Plan, error) {
	p, address, err := openPlan(f.c, f.Name(), arg)
	if err != nil {
		return p, err
	}
	usual, id, known := f.c.defaultBrowser(ctx)
	var argv []string
	installed := 0
	for _, b := range browsers {
		if known && b.ID == usual.ID {
			continue
		}
		if a := f.c.start(b, ""); a != nil {
			if installed++; installed == 1 {
				argv = a
				p.Vars["Browser"] = b.Name
			}
		}
	}
	// Where the default cannot be found out, a single browser is surely the usual one.
	if argv == nil || (id == "" && installed < 2) {
		return p, problem(ErrImpossible, "fix.open-other-browser.none", p.Vars, "no second browser was found")
	}
	p.Detail = detailOther
	p.Steps = []Step{{Command: append(argv, address)}}
	return p, nil
}

type openPortal struct{ opening }

// Name implements Fix.
func (openPortal) Name() string { return "open-portal" }

// Applies implements Fix: two witnesses, as for the verdict.
func (openPortal) Applies(all *facts.Facts) (bool, string) {
	if all == nil {
		return false, "fix.open-portal.why.unknown"
	}
	signs := 0
	for _, p := range all.Connectivity {
		if p.Portal == facts.Yes {
			signs++
		}
	}
	const witnesses = 2 // DESIGN.md, "Two witnesses"
	switch {
	case signs >= witnesses:
		return true, "fix.open-portal.why.portal"
	case len(all.Connectivity) == 0:
		return false, "fix.open-portal.why.unknown"
	}
	return false, "fix.open-portal.why.none"
}

func (f openPortal) describe(context.Context) (Plan, string) {
	return Plan{Fix: f.Name(), Opens: true, Risk: "none"}, ""
}

// Plan implements Fix. arg is where a check was led to; without it an address is opened that the sign-in page takes the place of.
func (f openPortal) Plan(_ context.Context, arg string) (Plan, error) {
	detail := detailSignIn
	if arg == "" {
		arg, detail = PortalCheck, detailAny
	}
	p, address, err := openPlan(f.c, f.Name(), arg)
	if err != nil {
		return p, err
	}
	return p, p.plain(f.c, address, detail)
}
