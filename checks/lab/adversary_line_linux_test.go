package lab

import (
	"net/http"
	"strings"
	"time"
)

// Lines that are small, lossy, or of one family only, of the adversary's table.

func smallLine(mtu int) func(*World) Want { // as a DSL line whose box forgot to say so
	return func(w *World) Want {
		w.Site(Page(strings.Repeat("Boutique ", 400)))
		w.Lay(Wire{MTU: mtu, Delay: 5 * time.Millisecond})
		w.awaitWire()
		w.Prove(siteURL, 200, 28)
		return want("mtu-blackhole")
	}
}

func smallLineHTTP(w *World) Want {
	w.Names.Set(SiteHost, SiteIP)
	w.Serve(w.Internet, SiteIP+":80", shop)
	w.Lay(Wire{MTU: 1400})
	w.awaitWire()
	if _, exit := w.Curl("http://" + SiteHost + "/"); exit != 28 {
		w.T.Fatal("the lab failed: large packets pass")
	}
	return Want{Cause: "mtu-blackhole", Address: "http://" + SiteHost + "/"}
}

func smallDownwards(w *World) Want { // the way up is wide: only what comes back is lost
	w.Site(shop)
	w.NFT(w.Box, "table inet lab { chain f { type filter hook forward priority 0\n iifname \"wan\" meta length > 1300 drop\n }\n}")
	if _, exit := w.Curl(siteURL); exit != 28 {
		w.T.Fatal("the lab failed: large packets pass")
	}
	return want("mtu-blackhole")
}

func smallTunnel(w *World) Want { // the VPN's own line is smaller than it says
	w.Site(shop)
	w.liveTun(Wire{MTU: 1300})
	w.IP(w.Computer, "route add 0.0.0.0/1 via 10.8.0.1 dev tun0", "route add 128.0.0.0/1 via 10.8.0.1 dev tun0", "route del ::/0")
	if _, exit := w.Curl(siteURL, "-4"); exit != 28 {
		w.T.Fatal("the lab failed: large packets pass")
	}
	return Want{Cause: "mtu-blackhole", Or: "vpn-broken"}
}

func smallLineDeadResolver(w *World) Want {
	got := mtuBlackHole(w)
	w.File("/etc/resolv.conf", "nameserver 203.0.113.98\nnameserver "+BoxIP+"\n")
	return got
}

func smallLineThatSays(w *World) Want { // path MTU discovery works: slow for a moment, and fine
	w.Site(shop)
	w.IP(w.Box, "link set wan mtu 1400")
	w.Prove(siteURL, 200, 0)
	return want("works")
}

func onlyIPv6SiteRejected(w *World) Want { // the box says at once that it has no way for IPv6
	w.Names.Set(SiteHost, SiteIP6)
	w.SiteAt(SiteHost, shop, SiteIP6)
	w.NFT(w.Box, "table ip6 lab { chain f { type filter hook forward priority 0\n reject with icmpv6 type no-route\n }\n}")
	w.Prove(siteURL, 0, 7)
	return want("ipv6-broken")
}

func ipv4DeadIPv4Site(w *World) Want { // all of IPv4 is dead on this line, and the site has nothing else: it is not the site
	w.Names.Set(SiteHost, SiteIP)
	w.SiteAt(SiteHost, shop, SiteIP)
	w.NFT(w.Box, "table ip lab { chain f { type filter hook forward priority 0\n drop\n }\n}")
	w.File("/etc/resolv.conf", "nameserver 2001:4860:4860::8888\n")
	w.Prove(siteURL, 0, 28)
	return Want{Cause: "no-internet", OrLess: true}
}

func ipv6NetworkIPv4Site(w *World) Want { // an IPv6-only network without NAT64, and a site of the old Internet: no cause of the contract fits
	w.Names.Set(SiteHost, SiteIP)
	w.SiteAt(SiteHost, shop, SiteIP)
	w.File("/etc/resolv.conf", "nameserver "+BoxIP6+"\n")
	w.IP(w.Computer, "addr del 192.168.1.20/24 dev eth0")
	w.Prove(siteURL, 0, 7)
	return Want{Cause: "undetermined", Or: "no-connection"}
}

// nat64World is an IPv6-only network with NAT64 and DNS64: the IPv4-only site has a made address there.
func (w *World) nat64(h http.Handler) {
	w.T.Helper()
	const made = "64:ff9b::cb00:710a"
	w.Names.Set(SiteHost, SiteIP)
	w.SiteAt(SiteHost, h, SiteIP, made)
	w.own(Name{Addresses: []string{SiteIP, made}})
	w.File("/etc/resolv.conf", "nameserver "+BoxIP6+"\n")
	w.IP(w.Computer, "addr del 192.168.1.20/24 dev eth0")
}

func nat64(w *World) Want {
	w.nat64(shop)
	w.Prove(siteURL, 200, 0)
	return want("works")
}

func nat64And502(w *World) Want {
	w.nat64(Status(502, nginx502))
	w.Prove(siteURL, 502, 0)
	return want("bad-gateway")
}

func ipv6Rejected(w *World) Want {
	w.Site(shop)
	w.NFT(w.Box, "table ip6 lab { chain f { type filter hook forward priority 0\n reject with icmpv6 type admin-prohibited\n }\n}")
	w.Prove(siteURL, 200, 0)
	return want("works")
}

func filtersOfAllSorts(w *World) Want { // no ping, no public DNS, no checks, no other sites: a strict network, and the site opens
	w.Site(shop)
	w.blockChecks()
	w.filterICMP()
	w.NFT(w.Box, "table inet strict { chain f { type filter hook forward priority 0\n ip daddr 198.51.100.100-198.51.100.104 reject\n ip6 daddr 2001:db8:100::100-2001:db8:100::104 reject\n }\n}")
	w.Prove(siteURL, 200, 0)
	return want("works")
}

var otherAddresses = []string{"203.0.113.21", "203.0.113.22", "203.0.113.23", "203.0.113.24"}

func fourRefuse(w *World) Want {
	for _, ip := range otherAddresses {
		w.Address(w.Internet, ip)
	}
	w.Names.Set(SiteHost, otherAddresses...)
	w.Prove(siteURL, 0, 7)
	return want("connection-refused")
}

func fourSilent(w *World) Want {
	w.Names.Set(SiteHost, otherAddresses...)
	w.Prove(siteURL, 0, 28)
	return want("site-unreachable")
}

func privateMachineOff(w *World) Want { // the machine at home is switched off: its name and its address are right
	w.BoxDNS("--address=/nas.lan/192.168.1.77")
	w.Prove("http://nas.lan/", 0, 28, "-m", "2")
	return Want{Cause: "site-unreachable", Or: "dns-broken-at-site", Address: "http://nas.lan/"}
}

func oneOfFourLives(w *World) Want { // three refuse, one serves
	for _, ip := range otherAddresses[:3] {
		w.Address(w.Internet, ip)
	}
	w.Names.Set(SiteHost, otherAddresses...)
	w.SiteAt(SiteHost, shop, otherAddresses[3])
	w.Prove(siteURL, 200, 0)
	return want("works")
}

func expiredSatellite(w *World) Want {
	got := certExpired(w)
	w.Lay(Wire{Delay: 300 * time.Millisecond})
	w.awaitWire()
	return got
}

func lossy404(w *World) Want {
	got := pageMissing(w)
	w.Lay(Wire{Delay: 15 * time.Millisecond, Loss: 0.08})
	w.awaitWire()
	return got
}

func lossyDNSBlocks(w *World) Want {
	got := boxDeniesTheName(w)
	w.Lay(Wire{Delay: 15 * time.Millisecond, Loss: 0.08})
	w.awaitWire()
	return got
}
