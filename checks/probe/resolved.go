// Services of this computer that answer names over a socket of their own: systemd-resolved (varlink) and Avahi.
package probe

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/miekg/dns"

	"passerelle/checks/facts"
)

// maxVarlink bounds one message of systemd-resolved, bytes.
const maxVarlink = 256 << 10

// errNoService: nobody answers on that socket.
var errNoService = errors.New("asking a name service of this computer: it does not answer")

// resolvedReply is the answer of io.systemd.Resolve.ResolveHostname (systemd, src/shared/varlink-io.systemd.Resolve.c).
type resolvedReply struct {
	Error      string `json:"error"`
	Parameters struct {
		Addresses []struct {
			IfIndex int   `json:"ifindex"`
			Family  int   `json:"family"`
			Address []int `json:"address"`
		} `json:"addresses"`
		Name  string `json:"name"`
		Rcode int    `json:"rcode"`
		EDE   *int   `json:"extendedDNSErrorCode"`
	} `json:"parameters"`
}

// askResolved asks systemd-resolved as nss-resolve does.
func (p *Prober) askResolved(ctx context.Context, socket, name string) (facts.Lookup, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", socket)
	if err != nil {
		return facts.Lookup{}, fmt.Errorf("%w: %w", errNoService, err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	p.contact(ctx, "systemd-resolved", "", "dns", "target")
	call, err := json.Marshal(map[string]any{
		"method":     "io.systemd.Resolve.ResolveHostname",
		"parameters": map[string]any{"name": name, "flags": 0},
	})
	if err != nil {
		return facts.Lookup{}, err
	}
	if _, err := conn.Write(append(call, 0)); err != nil {
		return facts.Lookup{}, fmt.Errorf("%w: %w", errNoService, err)
	}
	message, err := readVarlink(bufio.NewReader(conn))
	l := facts.Lookup{Transport: "resolved"}
	if err != nil {
		if ctx.Err() != nil {
			l.Failure, _ = classify(ctx.Err())
			return l, nil
		}
		return l, fmt.Errorf("%w: %w", errNoService, err)
	}
	return parseResolved(message, name)
}

func readVarlink(br *bufio.Reader) ([]byte, error) {
	var message []byte
	for {
		part, err := br.ReadSlice(0)
		message = append(message, part...)
		if err == nil {
			return bytes.TrimSuffix(message, []byte{0}), nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) || len(message) > maxVarlink {
			return nil, err
		}
	}
}

// parseResolved makes a lookup of systemd-resolved's answer.
func parseResolved(message []byte, name string) (facts.Lookup, error) {
	l := facts.Lookup{Transport: "resolved"}
	var r resolvedReply
	if err := json.Unmarshal(message, &r); err != nil {
		return l, fmt.Errorf("%w: %w", errNoService, err)
	}
	if r.Parameters.EDE != nil && *r.Parameters.EDE >= 0 && *r.Parameters.EDE < 1<<16 {
		l.EDE = []uint16{uint16(*r.Parameters.EDE)}
	}
	code, ours := strings.CutPrefix(r.Error, "io.systemd.Resolve.")
	switch {
	case r.Error == "":
	case !ours:
		return l, fmt.Errorf("%w: %s", errNoService, printable(r.Error, 100))
	case code == "NoNameServers":
		l.Failure = facts.NoResolver
	case code == "NoSuchResourceRecord":
		l.Failure = facts.NoData
	case code == "QueryTimedOut", code == "MaxAttemptsReached":
		l.Failure = facts.Timeout
	case code == "NetworkDown":
		l.Failure = facts.NetUnreach
	case code == "InvalidReply":
		l.Failure = facts.Malformed
	case code == "DNSSECValidationFailed", code == "QueryAborted", code == "CNAMELoop", code == "NoTrustAnchor":
		l.Failure = facts.ServFail
	case code == "DNSError":
		l.Failure = rcodeFailure(r.Parameters.Rcode)
	default:
		return l, fmt.Errorf("%w: %s", errNoService, printable(r.Error, 100))
	}
	if l.Failure != facts.OK {
		return l, nil
	}
	for _, a := range r.Parameters.Addresses {
		b := make([]byte, len(a.Address))
		for i, v := range a.Address {
			b[i] = byte(v)
		}
		if addr, ok := netip.AddrFromSlice(b); ok {
			if addr.Is6() && addr.IsLinkLocalUnicast() && a.IfIndex > 0 {
				if link, err := net.InterfaceByIndex(a.IfIndex); err == nil {
					addr = addr.WithZone(link.Name)
				}
			}
			l.Addresses = append(l.Addresses, addr)
		}
	}
	l.Addresses = bounded(l.Addresses)
	if len(l.Addresses) == 0 {
		l.Failure = facts.NoData
	}
	if n := strings.ToLower(strings.TrimSuffix(r.Parameters.Name, ".")); n != "" && n != strings.ToLower(name) {
		l.CNAME = printable(n, 253)
	}
	return l, nil
}

// rcodeFailure names a DNS response code (RFC 1035 §4.1.1).
func rcodeFailure(rcode int) facts.Failure {
	switch rcode {
	case dns.RcodeNameError:
		return facts.NXDomain
	case dns.RcodeRefused, dns.RcodeNotImplemented, dns.RcodeNotAuth:
		return facts.DNSRefused
	case dns.RcodeFormatError:
		return facts.Malformed
	case dns.RcodeSuccess:
		return facts.NoData
	}
	return facts.ServFail
}

// askAvahi asks the multicast DNS service for a .local name, as nss-mdns does: one line out, one line back.
func (p *Prober) askAvahi(ctx context.Context, socket, name string, four, six bool) (facts.Lookup, error) {
	l := facts.Lookup{Transport: "system"}
	for _, try := range []struct {
		verb string
		want bool
	}{{"RESOLVE-HOSTNAME-IPV4", four}, {"RESOLVE-HOSTNAME-IPV6", six}} {
		if !try.want {
			continue
		}
		a, err := avahiLine(ctx, socket, try.verb+" "+name+"\n")
		if err != nil {
			return l, err
		}
		if a.IsValid() {
			l.Addresses = append(l.Addresses, a)
		}
	}
	p.contact(ctx, "avahi", "", "dns", "target")
	if len(l.Addresses) == 0 {
		l.Failure = facts.NXDomain
		if ctx.Err() != nil {
			l.Failure, _ = classify(ctx.Err())
		}
	}
	return l, nil
}

func avahiLine(ctx context.Context, socket, line string) (netip.Addr, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", socket)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("%w: %w", errNoService, err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	if _, err := conn.Write([]byte(line)); err != nil {
		return netip.Addr{}, fmt.Errorf("%w: %w", errNoService, err)
	}
	back, _ := bufio.NewReaderSize(conn, 1024).ReadSlice('\n')
	// "+ 2 0 nas.local 192.168.1.5": link, protocol, name, address; "-15 Timeout reached" otherwise.
	if f := strings.Fields(string(back)); len(f) == 5 && f[0] == "+" {
		if a, err := netip.ParseAddr(f[4]); err == nil {
			return a, nil
		}
	}
	return netip.Addr{}, nil
}
