//go:build linux

package gateway

// The servers that Debian has, run here with one fault at a time behind them, and their pages judged as they really come. Everything
// stays on the loopback interface; the servers are this test's children and end with it. What is not installed is skipped. The faults
// are in real_faults_test.go, the servers' settings in real_servers_test.go. PASSERELLE_ALL=1 starts the slow ones too.

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"passerelle/checks/decide"
	"passerelle/checks/facts"
)

// realServer is one product: how it is started, and how its fronts are asked.
type realServer struct {
	product string
	binary  string
	by      facts.Author
	forward bool // it is the visitor's proxy: asked for the upstream's address
	slow    bool // takes seconds to start: with PASSERELLE_ALL only
	// without names the faults that it hands on as if they were answers, cuts off itself without a word, or waits out.
	without []string
	// only, where it is given, names the faults that it can be given.
	only []string
	// config writes the configuration and gives the arguments and the environment.
	config func(l *realLab, front map[string]int) (args, env []string)
}

// realLab is what a server's settings need to know.
type realLab struct {
	*faults
	dir   string
	names []string // of the faults to set up
}

// write puts a file into the server's own directory and gives its path.
func (l *realLab) write(name, text string) string {
	path := filepath.Join(l.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err == nil {
		err = os.WriteFile(path, []byte(text), 0o644)
		if err != nil {
			return ""
		}
	}
	return path
}

func TestRealServers(t *testing.T) {
	if testing.Short() {
		t.Skip("starts real servers")
	}
	f := startFaults(t)
	for _, s := range realServers {
		t.Run(s.product, func(t *testing.T) {
			path := lookServer(s.binary)
			switch {
			case path == "":
				t.Skipf("%s is not installed", s.binary)
			case os.Getuid() != 0 && slices.Contains([]string{"apache2", "traffic_server"}, s.binary):
				t.Skip("the packaged server is started by root")
			case s.slow && os.Getenv("PASSERELLE_ALL") == "":
				t.Skip("takes seconds to start; set PASSERELLE_ALL=1")
			}
			t.Parallel()
			l := &realLab{faults: f}
			for _, u := range f.list {
				if !slices.Contains(s.without, u.name) && (len(s.only) == 0 || slices.Contains(s.only, u.name)) && !(s.forward && u.scheme != "http") {
					l.names = append(l.names, u.name)
				}
			}
			front := startServer(t, s, path, l)
			var wait sync.WaitGroup
			for _, name := range l.names {
				wait.Go(func() { judge(t, s, f.byName(name), front[name]) })
			}
			wait.Wait()
		})
	}
}

// judge asks a server that has one fault behind it, and holds what is said of the answer against what is true.
func judge(t *testing.T, s realServer, u fault, port int) {
	h, err := ask(port, u, s.forward)
	if err != nil {
		t.Errorf("%s: %v", u.name, err)
		return
	}
	g := Recognise(h, Context{Proxied: s.forward, PlainHTTP: true, Host: "site.example"})
	if g == nil {
		t.Errorf("%s: status %d, no error recognised\n%s", u.name, h.Status, h.Body)
		return
	}
	t.Logf("%s: %d %s, %s by %s, %s %v", u.name, h.Status, h.Reason, g.Product, g.WrittenBy, g.Failure, g.AlsoPossible)
	if g.Product != s.product || g.WrittenBy != s.by {
		t.Errorf("%s: got %s by %s\n%s", u.name, g.Product, g.WrittenBy, h.Body)
	}
	if !slices.ContainsFunc(u.failures, func(f string) bool { return g.Failure == f || slices.Contains(g.AlsoPossible, f) }) {
		t.Errorf("%s: got %s %v, want one of %v among them\n%s", u.name, g.Failure, g.AlsoPossible, u.failures, h.Body)
	}
	want := decide.SideSite
	if s.forward {
		want = decide.SideYou
	}
	if cause, _ := decide.PageCause(g); decide.SideOf(cause) != want {
		t.Errorf("%s: %s, want side %s", u.name, cause, want)
	}
}

// lookServer finds a server where distributions put them.
func lookServer(name string) string {
	for _, dir := range []string{"/usr/sbin", "/usr/bin", "/usr/local/sbin", "/sbin"} {
		if p := filepath.Join(dir, name); exists(p) {
			return p
		}
	}
	return ""
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }

func freePort(t *testing.T) int {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Skipf("no loopback: %v", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func startServer(t *testing.T, s realServer, path string, l *realLab) map[string]int {
	// Not t.TempDir: servers that change their user must reach it.
	dir, err := os.MkdirTemp("", "passerelle-"+s.product+"-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	os.Chmod(dir, 0o777)
	l.dir = dir
	front := map[string]int{}
	port := freePort(t)
	for _, name := range l.names {
		if !s.forward {
			port = freePort(t)
		}
		front[name] = port
	}
	args, env := s.config(l, front)
	var out bytes.Buffer
	cmd := exec.Command(path, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &out
	cmd.Env = append(os.Environ(), env...)
	cmd.WaitDelay = time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Skipf("starting %s: %v", path, err)
	}
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	t.Cleanup(func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(500 * time.Millisecond):
		}
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-ended
	})
	deadline := time.Now().Add(20 * time.Second)
	for _, p := range front {
		for {
			c, err := net.DialTimeout("tcp4", fmt.Sprintf("127.0.0.1:%d", p), time.Second)
			if err == nil {
				c.Close()
				break
			}
			select {
			case <-ended:
				t.Skipf("%s does not start here:\n%s", s.binary, out.String())
			default:
			}
			if time.Now().After(deadline) {
				t.Skipf("%s did not listen in time", s.binary)
			}
			time.Sleep(30 * time.Millisecond)
		}
	}
	return front
}

// ask sends one GET and reads the answer as the probe would.
func ask(port int, u fault, forward bool) (*facts.HTTP, error) {
	c, err := net.DialTimeout("tcp4", fmt.Sprintf("127.0.0.1:%d", port), 2*time.Second)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(20 * time.Second))
	target, host := "/"+u.name, fmt.Sprintf("site.example:%d", port)
	if forward {
		target, host = "http://"+u.addr+"/page", u.addr
	}
	fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\nAccept: text/html,*/*;q=0.8\r\nAccept-Language: fr\r\nConnection: close\r\n\r\n", target, host)
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	h := &facts.HTTP{Status: r.StatusCode, Proto: r.Proto, Body: body, BodySize: len(body), Done: true}
	_, h.Reason, _ = strings.Cut(r.Status, " ")
	if h.Reason == "" {
		h.Reason = "-"
	}
	for name, values := range r.Header {
		for _, v := range values {
			h.Headers = append(h.Headers, facts.Header{Name: name, Value: v})
		}
	}
	return h, nil
}
