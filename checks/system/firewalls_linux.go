// Which firewalls this Linux has: ufw by its files, firewalld by the bus, nftables itself where we are root.

package system

import (
	"context"
	"fmt"
	"net/netip"
	"strings"

	"passerelle/checks/facts"
)

func (r *Reader) firewalls(ctx context.Context, at []netip.AddrPort) ([]facts.Firewall, bool) {
	list := []facts.Firewall{}
	if conf, err := r.read(r.path("/etc/ufw/ufw.conf")); err == nil {
		list = append(list, facts.Firewall{Name: "ufw", Kind: kindFirewall, Enabled: parseUFW(conf)})
	}
	if f := r.firewalld(ctx); f != nil {
		list = append(list, *f)
	}
	list = r.withNFT(ctx, list, at)
	return list, ctx.Err() == nil
}

// rules is firewalls: nothing of it takes long.
func (r *Reader) rules(ctx context.Context, at []netip.AddrPort) []facts.Firewall {
	list, _ := r.firewalls(ctx, at)
	return list
}

// firewalld asks the bus whether it runs and whether its panic mode (everything dropped) is on; everybody may ask that (measured).
func (r *Reader) firewalld(ctx context.Context) *facts.Firewall {
	const name = "org.fedoraproject.FirewallD1"
	f := &facts.Firewall{Name: "firewalld", Kind: kindFirewall}
	installed := r.findProgram("/usr/sbin/firewalld", "/usr/bin/firewalld") != ""
	conn, err := r.systemBus(ctx)
	if err != nil {
		if installed {
			return f
		}
		return nil
	}
	defer conn.Close()
	if !busHas(ctx, conn, name) {
		if !installed {
			return nil
		}
		f.Enabled = facts.No
		return f
	}
	f.Enabled = facts.Yes
	var panicking bool
	err = conn.Object(name, "/org/fedoraproject/FirewallD1").CallWithContext(ctx, name+".queryPanicMode", 0).Store(&panicking)
	if err == nil && panicking {
		f.Rule = "panic mode"
	}
	return f
}

// withNFT reads the kernel's rules, which only root may, and says which one hits. A rule that ufw or firewalld wrote is told as theirs.
func (r *Reader) withNFT(ctx context.Context, list []facts.Firewall, at []netip.AddrPort) []facts.Firewall {
	nft := r.findProgram("/usr/sbin/nft", "/sbin/nft", "/usr/bin/nft")
	if r.UID != 0 || nft == "" {
		return list
	}
	out, err := r.Run(ctx, nft, "-j", "-n", "list", "ruleset")
	if err != nil {
		return list
	}
	rules, err := parseNFT(out)
	if err != nil {
		return list
	}
	var hit nftHit
	var found bool
	for _, a := range at {
		packet := nftPacket{Addr: a.Addr().Unmap(), Port: a.Port(), UID: r.UID}
		if route, err := r.RouteTo(ctx, a.Addr()); err == nil {
			packet.Link = route.Link
		}
		if hit, found = rules.hit(packet); found {
			break
		}
	}
	text := ""
	if found {
		text = r.nftRuleText(ctx, nft, hit)
		for i := range list {
			if (list[i].Name == "ufw" && strings.HasPrefix(hit.Chain, "ufw")) || (list[i].Name == "firewalld" && hit.Table == "firewalld") {
				list[i].Rule = text
				return list
			}
		}
	}
	if rules.active() || found {
		list = append(list, facts.Firewall{Name: "nftables", Kind: kindFirewall, Enabled: facts.Yes, Rule: text})
	}
	return list
}

// nftRuleText gives the rule as nft writes it, with its place and handle.
func (r *Reader) nftRuleText(ctx context.Context, nft string, hit nftHit) string {
	if hit.Handle == 0 {
		return hit.place() + ": policy " + hit.Verdict
	}
	end := fmt.Sprintf("# handle %d", hit.Handle)
	// -s leaves the counts out: two readings of one rule say the same. The names come from the ruleset that root wrote; they are arguments of their own, and never options (nft ends those at "list").
	out, err := r.Run(ctx, nft, "-a", "-n", "-s", "list", "chain", hit.Family, hit.Table, hit.Chain)
	if err == nil {
		for line := range strings.Lines(string(out)) {
			line = strings.TrimSpace(line)
			if strings.HasSuffix(line, end) && !strings.HasPrefix(line, "chain ") {
				return hit.place() + ": " + line
			}
		}
	}
	return hit.place() + ": " + hit.Verdict + " " + end
}
