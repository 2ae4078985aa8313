// Our own stub resolver: what glibc does with resolv.conf, with the budget of DESIGN.md instead of its patience.
package probe

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/miekg/dns"

	"passerelle/checks/facts"
)

const (
	maxServers = 3    // glibc's MAXNS
	maxSearch  = 6    // glibc's old MAXDNSRCH: a longer list would spend the whole budget on guesses
	maxAlias   = 16   // aliases followed within one answer
	ednsSize   = 1232 // DNS flag day 2020: passes every ordinary path unfragmented
)

// resolver asks a list of servers, the next one where one is silent or unable.
type resolver struct {
	p       *Prober
	servers []netip.AddrPort
	tcp     bool
	why     string
	strange *atomic.Bool // set when something came that was no answer to the question
}

// answer is what came for one family.
type answer struct {
	addrs     []netip.Addr
	cname     string
	ttl       uint32
	ede       []uint16
	failure   facts.Failure
	server    string
	transport string
	silent    []string
}

// search asks for a name the way resolv.conf says: as it is, and with the domains of the search list (resolv.conf(5), ndots).
func (r resolver) search(ctx context.Context, name string, conf resolvConf) facts.Lookup {
	if len(r.servers) == 0 {
		return facts.Lookup{Failure: facts.NoResolver}
	}
	var tries []string
	asIs := strings.Count(name, ".") >= conf.ndots
	if asIs {
		tries = append(tries, name)
	}
	for i, d := range conf.search {
		if i == maxSearch {
			break
		}
		if full := name + "." + d; validName(full) {
			tries = append(tries, full)
		}
	}
	if !asIs {
		tries = append(tries, name)
	}
	var first facts.Lookup
	for i, t := range tries {
		l := r.both(ctx, t)
		if l.Failure == facts.OK {
			return l
		}
		if i == 0 || t == name {
			first = l
		}
		if l.Failure != facts.NXDomain && l.Failure != facts.NoData {
			return l // trouble: the next domain would only meet it again
		}
	}
	return first
}

// both asks for IPv4 and IPv6 addresses side by side. When one family is there and the other one lags, it goes on without it
// (RFC 8305 §3): soon without IPv6, late without IPv4, which is all that many networks have.
func (r resolver) both(ctx context.Context, name string) facts.Lookup {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	got := [2]chan answer{make(chan answer, 1), make(chan answer, 1)}
	for i, t := range []uint16{dns.TypeA, dns.TypeAAAA} {
		go func() { got[i] <- r.one(ctx, name, t) }()
	}
	var have [2]*answer
	var lag <-chan time.Time
	for have[0] == nil || have[1] == nil {
		select {
		case a := <-got[0]:
			have[0] = &a
		case a := <-got[1]:
			have[1] = &a
		case <-lag:
			for i := range have {
				if have[i] == nil {
					have[i] = &answer{failure: facts.Canceled}
				}
			}
			continue
		}
		for i, a := range have {
			if a != nil && a.failure == facts.OK && lag == nil {
				lag = time.After([]time.Duration{dnsOtherWait, dnsFourWait}[i])
			}
		}
	}
	return merge(*have[0], *have[1])
}

// one asks for one type. Tries go out at 0, 1 and 2 s, each to the next server, and at once where a server cannot answer and
// another has not been asked yet. Late answers to earlier tries count.
func (r resolver) one(ctx context.Context, name string, qtype uint16) answer {
	type outcome struct {
		server netip.AddrPort
		answer answer
		err    error
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r.strange = new(atomic.Bool)
	outcomes := make(chan outcome, dnsTries+len(r.servers))
	waiting := map[netip.AddrPort]int{} // servers that owe an answer
	var silent []string
	tries, running := 0, 0
	try := func() {
		s := r.servers[tries%len(r.servers)]
		tries++
		running++
		waiting[s]++
		go func() {
			a, err := r.exchange(ctx, s, name, qtype)
			outcomes <- outcome{s, a, err}
		}()
	}
	most := max(dnsTries, len(r.servers))
	try()
	again := time.NewTicker(dnsRetry)
	defer again.Stop()
	var worst answer
	haveWorst := false
	for running > 0 {
		select {
		case <-again.C:
			if tries < most {
				try()
			}
		case <-ctx.Done():
			for s := range waiting {
				silent = append(silent, serverName(s))
			}
			slices.Sort(silent)
			if haveWorst {
				worst.silent = silent
				return worst
			}
			f, _ := classify(ctx.Err())
			if r.strange.Load() && f == facts.Timeout {
				f = facts.Malformed
			}
			return answer{failure: f, silent: silent, server: serverName(r.servers[0]), transport: r.transport()}
		case o := <-outcomes:
			running--
			a := o.answer
			if o.err != nil {
				f, _ := classify(o.err)
				if errors.Is(o.err, errMalformed) {
					f = facts.Malformed
				}
				if ctx.Err() != nil {
					continue // told above
				}
				a = answer{failure: f}
			}
			a.server = serverName(o.server)
			if a.transport == "" {
				a.transport = r.transport()
			}
			if a.failure != facts.Timeout {
				delete(waiting, o.server)
			}
			switch a.failure {
			case facts.OK, facts.NXDomain, facts.NoData:
				for s := range waiting {
					silent = append(silent, serverName(s))
				}
				slices.Sort(silent)
				a.silent = silent
				return a
			}
			if !haveWorst || worse(a.failure, worst.failure) {
				a.ede = append(a.ede, worst.ede...)
				worst, haveWorst = a, true
			}
			if tries < len(r.servers) { // the next server at once, as glibc does
				try()
				again.Reset(dnsRetry)
			}
		}
	}
	worst.silent = silent
	return worst
}

func (r resolver) transport() string {
	if r.tcp {
		return "tcp"
	}
	return "udp"
}

// worse tells which of two servers' failures says more: an answer, even a refusing one, before an error of the network.
func worse(a, than facts.Failure) bool {
	rank := []facts.Failure{facts.ServFail, facts.DNSRefused, facts.Malformed, facts.Timeout, facts.Denied, facts.Refused}
	i, j := slices.Index(rank, a), slices.Index(rank, than)
	return i >= 0 && (j < 0 || i < j)
}

var errMalformed = errors.New("reading the DNS answer: it is none, or none to our question")

// exchange asks one server one question. UDP waits until the context ends; what is no answer to the question is passed over.
func (r resolver) exchange(ctx context.Context, s netip.AddrPort, name string, qtype uint16) (answer, error) {
	edns := true
	for {
		m := question(name, qtype, edns)
		reply, transport, err := r.send(ctx, s, m)
		if err != nil {
			return answer{transport: transport}, err
		}
		if edns && (reply.Rcode == dns.RcodeFormatError || reply.Rcode == dns.RcodeNotImplemented) && reply.IsEdns0() == nil {
			edns = false // an old server (RFC 6891 §7)
			continue
		}
		a := readAnswer(reply, name, qtype)
		a.transport = transport
		return a, nil
	}
}

func question(name string, qtype uint16, edns bool) *dns.Msg {
	m := new(dns.Msg)
	m.SetQuestion(dns.Fqdn(name), qtype)
	m.Id = dns.Id()
	if edns {
		m.SetEdns0(ednsSize, false)
	}
	return m
}

func (r resolver) send(ctx context.Context, s netip.AddrPort, m *dns.Msg) (*dns.Msg, string, error) {
	packed, err := m.Pack()
	if err != nil {
		return nil, "", fmt.Errorf("writing a DNS question for %q: %w", m.Question[0].Name, err)
	}
	if r.tcp {
		reply, err := r.sendTCP(ctx, s, m, packed)
		return reply, "tcp", err
	}
	r.p.contact(ctx, "", s.String(), "dns", r.why)
	var d net.Dialer
	conn, err := d.DialContext(ctx, "udp", s.String())
	if err != nil {
		return nil, "udp", err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	if _, err := conn.Write(packed); err != nil {
		return nil, "udp", err
	}
	buf := make([]byte, maxDNS) // some servers send more than they were told to; glibc takes it too
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return nil, "udp", err
		}
		reply := new(dns.Msg)
		if err := reply.Unpack(buf[:n]); err != nil && !(reply.Id == m.Id && reply.Truncated) || !replies(reply, m) {
			r.strange.Store(true)
			if reply.Id == m.Id && n >= 12 && err != nil {
				return nil, "udp", errMalformed // ours by its number, and unreadable: no better one will come
			}
			continue
		}
		if reply.Truncated {
			reply, err := r.sendTCP(ctx, s, m, packed)
			return reply, "tcp", err
		}
		return reply, "udp", nil
	}
}

func (r resolver) sendTCP(ctx context.Context, s netip.AddrPort, m *dns.Msg, packed []byte) (*dns.Msg, error) {
	won, fact := r.p.connect(ctx, s, dialing{helper: true, why: r.why})
	if won == nil {
		return nil, &failed{fact.Failure}
	}
	defer won.release()
	defer won.conn.Close()
	defer context.AfterFunc(ctx, func() { _ = won.conn.SetDeadline(time.Unix(1, 0)) })()
	if _, err := won.conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(packed))), packed...)); err != nil {
		return nil, err
	}
	var size [2]byte
	if _, err := io.ReadFull(won.conn, size[:]); err != nil {
		return nil, err
	}
	buf := make([]byte, binary.BigEndian.Uint16(size[:]))
	if _, err := io.ReadFull(won.conn, buf); err != nil {
		return nil, err
	}
	reply := new(dns.Msg)
	if err := reply.Unpack(buf); err != nil || !replies(reply, m) {
		return nil, errMalformed
	}
	return reply, nil
}

// failed carries a failure that has been named already.
type failed struct{ f facts.Failure }

func (e *failed) Error() string { return string(e.f) }

// replies tells whether a message answers our question: number and question are the same (RFC 5452 §9).
func replies(reply, m *dns.Msg) bool {
	if !reply.Response || reply.Id != m.Id {
		return false
	}
	if len(reply.Question) == 0 {
		return reply.Rcode != dns.RcodeSuccess // some servers leave it out of errors
	}
	q, ours := reply.Question[0], m.Question[0]
	return q.Qtype == ours.Qtype && q.Qclass == ours.Qclass && strings.EqualFold(q.Name, ours.Name)
}

// readAnswer takes addresses and aliases out of an answer to our question.
func readAnswer(m *dns.Msg, name string, qtype uint16) answer {
	a := answer{}
	if opt := m.IsEdns0(); opt != nil {
		for _, o := range opt.Option {
			if e, ok := o.(*dns.EDNS0_EDE); ok && len(a.ede) < 8 {
				a.ede = append(a.ede, e.InfoCode)
			}
		}
	}
	switch m.Rcode {
	case dns.RcodeSuccess, dns.RcodeNameError:
	case dns.RcodeServerFailure:
		a.failure = facts.ServFail
		return a
	case dns.RcodeRefused, dns.RcodeNotImplemented, dns.RcodeNotAuth:
		a.failure = facts.DNSRefused
		return a
	case dns.RcodeFormatError:
		a.failure = facts.Malformed
		return a
	default:
		a.failure = facts.ServFail
		return a
	}
	aliases := map[string]*dns.CNAME{}
	for _, rr := range m.Answer {
		if c, ok := rr.(*dns.CNAME); ok {
			aliases[strings.ToLower(c.Hdr.Name)] = c
		}
	}
	owner, ttl, haveTTL := strings.ToLower(dns.Fqdn(name)), uint32(0), false
	smallest := func(t uint32) {
		if !haveTTL || t < ttl {
			ttl, haveTTL = t, true
		}
	}
	for range maxAlias {
		c, ok := aliases[owner]
		if !ok {
			break
		}
		smallest(c.Hdr.Ttl)
		owner = strings.ToLower(dns.Fqdn(c.Target))
		a.cname = strings.TrimSuffix(owner, ".")
	}
	for _, rr := range m.Answer {
		if strings.ToLower(rr.Header().Name) != owner || rr.Header().Rrtype != qtype {
			continue
		}
		var ip net.IP
		switch rr := rr.(type) {
		case *dns.A:
			ip = rr.A.To4()
		case *dns.AAAA:
			ip = rr.AAAA
		}
		addr, ok := netip.AddrFromSlice(ip)
		if !ok || len(a.addrs) == maxAddresses {
			continue
		}
		if qtype == dns.TypeA {
			addr = addr.Unmap()
		}
		smallest(rr.Header().Ttl)
		a.addrs = append(a.addrs, addr)
	}
	a.ttl = ttl
	switch {
	case len(a.addrs) > 0:
	case m.Rcode == dns.RcodeNameError:
		a.failure = facts.NXDomain
	case m.Rcode == dns.RcodeSuccess && len(m.Answer) == 0 && !m.RecursionAvailable && !m.Authoritative && !soa(m):
		a.failure = facts.ServFail // it only points elsewhere: no server for us (glibc calls it lame)
	default:
		a.failure = facts.NoData
	}
	return a
}

// soa tells whether an answer without addresses names the zone that says so: then it is a real "no address", not a lame server.
func soa(m *dns.Msg) bool {
	for _, rr := range m.Ns {
		if rr.Header().Rrtype == dns.TypeSOA {
			return true
		}
	}
	return false
}
