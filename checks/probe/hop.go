// Does what this computer sends leave it at all? Questions that need no right.
package probe

import (
	"context"
	"net"
	"net/netip"
	"syscall"
	"time"

	"passerelle/checks/facts"
)

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

// Knock sends one request to connect, where the system can limit it to one hop, and takes it back after the given time. It tells
// whether the request was really handed to the system.
func (p *Prober) Knock(ctx context.Context, to netip.AddrPort, wait time.Duration) bool {
	release, err := p.acquire(ctx, true)
	if err != nil {
		return false
	}
	defer release()
	p.contact(ctx, "", to.String(), "first-hop", "local-filter")
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	handed := false
	dialer := net.Dialer{KeepAlive: -1, Control: func(_, _ string, raw syscall.RawConn) error {
		handed = true
		return limitHops(raw, to.Addr().Is6(), 1)
	}}
	if conn, err := dialer.DialContext(ctx, "tcp", to.String()); err == nil {
		conn.Close()
	}
	return handed
}
