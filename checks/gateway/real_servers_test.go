//go:build linux

package gateway

// The settings of each real server, for the faults that it can be given.

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"passerelle/checks/facts"
)

// Faults that a server without a resolver of its own would ask this computer's DNS about, or that need FastCGI.
var httpOnly = []string{"no-name", "fastcgi-refused", "fastcgi-silent", "fastcgi-closed", "fastcgi-garbage"}

// tlsFaults are those of servers that do not check the upstream's certificate.
var tlsFaults = []string{"tls-to-plain", "tls-expired", "tls-wrong-name", "tls-unknown-authority"}

func also(lists ...[]string) (out []string) {
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}

var realServers = []realServer{
	{product: "nginx", binary: "nginx", by: facts.ByGateway, without: []string{"garbage", "status-line"}, config: nginxConfig}, // it takes both for HTTP/0.9
	{product: "apache", binary: "apache2", by: facts.ByGateway, without: []string{"no-name", "status-line"}, config: apacheConfig},
	{product: "haproxy", binary: "haproxy", by: facts.ByGateway, without: httpOnly[1:], config: haproxyConfig},
	{product: "varnish", binary: "varnishd", by: facts.ByEdge, without: also(httpOnly, tlsFaults), config: varnishConfig},
	{product: "lighttpd", binary: "lighttpd", by: facts.ByGateway, without: also(httpOnly[:1], tlsFaults, []string{"header", "fastcgi-silent", "fastcgi-garbage"}), config: lighttpdConfig},
	{product: "caddy", binary: "caddy", by: facts.ByGateway, without: append([]string{"big-header"}, httpOnly[1:]...), config: caddyConfig},
	{product: "apache-traffic-server", binary: "traffic_server", by: facts.ByEdge, without: also(httpOnly[1:], tlsFaults[1:]), config: atsConfig},
	{product: "h2o", binary: "h2o", by: facts.ByGateway, without: append([]string{"big-header", "tls-wrong-name"}, httpOnly...), config: h2oConfig},
	{product: "nghttpx", binary: "nghttpx", by: facts.ByGateway, without: httpOnly, config: nghttpxConfig},
	{product: "squid", binary: "squid", by: facts.ByProxy, forward: true, without: []string{"garbage"}, config: squidConfig},
	{product: "tinyproxy", binary: "tinyproxy", by: facts.ByProxy, forward: true, only: []string{"refused"}, config: tinyproxyConfig},
	{product: "privoxy", binary: "privoxy", by: facts.ByProxy, forward: true, only: []string{"refused", "silent", "closed", "closed-on-accept", "reset", "garbage"}, config: privoxyConfig},
	{product: "mitmproxy", binary: "mitmdump", by: facts.ByProxy, forward: true, slow: true, without: []string{"silent", "big-header"}, config: mitmproxyConfig},
}

// each writes one piece of a configuration per fault.
func (l *realLab) each(front map[string]int, line func(u fault, port int) string) string {
	var b strings.Builder
	for _, name := range l.names {
		b.WriteString(line(l.byName(name), front[name]))
	}
	return b.String()
}

func (u *fault) split() (host, port string) {
	host, port, _ = net.SplitHostPort(u.addr)
	return host, port
}

// url is how most servers write their upstream.
func (u *fault) url() string {
	if u.scheme == "name" {
		return "http://" + u.addr
	}
	return u.scheme + "://" + u.addr
}

func nginxConfig(l *realLab, front map[string]int) ([]string, []string) {
	user := ""
	if os.Getuid() == 0 {
		user = "user root;\n"
	}
	conf := user + "daemon off;\nmaster_process off;\npid " + l.dir + "/pid;\nevents {}\nhttp {\naccess_log off;\nresolver " + l.resolver + " ipv6=off;\n" +
		"client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;\nproxy_connect_timeout 1s; proxy_read_timeout 1s; fastcgi_read_timeout 1s;\n" +
		"proxy_ssl_verify on; proxy_ssl_trusted_certificate " + l.ca + "; proxy_ssl_name " + upName + ";\n" +
		l.each(front, func(u fault, port int) string {
			pass := "proxy_pass " + u.url()
			switch u.scheme {
			case "fastcgi":
				pass = "fastcgi_pass " + u.addr
			case "name": // a variable: the name is looked up when asked for
				pass = "set $up " + u.addr + "; proxy_pass http://$up"
			}
			return fmt.Sprintf("server { listen 127.0.0.1:%d; location / { %s; } }\n", port, pass)
		}) + "}\n"
	return []string{"-p", l.dir, "-e", "stderr", "-c", l.write("nginx.conf", conf)}, nil
}

func apacheConfig(l *realLab, front map[string]int) ([]string, []string) {
	modules := "/usr/lib/apache2/modules"
	var b strings.Builder
	fmt.Fprintf(&b, "ServerRoot %s\nServerName site.example\nPidFile %s/pid\nDefaultRuntimeDir %s\nErrorLog %s/error.log\n", l.dir, l.dir, l.dir, l.dir)
	for _, m := range []string{"mpm_event", "authz_core", "proxy", "proxy_http", "proxy_fcgi", "socache_shmcb", "ssl"} {
		if exists(modules + "/mod_" + m + ".so") {
			fmt.Fprintf(&b, "LoadModule %s_module %s/mod_%s.so\n", m, modules, m)
		}
	}
	fmt.Fprintf(&b, "User www-data\nGroup www-data\nProxyTimeout 1\nSSLSessionCache none\nSSLProxyVerify require\nSSLProxyCACertificateFile %s\n", l.ca)
	b.WriteString(l.each(front, func(u fault, port int) string {
		to := u.url() + "/"
		if u.scheme == "fastcgi" {
			to = "fcgi://" + u.addr + "/"
		}
		return fmt.Sprintf("Listen 127.0.0.1:%d\n<VirtualHost 127.0.0.1:%d>\nSSLProxyEngine on\nProxyPass / %s retry=0 connectiontimeout=1 timeout=1\n</VirtualHost>\n", port, port, to)
	}))
	return []string{"-X", "-f", l.write("apache.conf", b.String())}, nil
}

func haproxyConfig(l *realLab, front map[string]int) ([]string, []string) {
	return []string{"-db", "-f", l.write("haproxy.cfg", "defaults\n mode http\n timeout connect 1s\n timeout client 9s\n timeout server 1s\n retries 0\nresolvers lab\n nameserver one "+l.resolver+"\n timeout retry 300ms\n"+
		l.each(front, func(u fault, port int) string {
			options := ""
			switch u.scheme {
			case "https":
				options = " ssl verify required ca-file " + l.ca + " verifyhost " + upName
			case "name":
				options = " resolvers lab init-addr none"
			}
			return fmt.Sprintf("listen %s\n bind 127.0.0.1:%d\n server s %s%s\n", u.name, port, u.addr, options)
		}))}, nil
}

func varnishConfig(l *realLab, front map[string]int) ([]string, []string) {
	args := []string{"-F", "-n", l.dir + "/work", "-f", l.dir + "/default.vcl", "-s", "malloc,1M", "-j", "none", "-p", "connect_timeout=1", "-p", "first_byte_timeout=1", "-p", "between_bytes_timeout=1"}
	vcl, recv := "vcl 4.1;\nimport std;\n", ""
	l.each(front, func(u fault, port int) string {
		host, up := u.split()
		id := strings.ReplaceAll(u.name, "-", "_")
		vcl += fmt.Sprintf("backend %s { .host = %q; .port = %q; }\n", id, host, up)
		recv += fmt.Sprintf("if (std.port(local.ip) == %d) { set req.backend_hint = %s; }\n", port, id)
		args = append(args, "-a", fmt.Sprintf("127.0.0.1:%d", port))
		return ""
	})
	l.write("default.vcl", vcl+"sub vcl_recv {\n"+recv+"return (pass);\n}\n")
	return args, nil
}

func lighttpdConfig(l *realLab, front map[string]int) ([]string, []string) {
	first := front[l.names[0]]
	conf := fmt.Sprintf("server.modules = (\"mod_proxy\", \"mod_fastcgi\")\nserver.document-root = %q\nserver.port = %d\nserver.bind = \"127.0.0.1\"\nserver.upload-dirs = (%q)\nserver.max-request-field-size = 8192\n", l.dir, first, l.dir)
	conf += l.each(front, func(u fault, port int) string {
		host, up := u.split()
		module, more := "proxy", `, "connect-timeout" => 1, "read-timeout" => 1, "write-timeout" => 1`
		if u.scheme == "fastcgi" {
			module, more = "fastcgi", `, "check-local" => "disable"`
		}
		return fmt.Sprintf("$SERVER[\"socket\"] == \"127.0.0.1:%d\" { %s.server = (\"\" => ((\"host\" => %q, \"port\" => %s%s))) }\n", port, module, host, up, more)
	})
	return []string{"-D", "-f", l.write("lighttpd.conf", conf)}, nil
}

func caddyConfig(l *realLab, front map[string]int) ([]string, []string) {
	conf := "{\n admin off\n auto_https off\n}\n" + l.each(front, func(u fault, port int) string {
		tls := ""
		if u.scheme == "https" {
			tls = "tls_trusted_ca_certs " + l.ca + "\n tls_server_name " + upName + "\n"
		}
		return fmt.Sprintf("http://:%d {\n bind 127.0.0.1\n reverse_proxy %s {\n transport http {\n dial_timeout 1s\n response_header_timeout 1s\n resolvers %s\n %s }\n }\n}\n", port, u.url(), l.resolver, tls)
	})
	return []string{"run", "--config", l.write("Caddyfile", conf), "--adapter", "caddyfile"}, []string{"HOME=" + l.dir, "XDG_DATA_HOME=" + l.dir, "XDG_CONFIG_HOME=" + l.dir}
}

// atsConfig copies the packaged settings and changes a few. Names of upstreams with TLS would be looked up in this computer's DNS, so
// only the handshake that nobody answers is tried.
func atsConfig(l *realLab, front map[string]int) ([]string, []string) {
	etc := filepath.Join(l.dir, "etc")
	if err := os.CopyFS(etc, os.DirFS("/etc/trafficserver")); err != nil {
		return nil, nil
	}
	os.MkdirAll(filepath.Join(l.dir, "run"), 0o777)
	os.MkdirAll(filepath.Join(l.dir, "log"), 0o777)
	exec.Command("chmod", "-R", "a+rwX", l.dir).Run()
	ports, remap := "", ""
	l.each(front, func(u fault, port int) string {
		ports += fmt.Sprintf(" %d:ip-in=127.0.0.1", port)
		remap += fmt.Sprintf("map http://site.example:%d/ %s/\n", port, u.url())
		return ""
	})
	records, _ := os.ReadFile(filepath.Join(etc, "records.config"))
	settings := string(records) + "\nCONFIG proxy.config.http.server_ports STRING" + ports + `
CONFIG proxy.config.admin.user_id STRING #-1
CONFIG proxy.config.http.cache.http INT 0
CONFIG proxy.config.http.connect_attempts_timeout INT 1
CONFIG proxy.config.http.connect_attempts_max_retries INT 0
CONFIG proxy.config.http.connect_attempts_max_retries_down_server INT 0
CONFIG proxy.config.http.down_server.cache_time INT 0
CONFIG proxy.config.http.transaction_no_activity_timeout_out INT 1
CONFIG proxy.config.url_remap.remap_required INT 1
CONFIG proxy.config.dns.nameservers STRING ` + l.resolver + `
CONFIG proxy.config.dns.search_default_domains INT 0
`
	l.write("etc/records.config", settings)
	l.write("etc/remap.config", remap)
	l.write("etc/storage.config", "")
	return nil, []string{"PROXY_CONFIG_CONFIG_DIR=" + etc, "PROXY_CONFIG_LOCAL_STATE_DIR=" + l.dir + "/run", "PROXY_CONFIG_LOG_LOGFILE_DIR=" + l.dir + "/log"}
}

func h2oConfig(l *realLab, front map[string]int) ([]string, []string) {
	user := ""
	if os.Getuid() == 0 {
		user = "user: root\n"
	}
	conf := user + "error-log: " + l.dir + "/error.log\nproxy.timeout.io: 1000\nproxy.ssl.verify-peer: ON\nproxy.ssl.cafile: " + l.ca + "\nhosts:\n" +
		l.each(front, func(u fault, port int) string {
			return fmt.Sprintf("  \"site.example:%d\":\n    listen: {host: 127.0.0.1, port: %d}\n    paths:\n      \"/\":\n        proxy.reverse.url: \"%s/\"\n", port, port, u.url())
		})
	return []string{"-c", l.write("h2o.yaml", conf)}, nil
}

func nghttpxConfig(l *realLab, front map[string]int) ([]string, []string) {
	// The path asked for tells the upstream: all fronts share the backends.
	args := []string{"--no-ocsp", "--conf=/dev/null", "--workers=1", "--backend-connect-timeout=1s", "--backend-read-timeout=1s", "--cacert=" + l.ca, "--errorlog-file=" + l.dir + "/error.log", "--accesslog-file=/dev/null"}
	l.each(front, func(u fault, port int) string {
		host, up := u.split()
		tls := ""
		if u.scheme == "https" {
			tls = ";tls;sni=" + upName
		}
		args = append(args, "-f", fmt.Sprintf("127.0.0.1,%d;no-tls", port), "-b", fmt.Sprintf("%s,%s;/%s%s", host, up, u.name, tls))
		return ""
	})
	return append(args, "-b", "127.0.0.1,1;/"), nil
}

func squidConfig(l *realLab, front map[string]int) ([]string, []string) {
	return []string{"-N", "-f", l.write("squid.conf", fmt.Sprintf("http_port 127.0.0.1:%d\nhttp_access allow all\ncache deny all\npid_filename none\naccess_log none\ncache_log %s/cache.log\n"+
		"cache_store_log none\ncoredump_dir %s\nnetdb_filename none\nvisible_hostname proxy.example\nconnect_timeout 1 second\nread_timeout 1 second\nforward_timeout 2 seconds\nforward_max_tries 1\nshutdown_lifetime 0 seconds\npinger_enable off\n"+
		"cache_mem 1 MB\nmax_filedescriptors 1024\ndns_nameservers 127.0.0.1\n", front["refused"], l.dir, l.dir))}, nil
}

func tinyproxyConfig(l *realLab, front map[string]int) ([]string, []string) {
	return []string{"-d", "-c", l.write("tinyproxy.conf", fmt.Sprintf("Port %d\nListen 127.0.0.1\nTimeout 5\nMaxClients 10\nLogLevel Critical\nAllow 127.0.0.1\n", front["refused"]))}, nil
}

func privoxyConfig(l *realLab, front map[string]int) ([]string, []string) {
	return []string{"--no-daemon", l.write("privoxy.conf", fmt.Sprintf("confdir /etc/privoxy\ntempldir /etc/privoxy/templates\nlogdir %s\nlisten-address 127.0.0.1:%d\nsocket-timeout 1\n", l.dir, front["refused"]))}, nil
}

func mitmproxyConfig(l *realLab, front map[string]int) ([]string, []string) {
	return []string{"--listen-host", "127.0.0.1", "-p", fmt.Sprint(front["refused"]), "--set", "confdir=" + l.dir, "-q"}, nil
}
