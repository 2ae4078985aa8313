package guide

import "passerelle/checks/decide"

// everywhere is what people are told to try when they meet a 502, cheapest first, with a look from elsewhere as soon as it is free: it tells
// whose it is.
var everywhere = []ID{Reload, PrivateWindow, OtherDevice, EmptyCache, FlushDNS, Firewall, VPNOff}

// silent is for a site that gives no answer: a rule of this computer or a tunnel can do that, stored pages cannot.
var silent = []ID{Reload, OtherDevice, Firewall, Antivirus, VPNOff, FlushDNS, RestartBox}

// paths says what is tried for each cause, before the last step (whom to ask), which here.whom adds.
var paths = map[decide.Cause][]ID{
	// It opens for us: what differs is the browser.
	decide.Works:       {PrivateWindow, Extensions, Cookies, EmptyCache, OtherBrowser, FlushDNS, UpdateBrowser, OtherDevice},
	decide.BrowserSide: {PrivateWindow, Extensions, Cookies, EmptyCache, OtherBrowser, UpdateBrowser, SystemUpdates, RestartMachine},

	// This computer.
	decide.NoConnection:   {Connect, Adapter, RenewAddress, RestartBox, RestartMachine},
	decide.HostsOverride:  {Hosts, FlushDNS, OtherDevice},
	decide.ProxyBroken:    {Proxy, VPNOff, OtherDevice},
	decide.FirewallLocal:  {FirewallRule, Firewall, Antivirus, VPNOff, RestartMachine},
	decide.ClockWrong:     {Clock, SystemUpdates, RestartMachine},
	decide.VPNBroken:      {VPNServer, VPNOff, Adapter, RestartMachine},
	decide.TLSIntercepted: {Antivirus, Proxy, OtherDevice},
	decide.DNSCacheStale:  {FlushDNS, Reload, RestartMachine, PublicDNS},

	// The network.
	decide.RouterUnreachable: {Adapter, RestartBox, RenewAddress, OtherDevice, RestartMachine},
	decide.CaptivePortal:     {Portal, VPNOff, FlushDNS, OtherDevice},
	decide.NoInternet:        {Reload, RestartBox, VPNOff, Adapter, OtherDevice},
	decide.DNSServerDown:     {Reload, FlushDNS, PublicDNS, AutomaticDNS, RestartBox, OtherDevice},
	decide.DNSBlocksSite:     {FlushDNS, PublicDNS, OtherDevice},
	decide.IPv6Broken:        {Reload, Adapter, RestartBox, VPNOff, OtherDevice},
	decide.MTUBlackhole:      {VPNOff, RestartBox, Adapter, OtherDevice},
	decide.PortBlocked:       {Firewall, Antivirus, VPNOff, RestartBox, OtherDevice},
	decide.SiteBlocked:       {OtherDevice, VPNOff, Firewall},
	decide.PageReplaced:      {OtherDevice, PublicDNS, Antivirus},

	// The site: this computer's part of it is looked at all the same, once it is cheap.
	decide.NameNotFound:         {Spelling, FlushDNS, OtherDevice, PublicDNS},
	decide.DNSBrokenAtSite:      {Reload, FlushDNS, OtherDevice},
	decide.SiteUnreachable:      silent,
	decide.ConnectionRefused:    silent,
	decide.ConnectionCut:        silent,
	decide.NoAnswer:             silent,
	decide.InvalidAnswer:        silent,
	decide.TLSBroken:            silent,
	decide.CertificateExpired:   {Reload, FlushDNS, OtherDevice, Antivirus},
	decide.CertificateWrongName: {Reload, FlushDNS, OtherDevice, Antivirus},
	decide.CertificateUntrusted: {Reload, Antivirus, OtherDevice, SystemUpdates},
	decide.BadGateway:           everywhere,
	decide.GatewayTimeout:       everywhere,
	decide.Unavailable:          everywhere,
	decide.ServerError:          everywhere,
	decide.Intermittent:         everywhere,
	decide.RefusedVisitor:       {PrivateWindow, Cookies, OtherBrowser, VPNServer, VPNOff, OtherDevice, Extensions, Reload},
	decide.RateLimited:          {Reload, VPNServer, OtherDevice},
	decide.PageNotFound:         {Spelling, PrivateWindow, OtherBrowser},
	decide.RedirectLoop:         {Cookies, PrivateWindow, OtherBrowser, Extensions},
	decide.BadRedirect:          {Reload, PrivateWindow, OtherDevice},

	// Nothing certain: everything, from what costs a second to what costs ten minutes.
	decide.Undetermined: {Reload, PrivateWindow, OtherBrowser, OtherDevice, OtherSites, EmptyCache, FlushDNS, Firewall, Antivirus, Proxy,
		VPNOff, Adapter, RestartBox, RestartMachine, SystemUpdates},
}

// fallback is whom to ask by side, where the verdict's own actions name nobody.
var fallback = map[decide.Side]ID{
	decide.SideSite: AskSite, decide.SideNetwork: AskProvider, decide.SideYou: AskPerson, decide.SideWorks: AskPerson, decide.SideUnknown: AskPerson,
}

// whom is the last step: the first that the verdict's actions name, else by the side.
func (h here) whom() ID {
	if h.v.Cause == decide.CaptivePortal {
		return AskPlace
	}
	for _, a := range h.v.Actions {
		switch a.ID {
		case decide.ActContactSite:
			return AskSite
		case decide.ActContactISP:
			return AskProvider
		case decide.ActContactIT:
			return AskIT
		}
	}
	if h.onThisComputer() {
		return AskPerson
	}
	side := h.v.Side
	if side == "" {
		side = decide.SideOf(h.v.Cause)
	}
	if id, ok := fallback[side]; ok {
		return id
	}
	return AskPerson
}
