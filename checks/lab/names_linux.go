package lab

import (
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// Name is what the DNS says of one name.
type Name struct {
	Addresses []string
	Alias     string // CNAME
	TTL       uint32 // seconds; 0: 60
	Code      int    // answer code (dns.RcodeServerFailure…) instead of addresses
	Silent    bool   // no answer at all
	Delay     time.Duration
	EDE       uint16 // Extended DNS Error to send along, RFC 8914
}

// Names is a table of names that can be changed while it is served.
type Names struct {
	mu    sync.Mutex
	table map[string]Name
}

// Set gives a name its addresses.
func (n *Names) Set(name string, addresses ...string) { n.Put(name, Name{Addresses: addresses}) }

// Put says all of a name.
func (n *Names) Put(name string, what Name) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.table == nil {
		n.table = map[string]Name{}
	}
	n.table[strings.ToLower(dns.Fqdn(name))] = what
}

// Remove makes a name unknown.
func (n *Names) Remove(name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.table, strings.ToLower(dns.Fqdn(name)))
}

func (n *Names) get(name string) (Name, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	what, ok := n.table[strings.ToLower(name)]
	return what, ok
}

// Resolver is one DNS service of the Internet. What its own table does not have, it takes from the truth.
type Resolver struct {
	Host      string // name on its certificate; empty: no encrypted service
	Addresses []string
	Own       Names // what it says otherwise than the truth (a filter, an old copy)

	mu      sync.Mutex
	silent  bool
	code    int // for everything, when not 0
	truth   *Names
	queries []string
}

// Silence makes the service swallow every question, by datagram, connection and HTTPS.
func (r *Resolver) Silence() { r.mu.Lock(); r.silent = true; r.mu.Unlock() }

// Answer makes the service answer everything with one code.
func (r *Resolver) Answer(code int) { r.mu.Lock(); r.code = code; r.mu.Unlock() }

// Queries lists the names that were asked so far, with their types.
func (r *Resolver) Queries() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.queries...)
}

// answer makes the reply to a question, or nil for silence.
func (r *Resolver) answer(q *dns.Msg) *dns.Msg {
	if len(q.Question) != 1 {
		return new(dns.Msg).SetRcode(q, dns.RcodeFormatError)
	}
	question := q.Question[0]
	r.mu.Lock()
	r.queries = append(r.queries, strings.TrimSuffix(question.Name, ".")+" "+dns.TypeToString[question.Qtype])
	silent, code := r.silent, r.code
	r.mu.Unlock()
	if silent {
		return nil
	}
	a := new(dns.Msg).SetReply(q)
	a.RecursionAvailable = true
	edns := q.IsEdns0() != nil
	if edns {
		a.SetEdns0(1232, false)
	}
	if code != 0 {
		a.Rcode = code
		return a
	}
	name := question.Name
	for range 8 {
		what, ok := r.Own.get(name)
		if !ok {
			what, ok = r.truth.get(name)
		}
		if !ok {
			a.Rcode = dns.RcodeNameError
			break
		}
		time.Sleep(what.Delay)
		if what.Silent {
			return nil
		}
		if what.EDE != 0 && edns {
			opt := a.IsEdns0()
			opt.Option = append(opt.Option, &dns.EDNS0_EDE{InfoCode: what.EDE})
		}
		if what.Code != 0 {
			a.Rcode = what.Code
			break
		}
		ttl := what.TTL
		if ttl == 0 {
			ttl = 60
		}
		if what.Alias != "" {
			a.Answer = append(a.Answer, &dns.CNAME{Hdr: dns.RR_Header{Name: name, Rrtype: dns.TypeCNAME, Class: dns.ClassINET, Ttl: ttl}, Target: dns.Fqdn(what.Alias)})
			name = dns.Fqdn(what.Alias)
			continue
		}
		for _, s := range what.Addresses {
			ip := netip.MustParseAddr(s)
			if ip.Is4() && question.Qtype == dns.TypeA {
				a.Answer = append(a.Answer, &dns.A{Hdr: dns.RR_Header{Name: name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: ttl}, A: ip.AsSlice()})
			}
			if ip.Is6() && question.Qtype == dns.TypeAAAA {
				a.Answer = append(a.Answer, &dns.AAAA{Hdr: dns.RR_Header{Name: name, Rrtype: dns.TypeAAAA, Class: dns.ClassINET, Ttl: ttl}, AAAA: ip.AsSlice()})
			}
		}
		break
	}
	if len(a.Answer) == 0 && (a.Rcode == dns.RcodeNameError || a.Rcode == dns.RcodeSuccess) {
		a.Ns = []dns.RR{&dns.SOA{Hdr: dns.RR_Header{Name: dns.Fqdn(topLabel(name)), Rrtype: dns.TypeSOA, Class: dns.ClassINET, Ttl: 60},
			Ns: "ns.nic.example.", Mbox: "hostmaster.nic.example.", Serial: 1, Refresh: 3600, Retry: 600, Expire: 86400, Minttl: 60}}
	}
	return a
}

func topLabel(name string) string {
	labels := dns.SplitDomainName(name)
	if len(labels) == 0 {
		return "."
	}
	return labels[len(labels)-1]
}

// ServeDNS is the clear service.
func (r *Resolver) ServeDNS(w dns.ResponseWriter, q *dns.Msg) {
	if a := r.answer(q); a != nil {
		w.WriteMsg(a)
	}
}

// ServeHTTP is the encrypted service, RFC 8484.
func (r *Resolver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if req.URL.Path != "/dns-query" {
		http.NotFound(w, req)
		return
	}
	var wire []byte
	var err error
	if req.Method == http.MethodPost {
		wire, err = io.ReadAll(io.LimitReader(req.Body, 65535))
	} else {
		wire, err = base64.RawURLEncoding.DecodeString(req.URL.Query().Get("dns"))
	}
	q := new(dns.Msg)
	if err != nil || q.Unpack(wire) != nil {
		http.Error(w, "bad question", http.StatusBadRequest)
		return
	}
	a := r.answer(q)
	if a == nil {
		<-req.Context().Done()
		return
	}
	out, err := a.Pack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/dns-message")
	w.Write(out)
}

// serve opens the resolver's services on machine m.
func (r *Resolver) serve(w *World, m *Machine) {
	for _, ip := range r.Addresses {
		w.Address(m, ip)
		at := net.JoinHostPort(ip, "53")
		p, err := m.ListenPacket(at)
		w.need(err, "opening %s", at)
		l, err := m.Listen(at)
		w.need(err, "opening %s", at)
		for _, s := range []*dns.Server{{PacketConn: p, Handler: r}, {Listener: l, Handler: r}} {
			go s.ActivateAndServe()
			w.later(func() { s.Shutdown() })
		}
		if r.Host != "" {
			w.ServeFor(m, net.JoinHostPort(ip, "443"), r, append([]string{r.Host}, r.Addresses...)...)
		}
	}
}
