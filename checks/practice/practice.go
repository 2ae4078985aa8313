// Package practice serves a broken web site on this computer, so that anybody can watch Passerelle work while all their own
// sites are fine: a real reverse proxy (net/http/httputil) in front of a real small program that is stopped, and that comes
// back after a while. Nothing in it is simulated for the checks: the proxy's 502 comes from a connection that was refused.
//
// Both listen on 127.0.0.1 only. Nothing but their own fixed pages is served.
package practice

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// ServerName is what the practice site's front door calls itself in the Server header.
const ServerName = "passerelle-practice"

// DefaultDownFor is how long the program stays away after the first visitor came: long enough to read a verdict and press
// a button, short enough to wait for.
const DefaultDownFor = 20 * time.Second

const (
	// headerTimeout ends a visitor that connects and says nothing; a browser's first line is there within a second.
	headerTimeout = 5 * time.Second
	// dialTimeout bounds the proxy's wait for the program: on loopback a refusal is immediate, except on Windows, which
	// asks three times, half a second apart.
	dialTimeout = 4 * time.Second
	// closeTimeout is how long Close lets an answer that is under way finish.
	closeTimeout = time.Second
	// sealHeader carries the sign by which the proxy knows its own program: while the program is away, another process may
	// be given its port by the system, and must not be taken for it.
	sealHeader = "Passerelle-Practice-Seal"
)

// Config is how a practice site behaves. The zero value is the ordinary one.
type Config struct {
	DownFor time.Duration // from the first visitor's request to the program's return; 0: DefaultDownFor
}

// Site is one running practice site. Close ends it; so does the end of the context it was started with.
type Site struct {
	downFor time.Duration
	seal    string

	front    *http.Server
	frontURL string
	served   chan struct{} // closed when the front door has stopped serving

	backend atomic.Value // string: the address where the program is, or was
	up      atomic.Bool

	closing  sync.Once
	closeErr error // set once closing is done

	mu      sync.Mutex // guards what follows
	closed  bool
	visited bool
	returns *time.Timer
	program *http.Server
	unwatch func() bool
}

// Start starts a practice site with the ordinary times. It fails only where this computer refuses to listen on 127.0.0.1.
func Start(ctx context.Context) (*Site, error) { return Config{}.Start(ctx) }

// Start starts a practice site: front door open, the program behind it stopped.
func (c Config) Start(ctx context.Context) (*Site, error) {
	if c.DownFor <= 0 {
		c.DownFor = DefaultDownFor
	}
	s := &Site{downFor: c.DownFor, seal: rand.Text(), served: make(chan struct{})}
	// the program has been there: it has an address, and is stopped
	l, err := listen("127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("starting the practice site's program: %w", err)
	}
	s.backend.Store(l.Addr().String())
	if err := l.Close(); err != nil {
		return nil, fmt.Errorf("stopping the practice site's program: %w", err)
	}

	door, err := listen("127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("opening the practice site's front door: %w", err)
	}
	s.frontURL = "http://" + door.Addr().String() + "/"
	s.front = newServer(s.frontDoor())
	go func() {
		defer close(s.served)
		_ = s.front.Serve(door) // always ends with an error: the listener was closed
	}()
	s.mu.Lock()
	s.unwatch = context.AfterFunc(ctx, func() { _ = s.Close() })
	s.mu.Unlock()
	return s, nil
}

// URL is the practice site's address, as one pastes it.
func (s *Site) URL() string { return s.frontURL }

// Down says whether the program behind the front door is away.
func (s *Site) Down() bool { return !s.up.Load() }

// Close stops everything. It may be called more than once and from anywhere.
func (s *Site) Close() error {
	s.closing.Do(func() {
		s.mu.Lock()
		s.closed = true
		s.up.Store(false)
		if s.returns != nil {
			s.returns.Stop()
		}
		if s.unwatch != nil {
			s.unwatch()
		}
		program := s.program
		s.mu.Unlock()

		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		err := stop(ctx, s.front)
		if program != nil {
			err = errors.Join(err, stop(ctx, program))
		}
		<-s.served
		if err != nil {
			s.closeErr = fmt.Errorf("closing the practice site: %w", err)
		}
	})
	return s.closeErr
}

// stop lets a server finish its answers until ctx ends, then cuts them.
func stop(ctx context.Context, server *http.Server) error {
	if server.Shutdown(ctx) == nil {
		return nil
	}
	return server.Close()
}

// frontDoor is the reverse proxy. The first request starts the wait for the program's return.
func (s *Site) frontDoor() http.Handler {
	dialer := &net.Dialer{Timeout: dialTimeout}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme = "http"
			r.Out.URL.Host = s.backend.Load().(string)
		},
		Transport: &http.Transport{
			Proxy:             nil, // the visitor's proxy has no place between two loopback addresses
			DialContext:       dialer.DialContext,
			DisableKeepAlives: true, // a connection kept from an earlier life of the program would hide its absence
		},
		ModifyResponse: func(r *http.Response) error {
			if r.Header.Get(sealHeader) != s.seal {
				return errForeign
			}
			r.Header.Del(sealHeader)
			r.Header.Set("Server", ServerName)
			return nil
		},
		ErrorHandler: badGateway,
		ErrorLog:     log.New(io.Discard, "", 0),
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.visit()
		proxy.ServeHTTP(w, r)
	})
}

// errForeign: somebody else listens where our program was.
var errForeign = errors.New("another program answers at the practice program's address")

// badGateway is what the front door says when the program does not answer: its status, its own page, and its reason in the
// field made for that (RFC 9209).
func badGateway(w http.ResponseWriter, _ *http.Request, err error) {
	h := w.Header()
	h.Set("Server", ServerName)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Proxy-Status", ServerName+"; error="+proxyError(err))
	w.WriteHeader(http.StatusBadGateway)
	_, _ = io.WriteString(w, badGatewayPage)
}

// wsaeConnRefused is Windows' number for a refused connection (WSAECONNREFUSED); syscall.ECONNREFUSED is another one there.
const wsaeConnRefused = syscall.Errno(10061)

// proxyError names an error with RFC 9209's words (§2.3).
func proxyError(err error) string {
	var timeout net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, wsaeConnRefused):
		return "connection_refused"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "connection_timeout"
	case errors.Is(err, errForeign):
		return "destination_unavailable"
	}
	return "connection_terminated"
}

// visit notes the first visitor.
func (s *Site) visit() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.visited || s.closed {
		return
	}
	s.visited = true
	s.returns = time.AfterFunc(s.downFor, s.comeBack)
}

// comeBack starts the program again, at its old address, or at a new one where the system has given the old one away.
func (s *Site) comeBack() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	l, err := listen(s.backend.Load().(string))
	if err != nil {
		l, err = listen("127.0.0.1:0")
	}
	if err != nil {
		s.returns = time.AfterFunc(time.Second, s.comeBack) // out of sockets for a moment: once more
		return
	}
	s.backend.Store(l.Addr().String())
	s.program = newServer(http.HandlerFunc(s.programPage))
	go func(server *http.Server) { _ = server.Serve(l) }(s.program)
	s.up.Store(true)
}

// programPage is the program's only page.
func (s *Site) programPage(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set(sealHeader, s.seal)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	_, _ = io.WriteString(w, workingPage)
}

func newServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTimeout,
		ErrorLog:          log.New(io.Discard, "", 0),
	}
}

// listen opens a TCP port of the loopback address.
func listen(address string) (net.Listener, error) { return net.Listen("tcp4", address) }
