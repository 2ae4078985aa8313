// Protection programs: their names, whether they are on, and, where it can be read, the outgoing rule that hits the target.

package system

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"passerelle/checks/facts"
)

// Kinds of facts.Firewall.
const (
	kindFirewall  = "firewall"
	kindAntivirus = "antivirus"
)

// Firewalls reads the protection programs of this computer; nothing where none can be read.
func Firewalls(ctx context.Context) []facts.Firewall { return New().Firewalls(ctx) }

// Firewalls reads the protection programs, and looks for an outgoing rule that hits a TCP connection to one of these addresses: those
// that the check really connected to. An address without IP (only a port) finds rules for the port alone.
func (r *Reader) Firewalls(ctx context.Context, at ...netip.AddrPort) []facts.Firewall {
	ctx, cancel := context.WithTimeout(ctx, partDeadline)
	defer cancel()
	list, _ := r.firewalls(ctx, at)
	return list
}

// Protection reads the protection programs alone, to see whether one was paused or is on again; false: the reading is not complete. On
// Windows it starts PowerShell (0.5 to 3 s).
func Protection(ctx context.Context) ([]facts.Firewall, bool) {
	ctx, cancel := context.WithTimeout(ctx, protectionDeadline)
	defer cancel()
	return New().firewalls(ctx, nil)
}

// protectionDeadline bounds Protection. Nobody's verdict waits for it, so it may take as long as a slow PowerShell does.
const protectionDeadline = 8 * time.Second

// Rules gives the firewalls of which a rule hits a TCP connection to an address, with that rule. It takes milliseconds: it starts no
// child process but nft, and that only for root.
func (r *Reader) Rules(ctx context.Context, at netip.AddrPort) []facts.Firewall {
	ctx, cancel := context.WithTimeout(ctx, partDeadline)
	defer cancel()
	return slices.DeleteFunc(r.rules(ctx, []netip.AddrPort{at}), func(w facts.Firewall) bool { return w.Rule == "" })
}
