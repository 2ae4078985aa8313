package person

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"

	"passerelle/checks/lab"
)

// Faults of this computer, each a small function. They are put one after the other into one world.

const (
	localhostLine = "127.0.0.1 localhost\n::1 localhost ip6-localhost\n127.0.1.1 computer\n"
	deadProxy     = "127.0.0.1:3128" // nobody listens there
)

func site(w *lab.World) { w.Site(lab.Page("Boutique")) }

// noSite: the site is where its name says, and silent.
func noSite(w *lab.World) { w.Names.Set(lab.SiteHost, "203.0.113.97") }

// site502: the site's front door works, what is behind it does not.
func site502(w *lab.World) { w.Nginx("location / { proxy_pass http://127.0.0.1:9001; }", nil) }

func hostsLine(w *lab.World) {
	w.File("/etc/hosts", localhostLine+"# added by hand\n"+lab.DeadIP+"\t"+lab.SiteHost+" # old server\n")
}

// hostsLineShared: the same line names another host too, and the file ends without a newline.
func hostsLineShared(w *lab.World) {
	w.File("/etc/hosts", localhostLine+"127.0.0.1 tracker.example "+lab.SiteHost+" www."+lab.SiteHost)
}

// rewriteAfter is how fast a company's program is: some write the file every few seconds, those that watch it at once.
const rewriteAfter = 300 * time.Millisecond

// hostsWriter is a company's program that writes its line anew when anybody has taken it away.
func hostsWriter(w *lab.World) {
	hostsLine(w)
	p := w.Computer.Path("/etc/hosts")
	want, err := os.ReadFile(p)
	if err != nil {
		w.T.Fatal(err)
	}
	stop := make(chan struct{})
	w.T.Cleanup(func() { close(stop) })
	go func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(50 * time.Millisecond):
			}
			if b, err := os.ReadFile(p); err == nil && string(b) != string(want) {
				time.Sleep(rewriteAfter)
				_ = os.WriteFile(p, want, 0o644)
			}
		}
	}()
}

func resolvedStale(w *lab.World) { w.Resolved(); w.Stale() }
func nscdStale(w *lab.World)     { w.Nscd(); w.Stale() }
func dnsmasqStale(w *lab.World)  { w.Dnsmasq(); w.Stale() }
func unboundStale(w *lab.World)  { w.Unbound(); w.Stale() }

// deadServer: the DNS server that is set by hand no longer exists.
func deadServer(w *lab.World) {
	w.File("/etc/resolv.conf", "# set by hand\nnameserver 203.0.113.98\noptions timeout:2\n")
}

// deadServerInResolved: the same, where systemd-resolved asks.
func deadServerInResolved(w *lab.World) {
	w.Resolved()
	command(w, "/usr/bin/resolvectl", "dns", "eth0", "203.0.113.98")
	command(w, "/usr/bin/resolvectl", "domain", "eth0", "~.")
	w.File("/etc/systemd/resolved.conf", "[Resolve]\nFallbackDNS=\nDNSSEC=no\nLLMNR=no\nMulticastDNS=no\n")
	command(w, "sh", "-c", "kill -HUP $(pidof systemd-resolved) || true")
}

// boxDenies: the box's DNS says that the name does not exist.
func boxDenies(w *lab.World) { w.BoxDNS("--local=/" + lab.SiteHost + "/") }

// boxSilent: the box's own DNS is dead, others answer.
func boxSilent(w *lab.World) {
	w.NFT(w.Box, "table inet lab { chain i { type filter hook input priority 0\n meta l4proto { tcp, udp } th dport 53 drop\n }\n}")
}

// everyDNSDead: whatever is asked, nothing answers.
func everyDNSDead(w *lab.World) {
	w.NFT(w.Box, "table inet lab { chain f { type filter hook forward priority 0\n meta l4proto { tcp, udp } th dport 53 drop\n }\n}")
}

// ownRules refuse the site, among other things.
const ownRules = `table inet own {
	set others { type ipv4_addr
		elements = { 192.0.2.250 } }
	chain out { type filter hook output priority 0
		ip daddr @others drop
		ip daddr ` + lab.SiteIP + ` counter reject with icmp type admin-prohibited comment "not this shop"
		tcp dport 25 reject
	}
}`

// rule is a rule of this computer's own firewall that refuses the site, with others around it.
func rule(w *lab.World) {
	w.NFT(w.Computer, ownRules)
	w.IP(w.Computer, "route del ::/0") // one way, one rule
}

// secondRule refuses the site again, further on.
func secondRule(w *lab.World) {
	w.NFT(w.Computer, "table inet other { chain out { type filter hook output priority 10\n ip daddr "+lab.SiteIP+" reject with icmp type admin-prohibited\n }\n}")
}

// session gives the computer's person a D-Bus session and settings of their own, as a desktop does.
func session(w *lab.World, root bool) {
	w.Need("dbus-daemon")
	w.Need("gsettings")
	home := "/home/visitor/"
	run := "/run/user/1000"
	mk := "mkdir -p " + run + " " + home + ".config && chmod 700 " + run
	if !root {
		mk += " && chown -R 1000:1000 " + run + " " + home
	}
	command(w, "sh", "-c", mk)
	w.Computer.Env = append(w.Computer.Env, "XDG_RUNTIME_DIR="+run, "DBUS_SESSION_BUS_ADDRESS=unix:path="+run+"/bus",
		"XDG_CONFIG_HOME="+home+".config", "XDG_CURRENT_DESKTOP=GNOME")
	cmd := w.Computer.Command("dbus-daemon", "--session", "--nofork", "--nopidfile", "--address=unix:path="+run+"/bus")
	if !root {
		w.Computer.As(cmd)
	}
	if err := w.Computer.Start(cmd); err != nil {
		w.T.Fatal(err)
	}
	w.T.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	for range 200 {
		if _, err := os.Stat(w.Computer.Path(run + "/bus")); err == nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	w.T.Fatal("the lab failed: no session bus")
}

// gsettings asks or tells the person's settings.
func gsettings(w *lab.World, root bool, args ...string) string {
	w.T.Helper()
	cmd := w.Computer.Command("gsettings", args...)
	if !root {
		w.Computer.As(cmd)
	}
	o := w.Computer.Run(cmd, 20*time.Second)
	if o.Exit != 0 || strings.Contains(o.Stderr, "dconf-WARNING") {
		w.T.Fatalf("the lab failed: gsettings %v: %d %s%s", args, o.Exit, o.Stdout, o.Stderr)
	}
	return o.Stdout
}

// gnomeProxy is a dead proxy in GNOME's settings.
func gnomeProxy(root bool) func(w *lab.World) {
	return func(w *lab.World) {
		session(w, root)
		set := func(schema, key, value string) {
			gsettings(w, root, "set", "org.gnome.system.proxy"+schema, key, value)
		}
		for _, s := range []string{".http", ".https"} {
			set(s, "host", "127.0.0.1")
			set(s, "port", "3128")
		}
		set("", "ignore-hosts", "['localhost', '*.lan']")
		set("", "mode", "manual")
	}
}

// kdeProxy is a dead proxy in KDE's settings.
func kdeProxy(w *lab.World) {
	w.Computer.Env = append(w.Computer.Env, "XDG_CURRENT_DESKTOP=KDE")
	own(w, ".config/kioslaverc", "PersistentProxyConnection=false\n[Proxy Settings]\nProxyType=1\nhttpProxy=http://127.0.0.1 3128\nhttpsProxy=http://127.0.0.1 3128\nNoProxyFor=.lan\n")
}

// profileProxy is a dead proxy in the person's ~/.profile, and so in the environment of what they start.
func profileProxy(w *lab.World) {
	own(w, ".profile", "# mine\numask 022\nexport http_proxy=http://"+deadProxy+" https_proxy=http://"+deadProxy+"\nexport EDITOR=vi\n")
	w.Computer.Env = append(w.Computer.Env, "http_proxy=http://"+deadProxy, "https_proxy=http://"+deadProxy)
}

// systemProxy is a dead proxy in /etc/environment: it is the administrator's.
func systemProxy(w *lab.World) {
	w.File("/etc/environment", "http_proxy=http://"+deadProxy+"\nhttps_proxy=http://"+deadProxy+"\n")
	w.Computer.Env = append(w.Computer.Env, "http_proxy=http://"+deadProxy, "https_proxy=http://"+deadProxy)
}

// own writes a file of the person's.
func own(w *lab.World, name, text string) {
	p := filepath.Join("/home/visitor", name)
	w.File(p, text)
	command(w, "chown", "-R", "1000:1000", "/home/visitor")
	command(w, "chmod", "600", p)
}

// ruleLoader loads the firewall's rules anew when somebody has changed them, as some managing programs do.
func ruleLoader(w *lab.World) {
	rule(w)
	stop := make(chan struct{})
	ended := make(chan struct{})
	w.T.Cleanup(func() { close(stop); <-ended })
	go func() {
		defer close(ended)
		for {
			select {
			case <-stop:
				return
			case <-time.After(100 * time.Millisecond):
			}
			if o := w.Exec("nft", "list", "table", "inet", "own"); o.Exit == 0 && strings.Contains(o.Stdout, "passerelle off") {
				time.Sleep(rewriteAfter)
				w.Exec("nft", "delete", "table", "inet", "own")
				w.NFT(w.Computer, ownRules)
			}
		}
	}()
}

// stuckPort: the box hears nothing of this computer any more, until the link between them has been down.
func stuckPort(w *lab.World) {
	w.NFT(w.Box, `table inet stuck {
 chain i { type filter hook input priority 0
  iifname "lan" drop
 }
 chain f { type filter hook forward priority 0
  iifname "lan" drop
 }
}
table arp stuck {
 chain i { type filter hook input priority 0
  iifname "lan" drop
 }
}`)
	w.IP(w.Computer, "neigh flush all")
	stop := make(chan struct{})
	ended := make(chan struct{})
	w.T.Cleanup(func() { close(stop); <-ended })
	go func() {
		defer close(ended)
		for {
			select {
			case <-stop:
				return
			case <-time.After(100 * time.Millisecond):
			}
			if o := w.Box.Exec("ip", "-o", "link", "show", "lan"); strings.Contains(o.Stdout, "NO-CARRIER") {
				_ = w.Box.Exec("nft", "delete", "table", "inet", "stuck")
				_ = w.Box.Exec("nft", "delete", "table", "arp", "stuck")
				return
			}
		}
	}()
}

// oddServer: a server that somebody once set by hand, and that denies the site; the box's own does not.
func oddServer(w *lab.World) {
	w.Resolvers["doh.opendns.com"].Own.Put(lab.SiteHost, lab.Name{Code: dns.RcodeNameError})
	w.File("/etc/resolv.conf", "search lan\nnameserver 208.67.222.222\n")
}

// browser is a stand-in: it opens the address that it is given, follows where it leads, and signs in.
func browser(w *lab.World) {
	w.File("/run/browser", "#!/bin/sh\necho \"$1\" >> /run/tmp/opened\nexec /usr/bin/curl -sL -m 10 -o /run/tmp/page \"$1\"\n")
	command(w, "chmod", "755", "/run/browser")
	w.File("/home/visitor/.local/share/applications/lab.desktop", "[Desktop Entry]\nType=Application\nName=Lab\nExec=/run/browser %u\nMimeType=x-scheme-handler/http;x-scheme-handler/https;\n")
	w.File("/home/visitor/.config/mimeapps.list", "[Default Applications]\nx-scheme-handler/http=lab.desktop\nx-scheme-handler/https=lab.desktop\n")
	command(w, "chown", "-R", "1000:1000", "/home/visitor")
	w.Computer.Env = append(w.Computer.Env, "DISPLAY=:99")
}

// portal is the Wi-Fi's sign-in page, in the way of everything until somebody has opened it.
func portal(w *lab.World) {
	open := sync.OnceFunc(func() { _ = w.Box.Exec("nft", "delete", "table", "inet", "portal") })
	w.Serve(w.Box, "0.0.0.0:8080", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/login" {
			http.Redirect(rw, r, "http://"+lab.BoxIP+":8080/login", http.StatusFound)
			return
		}
		if !strings.HasPrefix(r.UserAgent(), "curl") { // only the browser signs in: we look at where it leads, and that is all
			lab.Status(200, "<form>Sign in</form>").ServeHTTP(rw, r)
			return
		}
		open()
		lab.Status(200, "<p>Welcome</p>").ServeHTTP(rw, r)
	}))
	w.NFT(w.Box, `table inet portal {
 chain p { type nat hook prerouting priority dstnat
  iifname "lan" tcp dport 80 redirect to :8080
 }
 chain f { type filter hook forward priority 0
  iifname "lan" meta l4proto tcp reject with tcp reset
  iifname "lan" drop
 }
}`)
}

// standInSystemctl is what no namespace has, systemd: its one service is a tunnel of the kernel.
const standInSystemctl = `#!/bin/sh
case "$1" in
list-units) for l in $(cd /run/open && ls); do echo "wg-quick@$l.service loaded active exited WireGuard $l"; done;;
stop) rm /run/open/vpn0; ip link del vpn0;;
start) touch /run/open/vpn0; ip tuntap add vpn0 mode tun; ip addr add 10.8.0.2/24 dev vpn0; ip link set vpn0 up
	ip route add 0.0.0.0/1 via 10.8.0.1 dev vpn0; ip route add 128.0.0.0/1 via 10.8.0.1 dev vpn0;;
esac
`

// deadVPN holds the default route, and lets nothing through.
func deadVPN(w *lab.World) {
	w.Need("systemctl")
	w.IP(w.Computer, "route del ::/0")
	w.File("/run/systemctl", standInSystemctl)
	command(w, "chmod", "755", "/run/systemctl")
	command(w, "mount", "--bind", "/run/systemctl", "/usr/bin/systemctl") // in this computer's own mounts
	command(w, "mkdir", "-p", "/run/open")
	w.File("/run/open/vpn0", "")
	w.Tun(w.Computer, "vpn0")
	w.IP(w.Computer, "addr add 10.8.0.2/24 dev vpn0", "link set vpn0 up", "route add 0.0.0.0/1 via 10.8.0.1 dev vpn0", "route add 128.0.0.0/1 via 10.8.0.1 dev vpn0")
}
