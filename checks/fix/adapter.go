// restart-adapter: the network card off and on again. The only danger is the time between: a watchdog turns it on if this program dies
// there, and if both die, the journal offers it at the next start.

package fix

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"passerelle/checks/facts"
)

func init() { register("restart-adapter", func(c *Computer) Fix { return restartAdapter{c} }) }

type restartAdapter struct{ c *Computer }

// Name implements Fix.
func (restartAdapter) Name() string { return "restart-adapter" }

// Ways to do it; the value of oldKind.
const (
	cardLink    = watchLink        // the kernel's own, by the helper
	cardRadio   = watchRadio       // Wi-Fi of NetworkManager
	cardProfile = "networkmanager" // a cable of NetworkManager: its connection is activated anew, in one call
	cardAirport = watchAirport     // a Mac's Wi-Fi
	cardWindows = "windows"        // Restart-NetAdapter, in one call
)

// oldRoute: the default route lay over it ("yes").
const oldRoute = "route"

// Applies implements Fix.
func (restartAdapter) Applies(all *facts.Facts) (bool, string) {
	if all == nil || !all.System.LinksDone {
		return true, "fix.restart-adapter.why.unknown"
	}
	if slices.ContainsFunc(all.System.Links, func(l facts.Link) bool {
		return l.Up && l.Kind != "loopback" && l.Kind != "virtual" && len(l.Addresses) > 0 && !l.SelfAssigned
	}) && all.Box.Answers() == facts.Yes {
		return false, "fix.restart-adapter.why.works"
	}
	return true, "fix.restart-adapter.why.silent"
}

// given: an address that somebody gave, a network or a person.
func given(a netip.Addr) bool { return !a.IsLoopback() && !a.IsLinkLocalUnicast() }

// Plan implements Fix.
func (f restartAdapter) Plan(ctx context.Context, arg string) (Plan, error) {
	p := Plan{Fix: f.Name(), Risk: "low", Undoable: true, Passing: true, Vars: map[string]any{"Connection": "", "Anew": ""}}
	if arg != "" {
		return p, problem(ErrArgument, "fix.error.no-argument", map[string]any{"Fix": f.Name()}, "restart-adapter takes no argument, got %q", abridged(arg))
	}
	var err error
	switch f.c.OS {
	case "windows":
		err = f.planWindows(&p)
	case "darwin":
		err = f.planMac(ctx, &p)
	case "linux":
		err = f.planLinux(ctx, &p)
	default:
		err = errors.New("not on this system")
	}
	if err != nil {
		return p, problem(ErrImpossible, "fix.restart-adapter.impossible", p.Vars, "%w", err)
	}
	p.Detail = p.Old[oldKind]
	return p, nil
}

func (f restartAdapter) planWindows(p *Plan) error {
	if f.c.WinDNS == nil {
		return errors.New("the adapters cannot be listed")
	}
	a, err := f.c.WinDNS.Default()
	if err == nil {
		err = validGUID(a.GUID)
	}
	if err == nil && a.Tunnel {
		err = fmt.Errorf("the default route lies in the tunnel %q", abridged(a.Name))
	}
	if err != nil {
		return err
	}
	p.Vars["Connection"] = a.Name
	p.Old = map[string]string{oldKind: cardWindows, oldConnection: a.GUID, oldRoute: "yes", oldWas: joined(f.c.addresses(a.Name))}
	if s, asks := f.c.privilegedStep("windows-adapter", a.GUID, "restart"); asks {
		p.NeedsAdmin, p.Steps = true, []Step{s}
	}
	p.Steps = append(p.Steps, Step{Call: "Restart-NetAdapter " + a.GUID})
	return nil
}

// planMac: only Wi-Fi. A cable's service cannot be switched off and on without an administrator's password and a gap that nobody guards.
func (f restartAdapter) planMac(ctx context.Context, p *Plan) error {
	s, err := f.c.macPrimary(ctx)
	if err != nil || !validLink(s.Device) {
		return fmt.Errorf("no connection to restart on %q (%v)", abridged(s.Device), err)
	}
	if !f.c.airportOn(ctx, s.Device) {
		return fmt.Errorf("%s is no Wi-Fi that is on", s.Device)
	}
	p.Vars["Connection"] = s.Name
	p.Old = map[string]string{oldKind: cardAirport, oldConnection: s.Device, oldRoute: "yes", oldWas: joined(f.c.addresses(s.Device))}
	p.Steps = []Step{{Command: airport(s.Device, "off")}, {Command: airport(s.Device, "on")}}
	return nil
}

// airportOn reads "Wi-Fi Power (en0): On"; for a card that is no Wi-Fi there is a sentence without it.
func (c *Computer) airportOn(ctx context.Context, device string) bool {
	r := c.Run.Run(ctx, []string{networksetup, "-getairportpower", device}, CommandLimit)
	return r.OK() && strings.HasSuffix(strings.TrimSpace(r.Out), "("+device+"): On")
}

func (f restartAdapter) planLinux(ctx context.Context, p *Plan) error {
	k, err := f.c.card()
	if err != nil {
		return err
	}
	p.Vars["Connection"] = k.Name
	p.Old = map[string]string{oldKind: cardLink, oldConnection: k.Name, oldWas: joined(f.c.addresses(k.Name))}
	if link, _ := f.c.defaultLink(); link == k.Name {
		p.Old[oldRoute] = "yes"
	}
	kind, state := f.c.nmDevice(ctx, k.Name)
	switch {
	case kind == "" || state == "unmanaged" || strings.Contains(state, "externally"):
		if _, err := f.c.hold(k); err != nil {
			return err
		}
		if s, asks := f.c.privilegedStep("card", k.Name, "restart"); asks {
			p.NeedsAdmin, p.Steps = true, []Step{s}
		}
		p.Steps = append(p.Steps, switching(k.Name, "down"), switching(k.Name, "up"))
		return nil
	case kind == "wifi":
		if r := f.c.Run.Run(ctx, []string{f.c.tool("nmcli"), "-t", "-f", "WIFI", "radio"}, CommandLimit); strings.TrimSpace(r.Out) != "enabled" {
			return fmt.Errorf("Wi-Fi is %q", abridged(strings.TrimSpace(r.Out)))
		}
		p.Old[oldKind] = cardRadio
		p.Steps = []Step{{Command: f.c.radio("off")}, {Command: f.c.radio("on")}}
	}
	uuid := f.c.nmActive(ctx, k.Name)
	if p.Old[oldID] = uuid; p.Old[oldKind] == cardRadio {
		return nil
	}
	if uuid == "" {
		return fmt.Errorf("NetworkManager has no connection on %s", k.Name)
	}
	p.Old[oldKind], p.Vars["Anew"] = cardProfile, "yes"
	p.Steps = []Step{{Command: f.c.nmUp(uuid)}}
	return nil
}

// switching is the kernel's call in an engineer's words.
func switching(link, word string) Step { return Step{Call: "RTM_NEWLINK " + link + " " + word} }

// nmDevice gives the type and the state of a link of NetworkManager, "" where that does not run or does not know it.
func (c *Computer) nmDevice(ctx context.Context, link string) (kind, state string) {
	nmcli := c.tool("nmcli")
	if c.Bus == nil || nmcli == "" {
		return "", ""
	}
	if has, err := c.Bus.HasOwner(ctx, nmName); err != nil || !has {
		return "", ""
	}
	r := c.Run.Run(ctx, []string{nmcli, "-t", "-f", "DEVICE,TYPE,STATE", "device"}, CommandLimit)
	for line := range strings.Lines(r.Out) {
		if f := terse(strings.TrimRight(line, "\r\n")); len(f) == 3 && f[0] == link {
			return f[1], f[2]
		}
	}
	return "", ""
}

// nmActive is the profile that a link of NetworkManager runs; "": none.
func (c *Computer) nmActive(ctx context.Context, link string) string {
	r := c.Run.Run(ctx, []string{c.tool("nmcli"), "-g", "GENERAL.CON-UUID", "device", "show", link}, CommandLimit)
	if uuid := strings.TrimSpace(r.Out); r.OK() && validUUID(uuid) {
		return uuid
	}
	return ""
}

func (c *Computer) nmUp(uuid string) []string {
	return []string{c.tool("nmcli"), "connection", "up", "uuid", uuid}
}

// Apply implements Fix.
func (f restartAdapter) Apply(ctx context.Context, p Plan) (Change, error) {
	ch := Change{Fix: f.Name(), Host: p.Host, Old: p.Old}
	var err error
	link := p.Old[oldConnection]
	switch p.Old[oldKind] {
	case cardLink:
		ch.Steps, err = f.c.privileged(ctx, "card", link, "restart")
	case cardWindows:
		ch.Steps, err = f.c.privileged(ctx, "windows-adapter", link, "restart")
	case cardProfile:
		ch.Steps, err = f.activate(ctx, p.Old[oldID])
	case cardRadio:
		err = f.c.offAndOn(ctx, cardRadio, link, func(ctx context.Context) error { return f.off(ctx, &ch, f.c.radio("off")) })
		if ch.Steps = append(ch.Steps, Step{Command: f.c.radio("on"), Exit: failure(err)}); err == nil {
			err = f.reconnect(context.WithoutCancel(ctx), &ch)
		}
	case cardAirport:
		err = f.c.offAndOn(ctx, cardAirport, link, func(ctx context.Context) error { return f.off(ctx, &ch, airport(link, "off")) })
		ch.Steps = append(ch.Steps, Step{Command: airport(link, "on"), Exit: failure(err)})
	default:
		err = fmt.Errorf("%q is no way to restart a card", abridged(p.Old[oldKind]))
	}
	if err != nil {
		return ch, untouched(wrap(err, "fix.restart-adapter.error.failed", "restarting the network card"))
	}
	return ch, nil
}

// failure is the exit status that a step's error stands for.
func failure(err error) int {
	if err != nil {
		return 1
	}
	return 0
}

// off switches Wi-Fi off.
func (f restartAdapter) off(ctx context.Context, ch *Change, argv []string) error {
	s, ran := f.c.step(ctx, argv, CommandLimit)
	ch.Steps = append(ch.Steps, s)
	if nmRefuses(s) {
		return nmRefusal(s)
	}
	if !ran.OK() {
		return fmt.Errorf("%s: exit status %d: %s", s, s.Exit, s.Output)
	}
	return nil
}

func (f restartAdapter) activate(ctx context.Context, uuid string) ([]Step, error) {
	if !validUUID(uuid) {
		return nil, fmt.Errorf("%q is no connection", abridged(uuid))
	}
	s, ran := f.c.step(ctx, f.c.nmUp(uuid), PromptLimit)
	if !ran.OK() {
		return []Step{s}, nmRefusal(s)
	}
	return []Step{s}, nil
}

// radioPatience is how long NetworkManager is given to sign in to the Wi-Fi by itself: a scan and a handshake, 3 to 8 s.
const radioPatience = 10 * time.Second

// reconnect waits until the Wi-Fi has its connection again; a profile that does not connect by itself is asked to.
func (f restartAdapter) reconnect(ctx context.Context, ch *Change) error {
	uuid, link := ch.Old[oldID], ch.Old[oldConnection]
	if uuid == "" || f.c.patiently(ctx, radioPatience, func() bool {
		_, state := f.c.nmDevice(ctx, link)
		return strings.HasPrefix(state, "connected")
	}) {
		return nil
	}
	steps, err := f.activate(ctx, uuid)
	ch.Steps = append(ch.Steps, steps...)
	return err
}

// adapterPatience is how long a card may take to serve again after it was turned on; less than what Run leaves for a proof.
const adapterPatience = 12 * time.Second

// Verify implements Fix: the card is on, has an address if it had one, the same or a new one, and the default route if it had that.
func (f restartAdapter) Verify(ctx context.Context, ch Change) (Verification, error) {
	is := facts.Unknown
	f.c.patiently(ctx, adapterPatience, func() bool {
		is = f.inPlace(ctx, ch)
		return is != facts.No
	})
	if is == facts.Unknown {
		return Verification{By: ByNone}, nil
	}
	return Verification{Verified: is, By: ByState}, nil
}

// inPlace reads it.
func (f restartAdapter) inPlace(ctx context.Context, ch Change) facts.Bool {
	link, carries := ch.Old[oldConnection], ""
	switch ch.Old[oldKind] {
	case cardWindows:
		if f.c.WinDNS == nil {
			return facts.Unknown
		}
		a, err := f.c.WinDNS.Default()
		if err == nil {
			carries = a.GUID
		}
		return facts.Known(carries == link)
	case cardAirport:
		if !f.c.airportOn(ctx, link) {
			return facts.No
		}
		s, err := f.c.macPrimary(ctx)
		if err == nil {
			carries = s.Device
		}
	default:
		k, err := f.c.cardNow(link)
		if err != nil || !k.Up {
			return facts.No
		}
		if f.c.exists(heldFile(link)) {
			return facts.No // something of it is still to be put back
		}
		carries, _ = f.c.defaultLink()
	}
	if ch.Old[oldRoute] == "yes" && carries != link {
		return facts.No
	}
	if f.c.Addresses == nil {
		return facts.Unknown
	}
	had := slices.ContainsFunc(parsedAddrs(ch.Old[oldWas]), given)
	return facts.Known(!had || slices.ContainsFunc(f.c.addresses(link), given))
}

// Undo implements Fix: the card is turned on again. Where it is on, and serves, nothing is done.
func (f restartAdapter) Undo(ctx context.Context, ch Change) error {
	link, kind := ch.Old[oldConnection], ch.Old[oldKind]
	if kind != cardWindows && !validLink(link) {
		return problem(ErrFailed, "fix.error.undo", nil, "%q is no network card", abridged(link))
	}
	var err error
	switch kind {
	case cardLink:
		if k, e := f.c.cardNow(link); e == nil && k.Up && !f.c.exists(heldFile(link)) {
			return nil
		}
		_, err = f.c.privileged(ctx, "card", link, "on")
	case cardWindows:
		if f.inPlace(ctx, ch) == facts.Yes {
			return nil
		}
		_, err = f.c.privileged(ctx, "windows-adapter", link, "on")
	case cardProfile:
		if _, state := f.c.nmDevice(ctx, link); !strings.HasPrefix(state, "connected") {
			_, err = f.activate(ctx, ch.Old[oldID])
		}
	case cardRadio:
		if err = f.c.turnOn(ctx, kind, link); err == nil {
			err = f.reconnect(ctx, &ch)
		}
	case cardAirport:
		err = f.c.turnOn(ctx, kind, link)
	default:
		err = fmt.Errorf("%q is no way to turn a card on", abridged(kind))
	}
	if err != nil {
		return wrap(err, "fix.error.undo", "turning the network card on again")
	}
	return nil
}

func checkCard(args []string) error {
	if err := count(args, 2, 2); err != nil {
		return err
	}
	if !validLink(args[0]) || args[1] != "restart" && args[1] != "on" {
		return errors.New("no such card, or neither restart nor on")
	}
	return nil
}

// runCard: only the card is restarted that this fix would choose by itself.
func runCard(ctx context.Context, c *Computer, args []string, answer *helperAnswer) error {
	if c.OS != "linux" || c.Cards == nil {
		return errors.New("this is no Linux")
	}
	link := args[0]
	if args[1] == "on" {
		answer.Steps = []Step{switching(link, "up")}
		return c.wake(context.WithoutCancel(ctx), link)
	}
	release, err := c.alone()
	if err != nil {
		return err
	}
	defer release()
	if _, cutShort := c.kept(link); cutShort {
		if err := c.wake(ctx, link); err != nil { // what is to be put back is not what is there now
			return err
		}
	}
	k, err := c.card()
	if err != nil {
		return err
	}
	if k.Name != link {
		return fmt.Errorf("the card to restart is %s, not %q", k.Name, abridged(link))
	}
	h, err := c.hold(k)
	if err == nil {
		err = c.keep(h)
	}
	if err != nil {
		return err
	}
	err = c.offAndOn(ctx, watchLink, link, func(context.Context) error {
		answer.Steps = append(answer.Steps, switching(link, "down"))
		return c.Cards.Switch(k.Index, false)
	})
	if errors.Is(err, errUntouched) {
		return errors.Join(err, os.Remove(c.file(heldFile(link))))
	}
	answer.Steps = append(answer.Steps, switching(link, "up"))
	return err
}

func checkWindowsAdapter(args []string) error {
	if err := count(args, 2, 2); err != nil {
		return err
	}
	if args[1] != "restart" && args[1] != "on" {
		return fmt.Errorf("%q is neither restart nor on", abridged(args[1]))
	}
	return validGUID(args[0])
}

// runWindowsAdapter: Restart-NetAdapter is one call of the system's own service, so that nothing of ours lies between off and on. Only
// hardware is touched (HardwareInterface).
func runWindowsAdapter(ctx context.Context, c *Computer, args []string, answer *helperAnswer) error {
	if c.OS != "windows" {
		return errors.New("this is no Windows")
	}
	word := "Restart-NetAdapter"
	if args[1] == "on" {
		word = "Enable-NetAdapter"
	}
	script := `$ErrorActionPreference='Stop';$a=@(Get-NetAdapter|Where-Object{$_.InterfaceGuid -eq '` + args[0] + `' -and $_.HardwareInterface});` +
		`if($a.Count -ne 1){exit 3};$a|` + word + ` -Confirm:$false`
	s, ran := c.step(ctx, c.powershell(script), helperLimit)
	answer.Steps = []Step{s}
	if !ran.OK() {
		return fmt.Errorf("%s ended with %d: %s", word, ran.Exit, s.Output)
	}
	return nil
}
