// Tests on real interfaces, routes and neighbours run in a network namespace of their own: nothing of this machine is touched.

package system

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"passerelle/checks/facts"
)

// inNamespace runs the calling test again inside a fresh network namespace, and tells whether we are inside now.
func inNamespace(t *testing.T) bool {
	t.Helper()
	if os.Getenv("PASSERELLE_NAMESPACE") == t.Name() {
		run(t, "ip link set lo up")
		return true
	}
	t.Parallel()
	args := []string{"-n"}
	if os.Getuid() != 0 {
		args = []string{"-Urn"}
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("needs the program ip (iproute2)")
	}
	if out, err := exec.Command("unshare", append(args, "true")...).CombinedOutput(); err != nil {
		t.Skipf("needs network namespaces (root, or user namespaces): %v %s", err, out)
	}
	cmd := exec.Command("unshare", append(args, os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")...)
	cmd.Env = append(os.Environ(), "PASSERELLE_NAMESPACE="+t.Name())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("inside the namespace: %v\n%s", err, out)
	}
	if testing.Verbose() {
		t.Logf("%s", out)
	}
	return false
}

// run executes lines of constant commands, words parted by blanks.
func run(t *testing.T, script string) {
	t.Helper()
	for line := range strings.Lines(script) {
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		if out, err := exec.Command(f[0], f[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", strings.TrimSpace(line), err, out)
		}
	}
}

// otherMachine makes a second namespace joined by a veth (ours: eth0, 192.0.2.2/24; its own: lan, 192.0.2.1/24) and gives the prefix
// of commands inside it.
func otherMachine(t *testing.T) string {
	t.Helper()
	cmd := exec.Command("unshare", "-n", "sleep", "60")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	inside := fmt.Sprintf("nsenter -t %d -n", cmd.Process.Pid)
	self, _ := os.Readlink("/proc/self/ns/net")
	for range 200 { // until unshare has done it
		if other, _ := os.Readlink(fmt.Sprintf("/proc/%d/ns/net", cmd.Process.Pid)); other != self {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	run(t, fmt.Sprintf(`
		ip link add eth0 type veth peer name lan netns %d
		ip addr add 192.0.2.2/24 dev eth0
		ip addr add 2001:db8:1::2/64 dev eth0 nodad
		ip link set eth0 up
		%[2]s ip link set lo up
		%[2]s ip addr add 192.0.2.1/24 dev lan
		%[2]s ip addr add 2001:db8:1::1/64 dev lan nodad
		%[2]s ip link set lan up
		ip route add default via 192.0.2.1
		ip -6 route add default via 2001:db8:1::1`, cmd.Process.Pid, inside))
	return inside
}

// plainReader reads no file of this machine.
func plainReader(t *testing.T) *Reader {
	r := New()
	r.Root = t.TempDir()
	r.Getenv = func(string) string { return "" }
	return r
}

// noPing is a computer that may not ping; dialPorts is the plain probe: an answer is a connection or a refusal.
func noPing(context.Context, netip.Addr, string) (facts.Bool, time.Duration) { return facts.Unknown, 0 }

func dialPorts(ctx context.Context, a netip.Addr, ports ...uint16) facts.Bool {
	var d net.Dialer
	ctx, cancel := context.WithTimeout(ctx, 3200*time.Millisecond)
	defer cancel()
	for _, p := range ports {
		c, err := d.DialContext(ctx, "tcp", netip.AddrPortFrom(a, p).String())
		if err == nil {
			c.Close()
			return facts.Yes
		}
		if strings.Contains(err.Error(), "refused") {
			return facts.Yes
		}
	}
	return facts.No
}

func TestQuickReadsAVethAsAnOrdinaryLink(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	otherMachine(t)
	s := plainReader(t).Quick()
	if !s.LinksDone || !s.RoutesDone || !s.ResolversDone {
		t.Fatalf("not done: %+v", s)
	}
	var eth *facts.Link
	for i := range s.Links {
		if s.Links[i].Name == "eth0" {
			eth = &s.Links[i]
		}
	}
	if eth == nil || eth.Kind != kindEthernet || !eth.Up || eth.Carrier != facts.Yes || eth.MTU != 1500 || len(eth.Addresses) < 2 {
		t.Fatalf("eth0: %+v", eth)
	}
	if len(s.Routes) != 2 || s.Routes[0].Gateway != netip.MustParseAddr("192.0.2.1") || s.Routes[1].Gateway != netip.MustParseAddr("2001:db8:1::1") {
		t.Fatalf("routes: %+v", s.Routes)
	}
	if s.Routes[0].Tunnel || s.Routes[0].Link != "eth0" || s.Routes[0].Family != 4 || s.Routes[1].Family != 6 {
		t.Fatalf("routes: %+v", s.Routes)
	}
	// Its routes taken away, it stays the computer's ordinary link.
	run(t, "ip route del default\nip -6 route del default")
	s = plainReader(t).Quick()
	if len(s.Routes) != 0 || !s.RoutesDone || kindOf("eth0", s.Links) != kindEthernet {
		t.Fatalf("without routes: %+v", s)
	}
	run(t, "ip addr flush dev eth0\nip addr add 169.254.7.7/16 dev eth0\nip link set eth0 down")
	for _, l := range plainReader(t).Quick().Links {
		if l.Name == "eth0" && (l.Up || !l.SelfAssigned || l.Carrier != facts.Unknown) {
			t.Fatalf("switched off with 169.254: %+v", l)
		}
	}
}

func TestRoutesThatTakeEverything(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	otherMachine(t)
	r := plainReader(t)
	first := func() facts.Route {
		t.Helper()
		s := r.Quick()
		if !s.RoutesDone || len(s.Routes) == 0 {
			t.Fatalf("no routes: %+v", s)
		}
		return s.Routes[0]
	}
	if out, err := exec.Command("ip", "tuntap", "add", "dev", "vpn0", "mode", "tun").CombinedOutput(); err != nil {
		t.Skipf("needs TUN devices (/dev/net/tun for this user): %s", strings.TrimSpace(string(out)))
	}
	run(t, `ip addr add 10.8.0.2/24 dev vpn0
		ip link set vpn0 up
		ip route add 0.0.0.0/1 via 10.8.0.1 dev vpn0
		ip route add 128.0.0.0/1 via 10.8.0.1 dev vpn0`)
	if x := first(); x.Link != "vpn0" || !x.Tunnel {
		t.Fatalf("two halves: %+v", x)
	}
	if s := r.Quick(); len(s.Routes) != 3 {
		t.Fatalf("two halves: %+v", s.Routes)
	}
	box := r.Box(context.Background(), r.Quick(), noPing, dialPorts)
	if !box.Tunnel || box.Address != netip.MustParseAddr("192.0.2.1") || box.Link != "eth0" || box.TCP != facts.Yes || !box.Done {
		t.Fatalf("box beneath the tunnel: %+v", box)
	}
	// The default replaced; only the way to the VPN's server still names the box.
	run(t, `ip route del 0.0.0.0/1
		ip route del 128.0.0.0/1
		ip route del default
		ip -6 route del default
		ip route add 198.51.100.7/32 via 192.0.2.1
		ip route add default dev vpn0`)
	if x := first(); x.Link != "vpn0" || !x.Tunnel {
		t.Fatalf("replaced default: %+v", x)
	}
	if box := r.Box(context.Background(), r.Quick(), noPing, dialPorts); !box.Tunnel || box.Link != "eth0" || box.Answers() != facts.Yes {
		t.Fatalf("box by the server's route: %+v", box)
	}
	// As wg-quick does it: another table, chosen by a rule for packets without its mark.
	run(t, `ip route del default
		ip route add default via 192.0.2.1
		ip route add default dev vpn0 table 51820
		ip rule add not fwmark 51820 table 51820
		ip rule add table main suppress_prefixlength 0`)
	s := r.Quick()
	if len(s.Routes) != 2 || s.Routes[0].Link != "vpn0" || !s.Routes[0].Tunnel || s.Routes[1].Link != "eth0" {
		t.Fatalf("policy routing: %+v", s.Routes)
	}
	if x, err := r.RouteTo(context.Background(), netip.MustParseAddr("203.0.113.9")); err != nil || x.Link != "vpn0" || !x.Tunnel {
		t.Fatalf("RouteTo: %+v %v", x, err)
	}
	if x, err := r.RouteTo(context.Background(), netip.MustParseAddr("192.0.2.1")); err != nil || x.Link != "eth0" || x.Tunnel {
		t.Fatalf("RouteTo the box: %+v %v", x, err)
	}
	// A kill switch, and single addresses that are refused.
	run(t, `ip rule add prohibit pref 100`)
	if x := first(); x.Kind != routeProhibit {
		t.Fatalf("kill switch: %+v", x)
	}
	run(t, `ip rule del pref 100
		ip route add prohibit 203.0.113.1
		ip route add unreachable 203.0.113.2
		ip route add blackhole 203.0.113.3
		ip -6 route add prohibit 2001:db8:9::1
		ip -6 route add unreachable 2001:db8:9::2
		ip -6 route add blackhole 2001:db8:9::3`)
	for addr, kind := range map[string]string{
		"203.0.113.1": routeProhibit, "203.0.113.2": routeUnreachable, "203.0.113.3": routeBlackhole,
		"2001:db8:9::1": routeProhibit, "2001:db8:9::2": routeUnreachable, "2001:db8:9::3": routeBlackhole,
	} {
		if x, err := r.RouteTo(context.Background(), netip.MustParseAddr(addr)); err != nil || x.Kind != kind || x.Link != "" {
			t.Errorf("RouteTo(%s) = %+v, %v; want kind %s", addr, x, err, kind)
		}
	}
	run(t, `ip rule del table main suppress_prefixlength 0
		ip rule del not fwmark 51820 table 51820
		ip route del default`)
	for _, addr := range []string{"203.0.113.9", "2001:db8:7::1"} {
		if x, err := r.RouteTo(context.Background(), netip.MustParseAddr(addr)); err == nil {
			t.Errorf("RouteTo(%s) without route: %+v", addr, x)
		}
	}
}

func TestBoxPresentAndGone(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	inside := otherMachine(t)
	r := plainReader(t)
	gateway := netip.MustParseAddr("192.0.2.1")

	start := time.Now()
	box := r.Box(context.Background(), r.Quick(), noPing, dialPorts)
	if took := time.Since(start); took > time.Second || box.TCP != facts.Yes || !box.Done || box.Tunnel || box.Answers() != facts.Yes {
		t.Fatalf("present: %+v after %v", box, took)
	}
	if r.Neighbour(gateway, "eth0") != facts.Yes {
		t.Fatal("present, but no neighbour")
	}
	// Silent to ping and TCP, but it gives its hardware address.
	run(t, inside+" nft add table inet quiet")
	run(t, inside+" nft add chain inet quiet in { type filter hook input priority 0 ; policy drop ; }")
	run(t, "ip neigh flush all")
	start = time.Now()
	box = r.Box(context.Background(), r.Quick(), noPing, dialPorts)
	if took := time.Since(start); took > 1500*time.Millisecond || box.Neighbour != facts.Yes || box.Answers() != facts.Yes || !box.Done {
		t.Fatalf("silent box: %+v after %v", box, took)
	}
	// Gone: no answer to ARP.
	run(t, inside+" ip link set lan arp off\nip neigh flush all")
	start = time.Now()
	box = r.Box(context.Background(), r.Quick(), noPing, dialPorts)
	if took := time.Since(start); took > 4*time.Second || box.Neighbour != facts.No || box.TCP != facts.No || box.Answers() != facts.No || !box.Done {
		t.Fatalf("gone: %+v after %v", box, took)
	}
	// Somebody else's end of patience is no proof.
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	run(t, "ip neigh flush all")
	if box = r.Box(ctx, r.Quick(), noPing, dialPorts); box.Done || box.Answers() != facts.Unknown {
		t.Fatalf("cut short: %+v", box)
	}
	// Over IPv6 alone.
	run(t, "ip route del default\nip neigh flush all")
	start = time.Now()
	box = r.Box(context.Background(), r.Quick(), noPing, dialPorts)
	if took := time.Since(start); took > 4*time.Second || !box.Address.Is6() || box.Neighbour != facts.No || !box.Done {
		t.Fatalf("gone, IPv6: %+v after %v", box, took)
	}
	// No way out at all.
	run(t, "ip -6 route del default")
	if box = r.Box(context.Background(), r.Quick(), noPing, dialPorts); box.Done || box.Address.IsValid() {
		t.Fatalf("no way out: %+v", box)
	}
}

func TestLinkKinds(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	for _, link := range []struct{ make, name, kind string }{
		{"ip link add docker0 type bridge", "docker0", kindVirtual},
		{"ip link add br0 type bridge", "br0", kindEthernet},
		{"ip link add wg0 type wireguard", "wg0", kindTunnel},
		{"ip tuntap add dev tap9 mode tap", "tap9", kindTunnel},
		{"ip link add dummy9 type dummy", "dummy9", kindVirtual},
		{"ip link add gre9 type gre remote 192.0.2.9 local 192.0.2.8", "gre9", kindTunnel},
	} {
		f := strings.Fields(link.make)
		if out, err := exec.Command(f[0], f[1:]...).CombinedOutput(); err != nil {
			t.Logf("this kernel has none: %s: %s", link.make, strings.TrimSpace(string(out)))
			continue
		}
		links := plainReader(t).Quick().Links
		if got := kindOf(link.name, links); got != link.kind {
			t.Errorf("%s is %q, want %q", link.name, got, link.kind)
		}
	}
	if got := kindOf("lo", plainReader(t).Quick().Links); got != kindLoopback {
		t.Errorf("lo is %q", got)
	}
}

func TestNFTRuleOfThisComputer(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	if _, err := exec.LookPath("nft"); err != nil {
		t.Skip("needs nft")
	}
	otherMachine(t)
	r := New()
	r.Getenv = func(string) string { return "" }
	if r.UID != 0 {
		t.Skip("only root may read nftables")
	}
	target := netip.MustParseAddrPort("203.0.113.10:443")
	rule := func() string {
		for _, f := range r.Firewalls(context.Background(), target) {
			if f.Name == "nftables" {
				return f.Rule
			}
		}
		return "none"
	}
	if got := rule(); got != "none" {
		t.Fatalf("empty ruleset: %q", got)
	}
	run(t, `nft add table inet mine
		nft add chain inet mine out { type filter hook output priority 0 ; }
		nft add rule inet mine out ip daddr 203.0.113.77 drop`)
	if got := rule(); got != "" {
		t.Fatalf("a rule for another address: %q", got)
	}
	run(t, `nft add chain inet mine sites
		nft add set inet mine bad { type ipv4_addr ; flags interval ; }
		nft add element inet mine bad { 203.0.113.0/24 }
		nft add rule inet mine out oifname eth0 jump sites
		nft add rule inet mine sites ip daddr @bad tcp dport { 80, 443 } counter reject with icmp type admin-prohibited`)
	if got := rule(); !strings.HasPrefix(got, "inet mine sites: ip daddr @bad tcp dport { 80, 443 }") || !strings.Contains(got, "# handle") {
		t.Fatalf("set, jump: %q", got)
	}
	run(t, `nft insert rule inet mine out tcp dport 443 accept`)
	if got := rule(); got != "" {
		t.Fatalf("accepted before: %q", got)
	}
	run(t, `nft add chain inet mine late { type filter hook output priority 10 ; policy drop ; }`)
	if got := rule(); got != "inet mine late: policy drop" {
		t.Fatalf("policy: %q", got)
	}
}

func listenUnix(path string) (net.Listener, error) { return net.Listen("unix", path) }
