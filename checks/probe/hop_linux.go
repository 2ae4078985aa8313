package probe

import (
	"errors"
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

// limitHops sets the number of routers that a socket's packets may pass.
func limitHops(raw syscall.RawConn, six bool, hops int) error {
	var failed error
	err := raw.Control(func(fd uintptr) {
		if six {
			failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_IPV6, unix.IPV6_UNICAST_HOPS, hops)
		} else {
			failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_TTL, hops)
		}
		if failed != nil {
			failed = fmt.Errorf("limiting a packet to %d hops: %w", hops, failed)
		}
	})
	return errors.Join(err, failed)
}
