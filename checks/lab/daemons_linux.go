package lab

import (
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Scratch writes a file into the world's folder and returns its path.
func (w *World) Scratch(name, text string) string {
	w.T.Helper()
	p := filepath.Join(w.Dir, name)
	w.need(os.WriteFile(p, []byte(text), 0o644), "writing %s", name)
	return p
}

// Pair saves a certificate with its key and returns the path without .crt, .key or .pem.
func (w *World) Pair(name string, c tls.Certificate) string {
	w.T.Helper()
	base, err := savePair(w.Dir, name, c)
	w.need(err, "saving a certificate")
	return base
}

// Nginx runs a real nginx on the Internet in front of SiteHost: HTTPS with cert (a good one if nil), and the given lines
// inside its server block.
func (w *World) Nginx(lines string, cert *tls.Certificate) {
	w.T.Helper()
	w.Need("nginx")
	if cert == nil {
		good := Trusted().Issue(Good(), SiteHost, "www."+SiteHost)
		cert = &good
	}
	pair := w.Pair("site", *cert)
	w.Names.Set(SiteHost, SiteIP, SiteIP6)
	w.NginxConf(fmt.Sprintf(`
server { listen %[1]s:443 ssl; listen [%[2]s]:443 ssl; server_name %[3]s; ssl_certificate %[4]s.crt; ssl_certificate_key %[4]s.key;
%[5]s
}
server { listen %[1]s:80; listen [%[2]s]:80; return 301 https://$host$request_uri; }`, SiteIP, SiteIP6, SiteHost, pair, lines), SiteIP+":443")
}

// NginxConf runs a real nginx on the Internet with the given server blocks.
func (w *World) NginxConf(servers, await string) {
	w.T.Helper()
	w.Need("nginx")
	conf := w.Scratch("nginx.conf", fmt.Sprintf(`daemon off; user root; worker_processes 1; pid %[1]s/nginx.pid; error_log stderr;
events {}
http { access_log off; client_body_temp_path %[1]s/n1; proxy_temp_path %[1]s/n2; fastcgi_temp_path %[1]s/n3; uwsgi_temp_path %[1]s/n4; scgi_temp_path %[1]s/n5;
%[2]s
}`, w.Dir, servers))
	w.Spawn(w.Internet, await, "nginx", "-c", conf, "-e", "stderr")
}

// HAProxy runs a real HAProxy on the Internet in front of SiteHost, with the given lines as its only backend.
func (w *World) HAProxy(backend string) {
	w.T.Helper()
	w.Need("haproxy")
	pair := w.Pair("site", Trusted().Issue(Good(), SiteHost))
	w.Names.Set(SiteHost, SiteIP, SiteIP6)
	conf := w.Scratch("haproxy.cfg", fmt.Sprintf(`global
  maxconn 100
defaults
  mode http
  timeout connect 1s
  timeout client 10s
  timeout server 1s
  retries 0
frontend f
  bind %[1]s:443 ssl crt %[2]s.pem
  bind [%[3]s]:443 ssl crt %[2]s.pem
  default_backend b
backend b
%[4]s
`, SiteIP, pair, SiteIP6, backend))
	w.Spawn(w.Internet, SiteIP+":443", "haproxy", "-db", "-f", conf)
}

// Apache runs a real Apache on the Internet in front of SiteHost, with the given lines in its virtual host.
func (w *World) Apache(lines string) {
	w.T.Helper()
	w.Need("apache2")
	pair := w.Pair("site", Trusted().Issue(Good(), SiteHost))
	w.Names.Set(SiteHost, SiteIP, SiteIP6)
	var load strings.Builder
	for _, m := range []string{"mpm_event", "authz_core", "proxy", "proxy_http", "ssl", "socache_shmcb", "headers", "alias"} {
		fmt.Fprintf(&load, "LoadModule %s_module /usr/lib/apache2/modules/mod_%[1]s.so\n", m)
	}
	conf := w.Scratch("apache.conf", fmt.Sprintf(`ServerRoot %[1]s
ServerName %[2]s
PidFile %[1]s/apache.pid
DefaultRuntimeDir %[1]s
ErrorLog /dev/stderr
%[3]s
Listen %[4]s:443
Listen [%[5]s]:443
SSLEngine on
SSLCertificateFile %[6]s.crt
SSLCertificateKeyFile %[6]s.key
ServerAdmin webmaster@%[2]s
%[7]s
`, w.Dir, SiteHost, load.String(), SiteIP, SiteIP6, pair, lines))
	w.Spawn(w.Internet, SiteIP+":443", "apache2", "-DFOREGROUND", "-f", conf)
}

// Varnish runs a real Varnish in front of an upstream, with TLS ended by HAProxy as is usual.
func (w *World) Varnish(upstream string) {
	w.T.Helper()
	w.Need("varnishd")
	host, port, _ := net.SplitHostPort(upstream)
	vcl := w.Scratch("site.vcl", fmt.Sprintf("vcl 4.1;\nbackend default { .host = \"%s\"; .port = \"%s\"; .connect_timeout = 1s; .first_byte_timeout = 2s; }\n", host, port))
	w.Spawn(w.Internet, "127.0.0.1:6081", "varnishd", "-F", "-a", "127.0.0.1:6081", "-f", vcl, "-n", filepath.Join(w.Dir, "varnish"), "-s", "malloc,8m", "-j", "none")
	w.HAProxy("  timeout server 10s\n  server v 127.0.0.1:6081")
}

// BoxDNS runs the box's DNS: a real dnsmasq, asking the provider's resolver unless told otherwise. It takes the place of
// the one before.
func (w *World) BoxDNS(args ...string) {
	w.T.Helper()
	w.BoxDNSFrom(append([]string{"--server=" + ProviderDNS}, args...)...)
}

// BoxDNSFrom is BoxDNS without any upstream but those in args.
func (w *World) BoxDNSFrom(args ...string) {
	w.T.Helper()
	w.Need("dnsmasq")
	w.StopBoxDNS()
	w.boxDNS = w.Spawn(w.Box, BoxIP+":53", "dnsmasq", append([]string{"-d", "-C", "/dev/null", "--no-resolv",
		"--no-hosts", "--bind-interfaces", "--listen-address=" + BoxIP, "--listen-address=" + BoxIP6, "--local-ttl=60", "--log-facility=-"}, args...)...)
}

// StopBoxDNS leaves the box without DNS: its port is closed.
func (w *World) StopBoxDNS() {
	if w.boxDNS != nil {
		w.Kill(w.boxDNS)
		w.boxDNS = nil
	}
}

// needRealRoot skips the scenario where something needs more than one user, which a user namespace does not have.
func (w *World) needRealRoot(what string) {
	w.T.Helper()
	if !realRoot() {
		w.T.Skipf("%s needs other users than one, which this user namespace does not have: run as root", what)
	}
}

// Dnsmasq runs a cache on the computer itself, asking the box.
func (w *World) Dnsmasq() *exec.Cmd {
	w.T.Helper()
	w.Need("dnsmasq")
	w.needRealRoot("dnsmasq")
	w.File("/etc/resolv.conf", "nameserver 127.0.0.1\n")
	return w.Spawn(w.Computer, "127.0.0.1:53", "dnsmasq", "-k", "-C", "/dev/null", "--user=root", "--group=root", "--pid-file=/run/dnsmasq.pid", "--no-resolv",
		"--no-hosts", "--bind-interfaces", "--listen-address=127.0.0.1", "--server="+BoxIP, "--log-facility=-")
}

// Unbound runs unbound as a cache on the computer itself, asking the box.
func (w *World) Unbound() *exec.Cmd {
	w.T.Helper()
	w.Need("unbound")
	w.needRealRoot("unbound")
	w.File("/etc/resolv.conf", "nameserver 127.0.0.1\n")
	w.File("/etc/unbound/unbound.conf", `server:
  interface: 127.0.0.1
  do-daemonize: no
  username: ""
  chroot: ""
  pidfile: "/run/unbound.pid"
  directory: "/run/unbound"
  use-syslog: no
  module-config: "iterator"
  access-control: 127.0.0.0/8 allow
forward-zone:
  name: "."
  forward-addr: `+BoxIP+`
remote-control:
  control-enable: yes
  control-interface: /run/unbound/ctl.sock
  control-use-cert: no
`)
	return w.Spawn(w.Computer, "127.0.0.1:53", "unbound", "-d", "-c", "/etc/unbound/unbound.conf")
}

// Nscd runs nscd on the computer, with a hosts cache as Debian configures it.
func (w *World) Nscd() *exec.Cmd {
	w.T.Helper()
	w.Need("nscd")
	w.File("/etc/nscd.conf", `enable-cache hosts yes
positive-time-to-live hosts 3600
negative-time-to-live hosts 20
suggested-size hosts 211
check-files hosts yes
persistent hosts no
shared hosts yes
max-db-size hosts 33554432
enable-cache passwd no
enable-cache group no
enable-cache services no
enable-cache netgroup no
`)
	cmd := w.Spawn(w.Computer, "", "nscd", "-F")
	w.awaitFile(w.Computer, "/run/nscd/socket")
	return cmd
}
