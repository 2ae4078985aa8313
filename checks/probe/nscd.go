// nscd, the name service cache daemon of glibc: asked over its socket, as getaddrinfo does.
package probe

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"time"

	"passerelle/checks/facts"
)

// The protocol of glibc's nscd/nscd-client.h, version 2: a request of three ints and a key; the answer a header of six ints, then
// the addresses, one byte per address for its family, and the canonical name. Integers are the machine's own.
const (
	nscdVersion = 2
	nscdGetAI   = 14
	nscdHead    = 6 * 4
	nscdMost    = 64 << 10 // bytes of addresses or name accepted
)

// errNoCache: nobody answers there, or not for host names: the next way is taken.
var errNoCache = errors.New("asking nscd: it does not serve host names")

// nscdAnswer is what nscd said.
type nscdAnswer struct {
	addrs  []netip.Addr
	name   string
	found  bool
	herror int // netdb.h: 1 HOST_NOT_FOUND, 2 TRY_AGAIN, 3 NO_RECOVERY, 4 NO_DATA
}

func (p *Prober) askNSCD(ctx context.Context, socket, name string) (facts.Lookup, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", socket)
	if err != nil {
		return facts.Lookup{}, fmt.Errorf("%w: %w", errNoCache, err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	p.contact(ctx, "nscd", "", "dns", "target")
	b := binary.NativeEndian.AppendUint32(nil, nscdVersion)
	b = binary.NativeEndian.AppendUint32(b, nscdGetAI)
	b = binary.NativeEndian.AppendUint32(b, uint32(len(name)+1))
	b = append(append(b, name...), 0)
	if _, err := conn.Write(b); err != nil {
		return facts.Lookup{}, fmt.Errorf("%w: %w", errNoCache, err)
	}
	a, err := readNSCD(conn)
	l := facts.Lookup{Transport: "nscd"}
	switch {
	case err != nil && ctx.Err() != nil:
		l.Failure, _ = classify(ctx.Err())
	case err != nil:
		return facts.Lookup{}, err
	case len(a.addrs) > 0:
		l.Addresses = bounded(a.addrs)
		if a.name != "" && !strings.EqualFold(a.name, name) {
			l.CNAME = strings.ToLower(strings.TrimSuffix(a.name, "."))
		}
	case a.herror == 1:
		l.Failure = facts.NXDomain
	case a.herror == 4, a.found:
		l.Failure = facts.NoData
	default:
		l.Failure = facts.ServFail
	}
	return l, nil
}

// readNSCD reads one answer.
func readNSCD(r io.Reader) (nscdAnswer, error) {
	var h [nscdHead]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return nscdAnswer{}, fmt.Errorf("%w: %w", errNoCache, err)
	}
	field := func(i int) int { return int(int32(binary.NativeEndian.Uint32(h[4*i:]))) }
	version, found, count, size, canon := field(0), field(1), field(2), field(3), field(4)
	a := nscdAnswer{found: found == 1, herror: field(5)}
	if version != nscdVersion || found == -1 {
		return nscdAnswer{}, errNoCache
	}
	if found != 1 {
		return a, nil
	}
	if count < 0 || size < 0 || canon < 0 || size > nscdMost || count > nscdMost || canon > nscdMost {
		return nscdAnswer{}, fmt.Errorf("%w: its answer makes no sense", errNoCache)
	}
	rest := make([]byte, size+count+canon)
	if _, err := io.ReadFull(r, rest); err != nil {
		return nscdAnswer{}, fmt.Errorf("%w: %w", errNoCache, err)
	}
	addrs, families := rest[:size], rest[size:size+count]
	for _, f := range families {
		n := 4
		if int(f) != syscall.AF_INET {
			n = 16
		}
		if len(addrs) < n {
			break
		}
		addr, _ := netip.AddrFromSlice(addrs[:n])
		a.addrs = append(a.addrs, addr)
		addrs = addrs[n:]
	}
	a.name = strings.TrimRight(string(rest[size+count:]), "\x00")
	return a, nil
}
