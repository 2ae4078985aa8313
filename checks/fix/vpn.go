// disconnect-vpn: closes the VPN that holds the route, where the system itself runs it. Programs that bring their own VPN are told, not
// closed: some connect again at once, some cut everything.

package fix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"passerelle/checks/facts"
)

func init() { register("disconnect-vpn", func(c *Computer) Fix { return disconnectVPN{c} }) }

// vpnConnection is one connection that the system can close and open.
type vpnConnection struct {
	Kind string // networkmanager, unit (of systemd), wg-quick, scutil, rasdial
	ID   string // UUID, unit, link, or name
	Name string // as people know it

	Link    string // its tunnel; "": not known
	Default bool   // NetworkManager says that everything goes through it
}

// Keys of Change.Old.
const (
	oldKind = "kind"
	oldID   = "id"
	oldName = "name"
)

type disconnectVPN struct{ c *Computer }

// Name implements Fix.
func (disconnectVPN) Name() string { return "disconnect-vpn" }

// Applies implements Fix.
func (disconnectVPN) Applies(all *facts.Facts) (bool, string) {
	if all == nil || !all.System.RoutesDone {
		return false, "fix.disconnect-vpn.why.unknown"
	}
	if all.Box != nil && all.Box.Tunnel || slices.ContainsFunc(all.System.Routes, func(r facts.Route) bool { return r.Tunnel }) {
		return true, "fix.disconnect-vpn.why.route"
	}
	return false, "fix.disconnect-vpn.why.none"
}

// active lists the connections that are open and that the system can close.
func (f disconnectVPN) active(ctx context.Context) ([]vpnConnection, error) {
	switch f.c.OS {
	case "windows":
		r := f.c.Run.Run(ctx, f.c.powershell(vpnScript), CommandLimit)
		if !r.OK() {
			return nil, fmt.Errorf("asking for the VPN connections: exit status %d: %s", r.Exit, printed(r))
		}
		return windowsVPNs(r.Out)
	case "darwin":
		r := f.c.Run.Run(ctx, []string{"/usr/sbin/scutil", "--nc", "list"}, CommandLimit)
		if !r.OK() {
			return nil, fmt.Errorf("asking for the VPN connections: exit status %d: %s", r.Exit, printed(r))
		}
		return macVPNs(r.Out), nil
	}
	var all []vpnConnection
	if tool := f.c.tool("nmcli"); tool != "" {
		r := f.c.Run.Run(ctx, []string{tool, "-t", "-f", "UUID,TYPE,NAME,DEVICE", "connection", "show", "--active"}, CommandLimit)
		open := nmVPNs(r.Out)
		if len(open) > 0 {
			r = f.c.Run.Run(ctx, []string{tool, "-t", "-f", "DEVICE,STATE", "device"}, CommandLimit)
			open = slices.DeleteFunc(open, func(v vpnConnection) bool { return nmForeign(r.Out, v.Link) })
		}
		for i, v := range open {
			if v.Link == "" {
				r = f.c.Run.Run(ctx, []string{tool, "-g", "GENERAL.DEFAULT,GENERAL.DEFAULT6", "connection", "show", "uuid", v.ID}, CommandLimit)
				open[i].Default = slices.Contains(strings.Fields(r.Out), "yes")
			}
		}
		all = append(all, open...)
	}
	if tool := f.c.tool("systemctl"); tool != "" {
		r := f.c.Run.Run(ctx, []string{tool, "list-units", "--type=service", "--state=active", "--plain", "--no-legend", "--no-pager"}, CommandLimit)
		all = append(all, unitVPNs(r.Out)...)
	}
	if link := f.c.carryingTunnel(); link != "" && validLink(link) && f.c.tool("wg-quick") != "" &&
		!slices.ContainsFunc(all, func(v vpnConnection) bool { return v.Link == link }) {
		if f.c.exists("/etc/wireguard/"+link+".conf") || !f.c.admin() { // its folder is root's alone
			all = append(all, vpnConnection{Kind: "wg-quick", ID: link, Name: link, Link: link})
		}
	}
	return all, nil
}

// vpnLink is the tunnel in which everything goes: by a default route, or by its two halves (0.0.0.0/1 and 128.0.0.0/1).
func (c *Computer) vpnLink() string {
	for line := range strings.Lines(c.read("/proc/net/route")) {
		f := strings.Fields(line)
		if len(f) < 8 || f[1] != "00000000" || (f[7] != "00000000" && f[7] != "00000080") {
			continue
		}
		if flags, err := strconv.ParseUint(f[3], 16, 32); err == nil && flags&routeUp != 0 && c.tunnel(f[0]) {
			return f[0]
		}
	}
	return ""
}

// nmVPNs reads `nmcli -t -f UUID,TYPE,NAME,DEVICE connection show --active`. The device of a plugin's VPN is the link below it; its
// tunnel is not told.
func nmVPNs(text string) []vpnConnection {
	var all []vpnConnection
	for line := range strings.Lines(text) {
		f := terse(strings.TrimRight(line, "\r\n"))
		if len(f) != 4 || !validUUID(f[0]) || f[1] != "vpn" && f[1] != "wireguard" {
			continue
		}
		v := vpnConnection{Kind: "networkmanager", ID: f[0], Name: f[2]}
		if f[1] == "wireguard" && validLink(f[3]) {
			v.Link = f[3]
		}
		all = append(all, v)
	}
	return all
}

// nmForeign: another program made the link (wg-quick), and NetworkManager only looks on: it could close it, and never open it again.
func nmForeign(devices, link string) bool {
	for line := range strings.Lines(devices) {
		if f := terse(strings.TrimRight(line, "\r\n")); len(f) == 2 && f[0] == link {
			return strings.Contains(f[1], "externally")
		}
	}
	return false
}

// vpnUnits are the services of systemd that are one VPN connection each.
var vpnUnits = []string{"openvpn@", "openvpn-client@", "wg-quick@"}

func unitVPNs(text string) []vpnConnection {
	var all []vpnConnection
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) == 0 || validVPNUnit(f[0]) != nil {
			continue
		}
		kind, name, _ := strings.Cut(strings.TrimSuffix(f[0], ".service"), "@")
		v := vpnConnection{Kind: "unit", ID: f[0], Name: name}
		if kind == "wg-quick" && validLink(name) {
			v.Link = name
		}
		all = append(all, v)
	}
	return all
}

func validVPNUnit(unit string) error {
	const most = 128
	name, ok := strings.CutSuffix(unit, ".service")
	i := slices.IndexFunc(vpnUnits, func(v string) bool { return strings.HasPrefix(name, v) })
	if !ok || i < 0 || len(unit) > most || name == vpnUnits[i] || strings.ContainsFunc(name, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(`@-_.:\`, r))
	}) {
		return fmt.Errorf("%q is no VPN service", abridged(unit))
	}
	return nil
}

// macVPNs reads `scutil --nc list`; its states are not translated.
func macVPNs(text string) []vpnConnection {
	var all []vpnConnection
	for line := range strings.Lines(text) {
		_, rest, ok := strings.Cut(line, "(Connected)")
		f := strings.Fields(rest)
		if !ok || len(f) == 0 || !validUUID(f[0]) {
			continue
		}
		name := f[0]
		if a, b := strings.IndexByte(rest, '"'), strings.LastIndexByte(rest, '"'); a >= 0 && b > a {
			name = rest[a+1 : b]
		}
		all = append(all, vpnConnection{Kind: "scutil", ID: f[0], Name: name})
	}
	return all
}

// powershell runs a constant script.
func (c *Computer) powershell(script string) []string {
	dir := `C:\Windows\System32`
	if len(c.Dirs) > 0 {
		dir = c.Dirs[0]
	}
	return []string{dir + `\WindowsPowerShell\v1.0\powershell.exe`, "-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-Command", script}
}

// vpnScript lists Windows' own VPN connections that are open, as JSON: a list also where there is one.
const vpnScript = `[Console]::OutputEncoding=[System.Text.UTF8Encoding]::new($false);$ErrorActionPreference='SilentlyContinue';` +
	`$a=@(Get-VpnConnection)+@(Get-VpnConnection -AllUserConnection)|Where-Object{$_.ConnectionStatus -eq 'Connected'}|ForEach-Object{[string]$_.Name};` +
	`ConvertTo-Json -Compress -InputObject @{names=@($a)}`

func windowsVPNs(text string) ([]vpnConnection, error) {
	var list struct{ Names []string }
	if err := json.Unmarshal([]byte(strings.TrimPrefix(strings.TrimSpace(text), "\ufeff")), &list); err != nil {
		return nil, fmt.Errorf("reading the VPN connections: %w", err)
	}
	var all []vpnConnection
	for _, n := range list.Names {
		if validRAS(n) == nil {
			all = append(all, vpnConnection{Kind: "rasdial", ID: n, Name: n, Link: n})
		}
	}
	return all, nil
}

// validRAS: what rasdial takes for a name and for nothing else.
func validRAS(name string) error {
	const most = 256 // RAS_MaxEntryName
	if name == "" || len(name) > most || strings.ContainsAny(name[:1], "-/ ") || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == '"' || r == 0x7f }) {
		return fmt.Errorf("%q is no name of a connection", abridged(name))
	}
	return nil
}

// valid validates what the journal says as if anybody had written it.
func (v vpnConnection) valid() error {
	ok := false
	switch v.Kind {
	case "networkmanager", "scutil":
		ok = validUUID(v.ID)
	case "unit":
		return validVPNUnit(v.ID)
	case "wg-quick":
		ok = validLink(v.ID)
	case "rasdial":
		return validRAS(v.ID)
	}
	if !ok {
		return fmt.Errorf("%q is no VPN connection", abridged(v.ID))
	}
	return nil
}

// command closes or opens it, in this person's name: NetworkManager and systemd let the system ask for a password by themselves.
func (c *Computer) vpnCommand(v vpnConnection, up bool) []string {
	word := func(on, off string) string {
		if up {
			return on
		}
		return off
	}
	switch v.Kind {
	case "networkmanager":
		return []string{c.tool("nmcli"), "connection", word("up", "down"), "uuid", v.ID}
	case "unit":
		return []string{c.tool("systemctl"), word("start", "stop"), v.ID}
	case "scutil":
		return []string{"/usr/sbin/scutil", "--nc", word("start", "stop"), v.ID}
	case "rasdial":
		dir := `C:\Windows\System32`
		if len(c.Dirs) > 0 {
			dir = c.Dirs[0]
		}
		if up {
			return []string{dir + `\rasdial.exe`, v.ID}
		}
		return []string{dir + `\rasdial.exe`, v.ID, "/disconnect"}
	}
	return []string{c.tool("wg-quick"), word("up", "down"), v.ID}
}

// Plan implements Fix.
func (f disconnectVPN) Plan(ctx context.Context, arg string) (Plan, error) {
	p := Plan{Fix: f.Name(), Risk: "medium", Undoable: true, Vars: map[string]any{"VPN": ""}}
	if arg != "" {
		return p, problem(ErrArgument, "fix.error.no-argument", map[string]any{"Fix": f.Name()}, "disconnect-vpn takes no argument, got %q", abridged(arg))
	}
	all, err := f.active(ctx)
	if err != nil {
		return p, problem(ErrFailed, "fix.disconnect-vpn.error.read", nil, "%w", err)
	}
	tunnel := ""
	if f.c.OS == "linux" {
		tunnel = f.c.carryingTunnel()
	}
	v, ok := f.holding(ctx, all, tunnel)
	if !ok {
		p.Nothing, p.Undoable, p.Detail = true, false, "none"
		switch {
		case tunnel != "":
			p.Detail, p.Vars["VPN"] = "app", tunnel // a tunnel that a program of its own makes
		case len(all) > 0:
			p.Detail, p.Vars["VPN"] = "beside", all[0].Name
		}
		return p, nil
	}
	p.Vars["VPN"], p.Detail = v.Name, v.Kind
	p.Old = map[string]string{oldKind: v.Kind, oldID: v.ID, oldName: v.Name}
	if v.Kind == "wg-quick" {
		if s, asks := f.c.privilegedStep("wg-quick", v.ID, "down"); asks {
			p.NeedsAdmin, p.Steps = true, []Step{s}
		}
	}
	p.Steps = append(p.Steps, Step{Command: f.c.vpnCommand(v, false)})
	return p, nil
}

func (f disconnectVPN) switchTo(ctx context.Context, old map[string]string, up bool) ([]Step, error) {
	v := vpnConnection{Kind: old[oldKind], ID: old[oldID], Name: old[oldName]}
	if err := v.valid(); err != nil {
		return nil, err
	}
	if v.Kind == "wg-quick" {
		word := "down"
		if up {
			word = "up"
		}
		return f.c.privileged(ctx, "wg-quick", v.ID, word)
	}
	s, ran := f.c.step(ctx, f.c.vpnCommand(v, up), PromptLimit)
	if v.Kind == "networkmanager" && nmRefuses(s) {
		return []Step{s}, nmRefusal(s)
	}
	if !ran.OK() {
		return []Step{s}, fmt.Errorf("%s: exit status %d: %s", s.Command[0], s.Exit, s.Output)
	}
	return []Step{s}, nil
}

// open tells whether the connection is open now.
func (f disconnectVPN) open(ctx context.Context, id string) (bool, error) {
	all, err := f.active(ctx)
	return slices.ContainsFunc(all, func(v vpnConnection) bool { return v.ID == id }), err
}

// Apply implements Fix.
func (f disconnectVPN) Apply(ctx context.Context, p Plan) (Change, error) {
	ch := Change{Fix: f.Name(), Host: p.Host, Old: p.Old}
	var err error
	if ch.Steps, err = f.switchTo(ctx, p.Old, false); err != nil {
		return ch, wrap(err, "fix.disconnect-vpn.error.failed", "closing the VPN")
	}
	return ch, nil
}

// Verify implements Fix: the connections are listed again; one may take a moment to close.
func (f disconnectVPN) Verify(ctx context.Context, ch Change) (Verification, error) {
	is, err := facts.Unknown, error(nil)
	f.c.until(ctx, func() bool {
		var open bool
		if open, err = f.open(ctx, ch.Old[oldID]); err == nil {
			is = facts.Known(!open)
		}
		return is == facts.Yes
	})
	return Verification{Verified: is, By: ByState}, err
}

// Undo implements Fix.
func (f disconnectVPN) Undo(ctx context.Context, ch Change) error {
	if open, err := f.open(ctx, ch.Old[oldID]); err == nil && open {
		return nil
	}
	if _, err := f.switchTo(ctx, ch.Old, true); err != nil {
		return wrap(err, "fix.error.undo", "opening the VPN again")
	}
	return nil
}

// plainLink: a link's name as wg-quick(8) takes them, and as udev gives them.
func plainLink(name string) bool {
	return validLink(name) && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_=+.-") == "" && !strings.Contains(name, "..")
}

func checkWGQuick(args []string) error {
	if err := count(args, 2, 2); err != nil {
		return err
	}
	if !plainLink(args[0]) {
		return fmt.Errorf("%q is no link of wg-quick", abridged(args[0]))
	}
	if args[1] != "up" && args[1] != "down" {
		return fmt.Errorf("%q is neither up nor down", abridged(args[1]))
	}
	return nil
}

// runWGQuick: only what root itself has a configuration for.
func runWGQuick(ctx context.Context, c *Computer, args []string, answer *helperAnswer) error {
	tool := c.tool("wg-quick")
	if c.OS != "linux" || tool == "" {
		return errors.New("wg-quick is not installed")
	}
	if err := c.rootOwned("/etc/wireguard/" + args[0] + ".conf"); err != nil {
		return err
	}
	s, ran := c.step(ctx, []string{tool, args[1], args[0]}, CommandLimit)
	answer.Steps = []Step{s}
	if !ran.OK() {
		return fmt.Errorf("wg-quick %s %s: exit status %d: %s", args[1], args[0], s.Exit, s.Output)
	}
	return nil
}
