package guide

// The table of steps: for each, the fix that does it, whether hands can do it too, how it is tested, and where it is impossible.

import (
	"strings"

	"passerelle/checks/decide"
	"passerelle/checks/facts"
)

// variant is by what the instructions by hand differ.
type variant string

const (
	same      variant = ""
	byOS      variant = "os"      // windows, macos, linux
	byBrowser variant = "browser" // Families
	byShield  variant = "shield"  // by system, on Linux by the firewall that was read
)

// row is one line of the table.
type row struct {
	fix     string
	arg     func(here) string // nil: none
	hands   bool              // it can be done by hand, with instructions
	test    Test
	witness string
	variant variant
	where   func(here) bool // nil: everywhere
	unfit   func(here) bool // the fix cannot be done by what was read, so that hands do it; nil: never
}

var rows = map[ID]row{
	Reload:        {hands: true, test: ByCheck},
	PrivateWindow: {fix: "open-private-window", arg: here.page, hands: true, test: ByWitness, witness: "private-window", variant: byBrowser},
	EmptyCache:    {fix: "clear-browser-cache", hands: true, test: ByBrowser, variant: byBrowser},
	Cookies:       {hands: true, test: ByBrowser, variant: byBrowser},
	Extensions:    {hands: true, test: ByBrowser, variant: byBrowser},
	OtherBrowser:  {fix: "open-other-browser", arg: here.page, hands: true, test: ByWitness, witness: "other-browser"},
	UpdateBrowser: {hands: true, test: ByBrowser, variant: byBrowser},
	OtherDevice:   {hands: true, test: ByWitness, witness: "phone", where: here.seenFromOutside},
	OtherSites:    {hands: true, test: ByAnswer, where: here.seenFromOutside},
	Spelling:      {hands: true, test: ByCheck},

	FlushDNS:     {fix: "flush-dns", test: ByCheck, where: here.named},
	PublicDNS:    {fix: "use-public-dns", arg: argOf("use-public-dns"), test: ByCheck, where: both(here.named, here.seenFromOutside)},
	AutomaticDNS: {fix: "use-automatic-dns", test: ByCheck, where: here.named},
	Hosts:        {fix: "remove-hosts-entry", arg: here.host, test: ByCheck, where: here.named},
	Proxy:        {fix: "turn-off-proxy", test: ByCheck, where: here.hasProxy},
	Clock:        {fix: "sync-clock", hands: true, test: ByCheck, variant: byOS},

	Connect:      {fix: "open-settings", arg: constant("network"), hands: true, test: ByCheck},
	Adapter:      {fix: "restart-adapter", hands: true, test: ByCheck, variant: byOS, where: here.overALink, unfit: here.noCard},
	RenewAddress: {fix: "renew-address", test: ByCheck, where: here.overALink},
	RestartBox:   {hands: true, test: ByCheck, where: here.overALink},

	FirewallRule: {fix: "disable-firewall-rule", arg: argOf("disable-firewall-rule"), test: ByCheck, where: offers("disable-firewall-rule")},
	Firewall:     {fix: "open-settings", arg: constant("firewall"), hands: true, test: ByCheck, variant: byShield, where: mayHave("firewall")},
	Antivirus:    {fix: "open-settings", arg: constant("antivirus"), hands: true, test: ByCheck, variant: byOS, where: mayHave("antivirus")},
	VPNOff:       {fix: "disconnect-vpn", hands: true, test: ByCheck, where: both(here.overALink, here.mayHaveVPN)},
	VPNServer:    {hands: true, test: ByCheck, where: both(here.overALink, here.mayHaveVPN)},
	Portal:       {fix: "open-portal", hands: true, test: ByCheck, where: here.overALink},

	RestartMachine: {hands: true, test: ByCheck, variant: byOS},
	SystemUpdates:  {hands: true, test: ByCheck, variant: byOS},

	AskSite:     {hands: true, test: ByNobody},
	AskProvider: {hands: true, test: ByNobody},
	AskIT:       {hands: true, test: ByNobody},
	AskPlace:    {hands: true, test: ByNobody},
	AskPerson:   {hands: true, test: ByNobody},
}

// IDs lists every step, in no order.
func IDs() []ID {
	all := make([]ID, 0, len(rows))
	for id := range rows {
		all = append(all, id)
	}
	return all
}

func constant(arg string) func(here) string { return func(here) string { return arg } }

func both(a, b func(here) bool) func(here) bool { return func(h here) bool { return a(h) && b(h) } }

// here is what a step may depend on.
type here struct {
	v   decide.Verdict
	f   *facts.Facts
	can func(string) bool
}

func newHere(v decide.Verdict, f *facts.Facts, can func(string) bool) here {
	if f == nil {
		f = &facts.Facts{}
	}
	if can == nil {
		can = func(string) bool { return false }
	}
	return here{v, f, can}
}

// step makes one of its row; ok is false where it cannot be done here.
func (h here) step(id ID) (s Step, ok bool) {
	r, known := rows[id]
	if !known || r.where != nil && !r.where(h) {
		return s, false
	}
	s = Step{ID: id, Test: r.test, Witness: r.witness, Vars: map[string]any{"Host": h.site()}}
	switch {
	case r.fix != "" && h.can(r.fix) && (r.unfit == nil || !r.unfit(h)):
		s.Fix = r.fix
		if r.arg != nil {
			s.Arg = r.arg(h)
		}
	case !r.hands:
		return Step{}, false
	}
	browser := h.f.System.Browser
	if s.Vars["Browser"] = BrowserName(browser); s.Vars["Browser"] == "" {
		s.Vars["Browser"] = BrowserName(Family(browser)) // one of its kind; "" for a kind without name
	}
	switch r.variant {
	case byOS:
		s.Variant = System(h.f.System.OS)
	case byBrowser:
		s.Variant = Family(browser)
	case byShield:
		if s.Variant = System(h.f.System.OS); s.Variant == "linux" {
			s.Variant = h.linuxShield()
		}
	}
	switch id {
	case Reload:
		s.AfterS = h.after()
	case OtherBrowser:
		if h.onlyOneBrowser() {
			return Step{}, false
		}
	case UpdateBrowser:
		// On Linux a browser comes with the system's own updates, whatever it is.
		if System(h.f.System.OS) == "linux" {
			s.Variant = "linux"
		}
		s.Vars["Page"], s.Vars["Version"] = updatePage[browser], h.f.System.BrowserVersion
		if s.Vars["Page"] == "" && s.Variant == "chrome" {
			s.Variant = "any"
		}
	case Extensions:
		s.Vars["Page"] = page(browser, "extensions")
	case Cookies:
		s.Vars["Page"] = page(browser, "settings/content/all")
	case EmptyCache:
		s.Vars["Page"] = page(browser, "settings/clearBrowserData")
	case Firewall:
		s.Vars["Names"] = h.names("firewall")
	case Antivirus:
		s.Vars["Names"] = h.names("antivirus")
	}
	return s, true
}

func (h here) page() string { return h.f.Target.URL }
func (h here) host() string { return h.f.Target.Host }

// site is the host as people read it.
func (h here) site() string {
	if h.f.Target.Display != "" {
		return h.f.Target.Display
	}
	if h.f.Target.Host != "" {
		return h.f.Target.Host
	}
	host, _ := h.v.Vars["Host"].(string)
	return host
}

// after is how long the site asks to be left alone, seconds; 0: it does not say.
func (h here) after() int {
	for _, a := range h.v.Actions {
		if a.ID == decide.ActRetryLater {
			return max(0, a.AfterS)
		}
	}
	return 0
}

// argOf is the argument that the verdict's own action gives a fix.
func argOf(fix string) func(here) string {
	return func(h here) string {
		for _, a := range h.v.Actions {
			if a.ID == decide.ActFix && a.Fix == fix {
				return a.Arg
			}
		}
		return ""
	}
}

// offers tells whether the verdict itself offers a fix: what it is for was read, and it fits.
func offers(fix string) func(here) bool {
	return func(h here) bool {
		for _, a := range h.v.Actions {
			if a.ID == decide.ActFix && a.Fix == fix {
				return true
			}
		}
		return false
	}
}

// onlyOneBrowser: the browsers were counted, and there is no second one. A default that is not among them is one more.
func (h here) onlyOneBrowser() bool {
	s := h.f.System
	return len(s.Browsers) == 1 && (s.Browser == "" || s.Browser == s.Browsers[0])
}

// mayHaveVPN tells whether a tunnel is there, or may be: the routes were not read.
func (h here) mayHaveVPN() bool {
	s := h.f.System
	if h.v.Cause == decide.VPNBroken || h.f.Box != nil && h.f.Box.Tunnel {
		return true
	}
	for _, r := range s.Routes {
		if r.Tunnel {
			return true
		}
	}
	for _, l := range s.Links {
		if l.Kind == "tunnel" && l.Up && len(l.Addresses) > 0 {
			return true
		}
	}
	return !s.RoutesDone
}

// hasProxy tells whether a proxy is set, or may be.
func (h here) hasProxy() bool {
	for _, p := range h.f.System.Proxies {
		if p.Applies != facts.No {
			return true
		}
	}
	return !h.f.System.ProxiesDone || h.v.Cause == decide.ProxyBroken
}

// mayHave tells whether a protection program of a kind is there and may be on.
func mayHave(kind string) func(here) bool {
	return func(h here) bool {
		for _, w := range h.f.System.Firewalls {
			if w.Kind == kind && w.Enabled != facts.No {
				return true
			}
		}
		if kind == "antivirus" && System(h.f.System.OS) == "linux" {
			return false // hardly any has one; what is not there cannot be paused
		}
		if kind == "antivirus" && System(h.f.System.OS) == "macos" {
			return h.v.Cause == decide.TLSIntercepted // the system's own cannot be paused, and others cannot be read
		}
		return !h.f.System.FirewallsDone
	}
}

// names are the protection programs of a kind that are or may be on, as people know them.
func (h here) names(kind string) string {
	var list []string
	for _, w := range h.f.System.Firewalls {
		if w.Kind == kind && w.Enabled != facts.No {
			list = append(list, w.Name)
		}
	}
	return strings.Join(list, ", ")
}

// linuxShield is the firewall whose commands are told.
func (h here) linuxShield() string {
	for _, w := range h.f.System.Firewalls {
		if n := strings.ToLower(w.Name); w.Enabled != facts.No && (n == "ufw" || n == "firewalld") {
			return n
		}
	}
	return "linux"
}

// ForFix is the step that a fix does; "" where none does.
func ForFix(fix, arg string) ID {
	if fix == "" {
		return ""
	}
	for id, r := range rows {
		if r.fix == fix && (fix != "open-settings" || r.arg != nil && r.arg(here{f: &facts.Facts{}}) == arg) {
			return id
		}
	}
	return ""
}
