package probe

import (
	"context"
	"encoding/binary"
	"net/netip"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"passerelle/checks/facts"
)

var (
	iphlpapi        = windows.NewLazySystemDLL("iphlpapi.dll")
	icmpCreateFile  = iphlpapi.NewProc("IcmpCreateFile")
	icmp6CreateFile = iphlpapi.NewProc("Icmp6CreateFile")
	icmpCloseHandle = iphlpapi.NewProc("IcmpCloseHandle")
	icmpSendEcho    = iphlpapi.NewProc("IcmpSendEcho")
	icmp6SendEcho2  = iphlpapi.NewProc("Icmp6SendEcho2")
)

// Ping sends up to three echo requests and tells whether one came back, and after how long. iface is the link to use, needed for
// link-local addresses; it may be empty. Windows lets every program ask (IcmpSendEcho).
func (p *Prober) Ping(ctx context.Context, addr netip.Addr, iface string) (facts.Bool, time.Duration) {
	type result struct {
		b facts.Bool
		d time.Duration
	}
	addr = addr.Unmap()
	if iface != "" && addr.Is6() && addr.IsLinkLocalUnicast() && addr.Zone() == "" {
		addr = addr.WithZone(iface)
	}
	p.contact(ctx, "", addr.String(), "ping", "box")
	done := make(chan result, 1)
	go func() {
		for range pingTries {
			b, d := echoOnce(addr)
			if b != facts.No || ctx.Err() != nil {
				done <- result{b, d}
				return
			}
		}
		done <- result{facts.No, 0}
	}()
	select {
	case r := <-done:
		return r.b, r.d
	case <-ctx.Done(): // the call itself ends after pingEvery
		return facts.Unknown, 0
	}
}

func echoOnce(addr netip.Addr) (facts.Bool, time.Duration) {
	data := []byte("passerelle")
	reply := make([]byte, 512)
	timeout := uintptr(pingEvery / time.Millisecond)
	begin := time.Now()
	if addr.Is4() {
		h, _, _ := icmpCreateFile.Call()
		if windows.Handle(h) == windows.InvalidHandle {
			return facts.Unknown, 0
		}
		defer icmpCloseHandle.Call(h)
		ip := addr.As4()
		n, _, _ := icmpSendEcho.Call(h, uintptr(binary.LittleEndian.Uint32(ip[:])), uintptr(unsafe.Pointer(&data[0])), uintptr(len(data)), 0,
			uintptr(unsafe.Pointer(&reply[0])), uintptr(len(reply)), timeout)
		if n == 0 {
			return facts.No, 0
		}
		// ICMP_ECHO_REPLY: address, status (0 is IP_SUCCESS), round trip in whole milliseconds.
		if binary.LittleEndian.Uint32(reply[4:]) != 0 || [4]byte(reply[:4]) != ip {
			return facts.No, 0
		}
		return facts.Yes, time.Since(begin)
	}
	h, _, _ := icmp6CreateFile.Call()
	if windows.Handle(h) == windows.InvalidHandle {
		return facts.Unknown, 0
	}
	defer icmpCloseHandle.Call(h)
	from := windows.RawSockaddrInet6{Family: windows.AF_INET6}
	to := windows.RawSockaddrInet6{Family: windows.AF_INET6, Addr: addr.As16(), Scope_id: scopeOf(addr.Zone())}
	n, _, _ := icmp6SendEcho2.Call(h, 0, 0, 0, uintptr(unsafe.Pointer(&from)), uintptr(unsafe.Pointer(&to)), uintptr(unsafe.Pointer(&data[0])),
		uintptr(len(data)), 0, uintptr(unsafe.Pointer(&reply[0])), uintptr(len(reply)), timeout)
	if n == 0 {
		return facts.No, 0
	}
	// ICMPV6_ECHO_REPLY: a packed IPV6_ADDRESS_EX of 26 bytes, two of padding, then the status.
	if binary.LittleEndian.Uint32(reply[28:]) != 0 {
		return facts.No, 0
	}
	return facts.Yes, time.Since(begin)
}
