package lab

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"time"

	"github.com/miekg/dns"
)

// The adversary's scenarios were thought out from CONTRACT.md alone, without a look at what judges them. This file is what
// their worlds are made of.

// twoYears is far beyond the life of any certificate of today.
const twoYears = 2 * 365 * 24 * time.Hour

// wifi gives the computer a second link, straight to the Internet past the box, used only when asked for.
func (w *World) wifi() {
	w.T.Helper()
	w.IP(w.Computer, fmt.Sprintf("link add wlan0 type veth peer name ap netns %d", w.Internet.hold.Process.Pid))
	w.IP(w.Internet, "link set ap up", "addr add 192.168.2.1/24 dev ap", "addr add 2001:db8:2::1/64 dev ap nodad")
	w.IP(w.Computer, "link set wlan0 up", "addr add 192.168.2.20/24 dev wlan0", "addr add 2001:db8:2::20/64 dev wlan0 nodad",
		"route add default via 192.168.2.1 dev wlan0 metric 600", "route add ::/0 via 2001:db8:2::1 dev wlan0 metric 2000")
	for range 100 {
		if status, _ := w.Curl("http://connectivitycheck.gstatic.com/generate_204", "--interface", "wlan0"); status == 204 {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	w.T.Fatal("the lab failed: the second link does not carry")
}

// boxDrops makes the box swallow, refuse or reset (HOW is nft's word) everything for the site's addresses that matches.
func (w *World) boxDrops(match, how string) {
	w.T.Helper()
	w.NFT(w.Box, "table inet adv { chain f { type filter hook forward priority 0\n ip daddr "+SiteIP+" "+match+" "+how+"\n ip6 daddr "+SiteIP6+" "+match+" "+how+"\n }\n}")
}

// deadTun is a tunnel into which everything disappears.
func (w *World) deadTun(name string) {
	w.T.Helper()
	f := w.tun(w.Computer, name)
	go io.Copy(io.Discard, f) // somebody must read, or the device has no carrier
	w.IP(w.Computer, "addr add 10.8.0.2/24 dev "+name, "addr add 2001:db8:8::2/64 dev "+name+" nodad", "link set "+name+" up")
}

// liveTun is a tunnel to the Internet, with 10.8.0.1 at its far end.
func (w *World) liveTun(wire Wire) {
	w.T.Helper()
	near, far := w.tun(w.Computer, "tun0"), w.tun(w.Internet, "vpn0")
	w.IP(w.Internet, "addr add 10.8.0.1/24 dev vpn0", "link set vpn0 up")
	w.IP(w.Computer, "addr add 10.8.0.2/24 dev tun0", "link set tun0 up")
	go wire.carry(near, far)
	go wire.carry(far, near)
}

// boxResolver puts a name service of the test's own on the box. Nil is silence.
func (w *World) boxResolver(f func(q *dns.Msg) *dns.Msg) {
	w.T.Helper()
	w.StopBoxDNS()
	for _, ip := range []string{BoxIP, BoxIP6} {
		w.resolverAt(w.Box, net.JoinHostPort(ip, "53"), f)
	}
}

// resolverAt is a name service at one address of a machine.
func (w *World) resolverAt(m *Machine, at string, f func(q *dns.Msg) *dns.Msg) {
	w.T.Helper()
	p, err := m.ListenPacket(at)
	w.need(err, "opening %s", at)
	l, err := m.Listen(at)
	w.need(err, "opening %s", at)
	h := dns.HandlerFunc(func(rw dns.ResponseWriter, q *dns.Msg) {
		if a := f(q); a != nil {
			rw.WriteMsg(a)
		}
	})
	for _, s := range []*dns.Server{{PacketConn: p, Handler: h}, {Listener: l, Handler: h}} {
		go s.ActivateAndServe()
		w.later(func() { s.Shutdown() })
	}
}

// truth is what the provider's resolver answers.
func (w *World) truth(q *dns.Msg) *dns.Msg { return w.Resolvers[""].answer(q) }

// plain puts a raw server on port 80 of the site and gives the address to type.
func (w *World) plain(f func(net.Conn)) string {
	w.T.Helper()
	w.Names.Set(SiteHost, SiteIP)
	w.ServeTCP(w.Internet, SiteIP+":80", f)
	return "http://" + SiteHost + "/"
}

// raw443 puts a raw server on port 443 of the site, and nothing on port 80.
func (w *World) raw443(f func(net.Conn)) {
	w.T.Helper()
	w.Names.Set(SiteHost, SiteIP)
	w.ServeTCP(w.Internet, SiteIP+":443", f)
}

// with is a page with a status and headers, given as name, value, name, value…
func with(status int, page string, headers ...string) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "text/html; charset=utf-8")
		for i := 0; i+1 < len(headers); i += 2 {
			rw.Header().Set(headers[i], headers[i+1])
		}
		rw.WriteHeader(status)
		io.WriteString(rw, page)
	})
}

// answers is a scenario: the site answers everything with one status and page.
func answers(truth Want, status int, page string, headers ...string) func(*World) Want {
	return func(w *World) Want {
		w.Site(with(status, page, headers...))
		w.Prove(siteURL, status, 0)
		return truth
	}
}

// families serves the site by IPv6, which is preferred, with one handler, and by IPv4 with another.
func (w *World) families(six, four http.Handler) {
	w.T.Helper()
	w.Names.Set(SiteHost, SiteIP, SiteIP6)
	w.SiteAt(SiteHost, six, SiteIP6)
	w.SiteAt(SiteHost, four, SiteIP)
}

// certificateOf makes a certificate below a after the changes of f.
func certificateOf(a *Authority, f func(*x509.Certificate), names ...string) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	v := Good()
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(serial.Add(1)), Subject: pkix.Name{CommonName: names[0]}, NotBefore: v.From, NotAfter: v.To, DNSNames: names,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true}
	f(tmpl)
	der, err := x509.CreateCertificate(rand.Reader, tmpl, a.Cert, &key.PublicKey, a.key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// firstBytes lets only so many bytes out, and keeps the rest.
type firstBytes struct {
	net.Conn
	left int
}

func (c *firstBytes) Write(b []byte) (int, error) {
	n := min(len(b), c.left)
	c.left -= n
	if n > 0 {
		if _, err := c.Conn.Write(b[:n]); err != nil {
			return 0, err
		}
	}
	return len(b), nil
}

// shop is the plain page of a living site.
var shop = Page("Boutique")

// socks5 is a SOCKS proxy that connects to wherever it is told, by name through the truth or by address.
func (w *World) socks5(m *Machine, at string) {
	w.T.Helper()
	w.ServeTCP(m, at, func(c net.Conn) {
		buf := make([]byte, 512)
		if _, err := io.ReadFull(c, buf[:2]); err != nil {
			return
		}
		io.ReadFull(c, buf[:buf[1]])
		c.Write([]byte{5, 0})
		if _, err := io.ReadFull(c, buf[:4]); err != nil {
			return
		}
		var host string
		switch buf[3] {
		case 1:
			io.ReadFull(c, buf[:4])
			host = net.IP(buf[:4]).String()
		case 4:
			io.ReadFull(c, buf[:16])
			host = net.IP(buf[:16]).String()
		case 3:
			io.ReadFull(c, buf[:1])
			n := int(buf[0])
			io.ReadFull(c, buf[:n])
			what, _ := w.Names.get(string(buf[:n]) + ".")
			if len(what.Addresses) == 0 {
				c.Write([]byte{5, 4, 0, 1, 0, 0, 0, 0, 0, 0})
				return
			}
			host = what.Addresses[0]
		}
		io.ReadFull(c, buf[:2])
		port := int(buf[0])<<8 | int(buf[1])
		to, err := m.Dial(net.JoinHostPort(host, fmt.Sprint(port)), 3*time.Second)
		if err != nil {
			c.Write([]byte{5, 5, 0, 1, 0, 0, 0, 0, 0, 0})
			return
		}
		defer to.Close()
		c.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
		go func() { io.Copy(to, c); to.(*net.TCPConn).CloseWrite() }()
		io.Copy(c, to)
	})
}

// env adds to the environment of what runs on the computer.
func (w *World) env(pairs ...string) { w.Computer.Env = append(w.Computer.Env, pairs...) }

// defaultBrowser makes a browser the visitor's default one, as desktops note it.
func (w *World) defaultBrowser(desktop string) {
	w.T.Helper()
	list := "[Default Applications]\nx-scheme-handler/http=" + desktop + "\nx-scheme-handler/https=" + desktop + "\ntext/html=" + desktop + "\n"
	w.File("/home/visitor/.config/mimeapps.list", list)
}

func redirectHandler(to string) http.Handler { return http.RedirectHandler(to, http.StatusFound) }
