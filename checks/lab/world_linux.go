package lab

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The fixed places of every world.
const (
	ComputerIP  = "192.168.1.20"
	ComputerIP6 = "2001:db8:1::20"
	BoxIP       = "192.168.1.1"
	BoxIP6      = "2001:db8:1::1"
	ProviderDNS = "198.51.100.53" // resolver of the provider, which the box asks

	SiteHost = "boutique.example"
	SiteIP   = "203.0.113.10"
	SiteIP6  = "2001:db8:203::10"
	DeadIP   = "203.0.113.99" // nobody has it, and nobody says so
)

// World is one computer, one box and the Internet, as they are in one scenario.
type World struct {
	Computer, Box, Internet *Machine
	Names                   Names                // the truth about names
	Resolvers               map[string]*Resolver // by the name on the certificate; "" is the provider's
	Dir                     string               // scratch folder on the disk, seen by all three machines

	T       testing.TB
	mu      sync.Mutex
	ends    []func()
	have    map[string]bool // addresses that were added, by machine and address
	boxDNS  *exec.Cmd
	servers int
	shift   atomic.Int64 // nanoseconds by which the world's clock is ahead of the computer's
}

// New builds a world in which everything works: SiteHost is a healthy site over HTTPS once Site or a real server is put
// there. It ends with the test.
func New(t testing.TB) *World {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "lab-")
	if err != nil {
		t.Fatalf("making the world's folder: %v", err)
	}
	os.Chmod(dir, 0o777) // its servers may run as other users
	w := &World{T: t, Dir: dir, have: map[string]bool{}, Resolvers: map[string]*Resolver{}}
	t.Cleanup(w.close)
	machines := [3]*Machine{}
	var wg sync.WaitGroup
	errs := [3]error{}
	for i, name := range []string{"computer", "box", "internet"} {
		wg.Go(func() { machines[i], errs[i] = startMachine(name, dir) })
	}
	wg.Wait()
	for _, m := range machines {
		if m != nil {
			w.later(m.stop)
		}
	}
	w.need(errors.Join(errs[:]...), "starting the machines")
	w.Computer, w.Box, w.Internet = machines[0], machines[1], machines[2]
	w.lay()
	w.openInternet()
	w.Computer.Env = append(w.Computer.Env, "SSL_CERT_FILE="+w.trust(Trusted()), "CURL_CA_BUNDLE="+filepath.Join(dir, "trust.pem"))
	w.BoxDNS()
	w.await6()
	return w
}

func (w *World) later(f func()) {
	w.mu.Lock()
	w.ends = append(w.ends, f)
	w.mu.Unlock()
}

func (w *World) close() {
	w.mu.Lock()
	ends := w.ends
	w.ends = nil
	w.mu.Unlock()
	for i := len(ends) - 1; i >= 0; i-- {
		ends[i]()
	}
	os.RemoveAll(w.Dir)
}

// need stops the test when the world itself could not be built: that is the lab's fault, never the program's.
func (w *World) need(err error, doing string, args ...any) {
	w.T.Helper()
	if err != nil {
		w.T.Fatalf("the lab failed: "+doing+": %v", append(args, err)...)
	}
}

// lay draws the cables and gives the addresses.
func (w *World) lay() {
	ip := func(m *Machine, script string, args ...any) {
		w.T.Helper()
		w.need(m.netOnly(fmt.Sprintf(script, args...), "ip", "-batch", "-"), "laying the network")
	}
	c, i := w.Computer.hold.Process.Pid, w.Internet.hold.Process.Pid
	ip(w.Box, "link set lo up\nlink add lan type veth peer name eth0 netns %d\nlink add wan type veth peer name wan netns %d\n"+
		"link set lan address 02:00:00:00:01:01\nlink set lan up\nlink set wan up\n"+
		"addr add 192.168.1.1/24 dev lan\naddr add 2001:db8:1::1/64 dev lan nodad\naddr add fe80::1/64 dev lan nodad\n"+
		"addr add 192.0.2.2/24 dev wan\naddr add 2001:db8:ff::2/64 dev wan nodad\n", c, i)
	ip(w.Computer, "link set lo up\nlink set eth0 address 02:00:00:00:01:20\nlink set eth0 up\naddr add 192.168.1.20/24 dev eth0\n"+
		"addr add 2001:db8:1::20/64 dev eth0 nodad\nroute add default via 192.168.1.1 dev eth0 proto dhcp\nroute add ::/0 via fe80::1 dev eth0 proto ra\n")
	ip(w.Internet, "link set lo up\nlink set wan up\naddr add 192.0.2.1/24 dev wan\naddr add 2001:db8:ff::1/64 dev wan nodad\n"+
		"route add 192.168.1.0/24 via 192.0.2.2\nroute add 2001:db8:1::/64 via 2001:db8:ff::2\n")
	ip(w.Box, "route add default via 192.0.2.1\nroute add ::/0 via 2001:db8:ff::1\n")
	for _, name := range []string{"net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"} {
		w.need(w.Box.Sysctl(name, "1"), "making the box forward")
	}
}

// await6 waits for the IPv6 way, which is up about a second after its link.
func (w *World) await6() {
	w.T.Helper()
	for end := time.Now().Add(6 * time.Second); ; time.Sleep(30 * time.Millisecond) {
		c, err := w.Computer.Dial("[2606:4700:4700::1111]:53", time.Second)
		if err == nil {
			c.Close()
			return
		}
		if time.Now().After(end) {
			w.need(err, "waiting for IPv6")
		}
	}
}

// Address gives a machine one more address (on its loopback link, so that it is reached through its cable).
func (w *World) Address(m *Machine, ip string) {
	w.T.Helper()
	w.mu.Lock()
	known := w.have[m.Name+ip]
	w.have[m.Name+ip] = true
	w.mu.Unlock()
	if known {
		return
	}
	bits, nodad := "/32", ""
	if netip.MustParseAddr(ip).Is6() {
		bits, nodad = "/128", " nodad"
	}
	w.need(m.netOnly("addr add "+ip+bits+" dev lo"+nodad+"\n", "ip", "-batch", "-"), "adding %s", ip)
}

// NFT loads rules on a machine, and on that machine only.
func (w *World) NFT(m *Machine, rules string) {
	w.T.Helper()
	w.need(m.netOnly(rules+"\n", "nft", "-f", "-"), "loading rules")
}

// IP runs lines of the ip command on a machine.
func (w *World) IP(m *Machine, lines ...string) {
	w.T.Helper()
	w.need(m.netOnly(strings.Join(lines, "\n")+"\n", "ip", "-batch", "-"), "setting links")
}

// trust writes the bundle of authorities that the computer trusts.
func (w *World) trust(authorities ...*Authority) string {
	var all []byte
	for _, a := range authorities {
		all = append(all, pemCert(a.Cert.Raw)...)
	}
	name := filepath.Join(w.Dir, "trust.pem")
	w.need(os.WriteFile(name, all, 0o644), "writing the trusted authorities")
	return name
}

// Serve serves plain HTTP at an address of a machine.
func (w *World) Serve(m *Machine, address string, h http.Handler) {
	w.T.Helper()
	w.serve(m, address, h, nil)
}

// ServeTLS serves HTTPS at an address of a machine.
func (w *World) ServeTLS(m *Machine, address string, h http.Handler, certs ...tls.Certificate) {
	w.T.Helper()
	w.serve(m, address, h, &tls.Config{Certificates: certs, NextProtos: []string{"h2", "http/1.1"}})
}

// ServeFor is ServeTLS with a good certificate for the names, made when first asked for.
func (w *World) ServeFor(m *Machine, address string, h http.Handler, names ...string) {
	w.T.Helper()
	var mu sync.Mutex
	issued := map[time.Duration]*tls.Certificate{} // one for each time that the world has had
	issue := func() *tls.Certificate {
		mu.Lock()
		defer mu.Unlock()
		d := w.ahead()
		if issued[d] == nil {
			v := Good()
			c := Trusted().Issue(Validity{v.From.Add(d), v.To.Add(d)}, names...)
			issued[d] = &c
		}
		return issued[d]
	}
	w.serve(m, address, h, &tls.Config{NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return issue(), nil }})
}

// MoveClock puts the whole world, certificates and Date headers, ahead of the computer's clock, which itself cannot be moved
// in a namespace. Moving it back to 0 is what a computer sees that has set its clock.
func (w *World) MoveClock(d time.Duration) { w.shift.Store(int64(d)) }

func (w *World) ahead() time.Duration { return time.Duration(w.shift.Load()) }

func (w *World) serve(m *Machine, address string, inner http.Handler, conf *tls.Config) {
	w.T.Helper()
	l := w.listen(m, address)
	h := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if d := w.ahead(); d != 0 {
			rw.Header().Set("Date", time.Now().Add(d).UTC().Format(http.TimeFormat))
		}
		inner.ServeHTTP(rw, r)
	})
	s := &http.Server{Handler: h, TLSConfig: conf, ErrorLog: log.New(io.Discard, "", 0)}
	if conf == nil {
		go s.Serve(l)
	} else {
		go s.ServeTLS(l, "", "")
	}
	w.later(func() { s.Close() })
}

// ServeTCP hands every connection at an address to f, which must not outlive it by much.
func (w *World) ServeTCP(m *Machine, address string, f func(net.Conn)) {
	w.T.Helper()
	l := w.listen(m, address)
	w.later(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			w.later(func() { c.Close() })
			go func() { defer c.Close(); f(c) }()
		}
	}()
}

func (w *World) listen(m *Machine, address string) net.Listener {
	w.T.Helper()
	host, _, err := net.SplitHostPort(address)
	w.need(err, "reading %s", address)
	if ip, err := netip.ParseAddr(host); err == nil && !ip.IsUnspecified() && !ip.IsLoopback() && m == w.Internet {
		w.Address(m, host)
	}
	l, err := m.Listen(address)
	w.need(err, "opening %s on %s", address, m.Name)
	return l
}

// logTail is how much of a daemon's log is shown when it does not start, in bytes.
const logTail = 1500

// Spawn starts a daemon on a machine and waits until the address, if any, accepts connections. Its output is in Dir.
func (w *World) Spawn(m *Machine, address string, name string, args ...string) *exec.Cmd {
	w.T.Helper()
	return w.spawn(m, address, m.Command(name, args...))
}

func (w *World) spawn(m *Machine, address string, cmd *exec.Cmd) *exec.Cmd {
	w.T.Helper()
	w.mu.Lock()
	w.servers++
	n := w.servers
	w.mu.Unlock()
	logName := filepath.Join(w.Dir, fmt.Sprintf("%02d-%s.log", n, filepath.Base(cmd.Path)))
	out, err := os.Create(logName)
	w.need(err, "opening a log")
	cmd.Stdout, cmd.Stderr = out, out
	err = m.Start(cmd)
	out.Close()
	w.need(err, "starting a server")
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	w.later(func() {
		unix.Kill(-cmd.Process.Pid, unix.SIGKILL)
		<-ended
	})
	if address == "" {
		return cmd
	}
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(15 * time.Millisecond) {
		c, err := m.Dial(address, time.Second)
		if err == nil {
			c.Close()
			return cmd
		}
		text := func() string {
			b, _ := os.ReadFile(logName)
			b = bytes.TrimSpace(b)
			return string(b[max(0, len(b)-logTail):])
		}
		select {
		case <-ended:
			w.need(fmt.Errorf("it ended: %s", text()), "starting %s", cmd.Path)
		default:
		}
		if time.Now().After(end) {
			w.need(fmt.Errorf("%v: %s", err, text()), "waiting for %s", cmd.Path)
		}
	}
}

// Kill ends a daemon that Spawn started.
func (w *World) Kill(cmd *exec.Cmd) {
	unix.Kill(-cmd.Process.Pid, unix.SIGKILL)
	for range 200 { // until its sockets are gone
		if unix.Kill(cmd.Process.Pid, 0) != nil {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// Need skips the scenario where a program is not installed, saying which.
func (w *World) Need(program string) {
	w.T.Helper()
	for _, dir := range []string{"/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/", "/usr/lib/systemd/", "/lib/systemd/"} {
		if _, err := os.Stat(dir + program); err == nil {
			return
		}
	}
	w.T.Skipf("%s is not installed here", program)
}

// Exec runs a command on the computer, as root.
func (w *World) Exec(name string, args ...string) Output { return w.Computer.Exec(name, args...) }

// File writes a file of the computer's /etc or elsewhere.
func (w *World) File(name, text string) {
	w.T.Helper()
	w.need(w.Computer.Write(name, text), "writing a file")
}

// Curl asks as a plain client does, and is how a world is proven right without the program. The answer is "HTTP status"
// and curl's own exit status (6 name, 7 refused, 28 time, 35 TLS, 47 redirects, 52 empty, 56 cut, 60 certificate).
func (w *World) Curl(url string, args ...string) (status, exit int) {
	o := w.Exec("curl", append([]string{"-sS", "-o", "/dev/null", "-m", "2.5", "-L", "--max-redirs", "20", "-w", "%{http_code}", url}, args...)...)
	fmt.Sscan(o.Stdout, &status)
	return status, o.Exit
}

// Prove stops the scenario unless curl gets what the world is meant to give.
func (w *World) Prove(url string, status, exit int, args ...string) {
	w.T.Helper()
	if gotStatus, gotExit := w.Curl(url, args...); gotStatus != status || gotExit != exit {
		w.T.Fatalf("the lab failed: this world is not what it says: %s gives status %d, curl %d; meant: status %d, curl %d", url, gotStatus, gotExit, status, exit)
	}
}

// Checked is what `passerelle check --json` said.
type Checked struct {
	Output
	Raw     []byte
	Verdict struct {
		Side, Cause, Certainty, Rule, Title string
		Actions                             []struct{ ID, Fix, Arg string }
	}
	Gateway *struct {
		Status    int
		Product   string
		WrittenBy string `json:"written_by"`
		Failure   string
	}
	Contacts  []struct{ Host, Addr, What, Why string }
	VerdictMS float64 `json:"verdict_ms"`
	ElapsedMS float64 `json:"elapsed_ms"`
}

// Check runs the built program's check on the computer, as the ordinary user.
func (w *World) Check(args ...string) Checked {
	return w.Passerelle(false, append([]string{"check", "--json"}, args...)...)
}

// Passerelle runs the built program on the computer, as root or as the ordinary user, and reads the JSON it prints.
func (w *World) Passerelle(root bool, args ...string) (c Checked) {
	w.T.Helper()
	cmd := w.Computer.Command(Program(w.T), args...)
	if !root {
		w.Computer.As(cmd)
	}
	c.Output = w.Computer.run(cmd, 40*time.Second)
	c.Raw = []byte(c.Stdout)
	if err := json.Unmarshal(c.Raw, &c); err != nil && c.Err == nil {
		c.Err = fmt.Errorf("reading its JSON: %w", err)
	}
	return c
}

var program = sync.OnceValues(buildProgram)

// Program is the path of the terminal program, built once per run. Where it cannot be built yet the test is skipped.
func Program(t testing.TB) string {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatalf("building the program: %v", err)
	}
	return path
}

func buildProgram() (string, error) {
	if path := os.Getenv("PASSERELLE_BIN"); path != "" {
		return filepath.Abs(path)
	}
	dir, err := os.MkdirTemp("/tmp", "lab-program-")
	if err != nil {
		return "", err
	}
	os.Chmod(dir, 0o755)
	atEnd(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "passerelle")
	cmd := exec.Command("go", "build", "-o", path, "passerelle")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
}

var endings struct {
	sync.Mutex
	list []func()
}

func atEnd(f func()) { endings.Lock(); endings.list = append(endings.list, f); endings.Unlock() }

// End does what is left to do after the last test.
func End() {
	endings.Lock()
	defer endings.Unlock()
	for _, f := range endings.list {
		f()
	}
	endings.list = nil
}
