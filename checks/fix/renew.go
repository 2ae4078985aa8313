// renew-address: asks the box for a new address. Never by giving the old one back first: the box then gives the same one again.

package fix

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"passerelle/checks/facts"
)

func init() { register("renew-address", func(c *Computer) Fix { return renewAddress{c} }) }

type renewAddress struct{ c *Computer }

// Name implements Fix.
func (renewAddress) Name() string { return "renew-address" }

// Applies implements Fix.
func (renewAddress) Applies(all *facts.Facts) (bool, string) {
	if all == nil || !all.System.LinksDone {
		return true, "fix.renew-address.why.unknown"
	}
	for _, l := range all.System.Links {
		if l.Up && l.SelfAssigned {
			return true, "fix.renew-address.why.self-assigned"
		}
	}
	for _, l := range all.System.Links {
		if l.Up && l.Kind != "loopback" && len(l.Addresses) > 0 && all.Box.Answers() != facts.No {
			return false, "fix.renew-address.why.has-one"
		}
	}
	return true, "fix.renew-address.why.none"
}

// usualLink is the link with the default route, else the first physical one that is plugged in.
func (c *Computer) usualLink() string {
	if link, _ := c.defaultLink(); link != "" {
		return link
	}
	entries, _ := os.ReadDir(c.file("/sys/class/net"))
	for _, e := range entries {
		base := "/sys/class/net/" + e.Name()
		if c.exists(base+"/device") && strings.TrimSpace(c.read(base+"/carrier")) == "1" {
			return e.Name()
		}
	}
	return ""
}

// Plan implements Fix.
func (f renewAddress) Plan(ctx context.Context, arg string) (Plan, error) {
	p := Plan{Fix: f.Name(), Risk: "low", Vars: map[string]any{"Connection": ""}}
	if arg != "" {
		return p, problem(ErrArgument, "fix.error.no-argument", map[string]any{"Fix": f.Name()}, "renew-address takes no argument, got %q", abridged(arg))
	}
	none := func(err error) error {
		return problem(ErrImpossible, "fix.renew-address.impossible", p.Vars, "%w", err)
	}
	switch f.c.OS {
	case "windows":
		if f.c.WinDNS == nil {
			return p, none(errors.New("the adapters cannot be listed"))
		}
		a, err := f.c.WinDNS.Default()
		if err != nil {
			return p, none(err)
		}
		p.Vars["Connection"], p.Detail = a.Name, "windows"
		p.Old = map[string]string{oldConnection: a.GUID, oldID: strconv.Itoa(a.Index)}
		if s, asks := f.c.privilegedStep("windows-renew", strconv.Itoa(a.Index)); asks {
			p.NeedsAdmin, p.Steps = true, []Step{s}
		}
		p.Steps = append(p.Steps, Step{Call: "Win32_NetworkAdapterConfiguration.RenewDHCPLease()"})
		return p, nil
	case "darwin":
		s, err := f.c.macPrimary(ctx)
		if err != nil || !validLink(s.Device) {
			return p, none(fmt.Errorf("no connection to renew on %q (%v)", s.Device, err))
		}
		p.Vars["Connection"], p.Detail = s.Name, "macos"
		p.Old = map[string]string{oldConnection: s.Device, oldServers: joined(f.c.addresses(s.Device))}
		p.Steps = []Step{{Command: []string{"/usr/sbin/scutil", "--renew", s.Device}}} // it asks for a password by itself
		p.NeedsAdmin = f.c.UID != 0
		return p, nil
	}
	link := f.c.usualLink()
	if !validLink(link) {
		return p, none(fmt.Errorf("no connection to renew (%q)", link))
	}
	p.Vars["Connection"], p.Old = link, map[string]string{oldConnection: link, oldServers: joined(f.c.addresses(link))}
	switch {
	case f.c.managedByNM(ctx, link):
		uuid := f.c.nmActive(ctx, link)
		if uuid == "" {
			return p, none(fmt.Errorf("NetworkManager has no connection on %s", link))
		}
		p.Detail, p.Steps = "networkmanager", []Step{{Command: f.c.nmUp(uuid)}}
	case f.c.networkd(ctx) && f.c.tool("networkctl") != "":
		// Not "renew": that asks for the same address again, does nothing where there is none, and was deaf to the box's refusal (252, lab).
		p.Detail, p.Steps = "networkd", []Step{{Command: []string{f.c.tool("networkctl"), "reconfigure", link}}}
		p.NeedsAdmin = !f.c.admin()
	default:
		d, ok := f.c.dhclient(link)
		if !ok || !plainLink(link) {
			return p, none(fmt.Errorf("nothing that we know manages %s", link))
		}
		p.Detail = "dhclient"
		if s, asks := f.c.privilegedStep("dhclient-renew", link); asks {
			p.NeedsAdmin, p.Steps = true, []Step{s}
		}
		for _, argv := range f.c.dhclientCommands(link, d) {
			p.Steps = append(p.Steps, Step{Command: argv})
		}
	}
	return p, nil
}

func (c *Computer) addresses(link string) []netip.Addr {
	if c.Addresses == nil {
		return nil
	}
	return c.Addresses(link)
}

// Apply implements Fix.
func (f renewAddress) Apply(ctx context.Context, p Plan) (Change, error) {
	ch := Change{Fix: f.Name(), Host: p.Host, Old: p.Old}
	ch.Old[oldOwner], ch.Old[oldLease] = p.Detail, f.c.lease(p.Detail, p.Old[oldConnection])
	if p.Detail == "windows" || p.Detail == "dhclient" {
		var err error
		if p.Detail == "windows" {
			ch.Steps, err = f.c.privileged(ctx, "windows-renew", p.Old[oldID])
		} else {
			ch.Steps, err = f.c.privileged(ctx, "dhclient-renew", p.Old[oldConnection])
		}
		if err != nil {
			return ch, wrap(err, "fix.renew-address.error.failed", "renewing the address")
		}
		return ch, nil
	}
	for _, planned := range p.Steps {
		s, ran := f.c.step(ctx, planned.Command, PromptLimit)
		ch.Steps = append(ch.Steps, s)
		if p.Detail == "networkmanager" && nmRefuses(s) {
			return ch, nmRefusal(s)
		}
		if low := strings.ToLower(s.Output); p.Detail == "networkd" && !ran.OK() && (strings.Contains(low, "access denied") || strings.Contains(low, "interactive authentication required")) {
			return ch, problem(ErrRights, "fix.error.no-prompt", map[string]any{"Command": "sudo passerelle fix renew-address"}, "networkctl: %s", s.Output)
		}
		if !ran.OK() {
			return ch, problem(ErrFailed, "fix.renew-address.error.failed", p.Vars, "%s: exit status %d: %s", s.Command[0], s.Exit, s.Output)
		}
	}
	return ch, nil
}

// renewPatience is how long a link gets to have an address again: networkd and dhclient say that they will ask, and ask in their own
// time, about 1 s in the lab; a busy box takes some more.
const renewPatience = 8 * time.Second

// oldLease is the key of Change.Old for what the client wrote down of the address that it had.
const oldLease = "lease"

// lease is what the DHCP client has written down of its address and what changes with every answer of the box; "": nothing can be read.
// A dhclient copies its file when it starts, so that only the time in it counts.
func (c *Computer) lease(owner, link string) string {
	switch owner {
	case "dhclient":
		d, _ := c.dhclient(link)
		last := ""
		for line := range strings.Lines(c.read(d.files[1])) {
			if line = strings.TrimSpace(line); strings.HasPrefix(line, "expire ") {
				last = line
			}
		}
		return last
	case "networkd":
		if st, err := os.Stat(c.file("/run/systemd/netif/leases/" + strings.TrimSpace(c.read("/sys/class/net/"+link+"/ifindex")))); err == nil && st.Mode().IsRegular() {
			return st.ModTime().Format(time.RFC3339Nano)
		}
	}
	return ""
}

// anew tells whether the address that is there was given after the order: an old one stays on the link until the box has answered.
// NetworkManager itself waits for the answer.
func (f renewAddress) anew(ch Change) bool {
	had := slices.ContainsFunc(parsedAddrs(ch.Old[oldServers]), givenIPv4)
	now := f.c.lease(ch.Old[oldOwner], ch.Old[oldConnection])
	return ch.Old[oldOwner] == "networkmanager" || !had || now != "" && now != ch.Old[oldLease]
}

func givenIPv4(a netip.Addr) bool { return a.Is4() && given(a) }

// Verify implements Fix: there is an address that somebody gave after it was asked for. Whether it is another one does not matter.
func (f renewAddress) Verify(ctx context.Context, ch Change) (Verification, error) {
	if f.c.Addresses == nil || f.c.OS == "windows" {
		return Verification{By: ByNone}, nil
	}
	has, anew := false, false
	f.c.untilFor(ctx, renewPatience, func() bool {
		has = slices.ContainsFunc(f.c.addresses(ch.Old[oldConnection]), givenIPv4)
		anew = f.anew(ch)
		return has && anew
	})
	if has && !anew {
		return Verification{By: ByNone}, nil // the one from before: nobody can say that the box has answered
	}
	return Verification{Verified: facts.Known(has), By: ByState}, nil
}

// Undo implements Fix.
func (renewAddress) Undo(context.Context, Change) error {
	return fmt.Errorf("undoing renew-address: %w", ErrNothingToUndo)
}

func checkWindowsRenew(args []string) error {
	if err := count(args, 1, 1); err != nil {
		return err
	}
	if n, err := strconv.Atoi(args[0]); err != nil || n <= 0 || strconv.Itoa(n) != args[0] {
		return fmt.Errorf("%q is no number of an adapter", abridged(args[0]))
	}
	return nil
}

// runWindowsRenew: 0 done, 1 done and a restart is wanted (Win32_NetworkAdapterConfiguration.RenewDHCPLease).
func runWindowsRenew(ctx context.Context, c *Computer, args []string, answer *helperAnswer) error {
	if c.OS != "windows" {
		return errors.New("this is no Windows")
	}
	script := `$ErrorActionPreference='Stop';$r=Invoke-CimMethod -Query 'SELECT * FROM Win32_NetworkAdapterConfiguration WHERE InterfaceIndex=` + args[0] + `' -MethodName RenewDHCPLease;exit [int]$r.ReturnValue`
	s, ran := c.step(ctx, c.powershell(script), helperLimit)
	answer.Steps = []Step{s}
	if ran.Fail != nil || ran.Exit > 1 || ran.Exit < 0 {
		return fmt.Errorf("RenewDHCPLease gave %d: %s", ran.Exit, s.Output)
	}
	return nil
}
