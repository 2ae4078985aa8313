package probe

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

// socketWatch: macOS does not tell who sent an ICMP error.
type socketWatch struct{}

func watchSocket(syscall.RawConn, bool) *socketWatch { return nil }

func (*socketWatch) sender() netip.Addr { return netip.Addr{} }
func (*socketWatch) close()             {}

// CanLimitSegment tells whether Request.MaxSegment can be done on this system.
func CanLimitSegment() bool { return true }

// prepareSocket binds a socket to a link and limits its segments, before it connects.
func prepareSocket(raw syscall.RawConn, six bool, iface string, mss int) error {
	index := 0
	if iface != "" {
		link, err := net.InterfaceByName(iface)
		if err != nil {
			return fmt.Errorf("looking for the link %s: %w", iface, err)
		}
		index = link.Index
	}
	var failed error
	err := raw.Control(func(fd uintptr) {
		switch {
		case index != 0 && six:
			failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_IPV6, unix.IPV6_BOUND_IF, index)
		case index != 0:
			failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_BOUND_IF, index)
		}
		if failed == nil && mss > 0 {
			failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_MAXSEG, mss)
		}
	})
	if failed != nil {
		failed = fmt.Errorf("binding to %s: %w", iface, failed)
	}
	return errors.Join(err, failed)
}
