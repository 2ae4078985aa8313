package outside

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"time"

	"passerelle/checks/facts"
)

const (
	// dialLimit bounds the connection to a service.
	dialLimit = 3 * time.Second
	// stagger is when the next address of a service is tried beside a silent one (RFC 8305 §5).
	stagger = 250 * time.Millisecond
	// requestLimit bounds one request, so that one lost packet does not eat the whole budget.
	requestLimit = 3 * time.Second
	// maxHeader bounds the headers of a service's answer, bytes.
	maxHeader = 64 << 10
)

// problem is why a service gave nothing.
type problem struct {
	failure facts.OutsideFailure
	wait    time.Duration
	err     error
}

func (p *problem) Error() string { return p.err.Error() }
func (p *problem) Unwrap() error { return p.err }

func fail(f facts.OutsideFailure, format string, args ...any) *problem {
	return &problem{failure: f, err: fmt.Errorf(format, args...)}
}

// failureOf tells what an error means, and for how many seconds the service wants to be left alone.
func failureOf(err error) (facts.OutsideFailure, int) {
	if err == nil {
		return facts.OutsideOK, 0
	}
	var p *problem
	if errors.As(err, &p) {
		return p.failure, int((p.wait + time.Second - 1) / time.Second)
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return facts.OutsideLate, 0
	}
	return facts.OutsideUnreachable, 0
}

// client makes the HTTP client once. Redirects are not followed: neither service sends any, and a portal in its place does.
func (c *Client) client() *http.Client {
	c.once.Do(func() {
		t := &http.Transport{
			DialContext:            c.dial,
			TLSClientConfig:        &tls.Config{RootCAs: c.Roots},
			ForceAttemptHTTP2:      true,
			MaxResponseHeaderBytes: maxHeader,
			MaxConnsPerHost:        1,
		}
		if c.Proxy != nil {
			t.Proxy = func(r *http.Request) (*url.URL, error) { return c.Proxy(r.URL), nil }
		}
		c.http = &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	})
	return c.http
}

func (c *Client) contact(host, addr, what string) {
	if c.OnContact != nil {
		c.OnContact(host, addr, what)
	}
}

// dial connects to the first address of a host that accepts.
func (c *Client) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("reading the address %s: %w", address, err)
	}
	ctx, cancel := context.WithTimeout(ctx, dialLimit)
	defer cancel()
	var to []netip.Addr
	if a, err := netip.ParseAddr(host); err == nil {
		to = []netip.Addr{a}
	} else if c.Lookup != nil {
		to = c.Lookup(ctx, host)
	} else if to, err = net.DefaultResolver.LookupNetIP(ctx, "ip", host); err != nil {
		return nil, fmt.Errorf("resolving %s: %w", host, err)
	}
	if len(to) == 0 {
		return nil, fmt.Errorf("resolving %s: no address", host)
	}
	const most = 4 // addresses tried
	to = to[:min(len(to), most)]
	type ending struct {
		conn net.Conn
		err  error
	}
	endings := make(chan ending, len(to))
	for i, a := range to {
		go func() {
			select {
			case <-time.After(time.Duration(i) * stagger):
			case <-ctx.Done():
				endings <- ending{nil, ctx.Err()}
				return
			}
			at := net.JoinHostPort(a.Unmap().String(), port)
			c.contact(host, at, "connect")
			conn, err := (&net.Dialer{}).DialContext(ctx, network, at)
			endings <- ending{conn, err}
		}()
	}
	var last error
	for left := len(to); left > 0; left-- {
		e := <-endings
		if e.err != nil {
			last = e.err
			continue
		}
		cancel()
		go func() { // those that come too late are not needed
			for range left - 1 {
				if late := <-endings; late.conn != nil {
					late.conn.Close()
				}
			}
		}()
		c.contact(host, e.conn.RemoteAddr().String(), "http")
		return e.conn, nil
	}
	return nil, fmt.Errorf("connecting to %s: %w", host, last)
}

// answer is what a service sent.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// seconds reads a header that holds a whole number of seconds; 0 where it does not.
func (a answer) seconds(name string) time.Duration {
	n, err := strconv.Atoi(a.header.Get(name))
	if err != nil || n < 0 {
		return 0
	}
	return min(time.Duration(n)*time.Second, maxPause)
}

// do makes one request. body nil: a GET. The Go library asks for gzip and unpacks it by itself.
func (c *Client) do(ctx context.Context, address string, body any, header ...string) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, requestLimit)
	defer cancel()
	method, send := http.MethodGet, io.Reader(nil)
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return answer{}, fmt.Errorf("writing the question: %w", err)
		}
		method, send = http.MethodPost, bytes.NewReader(raw)
	}
	r, err := http.NewRequestWithContext(ctx, method, address, send)
	if err != nil {
		return answer{}, fmt.Errorf("asking %s: %w", address, err)
	}
	r.Header.Set("User-Agent", first(c.UserAgent, "Passerelle (+https://passerelle.app)"))
	r.Header.Set("Accept", "application/json")
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := c.client().Do(r)
	if err != nil {
		return answer{}, fmt.Errorf("asking %s: %w", address, err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return answer{}, fmt.Errorf("reading the answer of %s: %w", address, err)
	}
	if len(raw) > maxAnswer {
		return answer{}, fail(facts.OutsideBroken, "reading the answer of %s: longer than %d bytes", address, maxAnswer)
	}
	return answer{resp.StatusCode, resp.Header, raw}, nil
}

// sleep waits, or ends with the context.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// timeFor tells whether the context leaves that much time.
func timeFor(ctx context.Context, d time.Duration) bool {
	by, ok := ctx.Deadline()
	return ctx.Err() == nil && (!ok || time.Until(by) > d)
}
