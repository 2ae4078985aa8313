package fix

import (
	"bytes"
	"context"
	"net/url"
	"strings"
	"testing"
)

// hostile is what must never reach a command but as one validated argument (os-fixes.md §8.3, 7).
var hostile = []string{
	"a;id", "a&calc", "a|b", "`id`", "$(id)", `"quoted"`, "'quoted'", "line\nbreak", "-rf", "--helper", "%PATH%", "a^b", "“a”", "a b", "é.example",
	`"; rm -rf /`, strings.Repeat("a", 300), "a\x00b", "a..b", ".", "-a.example", "a-.example", "fe80::1%eth0", "[::1]", "a/b", "a\\b", "@", "a@b", "",
}

func TestHostileHosts(t *testing.T) {
	for _, h := range hostile {
		if got, err := ValidHost(h); err == nil {
			t.Errorf("%q is taken as the host %q", h, got)
		}
		c, run := fake(t, "linux", map[string]string{"/etc/resolv.conf": "nameserver 127.0.0.1\n", "/proc/net/udp": udpHead + onLoopback,
			"/proc/70/comm": "dnsmasq\n", "/proc/70/net/udp": udpHead + onLoopback}, "pkexec")
		program := helperHere(t, c)
		env := yes(t, c)
		env.Host = h
		_, _ = Run(context.Background(), "flush-dns", "", env)
		if len(run.ran) != 1 || !has(run.ran, "/usr/bin/pkexec", "--disable-internal-agent", program, "helper", "flush-dns", "dnsmasq") {
			t.Errorf("%q: ran %q", h, run.ran)
		}
	}
	for in, want := range map[string]string{"Site.Example.": "site.example", "203.0.113.9": "203.0.113.9", "2001:DB8::1": "2001:db8::1", "xn--maana-pta.example": "xn--maana-pta.example", "a_b.example": "a_b.example"} {
		if got, err := ValidHost(in); err != nil || got != want {
			t.Errorf("%q: %q %v", in, got, err)
		}
	}
}

func TestHostileHelperRequests(t *testing.T) {
	c, run := fake(t, "linux", resolvedFiles, "resolvectl", "nscd", "unbound-control")
	c.UID = 0
	c.Bus = &fakeBus{owned: true}
	var requests [][]string
	for _, h := range hostile {
		requests = append(requests, []string{h}, []string{"flush-dns", h}, []string{"flush-dns", "resolved," + h}, []string{"flush-dns", "resolved", h}, []string{h, "resolved"})
	}
	requests = append(requests, nil, []string{"flush-dns"}, []string{"flush-dns", "resolved", "a.example", "more"}, []string{"flush-dns", "resolved,resolved"},
		[]string{"sh", "-c", "id"}, []string{"dns.flush", "resolved"}, []string{"flush-dns", "RESOLVED"}, []string{"flush-dns", "/usr/bin/id"})
	for _, r := range requests {
		var out, complaints bytes.Buffer
		if status := helper(r, c, &out, &complaints); status != 2 || out.Len() != 0 || complaints.Len() == 0 {
			t.Errorf("%q: status %d, %s", r, status, out.String())
		}
	}
	if len(run.ran) != 0 {
		t.Errorf("ran %q", run.ran)
	}
	var out, complaints bytes.Buffer
	c.UID = 1000
	if status := helper([]string{"flush-dns", "resolved"}, c, &out, &complaints); status != 2 {
		t.Errorf("as a user: status %d", status)
	}
	c.UID = 0
	if status := helper([]string{"flush-dns", "resolved"}, c, &out, &complaints); status != 0 || !strings.Contains(out.String(), `"resolved":null`) {
		t.Errorf("status %d: %s %s", status, out.String(), complaints.String())
	}
	if status := helper([]string{"flush-dns", "nscd"}, c, &out, &complaints); status != 1 {
		t.Errorf("a cache that is not here: status %d", status)
	}
}

func TestHostileAddresses(t *testing.T) {
	for _, a := range append([]string{
		"javascript:alert(1)", "file:///etc/passwd", "ms-settings:network", "http://", "https://-x/", "http://a\nb/", "http://a b/", "--private-window", "-na",
		"ftp://site.example/", "http://site.example:0/", "http://site.example:99999/", "http://[fe80::1%25eth0]/", "x-apple.systempreferences:a", "http://a\x00/", "https://" + strings.Repeat("a", 3000),
	}, hostile...) {
		if a == "a/b" || a == "a@b" { // a host and a path; a name that is dropped
			continue
		}
		c, run := fake(t, "linux", nil, "xdg-open", "firefox")
		for _, fix := range []string{"open-private-window", "open-other-browser", "open-portal", "open-settings"} {
			if a == "" && fix == "open-portal" || a == "[::1]" {
				continue
			}
			_, _ = Run(context.Background(), fix, a, Env{Computer: c})
		}
		if len(run.opened) != 0 {
			t.Errorf("%q: opened %q", a, run.opened)
		}
	}
	for in, want := range map[string]string{
		`https://site.example/"&calc&"?q="|x ;$(id)`: `https://site.example/%22&calc&%22?q=%22%7Cx%20;$(id)`,
		"http://user:secret@Site.Example/":           "http://site.example/",
		"site.example/a":                             "https://site.example/a",
		"https://[2001:db8::1]:8443/x":               "https://[2001:db8::1]:8443/x",
		"https://site.example/é":                     "https://site.example/%C3%A9",
	} {
		if got, err := ValidURL(in); err != nil || got != want {
			t.Errorf("%q: %q %v, want %q", in, got, err, want)
		}
	}
}

func FuzzValidURL(f *testing.F) {
	for _, h := range hostile {
		f.Add("https://site.example/" + h)
		f.Add("https://" + h + "/")
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ValidURL(s)
		if err != nil {
			return
		}
		u, err := url.Parse(got)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.User != nil || strings.ContainsAny(got, " \"'`|<>^\\{}\n\x00") {
			t.Errorf("%q → %q (%v)", s, got, err)
		}
		if again, err := ValidURL(got); err != nil || again != got {
			t.Errorf("%q → %q → %q (%v)", s, got, again, err)
		}
	})
}

func TestClosedVocabulary(t *testing.T) {
	for _, argv := range [][]string{nil, {"resolvectl", "flush-caches"}, {"/bin/sh", "-c", "id"}, {"/usr/bin/env", "resolvectl"}, {"/tmp/x", "y"}, {"/usr/bin/nscd", "a\x00b"}} {
		if r := (system{}).Run(context.Background(), argv, CommandLimit); r.OK() {
			t.Errorf("ran %q", argv)
		}
		if r := (system{}).Open(context.Background(), argv); r.OK() {
			t.Errorf("opened %q", argv)
		}
	}
}
