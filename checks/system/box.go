// The box: the first machine on the way out, and whether it is there.

package system

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"passerelle/checks/facts"
)

const (
	// boxDeadline is just over what Linux takes to give up ARP and neighbour discovery: three questions a second apart
	// (arp(7), mcast_solicit; measured 3.07 s in the lab).
	boxDeadline = 3500 * time.Millisecond
	// boxPoll is how often the neighbour table is read meanwhile.
	boxPoll = 50 * time.Millisecond
	// boxGrace is how long ping and TCP may still come once the hardware address was given: their answers make the better fact.
	boxGrace = 300 * time.Millisecond
)

// boxPorts are where home boxes listen: their page (80, 443) and their DNS (53). A refusal is a sign of life too.
var boxPorts = []uint16{80, 443, 53}

// neighbourState is one look at the neighbour table.
type neighbourState uint8

const (
	neighbourUnknown neighbourState = iota // no entry, or one that says nothing of now
	neighbourAsked                         // asked, no answer yet
	neighbourFailed                        // asked as often as the system asks, no answer
	neighbourHere                          // answered a moment ago
)

func (n neighbourState) fact() facts.Bool {
	switch n {
	case neighbourFailed:
		return facts.No
	case neighbourHere:
		return facts.Yes
	}
	return facts.Unknown
}

// Box finds the box of the physical way out and tells whether it is there: ping and tcp provoke the system into asking for its hardware
// address, then the neighbour table is read. It returns as soon as something answers, at the latest after 3.5 s. ping tells whether
// the address answered and how fast; tcp whether one of the ports answered, if only by refusing. Without a physical way out
// (nothing plugged in, or a way without gateway) Done stays false.
func (r *Reader) Box(ctx context.Context, sys facts.System,
	ping func(context.Context, netip.Addr, string) (facts.Bool, time.Duration),
	tcp func(context.Context, netip.Addr, ...uint16) facts.Bool) facts.Box {
	way, tunnel, found := r.wayOut(sys)
	box := facts.Box{Address: way.Gateway, Link: way.Link, Tunnel: tunnel}
	if !found || !way.Gateway.IsValid() {
		return box
	}
	ctx, cancel := context.WithTimeout(ctx, boxDeadline)
	defer cancel()
	before := r.neighbour(way.Gateway, way.Link)

	type pong struct {
		answered facts.Bool
		took     time.Duration
	}
	pings, tcps := make(chan pong, 1), make(chan facts.Bool, 1)
	go func() {
		answered, took := ping(ctx, way.Gateway, way.Link)
		pings <- pong{answered, took}
	}()
	go func() { tcps <- tcp(ctx, way.Gateway, boxPorts...) }()

	start := time.Now()
	tick := time.NewTicker(boxPoll)
	defer tick.Stop()
	var grace <-chan time.Time
	waiting := 2
	for {
		select {
		case p := <-pings:
			waiting--
			box.Ping = p.answered
			if p.answered == facts.Yes {
				box.MS = float64(p.took) / float64(time.Millisecond)
			}
		case t := <-tcps:
			waiting--
			box.TCP = t
		case <-tick.C:
		case <-grace:
			waiting = 0
		case <-ctx.Done():
			waiting = 0
		}
		state := r.neighbour(way.Gateway, way.Link)
		box.Neighbour = state.fact()
		if before == neighbourHere && state == neighbourHere {
			// The kernel believes an entry for up to 45 s (arp(7), base_reachable_time) and more: a box that was unplugged a moment ago
			// is in it still.
			box.Neighbour = facts.Unknown
		}
		if state == neighbourFailed && waiting > 0 {
			box.Neighbour = facts.Unknown // may be an older failure: our own question runs still
		}
		switch {
		case box.Ping == facts.Yes || box.TCP == facts.Yes:
			box.Done = true
			return box
		case ctx.Err() != nil:
			if state == neighbourAsked && time.Since(start) >= boxDeadline-boxGrace {
				box.Neighbour = facts.No // asked since the beginning
			}
			// Somebody else's end of patience proves nothing; only our own deadline is a finished reading.
			box.Done = time.Since(start) >= boxDeadline-boxGrace || box.Neighbour == facts.Yes
			return box
		case waiting == 0 && state != neighbourAsked:
			box.Done = true
			return box
		case state == neighbourHere && grace == nil:
			if before == neighbourHere {
				continue // a memory, from before we asked: ping and TCP must tell
			}
			timer := time.NewTimer(boxGrace)
			defer timer.Stop()
			grace = timer.C
		}
	}
}

// wayOut gives the physical way out, and whether a tunnel lies over it.
func (r *Reader) wayOut(sys facts.System) (way facts.Route, tunnel, found bool) {
	if !sys.RoutesDone {
		r.readLinksAndRoutes(&sys)
	}
	for _, x := range sys.Routes {
		if x.Kind == "" {
			tunnel = x.Tunnel
			break
		}
	}
	physical := func(link string) bool {
		switch kindOf(link, sys.Links) {
		case kindTunnel, kindVirtual, kindLoopback:
			return false
		}
		return true
	}
	for _, x := range sys.Routes { // in the order in which they count, IPv4 first
		if x.Kind == "" && !x.Tunnel && x.Gateway.IsValid() && physical(x.Link) {
			return x, tunnel, true
		}
	}
	// A VPN that took the default route away keeps a route to its own server through the box.
	table, err := r.routeTable()
	if err != nil {
		return facts.Route{}, tunnel, false
	}
	table = slices.DeleteFunc(table, func(t tableRoute) bool {
		return t.Kind != "" || !t.Gateway.IsValid() || !physical(t.Link)
	})
	if len(table) == 0 {
		return facts.Route{}, tunnel, false
	}
	slices.SortStableFunc(table, func(a, b tableRoute) int {
		if a.Family != b.Family {
			return a.Family - b.Family
		}
		return b.Prefix.Bits() - a.Prefix.Bits()
	})
	return table[0].Route, tunnel, true
}
