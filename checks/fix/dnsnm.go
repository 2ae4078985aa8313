// The DNS servers of a link of NetworkManager.

package fix

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"passerelle/checks/facts"
)

// nmDNS is a link of NetworkManager. The change is made to the link alone, never to the profile: it is gone after a reconnection.
type nmDNS struct {
	c    *Computer
	link string
}

func (nmDNS) kind() string         { return "networkmanager" }
func (n nmDNS) connection() string { return n.link }

func (n nmDNS) read(ctx context.Context) (string, error) {
	servers, err := n.effective(ctx)
	return joined(servers), err
}

func (n nmDNS) effective(ctx context.Context) ([]netip.Addr, error) {
	r := n.c.Run.Run(ctx, []string{n.c.tool("nmcli"), "-g", "IP4.DNS,IP6.DNS", "device", "show", n.link}, CommandLimit)
	if !r.OK() {
		return nil, fmt.Errorf("asking NetworkManager about %s: exit status %d: %s", n.link, r.Exit, printed(r))
	}
	return parsedAddrs(strings.ReplaceAll(r.Out, `\:`, ":")), nil
}

// automatic: the profile that the link runs names no server of its own, and the link asks none of the public ones.
func (n nmDNS) automatic(ctx context.Context) facts.Bool {
	now, err := n.effective(ctx)
	if err != nil {
		return facts.Unknown
	}
	if slices.ContainsFunc(now, isPublic) {
		return facts.No
	}
	own, ok := n.profile(ctx, "ipv4.dns,ipv6.dns")
	if !ok {
		return facts.Unknown
	}
	fixed := parsedAddrs(strings.ReplaceAll(own, `\:`, ":"))
	return facts.Known(len(fixed) == 0 || !slices.ContainsFunc(fixed, func(a netip.Addr) bool { return slices.Contains(now, a) }))
}

// profile gives values of the profile that the link runs.
func (n nmDNS) profile(ctx context.Context, fields string) (string, bool) {
	uuid := n.c.nmActive(ctx, n.link)
	if uuid == "" {
		return "", false
	}
	r := n.c.Run.Run(ctx, []string{n.c.tool("nmcli"), "-g", fields, "connection", "show", "uuid", uuid}, CommandLimit)
	return r.Out, r.OK()
}

// six: NetworkManager takes IPv6 servers for this link. It takes none where the profile leaves IPv6 to the kernel, which may well have a
// route from the box.
func (n nmDNS) six(ctx context.Context) bool {
	method, ok := n.profile(ctx, "ipv6.method")
	method = strings.TrimSpace(method)
	return ok && method != "ignore" && method != "disabled"
}

func validUUID(s string) bool { return validGUID("{"+s+"}") == nil }

func (n nmDNS) command(servers []netip.Addr) []string {
	argv := []string{n.c.tool("nmcli"), "device", "modify", n.link}
	for _, f := range []struct {
		name string
		six  bool
	}{{"ipv4", false}, {"ipv6", true}} {
		own := family(servers, f.six)
		ignore := "yes"
		if len(servers) == 0 {
			ignore = "no"
		}
		if f.six && len(own) == 0 && len(servers) > 0 {
			continue // a link without IPv6 takes no IPv6 server
		}
		argv = append(argv, f.name+".dns", joined(own), f.name+".ignore-auto-dns", ignore)
	}
	return argv
}

func (n nmDNS) steps(servers []netip.Addr) ([]Step, bool) {
	return []Step{{Command: n.command(servers)}}, false // polkit asks nobody who sits at this computer
}

func (n nmDNS) set(ctx context.Context, servers []netip.Addr) ([]Step, error) {
	if len(servers) == 0 {
		if gateway, ok := n.static(ctx); ok {
			servers = []netip.Addr{gateway} // nobody gives this link a server: the box is asked by its address
		}
	}
	there := func() bool {
		if len(servers) > 0 {
			now, err := n.effective(ctx)
			return err == nil && sameServers(now, servers)
		}
		now, err := n.effective(ctx)
		return err == nil && len(now) > 0 && n.automatic(ctx) == facts.Yes
	}
	return n.insist(ctx, n.command(servers), n.reapply(), there)
}

func (n nmDNS) reapply() []string {
	return []string{n.c.tool("nmcli"), "device", "reapply", n.link}
}

const (
	// nmTries bounds insist: in the lab the second try always took.
	nmTries = 3
	// nmPause is how long NetworkManager is left alone before it is asked anew: with 0.3 s between two changes of a link every second one
	// was lost, with 0.7 s every fourth, with 1.5 s one of 36 (1.42.4, measured in the lab).
	nmPause = 1500 * time.Millisecond
	// nmSteady is how long servers must stay: they are lost with the DHCP server's answer, which the change itself asks for.
	nmSteady = time.Second
)

// insist runs a command until the link shows it. NetworkManager says that a change was applied, and loses it where another one came
// within the last second: the link then keeps its old servers, or has none at all. The same command again changes nothing for it, so
// that another one has to come in between.
func (n nmDNS) insist(ctx context.Context, argv, between []string, there func() bool) ([]Step, error) {
	var steps []Step
	run := func(argv []string) error {
		s, ran := n.c.step(ctx, argv, PromptLimit)
		if steps = append(steps, s); !ran.OK() {
			return nmRefusal(s)
		}
		return nil
	}
	for try := 1; ; try++ {
		if err := run(argv); err != nil {
			return steps, err
		}
		taken := false
		n.c.until(ctx, func() bool { taken = there(); return taken })
		if taken {
			n.c.pause(ctx, nmSteady)
			taken = there()
		}
		if taken || try == nmTries || ctx.Err() != nil {
			return steps, nil
		}
		if err := run(between); err != nil {
			return steps, err
		}
		n.c.pause(ctx, nmPause)
	}
}

// static: the link's addresses are set by hand, so that no DHCP gives it servers.
func (n nmDNS) static(ctx context.Context) (netip.Addr, bool) {
	r := n.c.Run.Run(ctx, []string{n.c.tool("nmcli"), "-g", "DHCP4.OPTION", "device", "show", n.link}, CommandLimit)
	if !r.OK() || strings.TrimSpace(r.Out) != "" {
		return netip.Addr{}, false
	}
	return n.c.gateway(n.link)
}

// nmRefuses: NetworkManager asked polkit, and polkit did not let this person. nmcli's words are not translated here (LC_ALL=C.UTF-8),
// and its exit status says nothing: 1, 4 or 6.
func nmRefuses(s Step) bool {
	low := strings.ToLower(s.Output)
	return s.Exit != 0 && (strings.Contains(low, "not authorized") || strings.Contains(low, "insufficient privileges"))
}

func nmRefusal(s Step) error {
	if nmRefuses(s) {
		return problem(ErrRights, "fix.error.nm-rights", nil, "nmcli: %s", s.Output)
	}
	return fmt.Errorf("%s: exit status %d: %s", strings.Join(s.Command, " "), s.Exit, s.Output)
}

// restore lets the link run its profile again, which is what was there unless somebody had changed the link alone before us.
func (n nmDNS) restore(ctx context.Context, was string) ([]Step, error) {
	wanted := parsedAddrs(was)
	same := len(wanted) == 0
	there := func() bool {
		now, err := n.effective(ctx)
		same = same || err == nil && sameServers(now, wanted)
		return same
	}
	steps, err := n.insist(ctx, n.reapply(), n.command(wanted), there)
	if err != nil || same {
		return steps, err
	}
	more, err := n.set(ctx, wanted)
	return append(steps, more...), err
}
