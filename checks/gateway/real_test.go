//go:build linux

package gateway

// The servers that Debian has, run here with one fault at a time behind them, and their pages judged as they really come. Everything
// stays on the loopback interface; the servers are this test's children and end with it. What is not installed is skipped.

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
	"syscall"
	"testing"
	"time"

	"passerelle/checks/facts"
)

// upstreams are the faults, each with the failure that it is.
var upstreams = []struct {
	name    string
	failure string
	behave  func(net.Conn) // nil: nobody listens
}{
	{"refused", failRefused, nil},
	{"silent", failTimeout, func(c net.Conn) { io.Copy(io.Discard, c) }},
	{"closed", failClosed, func(c net.Conn) { c.Read(make([]byte, 4096)) }},
	{"reset", failClosed, func(c net.Conn) { c.Read(make([]byte, 1)); c.(*net.TCPConn).SetLinger(0) }},
	{"garbage", failInvalid, func(c net.Conn) {
		c.Read(make([]byte, 4096))
		c.Write([]byte("\x15\x03\x01\x00\x02\x02\x46")) // a TLS alert where HTTP was due
	}},
}

// startUpstreams gives the address of each fault by its name.
func startUpstreams(t *testing.T) map[string]string {
	addr := map[string]string{}
	for _, u := range upstreams {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			t.Skipf("no loopback: %v", err)
		}
		addr[u.name] = l.Addr().String()
		if u.behave == nil {
			l.Close()
			continue
		}
		t.Cleanup(func() { l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				go func() {
					defer c.Close()
					c.SetDeadline(time.Now().Add(15 * time.Second))
					u.behave(c)
				}()
			}
		}()
	}
	return addr
}

func freePort(t *testing.T) int {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Skipf("no loopback: %v", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// realServer is one product: how it is started, and how its fronts are asked.
type realServer struct {
	product string
	binary  string
	by      facts.Author
	forward bool     // it is the visitor's proxy: asked for the upstream's address
	skip    []string // faults that it hands on (nginx and Squid take garbage for HTTP/0.9), cuts itself (tinyproxy), or waits out
	// config writes the configuration and gives the arguments; front gives the port that leads to each fault.
	config func(dir string, up map[string]string, front map[string]int) (args []string, files map[string]string)
}

func TestRealServers(t *testing.T) {
	if testing.Short() {
		t.Skip("starts real servers")
	}
	servers := []realServer{
		{product: "nginx", binary: "nginx", by: facts.ByGateway, skip: []string{"garbage"}, config: nginxConfig},
		{product: "apache", binary: "apache2", by: facts.ByGateway, config: apacheConfig},
		{product: "haproxy", binary: "haproxy", by: facts.ByGateway, config: haproxyConfig},
		{product: "varnish", binary: "varnishd", by: facts.ByEdge, config: varnishConfig},
		{product: "lighttpd", binary: "lighttpd", by: facts.ByGateway, skip: []string{"silent"}, config: lighttpdConfig},
		{product: "squid", binary: "squid", by: facts.ByProxy, forward: true, skip: []string{"garbage"}, config: squidConfig},
		{product: "tinyproxy", binary: "tinyproxy", by: facts.ByProxy, forward: true, skip: []string{"silent", "closed", "reset", "garbage"}, config: tinyproxyConfig},
	}
	up := startUpstreams(t)
	for _, s := range servers {
		t.Run(s.product, func(t *testing.T) {
			path := lookServer(s.binary)
			if path == "" {
				t.Skipf("%s is not installed", s.binary)
			}
			if os.Getuid() != 0 && s.binary == "apache2" {
				t.Skip("the packaged Apache is started by root")
			}
			t.Parallel()
			front := startServer(t, s, path, up)
			for _, u := range upstreams {
				if slices.Contains(s.skip, u.name) {
					continue
				}
				h, err := ask(front[u.name], up[u.name], s.forward)
				if err != nil {
					t.Errorf("%s: %v", u.name, err)
					continue
				}
				g := Recognise(h, Context{Proxied: s.forward, PlainHTTP: true, Host: "site.example"})
				if g == nil {
					t.Errorf("%s: status %d, no error recognised", u.name, h.Status)
					continue
				}
				t.Logf("%s: %d %s, %s by %s, %s %v", u.name, h.Status, h.Reason, g.Product, g.WrittenBy, g.Failure, g.AlsoPossible)
				if g.Product != s.product || g.WrittenBy != s.by {
					t.Errorf("%s: got %s by %s\n%s", u.name, g.Product, g.WrittenBy, h.Body)
				}
				if g.Failure != u.failure && !slices.Contains(g.AlsoPossible, u.failure) {
					t.Errorf("%s: got %s %v, want %s among them\n%s", u.name, g.Failure, g.AlsoPossible, u.failure, h.Body)
				}
			}
		})
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

func startServer(t *testing.T, s realServer, path string, up map[string]string) map[string]int {
	// Not t.TempDir: servers that change their user must reach it.
	dir, err := os.MkdirTemp("", "passerelle-"+s.product+"-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	os.Chmod(dir, 0o777)
	front := map[string]int{}
	port := freePort(t)
	for _, u := range upstreams {
		if !s.forward {
			port = freePort(t)
		}
		front[u.name] = port
	}
	args, files := s.config(dir, up, front)
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	cmd := exec.Command(path, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &out
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
	deadline := time.Now().Add(12 * time.Second)
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
func ask(port int, upstream string, forward bool) (*facts.HTTP, error) {
	c, err := net.DialTimeout("tcp4", fmt.Sprintf("127.0.0.1:%d", port), 2*time.Second)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	target := "/page"
	if forward {
		target = "http://" + upstream + "/page"
	}
	fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\nAccept-Language: fr\r\nConnection: close\r\n\r\n", target, upstream)
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	h := &facts.HTTP{Status: r.StatusCode, Proto: r.Proto, Body: body, BodySize: len(body), Done: true}
	_, h.Reason, _ = strings.Cut(r.Status, " ")
	for name, values := range r.Header {
		for _, v := range values {
			h.Headers = append(h.Headers, facts.Header{Name: name, Value: v})
		}
	}
	return h, nil
}

func each(up map[string]string, front map[string]int, line func(name, up string, port int) string) string {
	var b strings.Builder
	for _, u := range upstreams {
		b.WriteString(line(u.name, up[u.name], front[u.name]))
	}
	return b.String()
}

func nginxConfig(dir string, up map[string]string, front map[string]int) ([]string, map[string]string) {
	user := ""
	if os.Getuid() == 0 {
		user = "user root;\n"
	}
	return []string{"-p", dir, "-e", "stderr", "-c", dir + "/nginx.conf"}, map[string]string{"nginx.conf": user + "daemon off;\nmaster_process off;\npid " + dir + "/pid;\nevents {}\nhttp {\naccess_log off;\n" +
		"client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;\nproxy_connect_timeout 1s; proxy_read_timeout 1s;\n" +
		each(up, front, func(_, up string, port int) string {
			return fmt.Sprintf("server { listen 127.0.0.1:%d; location / { proxy_pass http://%s; } }\n", port, up)
		}) + "}\n"}
}

func apacheConfig(dir string, up map[string]string, front map[string]int) ([]string, map[string]string) {
	modules := "/usr/lib/apache2/modules"
	var b strings.Builder
	fmt.Fprintf(&b, "ServerRoot %s\nServerName site.example\nPidFile %s/pid\nDefaultRuntimeDir %s\nErrorLog %s/error.log\n", dir, dir, dir, dir)
	for _, m := range []string{"mpm_event", "authz_core", "proxy", "proxy_http"} {
		fmt.Fprintf(&b, "LoadModule %s_module %s/mod_%s.so\n", m, modules, m)
	}
	b.WriteString("User www-data\nGroup www-data\nProxyTimeout 1\n")
	b.WriteString(each(up, front, func(_, up string, port int) string {
		return fmt.Sprintf("Listen 127.0.0.1:%d\n<VirtualHost 127.0.0.1:%d>\nProxyPass / http://%s/ retry=0 connectiontimeout=1 timeout=1\n</VirtualHost>\n", port, port, up)
	}))
	return []string{"-X", "-f", dir + "/apache.conf"}, map[string]string{"apache.conf": b.String()}
}

func haproxyConfig(dir string, up map[string]string, front map[string]int) ([]string, map[string]string) {
	return []string{"-db", "-f", dir + "/haproxy.cfg"}, map[string]string{"haproxy.cfg": "defaults\n mode http\n timeout connect 1s\n timeout client 9s\n timeout server 1s\n retries 0\n" +
		each(up, front, func(name, up string, port int) string {
			return fmt.Sprintf("listen %s\n bind 127.0.0.1:%d\n server s %s\n", name, port, up)
		})}
}

func varnishConfig(dir string, up map[string]string, front map[string]int) ([]string, map[string]string) {
	args := []string{"-F", "-n", dir + "/work", "-f", dir + "/default.vcl", "-s", "malloc,1M", "-j", "none", "-p", "connect_timeout=1", "-p", "first_byte_timeout=1", "-p", "between_bytes_timeout=1"}
	vcl := "vcl 4.1;\nimport std;\n"
	recv := ""
	for _, u := range upstreams {
		host, port, _ := net.SplitHostPort(up[u.name])
		vcl += fmt.Sprintf("backend %s { .host = %q; .port = %q; }\n", u.name, host, port)
		recv += fmt.Sprintf("if (std.port(local.ip) == %d) { set req.backend_hint = %s; }\n", front[u.name], u.name)
		args = append(args, "-a", fmt.Sprintf("127.0.0.1:%d", front[u.name]))
	}
	return args, map[string]string{"default.vcl": vcl + "sub vcl_recv {\n" + recv + "return (pass);\n}\n"}
}

func lighttpdConfig(dir string, up map[string]string, front map[string]int) ([]string, map[string]string) {
	conf := fmt.Sprintf("server.modules = (\"mod_proxy\")\nserver.document-root = %q\nserver.port = %d\nserver.bind = \"127.0.0.1\"\nserver.upload-dirs = (%q)\n", dir, front["refused"], dir)
	conf += each(up, front, func(name, up string, port int) string {
		host, p, _ := net.SplitHostPort(up)
		return fmt.Sprintf("$SERVER[\"socket\"] == \"127.0.0.1:%d\" { proxy.server = (\"\" => ((\"host\" => %q, \"port\" => %s))) }\n", port, host, p)
	})
	return []string{"-D", "-f", dir + "/lighttpd.conf"}, map[string]string{"lighttpd.conf": conf}
}

func squidConfig(dir string, _ map[string]string, front map[string]int) ([]string, map[string]string) {
	return []string{"-N", "-f", dir + "/squid.conf"}, map[string]string{"squid.conf": fmt.Sprintf("http_port 127.0.0.1:%d\nhttp_access allow all\ncache deny all\npid_filename none\naccess_log none\ncache_log %s/cache.log\n"+
		"cache_store_log none\ncoredump_dir %s\nnetdb_filename none\nvisible_hostname proxy.example\nconnect_timeout 1 second\nread_timeout 1 second\nforward_timeout 2 seconds\nforward_max_tries 1\nshutdown_lifetime 0 seconds\npinger_enable off\n"+
		"cache_mem 1 MB\nmax_filedescriptors 1024\ndns_nameservers 127.0.0.1\n", front["refused"], dir, dir)}
}

func tinyproxyConfig(dir string, _ map[string]string, front map[string]int) ([]string, map[string]string) {
	return []string{"-d", "-c", dir + "/tinyproxy.conf"}, map[string]string{"tinyproxy.conf": fmt.Sprintf("Port %d\nListen 127.0.0.1\nTimeout 5\nMaxClients 10\nLogLevel Critical\nAllow 127.0.0.1\n", front["refused"])}
}
