// A small netlink client: dumps of links, addresses, routes, rules and neighbours, and the question "which route to this address?".
// /sys is not asked for them: in a network namespace it may show another one's links.

package system

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// netlinkPatience bounds one answer: the kernel answers at once, or something is very wrong.
	netlinkPatience = 500 * time.Millisecond
	// netlinkBuffer holds one datagram of a dump; the kernel makes them at most 32 KiB (NLMSG_GOODSIZE and netlink(7)).
	netlinkBuffer = 64 << 10
)

// attribute is one netlink attribute.
type attribute struct {
	kind  uint16
	value []byte
}

// message is one netlink message without its header: its fixed part and its attributes.
type message struct {
	kind  uint16
	fixed []byte
	attrs []attribute
}

func (m message) get(kind uint16) []byte {
	for _, a := range m.attrs {
		if a.kind == kind {
			return a.value
		}
	}
	return nil
}

func (m message) u32(kind uint16) (uint32, bool) {
	v := m.get(kind)
	if len(v) < 4 {
		return 0, false
	}
	return binary.NativeEndian.Uint32(v), true
}

func (m message) text(kind uint16) string { return cString(m.get(kind)) }

func cString(b []byte) string {
	for i, c := range b {
		if c == 0 {
			return string(b[:i])
		}
	}
	return string(b)
}

// parseAttributes reads a run of attributes; what is cut short ends it.
func parseAttributes(b []byte) []attribute {
	var list []attribute
	for len(b) >= 4 {
		n := int(binary.NativeEndian.Uint16(b))
		if n < 4 || n > len(b) {
			break
		}
		kind := binary.NativeEndian.Uint16(b[2:]) &^ (unix.NLA_F_NESTED | unix.NLA_F_NET_BYTEORDER)
		list = append(list, attribute{kind, b[4:n]})
		b = b[min((n+3)&^3, len(b)):]
	}
	return list
}

// netlinkAsk sends one request and gives the messages of the answer. fixed is the size of the fixed part of each answer.
func netlinkAsk(request uint16, flags uint16, body []byte, fixed int) ([]message, error) {
	what := fmt.Sprintf("asking the kernel (netlink request %d)", request)
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		return nil, fmt.Errorf("%s: opening the socket: %w", what, err)
	}
	defer unix.Close(fd)
	tv := unix.NsecToTimeval(netlinkPatience.Nanoseconds())
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &tv); err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	msg := make([]byte, unix.NLMSG_HDRLEN, unix.NLMSG_HDRLEN+len(body))
	binary.NativeEndian.PutUint32(msg, uint32(unix.NLMSG_HDRLEN+len(body)))
	binary.NativeEndian.PutUint16(msg[4:], request)
	binary.NativeEndian.PutUint16(msg[6:], flags|unix.NLM_F_REQUEST)
	binary.NativeEndian.PutUint32(msg[8:], 1)
	msg = append(msg, body...)
	if err := unix.Sendto(fd, msg, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	var list []message
	buf := make([]byte, netlinkBuffer)
	for {
		n, _, err := unix.Recvfrom(fd, buf, 0)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", what, err)
		}
		got, done, err := splitMessages(append([]byte(nil), buf[:n]...), fixed)
		list = append(list, got...)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", what, err)
		}
		if done || flags&unix.NLM_F_DUMP == 0 {
			return list, nil
		}
	}
}

// splitMessages cuts one datagram into messages.
func splitMessages(b []byte, fixed int) (list []message, done bool, err error) {
	for len(b) >= unix.NLMSG_HDRLEN {
		n := int(binary.NativeEndian.Uint32(b))
		if n < unix.NLMSG_HDRLEN || n > len(b) {
			return list, true, errors.New("a message is cut short")
		}
		kind, body := binary.NativeEndian.Uint16(b[4:]), b[unix.NLMSG_HDRLEN:n]
		b = b[min((n+3)&^3, len(b)):]
		switch {
		case kind == unix.NLMSG_DONE:
			return list, true, nil
		case kind == unix.NLMSG_ERROR:
			if len(body) < 4 {
				return list, true, errors.New("an error is cut short")
			}
			if no := -int32(binary.NativeEndian.Uint32(body)); no != 0 {
				return list, true, unix.Errno(no)
			}
			return list, true, nil
		case len(body) >= fixed:
			list = append(list, message{kind, body[:fixed], parseAttributes(body[(fixed+3)&^3:])})
		}
	}
	return list, false, nil
}

// Sizes of the fixed parts (rtnetlink(7); fib_rule_hdr and ndmsg in the kernel's headers).
const (
	sizeLink  = unix.SizeofIfInfomsg
	sizeAddr  = unix.SizeofIfAddrmsg
	sizeRoute = unix.SizeofRtMsg
	sizeRule  = 12
	sizeNeigh = unix.SizeofNdMsg
)

// netlinkDump asks for everything of one kind. The body is as long as the fixed part, as strict kernels want it.
func netlinkDump(request uint16, family uint8, fixed int) ([]message, error) {
	body := make([]byte, fixed)
	body[0] = family
	return netlinkAsk(request, unix.NLM_F_DUMP, body, fixed)
}

func addrOf(b []byte) netip.Addr {
	a, _ := netip.AddrFromSlice(b)
	return a
}

// appendAttribute adds one attribute to a request, padded.
func appendAttribute(b []byte, kind uint16, value []byte) []byte {
	b = binary.NativeEndian.AppendUint16(b, uint16(4+len(value)))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = append(b, value...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}
