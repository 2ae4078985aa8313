package probe

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

// socketWatch keeps a second descriptor of a connecting socket, so that the sender of an ICMP error can be read after package
// net has closed its own (research/lab.md, "Telling a local firewall").
type socketWatch struct {
	fd  int
	six bool
}

// watchSocket asks the kernel to queue ICMP errors with their sender. Nil where that cannot be had.
func watchSocket(raw syscall.RawConn, six bool) *socketWatch {
	w := &socketWatch{fd: -1, six: six}
	_ = raw.Control(func(fd uintptr) {
		if w.receive(int(fd), 1) != nil {
			return
		}
		if d, err := unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0); err == nil {
			w.fd = d
		}
	})
	if w.fd < 0 {
		return nil
	}
	return w
}

func (w *socketWatch) receive(fd, on int) error {
	if w.six {
		return unix.SetsockoptInt(fd, unix.SOL_IPV6, unix.IPV6_RECVERR, on)
	}
	return unix.SetsockoptInt(fd, unix.SOL_IP, unix.IP_RECVERR, on)
}

// sender reads who sent the ICMP error that ended the attempt; invalid where none did. What the kernel says to itself after ARP
// or neighbour discovery found nobody looks like an error from our own address and is none: no rule of this computer wrote it.
func (w *socketWatch) sender() netip.Addr {
	if w == nil {
		return netip.Addr{}
	}
	const hostUnreachable4, addressUnreachable6 = 1, 3 // ICMP type 3 code 1; ICMPv6 type 1 code 3
	var data [512]byte
	var control [512]byte
	_, n, _, _, err := unix.Recvmsg(w.fd, data[:], control[:], unix.MSG_ERRQUEUE|unix.MSG_DONTWAIT)
	if err != nil {
		return netip.Addr{}
	}
	messages, err := unix.ParseSocketControlMessage(control[:n])
	if err != nil {
		return netip.Addr{}
	}
	for _, m := range messages {
		if (m.Header.Level == unix.SOL_IP && m.Header.Type == unix.IP_RECVERR) ||
			(m.Header.Level == unix.SOL_IPV6 && m.Header.Type == unix.IPV6_RECVERR) {
			a, code := offender(m.Data)
			if (a.Is4() && code == hostUnreachable4 || a.Is6() && code == addressUnreachable6) && ownAddress(a) {
				return netip.Addr{}
			}
			if a.IsValid() {
				return a
			}
		}
	}
	return netip.Addr{}
}

// offender reads struct sock_extended_err (16 bytes, the ICMP code is the seventh) and the socket address behind it
// (linux/errqueue.h).
func offender(b []byte) (from netip.Addr, code byte) {
	const head = 16
	if len(b) < head+8 {
		return netip.Addr{}, 0
	}
	switch binary.NativeEndian.Uint16(b[head:]) {
	case unix.AF_INET:
		return netip.AddrFrom4([4]byte(b[head+4 : head+8])), b[6]
	case unix.AF_INET6:
		if len(b) >= head+24 {
			return netip.AddrFrom16([16]byte(b[head+8 : head+24])).Unmap(), b[6]
		}
	}
	return netip.Addr{}, 0
}

// close gives the second descriptor back. A connection that was made goes on without the queue: there, a passing ICMP error
// must not end it.
func (w *socketWatch) close() {
	if w == nil {
		return
	}
	_ = w.receive(w.fd, 0)
	_ = unix.Close(w.fd)
}

// CanLimitSegment tells whether Request.MaxSegment can be done on this system.
func CanLimitSegment() bool { return true }

// prepareSocket binds a socket to a link and limits its segments, before it connects.
func prepareSocket(raw syscall.RawConn, six bool, iface string, mss int) error {
	var failed error
	err := raw.Control(func(fd uintptr) {
		if iface != "" {
			failed = bindSocket(int(fd), six, iface)
		}
		if failed == nil && mss > 0 {
			if failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_MAXSEG, mss); failed != nil {
				failed = fmt.Errorf("announcing segments of %d bytes: %w", mss, failed)
			}
		}
	})
	return errors.Join(err, failed)
}

// bindSocket uses SO_BINDTODEVICE, which needs no right since Linux 5.7; before that, the link's own address is what can be had.
func bindSocket(fd int, six bool, iface string) error {
	err := unix.SetsockoptString(fd, unix.SOL_SOCKET, unix.SO_BINDTODEVICE, iface)
	if err == nil {
		return nil
	}
	if !errors.Is(err, unix.EPERM) {
		return fmt.Errorf("binding to %s: %w", iface, err)
	}
	own, ferr := linkAddress(iface, six)
	if ferr != nil {
		return ferr
	}
	var to unix.Sockaddr
	if six {
		to = &unix.SockaddrInet6{Addr: own.As16()}
	} else {
		to = &unix.SockaddrInet4{Addr: own.As4()}
	}
	if err := unix.Bind(fd, to); err != nil {
		return fmt.Errorf("binding to %s (%s): %w", iface, own, err)
	}
	return nil
}

func linkAddress(iface string, six bool) (netip.Addr, error) {
	link, err := net.InterfaceByName(iface)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("looking for the link %s: %w", iface, err)
	}
	addrs, err := link.Addrs()
	if err != nil {
		return netip.Addr{}, fmt.Errorf("reading the addresses of %s: %w", iface, err)
	}
	for _, a := range addrs {
		n, ok := a.(*net.IPNet)
		if !ok {
			continue
		}
		own, ok := netip.AddrFromSlice(n.IP)
		own = own.Unmap()
		if ok && own.Is4() != six && !own.IsLinkLocalUnicast() {
			return own, nil
		}
	}
	return netip.Addr{}, fmt.Errorf("binding to %s: it has no address of this family: %w", iface, unix.EADDRNOTAVAIL)
}
