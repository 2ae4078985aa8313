package lab

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestRealBrowserWindows: a private window of the usual browser, and the other browser, on a screen that nobody sees. The address is
// one that a shell or an option parser would make something else of.
func TestRealBrowserWindows(t *testing.T) {
	if os.Getenv("PASSERELLE_ALL") != "1" {
		t.Skip("runs under PASSERELLE_ALL=1: real browsers")
	}
	const (
		typed   = shopURL + `a b/$(touch /home/visitor/pwned);"x"?q='y'|z&--no-first-run -x`
		arrived = shopURL + "a%20b/$%28touch%20/home/visitor/pwned%29;%22x%22?q=%27y%27%7Cz&--no-first-run%20-x"
	)
	agents := map[string]string{"chromium": "Chrome/", "firefox": "Firefox/"}
	desktops := map[string]string{"chromium": "chromium.desktop", "firefox": "firefox-esr.desktop"}
	for i, usual := range realBrowsers {
		other := realBrowsers[1-i]
		t.Run(usual.id, func(t *testing.T) {
			defer count(t)
			w, s := shopWorld(t)
			w.Need(usual.program)
			w.Need(other.program)
			w.Need("xdg-settings")
			w.Screen()
			o := w.Visitor("sh", "-c", fmt.Sprintf("mkdir -p ~/.config && printf '[Default Applications]\\nx-scheme-handler/http=%[1]s\\nx-scheme-handler/https=%[1]s\\ntext/html=%[1]s\\n' >~/.config/mimeapps.list", desktops[usual.id]))
			w.need(o.Err, "choosing the usual browser")

			// The usual window leaves a cookie and a note behind, which a private one must not know of.
			cmd := usual.open(w, shopURL)
			s.since(t, 0)
			usual.closed(w, cmd)

			open := func(n int, fix, agent, not string) {
				t.Helper()
				said := w.Passerelle(false, "fix", "--json", fix, typed)
				if said.Exit != 0 {
					t.Fatalf("%s: exit %d: %s%s", fix, said.Exit, said.Stdout, said.Stderr)
				}
				v, _ := s.since(t, n)
				if v.Cookie != "" || v.Stored != "" || !strings.Contains(v.Agent, agent) || strings.Contains(v.Agent, not) || v.URI != arrived {
					t.Errorf("%s: %+v", fix, v)
				}
				t.Logf("%s: %s in %s", fix, v.URI, v.Agent)
			}
			open(1, "open-private-window", agents[usual.id], agents[other.id])
			open(2, "open-other-browser", agents[other.id], agents[usual.id])
			if _, err := os.Stat(w.Computer.Path("/home/visitor/pwned")); err == nil {
				t.Error("the address was run as a command")
			}
		})
	}
}
