// use-public-dns and use-automatic-dns: which DNS servers the connection asks that carries the default route. What stood there is in
// the journal as the system itself keeps it, and comes back exactly.

package fix

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"passerelle/checks/facts"
)

func init() {
	register("use-public-dns", func(c *Computer) Fix { return useDNS{c, "use-public-dns"} })
	register("use-automatic-dns", func(c *Computer) Fix { return useDNS{c, "use-automatic-dns"} })
}

// dnsOwner is whatever on this system decides which servers a connection asks.
type dnsOwner interface {
	// kind names it in the journal.
	kind() string
	// connection is the link, service or file, as the journal and the words name it.
	connection() string
	// read gives all that restore needs.
	read(ctx context.Context) (string, error)
	// effective are the servers that are asked now.
	effective(ctx context.Context) ([]netip.Addr, error)
	// automatic tells whether they are those that the box gives.
	automatic(ctx context.Context) facts.Bool
	// steps are what set would do; none of them is a prompt that can be left out.
	steps(servers []netip.Addr) (steps []Step, admin bool)
	// set makes the connection ask these servers; none: those that the box gives.
	set(ctx context.Context, servers []netip.Addr) ([]Step, error)
	// restore puts back what read gave.
	restore(ctx context.Context, was string) ([]Step, error)
}

// Keys of Change.Old.
const (
	oldOwner      = "owner"
	oldConnection = "connection"
	oldWas        = "was"
	oldServers    = "servers" // that were asked before
	oldWanted     = "wanted"  // to be asked; empty: the box's
)

const (
	// settle is how long servers that were accepted may take to show: NetworkManager hands them to systemd-resolved within 2 s
	// (measured, os-fixes.md §2.4).
	settle      = 2500 * time.Millisecond
	settlePause = 100 * time.Millisecond
)

type useDNS struct {
	c    *Computer
	name string
}

// Name implements Fix.
func (f useDNS) Name() string { return f.name }

func (f useDNS) public() bool { return f.name == "use-public-dns" }

// Applies implements Fix.
func (f useDNS) Applies(all *facts.Facts) (bool, string) {
	why := "fix." + f.name + ".why."
	if all == nil {
		return true, why + "unknown"
	}
	for _, r := range all.System.Routes {
		if r.Tunnel {
			return false, why + "vpn"
		}
	}
	public, own := false, false
	for _, r := range all.System.Resolvers {
		if isPublic(r.Address) {
			public = true
		} else {
			own = true
		}
	}
	if f.public() {
		first := chainFirst(all)
		switch {
		case public && !own:
			return false, why + "already"
		case first != nil && first.Lookup.Good() && first.TLS.Proven():
			return false, why + "works"
		}
		return true, why + "may-help"
	}
	if public || own && !fromBox(all) {
		return true, why + "fixed"
	}
	return false, why + "already"
}

// fromBox tells whether a resolver is the box itself, or this very computer's stub: then it is the automatic one, as far as can be told.
func fromBox(all *facts.Facts) bool {
	for _, r := range all.System.Resolvers {
		if r.Address.IsLoopback() || slices.ContainsFunc(all.System.Routes, func(x facts.Route) bool { return x.Gateway == r.Address }) {
			return true
		}
	}
	return false
}

func isPublic(a netip.Addr) bool {
	for _, p := range PublicResolvers {
		if slices.Contains(p.V4, a) || slices.Contains(p.V6, a) {
			return true
		}
	}
	return false
}

func (f useDNS) describe(context.Context) (Plan, string) {
	p, takes := Plan{Fix: f.name, Risk: "low", Undoable: true, Vars: map[string]any{"Provider": "Cloudflare, Google, Quad9", "Connection": ""}}, ""
	if f.public() {
		takes = "cloudflare|google|quad9|opendns"
	}
	return p, takes
}

// provider is the resolver that was named, else the fastest for this site, else the first of the list.
func (f useDNS) provider(arg string) (PublicDNS, error) {
	if arg == "" {
		arg = PublicResolvers[0].ID
		if id := quickest(f.c.Independent, f.c.Host); id != "" {
			arg = id
		}
	}
	p, ok := publicResolver(arg)
	if !ok {
		return p, problem(ErrArgument, "fix.use-public-dns.providers", map[string]any{"Fix": f.name}, "%q is no public resolver that we know", abridged(arg))
	}
	return p, nil
}

// Plan implements Fix.
func (f useDNS) Plan(ctx context.Context, arg string) (Plan, error) {
	p := Plan{Fix: f.name, Arg: arg, Risk: "low", Undoable: true, Vars: map[string]any{"Provider": "", "Connection": ""}}
	var provider PublicDNS
	if f.public() {
		var err error
		if provider, err = f.provider(arg); err != nil {
			return p, err
		}
		p.Vars["Provider"] = provider.Name
	} else if arg != "" {
		return p, problem(ErrArgument, "fix.error.no-argument", map[string]any{"Fix": f.name}, "%s takes no argument, got %q", f.name, abridged(arg))
	}
	owner, six, err := f.c.dnsOwner(ctx)
	if err != nil {
		return p, err
	}
	p.Vars["Connection"] = owner.connection()
	was, err := owner.read(ctx)
	if err != nil {
		return p, problem(ErrFailed, "fix.dns.error.read", p.Vars, "reading the DNS servers of %s: %w", owner.connection(), err)
	}
	before, _ := owner.effective(ctx) // for the record only
	var servers []netip.Addr
	if f.public() {
		servers = provider.servers(six)
		if slices.Equal(before, servers) {
			p.Nothing, p.Undoable, p.Detail = true, false, "already"
			return p, nil
		}
	} else if owner.automatic(ctx) == facts.Yes {
		p.Nothing, p.Undoable, p.Detail = true, false, "already"
		return p, nil
	}
	p.Vars["Servers"] = joined(servers)
	p.Detail = owner.kind()
	p.Old = map[string]string{oldOwner: owner.kind(), oldConnection: owner.connection(), oldWas: was, oldServers: joined(before), oldWanted: joined(servers)}
	p.Steps, p.NeedsAdmin = owner.steps(servers)
	return p, nil
}

// Apply implements Fix.
func (f useDNS) Apply(ctx context.Context, p Plan) (Change, error) {
	ch := Change{Fix: f.name, Arg: p.Arg, Host: p.Host, Old: p.Old}
	owner, err := f.c.dnsOwnerOf(p.Old[oldOwner], p.Old[oldConnection])
	if err == nil {
		ch.Steps, err = owner.set(ctx, parsedAddrs(p.Old[oldWanted]))
	}
	if err != nil {
		return ch, wrap(err, "fix.dns.error.failed", "setting the DNS servers of "+p.Old[oldConnection])
	}
	return ch, nil
}

// Verify implements Fix: the servers that are asked now, read until they have settled.
func (f useDNS) Verify(ctx context.Context, ch Change) (Verification, error) {
	owner, err := f.c.dnsOwnerOf(ch.Old[oldOwner], ch.Old[oldConnection])
	if err != nil {
		return Verification{By: ByNone}, err
	}
	wanted := parsedAddrs(ch.Old[oldWanted])
	is := facts.Unknown
	f.c.until(ctx, func() bool {
		var now []netip.Addr
		if now, err = owner.effective(ctx); err != nil {
			return false
		}
		if len(wanted) > 0 {
			is = facts.Known(sameServers(now, wanted))
		} else if is = owner.automatic(ctx); is == facts.Yes && len(now) == 0 {
			is = facts.No // no server at all is worse than the wrong one
		}
		return is == facts.Yes
	})
	if is == facts.Unknown {
		return Verification{By: ByNone}, err
	}
	return Verification{Verified: is, By: ByState}, nil
}

// sameServers: the same ones, each family in its order. Systems list the families in an order of their own.
func sameServers(a, b []netip.Addr) bool {
	return slices.Equal(family(a, false), family(b, false)) && slices.Equal(family(a, true), family(b, true))
}

// until tries at least once, and again until settle has passed.
func (c *Computer) until(ctx context.Context, done func() bool) { c.untilFor(ctx, settle, done) }

// untilFor is the same with a limit of its own.
func (c *Computer) untilFor(ctx context.Context, limit time.Duration, done func() bool) {
	if c.Settle > 0 {
		limit = c.Settle
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for !done() {
		select {
		case <-ctx.Done():
			return
		case <-time.After(settlePause):
		}
	}
}

// pause waits, less where tests let things settle faster.
func (c *Computer) pause(ctx context.Context, d time.Duration) {
	if c.Settle > 0 {
		d = min(d, c.Settle)
	}
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// Undo implements Fix.
func (f useDNS) Undo(ctx context.Context, ch Change) error {
	owner, err := f.c.dnsOwnerOf(ch.Old[oldOwner], ch.Old[oldConnection])
	if err == nil {
		if t, ok := owner.(tidied); ok {
			if err := t.tidy(); err != nil {
				return wrap(err, "fix.error.undo", "putting back "+ch.Old[oldConnection])
			}
		}
		var now string
		if now, err = owner.read(ctx); err == nil && now == ch.Old[oldWas] {
			return nil // it is as it was: nobody needs to be asked for a password
		}
		if gone(ctx, owner, ch) {
			return nil
		}
		_, err = owner.restore(ctx, ch.Old[oldWas])
	}
	if err != nil {
		return wrap(err, "fix.error.undo", "putting back the DNS servers of "+ch.Old[oldConnection])
	}
	return nil
}

// gone: the link asks others than those that were set, and than those before: it was connected anew, perhaps in another network, or
// somebody chose servers of their own. There the old ones have no business. (A file tells by our marks in it; what Windows and a Mac
// store comes back as it was.)
func gone(ctx context.Context, owner dnsOwner, ch Change) bool {
	switch owner.(type) {
	case nmDNS, resolvedDNS:
	default:
		return false
	}
	wanted := parsedAddrs(ch.Old[oldWanted])
	now, err := owner.effective(ctx)
	return err == nil && len(wanted) > 0 && len(now) > 0 && !slices.ContainsFunc(now, func(a netip.Addr) bool { return slices.Contains(wanted, a) })
}

// dnsOwner finds out who decides for the connection with the default route. six: it reaches IPv6.
func (c *Computer) dnsOwner(ctx context.Context) (owner dnsOwner, six bool, err error) {
	switch c.OS {
	case "windows":
		return c.windowsOwner()
	case "darwin":
		return c.macOwner(ctx)
	case "linux":
		return c.linuxOwner(ctx)
	}
	return nil, false, problem(ErrImpossible, "fix.dns.impossible", nil, "choosing DNS servers on %s", c.OS)
}

// dnsOwnerOf finds one again from the journal's words, which are validated as if anybody had written them.
func (c *Computer) dnsOwnerOf(kind, connection string) (dnsOwner, error) {
	switch kind {
	case "networkmanager":
		if validLink(connection) {
			return nmDNS{c, connection}, nil
		}
	case "resolved":
		if validLink(connection) {
			return resolvedDNS{c, connection}, nil
		}
	case "resolv.conf":
		return fileDNS{c}, nil
	case "macos":
		if validService(connection) == nil {
			return macDNS{c, connection}, nil
		}
	case "windows":
		if validGUID(connection) == nil && c.WinDNS != nil {
			return windowsDNS{c, connection}, nil
		}
	}
	return nil, errors.New("the connection " + abridged(connection) + " of " + abridged(kind) + " is no longer here")
}

// validLink: what the kernel takes for a link's name (dev_valid_name), and no command line for an option.
func validLink(name string) bool {
	const most = 15 // IFNAMSIZ less its NUL
	return name != "" && len(name) <= most && name[0] != '-' && name[0] != '.' && !strings.ContainsFunc(name, func(r rune) bool {
		return r <= ' ' || r == '/' || r == ':' || r == 0x7f
	})
}

// GUIDs are 32 hexadecimal digits in groups, in braces.
func validGUID(s string) error {
	const shape = "{00000000-0000-0000-0000-000000000000}"
	ok := len(s) == len(shape)
	for i := 0; ok && i < len(s); i++ {
		if shape[i] == '0' {
			ok = strings.IndexByte("0123456789abcdefABCDEF", s[i]) >= 0
		} else {
			ok = s[i] == shape[i]
		}
	}
	if !ok {
		return fmt.Errorf("%q is no adapter's number", abridged(s))
	}
	return nil
}
