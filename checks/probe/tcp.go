// TCP: the addresses of one name race (RFC 8305), and every attempt leaves its own fact.
package probe

import (
	"context"
	"net"
	"net/netip"
	"syscall"
	"time"

	"passerelle/checks/facts"
)

// dialing is what all attempts of one race share.
type dialing struct {
	iface  string // bind to this link
	mss    int    // largest segment announced
	helper bool
	host   string // for Contact
	why    string
}

// order puts the addresses in the order of trying: at most four a family, families in turn, IPv6 first where it would be used
// (RFC 8305 §4, RFC 6724).
func order(addrs []netip.Addr, port uint16) []netip.AddrPort {
	var v4, v6 []netip.AddrPort
	for _, a := range addrs {
		a = a.Unmap()
		switch {
		case a.Is4() && len(v4) < tcpFamily:
			v4 = append(v4, netip.AddrPortFrom(a, port))
		case a.Is6() && len(v6) < tcpFamily:
			v6 = append(v6, netip.AddrPortFrom(a, port))
		}
	}
	if len(v4) > 0 && len(v6) > 0 && !prefers6(v6[0]) {
		v4, v6 = v6, v4 // what follows takes from v6 first
	}
	both := make([]netip.AddrPort, 0, len(v4)+len(v6))
	for i := range max(len(v4), len(v6)) {
		if i < len(v6) {
			both = append(both, v6[i])
		}
		if i < len(v4) {
			both = append(both, v4[i])
		}
	}
	return both
}

// Prefixes whose RFC 6724 label differs from that of ordinary global addresses (§2.1): as a source for an ordinary destination
// they lose to IPv4.
var (
	uniqueLocal = netip.MustParsePrefix("fc00::/7")
	sixToFour   = netip.MustParsePrefix("2002::/16")
	teredo      = netip.MustParsePrefix("2001::/32")
)

// prefers6 tells whether the system would choose IPv6 for this address before IPv4. Connecting a datagram socket sends
// nothing: it only asks the routing table and picks the source.
func prefers6(to netip.AddrPort) bool {
	c, err := net.DialUDP("udp6", nil, net.UDPAddrFromAddrPort(to))
	if err != nil {
		return false
	}
	defer c.Close()
	local, ok := c.LocalAddr().(*net.UDPAddr)
	if !ok {
		return false
	}
	from := local.AddrPort().Addr()
	for _, p := range []netip.Prefix{uniqueLocal, sixToFour, teredo} {
		if p.Contains(from.WithZone("")) != p.Contains(to.Addr().WithZone("")) {
			return false
		}
	}
	return true
}

// connected is the winner of a race.
type connected struct {
	conn    net.Conn
	release func() // gives the connection's place back
}

// race connects to the first address that accepts. The facts hold one entry per attempt made, in the order started; the losers
// are facts.Canceled. note, which may be nil, is called from race's own goroutine with the facts so far after each ending.
func (p *Prober) race(ctx context.Context, to []netip.AddrPort, d dialing, note func([]facts.Connect)) (*connected, []facts.Connect) {
	ctx, cancel := context.WithTimeout(ctx, tcpGiveUp)
	defer cancel()
	type ending struct {
		i    int
		won  *connected
		fact facts.Connect
	}
	endings := make(chan ending, len(to))
	begun := make([]time.Time, 0, len(to))
	made := make([]facts.Connect, 0, len(to))
	running := 0
	start := func() {
		i := len(made)
		made = append(made, facts.Connect{Address: to[i], Interface: d.iface})
		begun = append(begun, time.Now())
		running++
		go func() {
			won, fact := p.connect(ctx, to[i], d)
			endings <- ending{i, won, fact}
		}()
	}
	if len(to) == 0 {
		return nil, nil
	}
	start()
	stagger := time.NewTicker(tcpStagger)
	defer stagger.Stop()
	for running > 0 {
		select {
		case <-stagger.C:
			if len(made) < len(to) {
				start()
			}
			continue
		case e := <-endings:
			running--
			made[e.i] = e.fact
			if e.won == nil {
				if note != nil {
					note(made)
				}
				if len(made) < len(to) && ctx.Err() == nil {
					start()
					stagger.Reset(tcpStagger)
				}
				continue
			}
			cancel()
			for i := range made {
				if !made[i].Done {
					made[i].Failure, made[i].MS, made[i].Done = facts.Canceled, ms(begun[i]), true
				}
			}
			go func(n int) {
				for range n {
					if late := <-endings; late.won != nil {
						late.won.conn.Close()
						late.won.release()
					}
				}
			}(running)
			if note != nil {
				note(made)
			}
			return e.won, made
		}
	}
	return nil, made
}

// connect makes one attempt.
func (p *Prober) connect(ctx context.Context, to netip.AddrPort, d dialing) (*connected, facts.Connect) {
	fact := facts.Connect{Address: to, Interface: d.iface, Done: true}
	release, err := p.acquire(ctx, d.helper)
	if err != nil {
		fact.Failure = facts.Canceled // it was never sent
		return nil, fact
	}
	p.contact(ctx, d.host, to.String(), "connect", d.why)
	var watch *socketWatch
	dialer := net.Dialer{
		KeepAlive: -1,
		Control: func(network, _ string, raw syscall.RawConn) error {
			watch = watchSocket(raw, to.Addr().Is6())
			return prepareSocket(raw, to.Addr().Is6(), d.iface, d.mss)
		},
	}
	begin := time.Now()
	conn, err := dialer.DialContext(ctx, "tcp", to.String())
	fact.MS = ms(begin)
	if err != nil {
		fact.Failure, fact.Errno = classify(err)
		if fact.Failure != facts.Canceled {
			fact.ErrorFrom = watch.sender()
		}
		watch.close()
		release()
		return nil, fact
	}
	watch.close()
	if local, ok := conn.LocalAddr().(*net.TCPAddr); ok {
		fact.Local = local.AddrPort().Addr().Unmap()
	}
	return &connected{conn, release}, fact
}

// worst names one failure for a race that nobody won: what says most about the other side comes first. A refusal was sent by
// somebody; silence was at least asked for; "no route" of one family says nothing where the other was tried.
func worst(made []facts.Connect) facts.Failure {
	if len(made) == 0 {
		return facts.NetUnreach
	}
	for _, f := range []facts.Failure{facts.Refused, facts.Reset, facts.Timeout, facts.Denied, facts.HostUnreach, facts.NetUnreach, facts.Other} {
		for _, c := range made {
			if c.Failure == f {
				return f
			}
		}
	}
	return facts.Canceled
}

// aliveGiveUp ends TCPAlive.
const aliveGiveUp = 2500 * time.Millisecond // a machine of the same network answers in milliseconds; the kernel repeats after 1 s

// TCPAlive tells whether a machine shows a sign of life on one of these ports: accepting or refusing is one. Silence and "host
// unreachable" are none. Where this computer itself said no, or an error came from this computer's own address, nothing is known.
func (p *Prober) TCPAlive(ctx context.Context, addr netip.Addr, ports ...uint16) facts.Bool {
	ctx, cancel := context.WithTimeout(ctx, aliveGiveUp)
	defer cancel()
	answers := make(chan facts.Bool, len(ports))
	for _, port := range ports {
		go func() {
			won, fact := p.connect(ctx, netip.AddrPortFrom(addr, port), dialing{helper: true, why: "box"})
			if won != nil {
				won.conn.Close()
				won.release()
			}
			answers <- alive(fact)
		}()
	}
	seen := facts.Unknown
	for range ports {
		switch <-answers {
		case facts.Yes:
			return facts.Yes
		case facts.No:
			seen = facts.No
		}
	}
	return seen
}

func alive(c facts.Connect) facts.Bool {
	if c.ErrorFrom.IsValid() && c.ErrorFrom != c.Address.Addr() && ownAddress(c.ErrorFrom) {
		return facts.Unknown // a rule of this computer
	}
	switch c.Failure {
	case facts.OK, facts.Refused, facts.Reset:
		return facts.Yes
	case facts.Timeout, facts.HostUnreach:
		return facts.No
	}
	return facts.Unknown
}

func ownAddress(a netip.Addr) bool {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	for _, x := range addrs {
		if n, ok := x.(*net.IPNet); ok {
			if own, ok := netip.AddrFromSlice(n.IP); ok && own.Unmap() == a.Unmap().WithZone("") {
				return true
			}
		}
	}
	return false
}
