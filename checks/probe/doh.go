// Independent DNS over HTTPS (RFC 8484), asked by address: no DNS is needed to reach it.
package probe

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"time"

	"github.com/miekg/dns"
	"golang.org/x/net/http2"

	"passerelle/checks/facts"
)

// Provider is one independent resolver.
type Provider struct {
	Name  string // as in facts.Lookup.Provider
	Host  string // name that its certificate proves
	Addrs []netip.Addr
}

// Providers are those of CONTRACT.md, "What may leave this computer".
var Providers = []Provider{
	{"cloudflare", "cloudflare-dns.com", addrs("1.1.1.1", "1.0.0.1", "2606:4700:4700::1111")},
	{"google", "dns.google", addrs("8.8.8.8", "8.8.4.4", "2001:4860:4860::8888")},
	{"quad9", "dns.quad9.net", addrs("9.9.9.9", "2620:fe::fe")},
	{"opendns", "doh.opendns.com", addrs("208.67.222.222", "208.67.220.220", "2620:119:35::35")},
}

func addrs(s ...string) []netip.Addr {
	var list []netip.Addr
	for _, a := range s {
		list = append(list, netip.MustParseAddr(a))
	}
	return list
}

const (
	dohPath   = "/dns-query"
	dohGiveUp = 4 * time.Second // connection, handshake and both answers: what one TCP connection gets
	maxDNS    = 64 << 10        // bytes of one answer
)

// dohPort is replaced by tests.
var dohPort uint16 = 443

// LookupDoH asks one provider for both families over one connection. Its addresses race. What keeps it from answering is a
// Failure of the lookup, and no evidence about the name.
func (p *Prober) LookupDoH(ctx context.Context, name string, pr Provider) facts.Lookup {
	begin := time.Now()
	l := p.lookupDoH(ctx, name, pr)
	l.Name, l.Provider, l.Transport, l.MS, l.Done = name, pr.Name, "doh", ms(begin), true
	return l
}

func (p *Prober) lookupDoH(ctx context.Context, name string, pr Provider) facts.Lookup {
	host, err := hostASCII(name)
	if err != nil || !validName(host) {
		return facts.Lookup{Failure: facts.NXDomain}
	}
	ctx, cancel := context.WithTimeout(ctx, dohGiveUp)
	defer cancel()
	why := "independent-dns"
	won, made := p.race(ctx, order(pr.Addrs, dohPort), dialing{helper: true, host: pr.Host, why: why}, nil)
	if won == nil {
		f := worst(made)
		if ctx.Err() != nil {
			f, _ = classify(ctx.Err())
		}
		return facts.Lookup{Failure: f}
	}
	defer won.release()
	defer won.conn.Close()
	server := ""
	for _, c := range made {
		if c.Failure == facts.OK {
			server = c.Address.Addr().String()
		}
	}
	conn, fact := p.handshake(ctx, won.conn, pr.Host, "h2", "http/1.1")
	if conn == nil {
		return facts.Lookup{Failure: fact.Failure, Server: server}
	}
	defer context.AfterFunc(ctx, func() { _ = won.conn.SetDeadline(time.Unix(1, 0)) })()
	p.contact(ctx, pr.Host, won.conn.RemoteAddr().String(), "doh", why)
	a4, a6 := dohBoth(ctx, conn, pr.Host, host)
	l := merge(a4, a6)
	l.Server = server
	return l
}

// dohBoth asks for A and AAAA: together over HTTP/2, one after the other over HTTP/1.1.
func dohBoth(ctx context.Context, conn *tls.Conn, provider, name string) (a4, a6 answer) {
	var ask func(*http.Request) (*http.Response, error)
	together := conn.ConnectionState().NegotiatedProtocol == "h2"
	if together {
		//lint:ignore SA1019 net/http's own client connection dials by itself; this one is open and its certificate proven.
		h2, err := (&http2.Transport{DisableCompression: true, MaxReadFrameSize: 16 << 10, MaxHeaderListSize: maxDNS}).NewClientConn(conn)
		if err != nil {
			a := answer{failure: dohFailure(ctx, err)}
			return a, a
		}
		defer h2.Close()
		ask = h2.RoundTrip
	} else {
		br := bufio.NewReader(io.LimitReader(conn, 4*maxDNS))
		ask = func(r *http.Request) (*http.Response, error) {
			if err := r.Write(conn); err != nil {
				return nil, err
			}
			return http.ReadResponse(br, r)
		}
	}
	one := func(qtype uint16) answer {
		a, err := dohOne(ctx, ask, provider, name, qtype)
		if err != nil {
			return answer{failure: dohFailure(ctx, err)}
		}
		return a
	}
	if !together {
		return one(dns.TypeA), one(dns.TypeAAAA)
	}
	six := make(chan answer, 1)
	go func() { six <- one(dns.TypeAAAA) }()
	a4 = one(dns.TypeA)
	if a4.failure == facts.OK {
		select {
		case a6 = <-six:
		case <-time.After(dnsOtherWait):
			a6 = answer{failure: facts.Canceled}
		}
		return a4, a6
	}
	return a4, <-six
}

func dohOne(ctx context.Context, ask func(*http.Request) (*http.Response, error), provider, name string, qtype uint16) (answer, error) {
	m := question(name, qtype, true)
	m.Id = 0 // RFC 8484 §4.1
	packed, err := m.Pack()
	if err != nil {
		return answer{}, fmt.Errorf("writing a DNS question for %q: %w", name, err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+provider+dohPath, bytes.NewReader(packed))
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("Content-Type", "application/dns-message")
	r.Header.Set("Accept", "application/dns-message")
	r.Header.Set("User-Agent", "") // RFC 8484 §8.2: nothing that tells people apart
	resp, err := ask(r)
	if err != nil {
		return answer{}, fmt.Errorf("asking %s: %w", provider, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxDNS))
	if err != nil {
		return answer{}, fmt.Errorf("reading the answer of %s: %w", provider, err)
	}
	reply := new(dns.Msg)
	if resp.StatusCode != http.StatusOK || reply.Unpack(body) != nil || !replies(reply, m) {
		return answer{}, fmt.Errorf("%w (%s, status %d)", errMalformed, provider, resp.StatusCode)
	}
	return readAnswer(reply, name, qtype), nil
}

func dohFailure(ctx context.Context, err error) facts.Failure {
	if ctx.Err() != nil {
		f, _ := classify(ctx.Err())
		return f
	}
	if errors.Is(err, errMalformed) {
		return facts.Malformed
	}
	f, _ := classify(err)
	return f
}
