// Does what this computer sends leave it at all? Two questions that need no right (research/lab.md, "Telling a local firewall").
package probe

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"syscall"
	"time"

	"passerelle/checks/facts"
)

// hopGiveUp is how long the first router has to say "time exceeded": it is in the same building.
const hopGiveUp = 700 * time.Millisecond

// Datagram sends one byte to the address and tells whether this computer let it go: No where its own rule refused (EPERM, EACCES,
// WSAEACCES), Unknown where something else went wrong.
func (p *Prober) Datagram(ctx context.Context, to netip.AddrPort) facts.Bool {
	p.contact(ctx, "", to.String(), "datagram", "local-filter")
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(to))
	if err == nil {
		defer c.Close()
		_, err = c.Write([]byte{0})
	}
	if err == nil {
		return facts.Yes
	}
	if f, _ := classify(err); f == facts.Denied {
		return facts.No
	}
	return facts.Unknown
}

// FirstHop sends a request to connect that may live for one hop only, and tells whether it left this computer: Yes when another
// machine reports its end (or the target itself answers), No when nobody does, Unknown where this system cannot be asked so.
func (p *Prober) FirstHop(ctx context.Context, to netip.AddrPort) facts.Bool {
	if !canLimitHops {
		return facts.Unknown
	}
	release, err := p.acquire(ctx, true)
	if err != nil {
		return facts.Unknown
	}
	defer release()
	p.contact(ctx, "", to.String(), "first-hop", "local-filter")
	ctx, cancel := context.WithTimeout(ctx, hopGiveUp)
	defer cancel()
	var watch *socketWatch
	dialer := net.Dialer{KeepAlive: -1, Control: func(_, _ string, raw syscall.RawConn) error {
		watch = watchSocket(raw, to.Addr().Is6())
		return limitHops(raw, to.Addr().Is6(), 1)
	}}
	conn, err := dialer.DialContext(ctx, "tcp", to.String())
	if err == nil {
		conn.Close()
		watch.close()
		return facts.Yes
	}
	from := watch.sender()
	watch.close()
	f, _ := classify(err)
	switch {
	case from.IsValid():
		return facts.Known(!ownAddress(from))
	case f == facts.Refused || f == facts.Reset:
		return facts.Yes
	case f == facts.Timeout || errors.Is(err, context.DeadlineExceeded):
		return facts.No
	}
	return facts.Unknown
}
