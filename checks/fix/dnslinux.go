// Who decides on Linux which DNS servers are asked: NetworkManager where it manages the link, else systemd-resolved, else the plain
// /etc/resolv.conf. (`resolvectl revert` is never used on a link of NetworkManager: it would be left without any server.)

package fix

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"passerelle/checks/facts"
)

const nmName = "org.freedesktop.NetworkManager"

// linuxOwner implements dnsOwner's choice.
func (c *Computer) linuxOwner(ctx context.Context) (dnsOwner, bool, error) {
	link, six := c.defaultLink()
	if link == "" {
		return nil, six, problem(ErrImpossible, "fix.dns.no-connection", nil, "no link carries a default route")
	}
	if !validLink(link) {
		return nil, six, problem(ErrImpossible, "fix.dns.impossible", nil, "the link %q has a name that no command can be given", link)
	}
	if c.tunnel(link) {
		return nil, six, problem(ErrImpossible, "fix.dns.vpn", map[string]any{"Connection": link}, "the default route lies in the tunnel %s", link)
	}
	if c.managedByNM(ctx, link) {
		n := nmDNS{c, link}
		return n, six && n.six(ctx), nil
	}
	if c.Bus != nil && c.tool("resolvectl") != "" && c.asksResolved() {
		if has, err := c.Bus.HasOwner(ctx, resolveName); err == nil && has {
			return resolvedDNS{c, link}, six, nil
		}
	}
	f := fileDNS{c}
	if _, err := f.read(ctx); err != nil {
		return nil, six, problem(ErrImpossible, "fix.dns.impossible", nil, "%w", err)
	}
	return f, six, nil
}

// managedByNM tells whether NetworkManager runs and manages the link.
func (c *Computer) managedByNM(ctx context.Context, link string) bool {
	nmcli := c.tool("nmcli")
	if c.Bus == nil || nmcli == "" {
		return false
	}
	if has, err := c.Bus.HasOwner(ctx, nmName); err != nil || !has {
		return false
	}
	r := c.Run.Run(ctx, []string{nmcli, "-t", "-f", "DEVICE,STATE", "device"}, CommandLimit)
	return nmManages(r.Out, link)
}

// nmManages reads `nmcli -t -f DEVICE,STATE device`, which is not translated.
func nmManages(text, link string) bool {
	for line := range strings.Lines(text) {
		f := terse(strings.TrimRight(line, "\r\n"))
		if len(f) >= 2 && f[0] == link {
			return strings.HasPrefix(f[1], "connected") && !strings.Contains(f[1], "externally")
		}
	}
	return false
}

// terse splits a line of nmcli -t: colons between the fields, \: and \\ in them.
func terse(line string) []string {
	var all []string
	var b strings.Builder
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == '\\' && i+1 < len(line):
			i++
			b.WriteByte(line[i])
		case line[i] == ':':
			all = append(all, b.String())
			b.Reset()
		default:
			b.WriteByte(line[i])
		}
	}
	return append(all, b.String())
}

// asksResolved: programs' questions end at systemd-resolved's stub.
func (c *Computer) asksResolved() bool {
	servers := nameservers(c.read("/etc/resolv.conf"))
	return len(servers) > 0 && !slices.ContainsFunc(servers, func(a netip.Addr) bool { return a.String() != "127.0.0.53" && a.String() != "127.0.0.54" }) ||
		hasWord(c.read("/etc/nsswitch.conf"), "hosts:", "resolve")
}

// nameserver reads one line of resolv.conf(5).
func nameserver(line string) (netip.Addr, bool) {
	f := strings.Fields(line)
	if len(f) < 2 || f[0] != "nameserver" {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(f[1])
	return a, err == nil
}

const (
	routeUp      = 0x1 // RTF_UP
	routeGateway = 0x2 // RTF_GATEWAY
	routeReject  = 0x200
)

// defaultLink is the link of the IPv4 default route with the lowest metric, else of the IPv6 one (proc(5)). six: IPv6 has one too.
func (c *Computer) defaultLink() (link string, six bool) {
	best, best6 := -1, -1
	link6 := ""
	s := bufio.NewScanner(strings.NewReader(c.read("/proc/net/route")))
	for s.Scan() {
		f := strings.Fields(s.Text()) // Iface Destination Gateway Flags RefCnt Use Metric Mask …
		if len(f) < 8 || f[1] != "00000000" || f[7] != "00000000" {
			continue
		}
		flags, err := strconv.ParseUint(f[3], 16, 32)
		metric, err2 := strconv.Atoi(f[6])
		if err == nil && err2 == nil && flags&routeUp != 0 && flags&routeReject == 0 && (best < 0 || metric < best) {
			best, link = metric, f[0]
		}
	}
	s = bufio.NewScanner(strings.NewReader(c.read("/proc/net/ipv6_route")))
	for s.Scan() {
		f := strings.Fields(s.Text()) // destination length source length next-hop metric refcount use flags device
		if len(f) < 10 || f[1] != "00" || strings.Trim(f[0], "0") != "" || f[9] == "lo" {
			continue
		}
		flags, err := strconv.ParseUint(f[8], 16, 32)
		metric, err2 := strconv.ParseUint(f[5], 16, 32)
		if err == nil && err2 == nil && flags&routeUp != 0 && flags&routeReject == 0 && (best6 < 0 || int(metric) < best6) {
			best6, link6 = int(metric), f[9]
		}
	}
	if link == "" {
		link = link6
	}
	return link, link6 != "" && link6 == link
}

// gateway is the box's IPv4 address on a link.
func (c *Computer) gateway(link string) (netip.Addr, bool) {
	for line := range strings.Lines(c.read("/proc/net/route")) {
		f := strings.Fields(line)
		if len(f) < 8 || f[0] != link || f[1] != "00000000" {
			continue
		}
		n, err := strconv.ParseUint(f[2], 16, 32)
		flags, err2 := strconv.ParseUint(f[3], 16, 32)
		if err == nil && err2 == nil && flags&routeGateway != 0 {
			return netip.AddrFrom4([4]byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)}), true // in the machine's own order: little-endian on all that we build for
		}
	}
	return netip.Addr{}, false
}

// tunnel: ARPHRD_NONE, what tun and WireGuard links are.
func (c *Computer) tunnel(link string) bool {
	return strings.TrimSpace(c.read("/sys/class/net/"+link+"/type")) == "65534"
}

// resolvedDNS is a link whose servers are set at systemd-resolved, by networkd or by nobody. resolvectl lets the system ask for a
// password by itself.
type resolvedDNS struct {
	c    *Computer
	link string
}

func (resolvedDNS) kind() string         { return "resolved" }
func (r resolvedDNS) connection() string { return r.link }

// ask gives what resolvectl prints behind "Link 3 (eth0):".
func (r resolvedDNS) ask(ctx context.Context, what string) (string, error) {
	ran := r.c.Run.Run(ctx, []string{r.c.tool("resolvectl"), what, r.link}, CommandLimit)
	_, rest, ok := strings.Cut(ran.Out, "):")
	if !ran.OK() || !ok {
		return "", fmt.Errorf("asking systemd-resolved about %s: exit status %d: %s", r.link, ran.Exit, printed(ran))
	}
	return strings.Join(strings.Fields(rest), " "), nil
}

// read gives "servers | domains".
func (r resolvedDNS) read(ctx context.Context) (string, error) {
	servers, err := r.ask(ctx, "dns")
	if err != nil {
		return "", err
	}
	domains, err := r.ask(ctx, "domain")
	return servers + " | " + domains, err
}

func (r resolvedDNS) effective(ctx context.Context) ([]netip.Addr, error) {
	servers, err := r.ask(ctx, "dns")
	return parsedAddrs(servers), err
}

func (r resolvedDNS) automatic(ctx context.Context) facts.Bool {
	now, err := r.effective(ctx)
	if err != nil {
		return facts.Unknown
	}
	return facts.Known(!slices.ContainsFunc(now, isPublic))
}

func (r resolvedDNS) commands(servers, domains []string) [][]string {
	tool := r.c.tool("resolvectl")
	return [][]string{append([]string{tool, "dns", r.link}, servers...), append([]string{tool, "domain", r.link}, domains...)}
}

func (r resolvedDNS) steps(servers []netip.Addr) ([]Step, bool) {
	if len(servers) == 0 {
		return []Step{{Command: []string{r.c.tool("resolvectl"), "revert", r.link}}}, !r.c.admin()
	}
	var steps []Step
	for _, argv := range r.commands(strings.Fields(joined(servers)), []string{"~."}) {
		steps = append(steps, Step{Command: argv})
	}
	return steps, !r.c.admin()
}

func (r resolvedDNS) do(ctx context.Context, all [][]string) ([]Step, error) {
	var steps []Step
	for _, argv := range all {
		s, ran := r.c.step(ctx, argv, PromptLimit)
		steps = append(steps, s)
		if strings.Contains(ran.Err, "nteractive authentication required") || strings.Contains(ran.Err, "ccess denied") {
			return steps, problem(ErrRights, "fix.error.no-prompt", map[string]any{"Command": "sudo passerelle fix use-public-dns"}, "resolvectl: %s", s.Output)
		}
		if !ran.OK() {
			return steps, fmt.Errorf("%s: exit status %d: %s", strings.Join(argv, " "), s.Exit, s.Output)
		}
	}
	return steps, nil
}

func (r resolvedDNS) set(ctx context.Context, servers []netip.Addr) ([]Step, error) {
	if len(servers) == 0 {
		return r.do(ctx, [][]string{{r.c.tool("resolvectl"), "revert", r.link}})
	}
	return r.do(ctx, r.commands(strings.Fields(joined(servers)), []string{"~."}))
}

// restore gives the link back to networkd, if it is one of its links; what then differs from what was there is set by hand.
func (r resolvedDNS) restore(ctx context.Context, was string) ([]Step, error) {
	servers, domains, ok := strings.Cut(was, " | ")
	if !ok {
		return nil, errors.New("what was there cannot be read")
	}
	steps, err := r.do(ctx, [][]string{{r.c.tool("resolvectl"), "revert", r.link}})
	if err != nil {
		return steps, err
	}
	same := false
	look := func() bool {
		now, err := r.read(ctx)
		same = err == nil && now == was
		return same
	}
	if look(); !same && r.c.networkd(ctx) {
		r.c.until(ctx, look) // networkd hands its servers over in its own time
	}
	if same {
		return steps, nil
	}
	var names []string
	for _, d := range strings.Fields(domains) {
		if d == "~." {
			names = append(names, d)
		} else if h, err := ValidHost(strings.TrimPrefix(d, "~")); err == nil {
			names = append(names, d[:len(d)-len(strings.TrimPrefix(d, "~"))]+h)
		}
	}
	if len(names) == 0 {
		names = []string{""} // an empty word takes all of them away
	}
	list := strings.Fields(joined(parsedAddrs(servers)))
	if len(list) == 0 {
		list = []string{""}
	}
	more, err := r.do(ctx, r.commands(list, names))
	return append(steps, more...), err
}

func (c *Computer) networkd(ctx context.Context) bool {
	if c.Bus == nil {
		return false
	}
	has, err := c.Bus.HasOwner(ctx, "org.freedesktop.network1")
	return err == nil && has
}
