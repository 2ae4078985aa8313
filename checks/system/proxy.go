// Which proxy the target would be asked through: the environment's, the system's, or the default browser's own.

package system

import (
	"context"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http/httpproxy"

	"passerelle/checks/facts"
)

// proxyMode is what one place says about proxies.
type proxyMode uint8

const (
	proxyUnset  proxyMode = iota // nothing of its own: the next place decides
	proxyDirect                  // expressly none
	proxyManual                  // these servers
	proxyAuto                    // a script (PAC) or automatic discovery decides: we run no JavaScript, so it stays unknown
)

// proxyRules is what one place says, whatever its format.
type proxyRules struct {
	source  string
	mode    proxyMode
	servers map[string]*url.URL // by scheme of the page; "socks" serves what the others do not
	pac     string
	except  exceptions
	aside   bool // worth showing, but no browser follows it (WinHTTP's machine setting)
}

// wpad stands for the address of the script where it is to be discovered (WPAD).
const wpad = "wpad"

// answer gives the proxy for a page, and the fact to show. The fact is nil where the place says nothing or expressly nothing.
func (p proxyRules) answer(u *url.URL) (*url.URL, *facts.ProxySetting) {
	switch p.mode {
	case proxyAuto:
		return nil, &facts.ProxySetting{Source: p.source, PAC: shown(p.pac), Applies: facts.Unknown}
	case proxyManual:
		server := p.servers[u.Scheme]
		if server == nil {
			server = p.servers["socks"]
		}
		if server == nil {
			return nil, nil
		}
		if p.except.cover(u) {
			return nil, &facts.ProxySetting{Source: p.source, URL: shownURL(server), Applies: facts.No}
		}
		return server, &facts.ProxySetting{Source: p.source, URL: shownURL(server), Applies: facts.Yes}
	}
	return nil, nil
}

// shownURL is a proxy's address without user and password.
func shownURL(u *url.URL) string { return u.Scheme + "://" + u.Host }

// shown is the address of a script without user and password.
func shown(pac string) string {
	u, err := url.Parse(pac)
	if err != nil || u.User == nil {
		return pac
	}
	u.User = nil
	return u.String()
}

// EnvProxy gives the proxy that this process's environment names for u: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, in both
// cases, as curl and Go's own client read them. The setting is nil where the environment names none; Applies is No where NO_PROXY (or
// an address of this computer itself) excludes u. No I/O.
func (r *Reader) EnvProxy(u *url.URL) (*url.URL, *facts.ProxySetting) {
	get := func(names ...string) string {
		for _, n := range names {
			if v := strings.TrimSpace(r.Getenv(n)); v != "" {
				return v
			}
		}
		return ""
	}
	all := get("ALL_PROXY", "all_proxy")
	config := httpproxy.Config{
		HTTPProxy:  get("HTTP_PROXY", "http_proxy"),
		HTTPSProxy: get("HTTPS_PROXY", "https_proxy"),
		NoProxy:    get("NO_PROXY", "no_proxy"),
		CGI:        r.Getenv("REQUEST_METHOD") != "",
	}
	if config.HTTPProxy == "" {
		config.HTTPProxy = all
	}
	if config.HTTPSProxy == "" {
		config.HTTPSProxy = all
	}
	proxy, err := config.ProxyFunc()(u)
	if err != nil {
		return nil, nil // only a CGI program's poisoned HTTP_PROXY: not to be believed (httpoxy)
	}
	if proxy != nil {
		return proxy, &facts.ProxySetting{Source: "environment", URL: shownURL(proxy), Applies: facts.Yes}
	}
	config.NoProxy = ""
	if proxy, err = config.ProxyFunc()(publicTwin(u)); err == nil && proxy != nil {
		return nil, &facts.ProxySetting{Source: "environment", URL: shownURL(proxy), Applies: facts.No}
	}
	return nil, nil
}

// publicTwin is u with a host that no implicit exception covers: to learn which proxy there would be.
func publicTwin(u *url.URL) *url.URL { return &url.URL{Scheme: u.Scheme, Host: "host.example"} }

// Proxy gives the proxy that a browser here would use for u, and every place where one is set. The environment counts first, then the
// default browser's own setting or policy where it has one, else the system's or desktop's. What a script would decide is unknown: the
// proxy is nil then. A system's setting that the default browser passes over has Applies No. Takes a few milliseconds, except on
// macOS (one child process).
func (r *Reader) Proxy(ctx context.Context, u *url.URL) (*url.URL, []facts.ProxySetting) {
	proxy, all, _ := r.proxyFor(ctx, u)
	return proxy, all
}

func (r *Reader) proxyFor(ctx context.Context, u *url.URL) (*url.URL, []facts.ProxySetting, *facts.SecureDNS) {
	var all []facts.ProxySetting
	chosen, setting := r.EnvProxy(u)
	if setting != nil {
		all = append(all, *setting)
	}
	decided := chosen != nil

	system, own, dns := r.places(ctx)
	for _, rules := range system {
		proxy, setting := rules.answer(u)
		if setting != nil {
			if rules.aside || (own.mode != proxyUnset && !decided) {
				setting.Applies = facts.No
			}
			all = append(all, *setting)
		}
		if !decided && own.mode == proxyUnset && setting != nil && setting.Applies != facts.No {
			chosen, decided = proxy, true
		}
	}
	proxy, setting := own.answer(u)
	if setting != nil {
		all = append(all, *setting)
	}
	if !decided && own.mode != proxyUnset {
		chosen = proxy
	}
	return chosen, all, dns
}

// placesKept is how long the places' answers serve the several addresses of one check, so that no child process is started for each.
const placesKept = 2 * time.Second

// places reads what the system and the default browser say, whatever the page.
func (r *Reader) places(ctx context.Context) (system []proxyRules, own proxyRules, dns *facts.SecureDNS) {
	r.kept.Lock()
	defer r.kept.Unlock()
	now := r.Now()
	if age := now.Sub(r.kept.at); !r.kept.at.IsZero() && age >= 0 && age < placesKept {
		return r.kept.system, r.kept.own, r.kept.dns
	}
	ctx, cancel := context.WithTimeout(ctx, partDeadline)
	defer cancel()
	own, dns = r.browserRules(ctx)
	system = r.systemProxies(ctx)
	if ctx.Err() == nil {
		r.kept.at, r.kept.system, r.kept.own, r.kept.dns = now, system, own, dns
	}
	return system, own, dns
}

// keptPlaces is the last answer of places.
type keptPlaces struct {
	sync.Mutex
	at     time.Time
	system []proxyRules
	own    proxyRules
	dns    *facts.SecureDNS
}

// targetURL is the target's address, or nil where it is none.
func targetURL(t facts.Target) *url.URL {
	u, err := url.Parse(t.URL)
	if err != nil || u.Host == "" {
		return nil
	}
	return u
}

// proxyAddress makes a proxy's address of what settings hold: host:port, scheme://host:port, host and port apart. port 0: the
// scheme's own. It gives nil for what names no host.
func proxyAddress(scheme, host string, port int) *url.URL {
	host = strings.TrimSpace(host)
	if host == "" {
		return nil
	}
	if !strings.Contains(host, "://") {
		if strings.Count(host, ":") > 1 && !strings.HasPrefix(host, "[") {
			host = "[" + host + "]" // a bare IPv6 address
		}
		host = scheme + "://" + host
	}
	u, err := url.Parse(host)
	if err != nil || u.Hostname() == "" {
		return nil
	}
	switch u.Scheme {
	case "http", "https", "socks4", "socks5", "socks5h":
	case "socks":
		u.Scheme = "socks5"
	default:
		return nil
	}
	u.Path, u.RawQuery, u.Fragment = "", "", ""
	if u.Port() == "" {
		if port <= 0 || port > 65535 {
			port = defaultProxyPorts[u.Scheme]
		}
		u.Host = joinPort(u.Hostname(), port)
	}
	return u
}

// defaultProxyPorts are what browsers take where none is written (Chromium's proxy_server: 80, 443, 1080).
var defaultProxyPorts = map[string]int{"http": 80, "https": 443, "socks4": 1080, "socks5": 1080, "socks5h": 1080}
