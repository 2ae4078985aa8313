//go:build !windows

// Echo requests (ICMP): without rights where the system allows it, with them where we have them.
package probe

import (
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"

	"passerelle/checks/facts"
)

// Ping sends up to three echo requests and tells whether one came back, and after how long. iface is the link to use, needed for
// link-local addresses; it may be empty. Where this system does not let us ask, nothing is known.
func (p *Prober) Ping(ctx context.Context, addr netip.Addr, iface string) (facts.Bool, time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, pingGiveUp)
	defer cancel()
	addr = addr.Unmap()
	if iface != "" && addr.Is6() && addr.IsLinkLocalUnicast() && addr.Zone() == "" {
		addr = addr.WithZone(iface)
	}
	conn, datagram := echoSocket(addr.Is6())
	if conn == nil {
		return facts.Unknown, 0
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	var to net.Addr = &net.IPAddr{IP: addr.WithZone("").AsSlice(), Zone: addr.Zone()}
	if datagram {
		to = &net.UDPAddr{IP: addr.WithZone("").AsSlice(), Zone: addr.Zone()}
	}
	p.contact(ctx, "", addr.String(), "ping", "box")
	id := int(rand.Uint32() & 0xffff)
	cookie := rand.Uint64()
	var sent [pingTries]atomic.Int64 // nanoseconds since begin
	begin := time.Now()
	errs := make(chan error, 1)
	go func() {
		for i := range pingTries {
			sent[i].Store(int64(time.Since(begin)))
			if _, err := conn.WriteTo(echo(addr.Is6(), id, i, cookie), to); err != nil {
				errs <- err
				_ = conn.SetDeadline(time.Unix(1, 0))
				return
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(pingEvery):
			}
		}
	}()
	buf := make([]byte, 1500)
	for {
		n, from, err := conn.ReadFrom(buf)
		if err != nil {
			select {
			case err = <-errs:
				switch f, _ := classify(err); f {
				case facts.HostUnreach, facts.NetUnreach:
					return facts.No, 0
				}
				return facts.Unknown, 0 // this computer itself would not send it
			default:
			}
			if errors.Is(context.Cause(ctx), context.Canceled) {
				return facts.Unknown, 0
			}
			if f, _ := classify(err); f != facts.Timeout && f != facts.HostUnreach {
				return facts.Unknown, 0
			}
			return facts.No, 0
		}
		if seq, ok := echoBack(buf[:n], addr, from, cookie); ok {
			return facts.Yes, time.Since(begin) - time.Duration(sent[seq].Load())
		}
	}
}

func echoSocket(six bool) (conn *icmp.PacketConn, datagram bool) {
	network, raw, any := "udp4", "ip4:icmp", "0.0.0.0"
	if six {
		network, raw, any = "udp6", "ip6:ipv6-icmp", "::"
	}
	if c, err := icmp.ListenPacket(network, any); err == nil {
		return c, true
	}
	if os.Geteuid() == 0 || runtime.GOOS == "linux" { // on Linux CAP_NET_RAW may be there without root
		if c, err := icmp.ListenPacket(raw, any); err == nil {
			return c, false
		}
	}
	return nil, false
}

func echo(six bool, id, seq int, cookie uint64) []byte {
	m := icmp.Message{Type: ipv4.ICMPTypeEcho, Body: &icmp.Echo{ID: id, Seq: seq, Data: binary.BigEndian.AppendUint64([]byte("passerelle"), cookie)}}
	if six {
		m.Type = ipv6.ICMPTypeEchoRequest
	}
	b, _ := m.Marshal(nil) // the checksum of IPv6 is the kernel's; Marshal fails only without a body
	return b
}

// echoBack tells whether a packet is the answer to one of our requests. The system may change the id, so our own mark counts.
func echoBack(b []byte, addr netip.Addr, from net.Addr, cookie uint64) (int, bool) {
	protocol := 1 // ICMP; 58 is ICMPv6 (IANA)
	if addr.Is6() {
		protocol = 58
	}
	m, err := icmp.ParseMessage(protocol, b)
	if err != nil || (m.Type != ipv4.ICMPTypeEchoReply && m.Type != ipv6.ICMPTypeEchoReply) {
		return 0, false
	}
	e, ok := m.Body.(*icmp.Echo)
	if !ok || len(e.Data) < 18 || binary.BigEndian.Uint64(e.Data[10:]) != cookie || e.Seq >= pingTries {
		return 0, false
	}
	var ip net.IP
	switch f := from.(type) {
	case *net.UDPAddr:
		ip = f.IP
	case *net.IPAddr:
		ip = f.IP
	}
	a, ok := netip.AddrFromSlice(ip)
	return e.Seq, ok && a.Unmap() == addr.WithZone("")
}
