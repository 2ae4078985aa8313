package practice

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

func get(t *testing.T, address string) (*http.Response, string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{Proxy: nil, DisableKeepAlives: true}, Timeout: 10 * time.Second}
	r, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r, string(body)
}

func start(t *testing.T, downFor time.Duration) *Site {
	t.Helper()
	s, err := Config{DownFor: downFor}.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func waitUp(t *testing.T, s *Site) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); s.Down(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the program did not come back")
		}
	}
}

func TestBrokenThenBack(t *testing.T) {
	s := start(t, 200*time.Millisecond)
	if !s.Down() {
		t.Error("up before it was asked for the first time")
	}
	r, body := get(t, s.URL())
	if r.StatusCode != 502 || r.Header.Get("Server") != ServerName || !strings.Contains(body, "Passerelle practice site") {
		t.Errorf("first answer: %d %v\n%s", r.StatusCode, r.Header, body)
	}
	if got := r.Header.Get("Proxy-Status"); got != ServerName+"; error=connection_refused" {
		t.Errorf("Proxy-Status: %q", got)
	}
	waitUp(t, s)
	r, body = get(t, s.URL()+"any/page?q=1")
	if r.StatusCode != 200 || !strings.Contains(body, "Ça remarche") || !strings.Contains(body, "It works again") {
		t.Errorf("after its return: %d\n%s", r.StatusCode, body)
	}
	if r.Header.Get(sealHeader) != "" || r.Header.Get("Server") != ServerName {
		t.Errorf("headers: %v", r.Header)
	}
}

func TestStaysDownUntilVisited(t *testing.T) {
	s := start(t, time.Millisecond)
	time.Sleep(50 * time.Millisecond)
	if !s.Down() {
		t.Error("the wait began before the first visitor came")
	}
}

func TestProgramIsReallyStopped(t *testing.T) {
	s := start(t, time.Hour)
	_, err := net.DialTimeout("tcp4", s.backend.Load().(string), 5*time.Second)
	if !errors.Is(err, syscall.ECONNREFUSED) && !errors.Is(err, wsaeConnRefused) {
		t.Errorf("the program's port: %v", err)
	}
}

func TestLoopbackOnly(t *testing.T) {
	s := start(t, time.Hour)
	u, err := url.Parse(s.URL())
	if err != nil || u.Hostname() != "127.0.0.1" || u.Scheme != "http" {
		t.Errorf("%s %v", s.URL(), err)
	}
	if !strings.HasPrefix(s.backend.Load().(string), "127.0.0.1:") {
		t.Errorf("the program is at %v", s.backend.Load())
	}
}

// While the program is away the system may give its port to another process: its page is not ours to pass on.
func TestForeignProgramIsNotPassedOn(t *testing.T) {
	s := start(t, time.Hour)
	l, err := net.Listen("tcp4", s.backend.Load().(string))
	if err != nil {
		t.Skip("the port is taken already:", err)
	}
	other := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "somebody's secret page") })}
	go func() { _ = other.Serve(l) }()
	defer other.Close()
	r, body := get(t, s.URL())
	if r.StatusCode != 502 || strings.Contains(body, "secret") {
		t.Errorf("%d %s", r.StatusCode, body)
	}
	s.comeBack() // its old address is taken: it finds another
	if r, body := get(t, s.URL()); r.StatusCode != 200 || !strings.Contains(body, "Ça remarche") {
		t.Errorf("%d %s", r.StatusCode, body)
	}
}

func TestEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	s, err := Start(ctx)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	select {
	case <-s.served:
	case <-time.After(5 * time.Second):
		t.Fatal("still serving")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := net.DialTimeout("tcp4", strings.TrimSuffix(strings.TrimPrefix(s.URL(), "http://"), "/"), time.Second); err == nil {
		t.Error("the front door is still open")
	}
}

// Visitors, the return and the end may all come at once.
func TestManyAtOnce(t *testing.T) {
	s := start(t, time.Millisecond)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			r, err := http.Get(s.URL())
			if err == nil {
				r.Body.Close()
			}
		})
	}
	wg.Go(func() { _ = s.Close() })
	wg.Wait()
	if !s.Down() {
		t.Error("up although closed")
	}
}
