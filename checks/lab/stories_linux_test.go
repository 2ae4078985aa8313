package lab

import (
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

// The most common stories, with a real window, from the double-click to "it's fixed" or "message copied": each in French and in English,
// once by mouse alone and once by keyboard alone. Their pictures are kept, to be leafed through (pictures).

// story is one of them: what is broken, and what the person does.
type story struct {
	name    string
	prepare func(w *World)
	tell    func(s *tale)
	french  Hand // by which hand it is told in French; in English by the other one
	tier    Tier
}

var stories = []story{
	{"site-down-message", func(w *World) { nginxUpstreamRefused(w) }, messageCopied, Mouse, Fast},
	{"site-down-comes-back", func(w *World) { nginxUpstreamRefused(w) }, comesBack, Keys, Fast},
	{"hosts-line-and-undo", func(w *World) { hostsDead(w); w.Polkit(true) }, hostsAndUndo, Mouse, Fast},
	{"dead-proxy", desktopProxy, proxyOff, Keys, All},
	{"dns-dead-public-dns", func(w *World) { providerDNSSilent(w); w.Polkit(true) }, publicDNS, Mouse, All},
	{"old-address-in-cache", func(w *World) { staleResolved(w) }, flushCache, Keys, All},
	{"wifi-sign-in", func(w *World) { portalRedirect(w) }, signIn, Mouse, All},
	{"works-not-in-my-browser", func(w *World) { plainSite(w) }, privateWindow, Keys, Fast},
	{"error-text-then-check", func(w *World) { nginxUpstreamRefused(w) }, explainThenCheck, Mouse, All},
	{"box-unplugged", func(w *World) { uplinkDown(w) }, boxRestarted, Keys, All},
	{"practice-site", func(w *World) { plainSite(w) }, practiceSite, Mouse, All},
}

// TestWindowStories tells them one after the other. PASSERELLE_GUI is the built desktop program, with the tag outline and without the tag
// migrated_fynedo.
func TestWindowStories(t *testing.T) {
	guiProgram(t)
	for _, s := range stories {
		if s.tier == All && os.Getenv("PASSERELLE_ALL") != "1" {
			continue
		}
		for _, lang := range []string{"fr", "en"} {
			hand, by := s.french, "mouse"
			if lang == "en" {
				hand = Keys - hand
			}
			if hand == Keys {
				by = "keys"
			}
			t.Run(s.name+"/"+lang+"-"+by, func(t *testing.T) {
				defer count(t)
				a := newTale(t, lang, hand, s.prepare)
				s.tell(a)
				a.end()
			})
		}
	}
}

// messageCopied: the site is at fault; a message to its support is copied, ready to be pasted.
func messageCopied(s *tale) {
	s.check(SiteHost)
	s.verdict("verdict", "bad-gateway")
	s.press("message-copy")
	o := s.until("copied", 5*time.Second, func(o Outline) bool { return o.Says(s.word("message-copied")) })
	for _, want := range []string{SiteHost, "502"} {
		if !strings.Contains(o.Clip, want) {
			s.t.Errorf("the message does not say %q:\n%s", want, o.Clip)
		}
	}
}

// comesBack: 502; "tell me when it's back"; the site is mended meanwhile; two good answers; the window comes forward and says so.
func comesBack(s *tale) {
	s.check(SiteHost)
	s.verdict("verdict", "bad-gateway")
	s.press("tell-me")
	s.until("waiting", 5*time.Second, At("watch"))
	s.mendUpstream()
	s.press("try-now")
	s.until("one-good-answer", longCheck, func(o Outline) bool { return Still("watch")(o) && o.Left > 0 && o.Left <= 10 && o.Side == "works" })
	s.win.Away()
	s.result("back", "back") // the second try comes by itself
	if !s.win.Forward(5 * time.Second) {
		s.t.Error("the window does not come forward")
	}
}

// mendUpstream puts a healthy program behind the site's front door.
func (s *tale) mendUpstream() {
	s.t.Helper()
	s.w.ServeTCP(s.w.Internet, "127.0.0.1:9001", func(c net.Conn) {
		request(c)
		c.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"))
		c.Close()
	})
	s.w.Prove(siteURL, 200, 0)
}

// apply presses the offered change: the button of the verdict, then the one of the page that says what will change.
func (s *tale) apply(name string) {
	s.t.Helper()
	s.pressMain()
	s.until(name, 15*time.Second, func(o Outline) bool { return o.Page == "repair" && o.Phase == "ready" })
	s.pressMain()
}

// hostsAndUndo: a line of the hosts file is in the way; one click; it opens; the change is put back from the list of changes.
func hostsAndUndo(s *tale) {
	before := s.hosts()
	s.check(SiteHost)
	s.verdict("verdict", "hosts-override")
	s.apply("plan")
	s.result("fixed", "fixed")
	if s.hosts() == before {
		s.t.Error("the hosts file is as before")
	}
	s.press("finish")
	s.until("first-page", 5*time.Second, At("address"))
	s.win.Press(s.hand, s.word("address.other"))
	s.press("changes")
	s.until("changes", 5*time.Second, func(o Outline) bool { _, ok := o.Find("button", s.word("button.undo")); return ok })
	s.press("undo")
	s.until("undone", 15*time.Second, func(o Outline) bool { return o.Undoing == "" && o.Says(s.word("undo.done")) })
	if s.hosts() != before {
		s.t.Errorf("the hosts file is not as before:\n%s", s.hosts())
	}
}

func (s *tale) hosts() string {
	s.t.Helper()
	text, err := os.ReadFile(s.w.Computer.Path("/etc/hosts"))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

// desktopProxy: the desktop's settings name a proxy that is switched off.
func desktopProxy(w *World) {
	w.Site(Page("Boutique"))
	w.Session()
	for _, kind := range []string{"http", "https"} {
		for key, value := range map[string]string{"host": "127.0.0.1", "port": "3128"} {
			if o := w.Visitor("gsettings", "set", "org.gnome.system.proxy."+kind, key, value); o.Exit != 0 {
				w.T.Fatalf("the lab failed: setting the proxy: %s", o.Stderr)
			}
		}
	}
	w.Visitor("gsettings", "set", "org.gnome.system.proxy", "mode", "manual")
	if o := w.Visitor("gsettings", "get", "org.gnome.system.proxy", "mode"); !strings.Contains(o.Stdout, "manual") {
		w.T.Fatalf("the lab failed: the desktop's proxy is %s%s", o.Stdout, o.Stderr)
	}
}

// proxyOff: a proxy of the desktop's settings does not answer; it is switched off.
func proxyOff(s *tale) {
	s.check(SiteHost)
	s.verdict("verdict", "proxy-broken")
	s.apply("plan")
	s.result("fixed", "fixed")
	if o := s.w.Visitor("gsettings", "get", "org.gnome.system.proxy", "mode"); !strings.Contains(o.Stdout, "none") {
		s.t.Errorf("the desktop's proxy is still %s", o.Stdout)
	}
}

// publicDNS: the DNS in use is silent; another one is used.
func publicDNS(s *tale) {
	s.check(SiteHost)
	s.verdict("verdict", "dns-server-down")
	s.apply("plan")
	s.result("fixed", "fixed")
	s.w.Prove(siteURL, 200, 0)
}

// flushCache: an old address in this computer's cache; it is emptied, and the site opens.
func flushCache(s *tale) {
	s.check(SiteHost)
	s.verdict("verdict", "dns-cache-stale")
	s.apply("plan")
	s.result("fixed", "fixed")
	s.w.Prove(siteURL, 200, 0)
}

// signIn: the Wi-Fi wants a sign-in; its page is opened, the person signs in there, and the site opens.
func signIn(s *tale) {
	s.check(SiteHost)
	s.verdict("verdict", "captive-portal")
	s.pressMain()
	s.until("sign-in", 15*time.Second, func(o Outline) bool { return o.Page == "repair" && o.Phase == "opened" })
	if !strings.Contains(s.w.Opened(), "http") {
		s.t.Errorf("no browser was asked to open the page: %q", s.w.Opened())
	}
	s.w.NFT(s.w.Box, "delete table inet lab") // the person has signed in
	s.w.Prove(siteURL, 200, 0)
	s.pressMain()
	s.result("works", "fixed")
}

// privateWindow: it works here and not in the person's browser; a private window opens it; so it is the browser.
func privateWindow(s *tale) {
	s.check(SiteHost)
	s.verdict("works", "works")
	s.press("no")
	s.until("look-without-memory", 15*time.Second, func(o Outline) bool { return o.Page == "repair" && o.Phase == "ready" })
	s.pressMain()
	s.until("what-do-you-see", 15*time.Second, func(o Outline) bool { return o.Page == "repair" && o.Phase == "asking" })
	if !strings.Contains(s.w.Opened(), SiteHost) {
		s.t.Errorf("no private window was opened: %q", s.w.Opened())
	}
	s.press("opens")
	s.verdict("browser-side", "browser-side")
}

// explainThenCheck: the field takes the words of an error, and then the site's address.
func explainThenCheck(s *tale) {
	s.check("502 Bad Gateway nginx")
	s.until("explained", 5*time.Second, At("explained"))
	if s.hand == Mouse {
		field, ok := s.win.Look().Find("field", "")
		if !ok {
			s.t.Fatal("no field for the address")
		}
		s.win.ClickIn(field.X+field.W/2, field.Y+field.H/2)
	}
	s.check(SiteHost)
	s.verdict("verdict", "bad-gateway")
}

// boxRestarted: no Internet; the person restarts the box; it comes back; the same check again.
func boxRestarted(s *tale) {
	s.check(SiteHost)
	s.verdict("verdict", "no-internet")
	s.w.IP(s.w.Box, "link set wan up", "addr replace 2001:db8:ff::2/64 dev wan nodad") // the box has restarted
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(100 * time.Millisecond) { // its link is up a moment later
		err := s.w.Box.netOnly("route replace default via 192.0.2.1\nroute replace ::/0 via 2001:db8:ff::1\n", "ip", "-batch", "-")
		if err == nil {
			break
		} else if time.Now().After(end) {
			s.t.Fatalf("the lab failed: the box does not come back: %v", err)
		}
	}
	s.w.Prove(siteURL, 200, 0)
	if _, ok := s.win.Look().Find("button", s.word("button.again")); ok {
		s.press("again")
	} else {
		s.win.Key("F5")
	}
	s.until("works", longCheck, func(o Outline) bool { return !o.Busy && o.Cause == "works" })
}

// practiceSite: the example that the first page offers.
func practiceSite(s *tale) {
	s.win.Press(s.hand, s.word("address.other"))
	s.press("example")
	s.until("verdict", longCheck, Still("verdict"))
	s.says("example")
	s.win.Key("Escape")
	s.until("first-page", 5*time.Second, At("address"))
}
