// One exchange: a name, a connection, a handshake, a page.
package probe

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"passerelle/checks/facts"
)

// Ask makes one exchange, redirects not followed. observe, which may be nil, gets a copy after each stage: name known, each
// connection ended, handshake done, header there, page there.
func (p *Prober) Ask(ctx context.Context, r Request, observe func(facts.Exchange)) facts.Exchange {
	if r.ProxyFor != nil {
		if u, err := cleanURL(r.URL, r.NoQuery); err == nil {
			r.Proxy = r.ProxyFor(u)
		}
	}
	a := p.asking(r, observe)
	if c := a.run(ctx, nil); c != nil {
		c.close()
	}
	return a.e
}

// asking is one exchange under way. Only its own goroutine touches it.
type asking struct {
	p       *Prober
	r       Request
	u       *url.URL
	e       facts.Exchange
	head    *head
	begin   time.Time
	observe func(facts.Exchange)
}

func (p *Prober) asking(r Request, observe func(facts.Exchange)) *asking {
	if r.FirstByte == 0 {
		r.FirstByte = firstByte
	}
	return &asking{p: p, r: r, observe: observe, begin: time.Now(), e: facts.Exchange{URL: r.URL}}
}

// tell hands out a copy that nobody else writes to.
func (a *asking) tell() {
	a.e.MS = ms(a.begin)
	if a.observe != nil {
		a.observe(copyExchange(a.e))
	}
}

func copyExchange(e facts.Exchange) facts.Exchange {
	e.Connects = append([]facts.Connect(nil), e.Connects...)
	if e.Lookup != nil {
		l := *e.Lookup
		e.Lookup = &l
	}
	if e.TLS != nil {
		t := *e.TLS
		e.TLS = &t
	}
	if e.HTTP != nil {
		h := *e.HTTP
		e.HTTP = &h
	}
	if e.ProxyHTTP != nil {
		h := *e.ProxyHTTP
		e.ProxyHTTP = &h
	}
	return e
}

func (a *asking) fail(s facts.Stage, f facts.Failure) {
	if a.e.Failure == facts.OK {
		a.e.Stage, a.e.Failure = s, f
	}
}

// run makes the exchange, on a connection that is open already where one is given. It returns the connection where another
// request can be sent on it; the caller closes it.
func (a *asking) run(ctx context.Context, open *carrier) *carrier {
	defer func() {
		a.e.Done = true
		a.tell()
	}()
	u, err := cleanURL(a.r.URL, a.r.NoQuery)
	if err != nil {
		a.fail(facts.StageHTTP, facts.Other)
		return nil
	}
	a.u, a.e.URL = u, u.String()
	if a.r.Proxy != nil {
		a.e.Proxy = proxyAddress(a.r.Proxy)
	}
	reused := open != nil
	c := open
	if c == nil {
		if c = a.open(ctx, ctx); c == nil {
			return nil
		}
	} else {
		a.e.Connects, a.e.TLS = []facts.Connect{c.connect}, c.tls
		a.tell()
	}
	h, c, sent, err := a.answer(ctx, c)
	if err != nil && reused && ctx.Err() == nil && !errors.Is(err, errNotHTTP) {
		// The server closed a connection that it had left open: browsers ask again on a new one, and so do we.
		a.e.Connects, a.e.TLS = nil, nil
		if c = a.open(ctx, ctx); c == nil {
			return nil
		}
		h, c, sent, err = a.answer(ctx, c)
	}
	if err != nil {
		a.answerFailed(ctx, err, sent)
		return nil
	}
	a.head = h
	a.e.HTTP = h.fact(sent)
	if isRedirect(h.status) {
		if to := h.raw.Get("Location"); to != "" {
			a.e.HTTP.Location = absolute(u, to)
		}
	}
	if a.r.Jar != nil {
		if set := h.resp.Cookies(); len(set) > 0 {
			a.r.Jar.SetCookies(u, set)
		}
	}
	a.tell()
	return a.page(ctx, c, sent)
}

// answerFailed writes down why no answer came.
func (a *asking) answerFailed(ctx context.Context, err error, sent time.Time) {
	f, _ := httpFailure(err)
	if ctx.Err() != nil {
		f, _ = classify(ctx.Err())
	}
	var op *net.OpError
	if a.e.TLS != nil && errors.As(err, &op) && op.Op == "remote error" {
		// In TLS 1.3 a server's objection to the client (no certificate, say) comes after the handshake.
		t := *a.e.TLS
		t.Failure, t.Alert = tlsFailure(err)
		a.e.TLS = &t
		a.fail(facts.StageTLS, facts.Alert)
		return
	}
	if f == facts.Other && a.e.TLS != nil && brokenRecord(err) {
		t := *a.e.TLS
		t.Failure = facts.NotTLS
		a.e.TLS = &t
		a.fail(facts.StageTLS, facts.NotTLS)
		return
	}
	a.e.HTTP = &facts.HTTP{Failure: f, MS: ms(sent), Done: true}
	a.fail(facts.StageHTTP, f)
}

// brokenRecord: what came after a sound handshake was no TLS any more, or TLS that nobody may speak (a renegotiation).
func brokenRecord(err error) bool {
	var op *net.OpError
	var record tls.RecordHeaderError
	return errors.As(err, &record) || errors.As(err, &op) && op.Op == "local error"
}

// errEnough ends the reading of a page that drips.
var errEnough = errors.New("reading the page: long enough")

// page reads the body. Where the header sends us on to the same server, only a short and quick one, to use its connection again.
func (a *asking) page(ctx context.Context, c *carrier, sent time.Time) *carrier {
	limit, total := maxBody, bodyTotal
	redirect := isRedirect(a.e.HTTP.Status) && a.e.HTTP.Location != ""
	if redirect && a.r.keepAlive {
		limit, total = maxProxyBody, redirectBody
		if !a.head.keepsAlive() || !sameOrigin(a.u, a.e.HTTP.Location) {
			limit = 0
		}
	}
	if a.r.noBody || limit == 0 {
		a.e.HTTP.Done = true
		c.close()
		return nil
	}
	end := time.Now().Add(total)
	page, whole, err := a.head.readBody(limit, func() error {
		if time.Now().After(end) {
			return errEnough
		}
		c.until(ctx, time.Now().Add(min(bodyIdle, time.Until(end))))
		return nil
	})
	h := a.e.HTTP
	h.Body, h.BodySize = page, len(page)
	if !redirect || !a.r.keepAlive {
		h.Title = title(page)
	}
	h.MS, h.Done = ms(sent), true
	if err != nil && !redirect && !errors.Is(err, errEnough) {
		f, _ := httpFailure(err)
		switch {
		case ctx.Err() != nil:
			f, _ = classify(ctx.Err())
		case f == facts.Timeout && !time.Now().Before(end):
			f = facts.OK // our own end, not silence
		case f == facts.Closed, f == facts.Reset, f == facts.Other:
			f = facts.CutBody
		}
		if f != facts.OK {
			h.Failure = f
			a.fail(facts.StageBody, f)
		}
	}
	if whole && a.r.keepAlive && a.head.keepsAlive() {
		return c
	}
	c.close()
	return nil
}

// carrier is an open connection that requests can be sent on.
type carrier struct {
	conn    net.Conn
	br      *bufio.Reader
	cancel  context.CancelFunc
	release func()
	unhook  func() bool

	connect   facts.Connect // as it stands for a further request on the same connection
	tls       *facts.TLS
	whole     bool   // the whole address stands in the request line: a proxy reads it
	proxyAuth string // for that proxy
}

func (c *carrier) close() {
	c.unhook()
	if c.cancel != nil {
		c.cancel()
	}
	c.conn.Close()
	c.release()
}

// until sets the deadline, and keeps it in the past where the context has already ended.
func (c *carrier) until(ctx context.Context, t time.Time) {
	_ = c.conn.SetDeadline(t)
	if ctx.Err() != nil {
		_ = c.conn.SetDeadline(time.Unix(1, 0))
	}
}

// open does everything up to the point where the request can be written. Nil: the exchange says why. life is what ends the
// connection; it may outlive ctx.
func (a *asking) open(ctx, life context.Context) *carrier {
	host, port := a.u.Hostname(), portOf(a.u)
	stageDNS, stageTCP := facts.StageDNS, facts.StageTCP
	if a.r.Proxy != nil {
		host, port = a.r.Proxy.Hostname(), proxyPort(a.r.Proxy)
		stageDNS, stageTCP = facts.StageProxyDNS, facts.StageProxyTCP
	}
	addrs := a.r.Addresses
	if len(addrs) == 0 || a.r.Proxy != nil {
		l := a.lookup(ctx, host)
		a.e.Lookup = l
		a.tell()
		if !l.Good() {
			f := l.Failure
			if f == facts.OK {
				f = facts.NoData
			}
			a.fail(stageDNS, f)
			return nil
		}
		addrs = l.Addresses
	}
	d := dialing{iface: a.r.Interface, mss: a.r.MaxSegment, helper: a.r.helper, host: host, why: a.r.Why}
	won, made := a.p.race(ctx, order(addrs, port), d, func(made []facts.Connect) {
		a.e.Connects = made
		a.tell()
	})
	a.e.Connects = made
	if won == nil {
		f := worst(made)
		if ctx.Err() != nil {
			f, _ = classify(ctx.Err())
		}
		a.fail(stageTCP, f)
		return nil
	}
	c := &carrier{conn: won.conn, release: won.release}
	raw := won.conn
	c.unhook = context.AfterFunc(life, func() { _ = raw.SetDeadline(time.Unix(1, 0)) })
	if w := a.e.Winner(); w != nil {
		c.connect = *w
		c.connect.MS = 0
	}
	if a.r.Proxy != nil && !a.throughProxy(ctx, c) {
		c.close()
		return nil
	}
	if a.u.Scheme == "https" {
		conn, fact := a.p.handshake(ctx, c.conn, a.u.Hostname(), "http/1.1")
		a.e.TLS = &fact
		if conn == nil {
			a.fail(facts.StageTLS, fact.Failure)
			c.close()
			return nil
		}
		a.tell()
		c.conn = conn
		again := fact
		again.MS = 0
		c.tls = &again
	}
	c.br = bufio.NewReader(c.conn)
	return c
}

func (a *asking) lookup(ctx context.Context, host string) *facts.Lookup {
	if l := a.r.ReuseLookup; l.Good() && strings.EqualFold(l.Name, host) {
		again := *l
		return &again
	}
	if a.r.Why != "" && ctx.Value(whyKey{}) == nil {
		ctx = WithWhy(ctx, a.r.Why)
	}
	l := a.p.LookupSystem(ctx, host)
	return &l
}

// answer sends the request and reads the header of the answer. After some silence a second connection is tried beside the
// first: a path or a server that lost the first one often takes the second. On failure every connection is closed.
func (a *asking) answer(ctx context.Context, c *carrier) (*head, *carrier, time.Time, error) {
	var cookies []*http.Cookie
	if a.r.Jar != nil {
		cookies = a.r.Jar.Cookies(a.u)
	}
	sent := time.Now()
	limit := sent.Add(a.r.FirstByte)
	type reply struct {
		c   *carrier
		h   *head
		err error
	}
	heard := make(chan struct{}, 2)
	read := func(c *carrier) reply {
		c.until(ctx, limit)
		a.p.contact(ctx, a.u.Hostname(), c.connect.Address.String(), "http", a.r.Why)
		// An error of the write is left aside: what the other side said before it closed tells more.
		_, werr := c.conn.Write(a.p.pageRequest(a.u, a.r, cookies, c.whole, c.proxyAuth))
		h, err := readHead(c.br, func() { heard <- struct{}{} })
		if err != nil && werr != nil && errors.Is(err, net.ErrClosed) {
			err = werr
		}
		return reply{c, h, err}
	}
	firstReply := make(chan reply, 1)
	go func() { firstReply <- read(c) }()

	var second chan reply
	var giveUp context.CancelFunc
	wait := time.NewTimer(hedgeAfter)
	defer wait.Stop()
	if a.r.helper || (a.u.RawQuery != "" && !a.r.Exact) || a.r.FirstByte <= hedgeAfter {
		wait.Stop()
	}
	stopSecond := func() {
		if second == nil {
			return
		}
		giveUp()
		go func(ch chan reply) {
			if late := <-ch; late.c != nil {
				late.c.close()
			}
		}(second)
	}
	for {
		select {
		case <-heard:
			wait.Stop()
		case <-wait.C:
			life, cancel := context.WithCancel(ctx)
			second, giveUp = make(chan reply, 1), cancel
			again := a.beside()
			go func(ch chan reply) {
				o := again.open(life, life)
				if o == nil {
					ch <- reply{}
					return
				}
				o.cancel = cancel
				ch <- read(o)
			}(second)
		case r := <-firstReply:
			stopSecond()
			if r.err != nil {
				c.close()
				return nil, nil, sent, r.err
			}
			return r.h, c, sent, nil
		case r := <-second:
			if r.c == nil || r.err != nil {
				if r.c != nil {
					r.c.close()
				}
				giveUp()
				second = nil
				continue
			}
			c.close() // ends the first one's reading too
			return r.h, r.c, sent, nil
		}
	}
}

// beside is the same exchange again, for a second connection whose steps nobody watches.
func (a *asking) beside() *asking {
	b := &asking{p: a.p, r: a.r, u: a.u, begin: time.Now()}
	if a.e.Lookup.Good() {
		b.r.ReuseLookup = a.e.Lookup
	}
	return b
}

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

func sameOrigin(u *url.URL, location string) bool {
	to, err := url.Parse(location)
	return err == nil && to.Scheme == u.Scheme && strings.EqualFold(to.Host, u.Host)
}

func literal(host string) (netip.Addr, bool) {
	a, err := netip.ParseAddr(host)
	return a, err == nil
}
