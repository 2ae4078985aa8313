// Proxies: what is said to one before the site itself can be asked.
package probe

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"passerelle/checks/facts"
)

// proxyGiveUp is the silence after CONNECT. The proxy itself waits for the site meanwhile, so it gets what a first byte gets.
const proxyGiveUp = firstByte

// proxyAddress is host and port, without what the person may have put before them.
func proxyAddress(u *url.URL) string {
	return net.JoinHostPort(u.Hostname(), strconv.Itoa(int(proxyPort(u))))
}

func proxyPort(u *url.URL) uint16 {
	if n, err := strconv.ParseUint(u.Port(), 10, 16); err == nil && n > 0 {
		return uint16(n)
	}
	switch strings.ToLower(u.Scheme) {
	case "https":
		return 443
	case "http":
		return 80
	}
	return 1080
}

func basicAuth(u *url.URL) string {
	if u.User == nil {
		return ""
	}
	password, _ := u.User.Password()
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(u.User.Username()+":"+password))
}

// throughProxy makes a connection to a proxy into one to the site. False: the exchange says why.
func (a *asking) throughProxy(ctx context.Context, c *carrier) bool {
	scheme := strings.ToLower(a.r.Proxy.Scheme)
	switch scheme {
	case "http", "https":
		if scheme == "https" {
			conn, fact := a.p.handshake(ctx, c.conn, a.r.Proxy.Hostname(), "http/1.1")
			if conn == nil {
				a.e.TLS = &fact
				a.fail(facts.StageProxy, fact.Failure)
				return false
			}
			c.conn = conn
		}
		if a.u.Scheme == "http" {
			c.whole, c.proxyAuth = true, basicAuth(a.r.Proxy)
			return true
		}
		return a.tunnel(ctx, c)
	case "socks", "socks5", "socks5h", "socks4", "socks4a":
		c.until(ctx, time.Now().Add(proxyGiveUp))
		f := socks(c.conn, scheme, a.u.Hostname(), portOf(a.u), a.r.Proxy.User)
		_ = c.conn.SetDeadline(time.Time{})
		if f != facts.OK && ctx.Err() != nil {
			f, _ = classify(ctx.Err())
		}
		if f != facts.OK {
			a.fail(facts.StageProxy, f)
			return false
		}
		return true
	}
	a.fail(facts.StageProxy, facts.Other)
	return false
}

// tunnel asks an HTTP proxy for a connection (CONNECT). A refusal is kept with its page: it says who refused, and why.
func (a *asking) tunnel(ctx context.Context, c *carrier) bool {
	sent := time.Now()
	c.until(ctx, sent.Add(proxyGiveUp))
	target := net.JoinHostPort(a.u.Hostname(), strconv.Itoa(int(portOf(a.u))))
	request := fmt.Sprintf("CONNECT %s HTTP/1.1\r\nHost: %s\r\nProxy-Connection: keep-alive\r\nUser-Agent: %s\r\n", target, target, a.p.userAgent())
	if auth := basicAuth(a.r.Proxy); auth != "" {
		request += "Proxy-Authorization: " + auth + "\r\n"
	}
	_, werr := io.WriteString(c.conn, request+"\r\n")
	// A tunnel begins right behind the header: only what belongs to it is buffered, and what else is there comes first.
	br := bufio.NewReader(c.conn)
	block, err := readConnectHead(br)
	if err != nil {
		if werr != nil && errors.Is(err, net.ErrClosed) {
			err = werr
		}
		f, _ := httpFailure(err)
		if ctx.Err() != nil {
			f, _ = classify(ctx.Err())
		}
		a.e.ProxyHTTP = &facts.HTTP{Failure: f, MS: ms(sent), Done: true}
		a.fail(facts.StageProxy, f)
		return false
	}
	if block.status/100 == 2 {
		_ = c.conn.SetDeadline(time.Time{})
		if br.Buffered() > 0 {
			c.conn = &buffered{c.conn, br}
		}
		return true
	}
	h := block.fact(sent)
	end := time.Now().Add(bodyIdle)
	page, _, _ := block.readBody(maxProxyBody, func() error {
		if time.Now().After(end) {
			return errEnough
		}
		c.until(ctx, end)
		return nil
	})
	h.Body, h.BodySize, h.Title = page, len(page), title(page)
	h.MS, h.Done = ms(sent), true
	a.e.ProxyHTTP = h
	a.fail(facts.StageProxy, facts.Other)
	return false
}

// readConnectHead is readHead without the framing of a body behind a success: what follows there is the tunnel.
func readConnectHead(br *bufio.Reader) (*head, error) {
	return readHead(br, nil)
}

// buffered gives back first what was read too much.
type buffered struct {
	net.Conn
	br *bufio.Reader
}

func (b *buffered) Read(p []byte) (int, error) {
	if b.br.Buffered() > 0 {
		return b.br.Read(p[:min(len(p), b.br.Buffered())])
	}
	return b.Conn.Read(p)
}

// socks asks a SOCKS proxy for a connection (RFC 1928, RFC 1929; SOCKS 4A). Names are resolved by the proxy, as browsers do.
func socks(conn net.Conn, scheme, host string, port uint16, user *url.Userinfo) facts.Failure {
	var err error
	var f facts.Failure
	if strings.HasPrefix(scheme, "socks4") {
		f, err = socks4(conn, host, port, user)
	} else {
		f, err = socks5(conn, host, port, user)
	}
	if err != nil {
		f, _ = classify(err)
	}
	return f
}

func socks5(conn net.Conn, host string, port uint16, user *url.Userinfo) (facts.Failure, error) {
	methods := []byte{5, 1, 0}
	name, password := "", ""
	if user != nil {
		name = user.Username()
		password, _ = user.Password()
		methods = []byte{5, 2, 0, 2}
	}
	if _, err := conn.Write(methods); err != nil {
		return "", fmt.Errorf("greeting the SOCKS proxy: %w", err)
	}
	var b [260]byte
	if _, err := io.ReadFull(conn, b[:2]); err != nil {
		return "", fmt.Errorf("reading the SOCKS proxy's greeting: %w", err)
	}
	if b[0] != 5 {
		return facts.Malformed, nil
	}
	switch b[1] {
	case 0:
	case 2:
		if len(name) > 255 || len(password) > 255 {
			return facts.Denied, nil
		}
		msg := append([]byte{1, byte(len(name))}, name...)
		msg = append(append(msg, byte(len(password))), password...)
		if _, err := conn.Write(msg); err != nil {
			return "", fmt.Errorf("signing in to the SOCKS proxy: %w", err)
		}
		if _, err := io.ReadFull(conn, b[:2]); err != nil {
			return "", fmt.Errorf("signing in to the SOCKS proxy: %w", err)
		}
		if b[1] != 0 {
			return facts.Denied, nil
		}
	default:
		return facts.Denied, nil
	}
	msg := []byte{5, 1, 0}
	if a, ok := literal(host); ok {
		if a.Is4() {
			msg = append(append(msg, 1), a.AsSlice()...)
		} else {
			msg = append(append(msg, 4), a.WithZone("").AsSlice()...)
		}
	} else {
		if len(host) > 255 {
			return facts.NXDomain, nil
		}
		msg = append(append(msg, 3, byte(len(host))), host...)
	}
	if _, err := conn.Write(append(msg, byte(port>>8), byte(port))); err != nil {
		return "", fmt.Errorf("asking the SOCKS proxy: %w", err)
	}
	if _, err := io.ReadFull(conn, b[:4]); err != nil {
		return "", fmt.Errorf("reading the SOCKS proxy's answer: %w", err)
	}
	rest := 0
	switch b[3] {
	case 1:
		rest = 4
	case 4:
		rest = 16
	case 3:
		if _, err := io.ReadFull(conn, b[4:5]); err != nil {
			return "", fmt.Errorf("reading the SOCKS proxy's answer: %w", err)
		}
		rest = int(b[4])
	}
	status := b[1]
	if status != 0 {
		return socksFailure(status), nil
	}
	if _, err := io.ReadFull(conn, b[:rest+2]); err != nil {
		return "", fmt.Errorf("reading the SOCKS proxy's answer: %w", err)
	}
	return facts.OK, nil
}

// socksFailure names the reply codes of RFC 1928 §6.
func socksFailure(code byte) facts.Failure {
	switch code {
	case 2:
		return facts.Denied
	case 3:
		return facts.NetUnreach
	case 4:
		return facts.HostUnreach
	case 5:
		return facts.Refused
	case 6:
		return facts.Timeout
	}
	return facts.Other
}

func socks4(conn net.Conn, host string, port uint16, user *url.Userinfo) (facts.Failure, error) {
	addr, name := netip.AddrFrom4([4]byte{0, 0, 0, 1}), host
	if a, ok := literal(host); ok {
		if !a.Is4() {
			return facts.NetUnreach, nil
		}
		addr, name = a, ""
	}
	msg := append([]byte{4, 1, byte(port >> 8), byte(port)}, addr.AsSlice()...)
	if user != nil {
		msg = append(msg, user.Username()...)
	}
	msg = append(msg, 0)
	if name != "" {
		msg = append(append(msg, name...), 0)
	}
	if _, err := conn.Write(msg); err != nil {
		return "", fmt.Errorf("asking the SOCKS proxy: %w", err)
	}
	var b [8]byte
	if _, err := io.ReadFull(conn, b[:]); err != nil {
		return "", fmt.Errorf("reading the SOCKS proxy's answer: %w", err)
	}
	switch {
	case b[0] != 0:
		return facts.Malformed, nil
	case b[1] == 90:
		return facts.OK, nil
	case b[1] == 92, b[1] == 93:
		return facts.Denied, nil
	}
	return facts.Other, nil
}
