package fix

import (
	"context"
	"strings"
	"testing"
)

// primary is the service that carries the traffic of this Mac.
func primary(t *testing.T, env Env) string {
	t.Helper()
	if !env.Computer.admin() {
		t.Skip("skipped: networksetup wants an administrator")
	}
	s, err := env.Computer.macPrimary(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return s.Name
}

// TestDNSForReal gives this Mac's connection a public DNS, then the box's, and each time what it had.
func TestDNSForReal(t *testing.T) {
	env := onThisComputer(t)
	service := primary(t, env)
	state := func() string { return asked(t, networksetup, "-getdnsservers", service) }
	was := macServers(state())
	thereAndBack(t, env, "use-public-dns", "cloudflare", state)

	asked(t, networksetup, "-setdnsservers", service, "9.9.9.9", "149.112.112.112")
	defer asked(t, append([]string{networksetup, "-setdnsservers", service}, macWords(was)...)...)
	thereAndBack(t, env, "use-automatic-dns", "", state)
}

// TestProxyForReal switches off proxies that do not answer, of each kind.
func TestProxyForReal(t *testing.T) {
	env := onThisComputer(t)
	service := primary(t, env)
	read := func() string {
		var all []string
		for _, k := range macProxyKinds {
			all = append(all, k.Get+": "+asked(t, networksetup, k.Get, service))
		}
		return strings.Join(all, "\n")
	}
	if strings.Contains(read(), "Enabled: Yes") {
		t.Skip("skipped: this Mac has a proxy of its own")
	}
	for _, argv := range [][]string{{"-setwebproxy", service, "127.0.0.1", "9"}, {"-setsecurewebproxy", service, "127.0.0.1", "9"}, {"-setautoproxyurl", service, "http://127.0.0.1:9/proxy.pac"}} {
		asked(t, append([]string{networksetup}, argv...)...)
	}
	defer func() {
		for _, argv := range [][]string{{"-setwebproxystate", service, "off"}, {"-setsecurewebproxystate", service, "off"}, {"-setautoproxystate", service, "off"}} {
			asked(t, append([]string{networksetup}, argv...)...)
		}
	}()
	thereAndBack(t, env, "turn-off-proxy", "", read)
}
