// Proving that a DNS cache was emptied: by reading it, else by comparing the system's answer with a fresh one.

package fix

import (
	"context"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"passerelle/checks/facts"
)

// How a change was proved (CONTRACT.md, verified_by).
const (
	ByCache = "cache-read"
	ByState = "state-read"
	ByFresh = "fresh-answer"
	ByNone  = "none"
)

const (
	oldAnswer = "answer"        // key of Change.Old: what the system answered before
	oldSize   = "resolved-size" // key of Change.Old: how many entries systemd-resolved's caches held before
	oldCount  = "dnsmasq-count" // key of Change.Old: how many answers dnsmasq had put into its cache before

	// resolveLimit bounds one question to systemd-resolved, which by itself waits up to two minutes on a silent upstream.
	resolveLimit = 4 * time.Second
	// A server that got SIGHUP empties its cache in its own time, within milliseconds: the answers are compared up to
	// freshTries times, freshPause apart.
	freshTries = 3
	freshPause = 200 * time.Millisecond

	hangupPause = 50 * time.Millisecond
	// countLimit bounds one question to a server of this very computer.
	countLimit = 500 * time.Millisecond

	// Bits of the last result of ResolveHostname (systemd, src/resolve/resolved-def.h).
	fromCache   = 1 << 20
	fromNetwork = 1 << 23
)

// Verify implements Fix.
func (f flushDNS) Verify(ctx context.Context, ch Change) (Verification, error) {
	ch.Host = nameOnly(ch.Host)
	switch f.c.OS {
	case "windows":
		// A name that is there again may have been asked for by another program meanwhile: no proof of a failure.
		if ch.Host != "" && f.c.Cached != nil && f.c.Cached(ch.Host) == facts.No {
			return Verification{Verified: facts.Yes, By: ByCache}, nil
		}
	case "linux":
		if v := f.readParts(ctx, ch); v != facts.Unknown {
			return Verification{Verified: v, By: ByCache}, nil
		}
	}
	if v := f.c.compareFresh(ctx, ch.Host, ch.Old[oldAnswer]); v != facts.Unknown {
		return Verification{Verified: v, By: ByFresh}, nil
	}
	return Verification{By: ByNone}, nil
}

// readParts: Yes when every cache that was emptied could be read and was empty, No when one was not.
func (f flushDNS) readParts(ctx context.Context, ch Change) facts.Bool {
	all := facts.Yes
	if len(ch.Proof) == 0 {
		return facts.Unknown
	}
	caches := f.c.dnsCaches(ctx).Caches
	for _, kind := range flushOrder { // reading a farther cache through a nearer one would fill it again
		proof, was := ch.Proof[kind]
		if !was {
			continue
		}
		if proof == facts.Unknown {
			if i := slices.IndexFunc(caches, func(d dnsCache) bool { return d.Kind == kind }); i >= 0 {
				proof = f.c.proveEmpty(ctx, caches[i], ch.Host)
			}
		}
		if proof == facts.Unknown && f.fell(ctx, kind, caches, ch.Old) {
			proof = facts.Yes
		}
		switch proof {
		case facts.No:
			return facts.No
		case facts.Unknown:
			all = facts.Unknown
		}
	}
	return all
}

// fell tells whether a number that only emptying takes away is gone: a proof where no name is known to look for. A number that was
// nothing before proves nothing.
func (f flushDNS) fell(ctx context.Context, kind string, caches []dnsCache, old map[string]string) bool {
	switch kind {
	case kindResolved:
		before := old[oldSize]
		return before != "" && before != "0" && f.c.resolvedSize(ctx) == "0"
	case kindDnsmasq:
		before, err := strconv.ParseUint(old[oldCount], 10, 64)
		i := slices.IndexFunc(caches, func(d dnsCache) bool { return d.Kind == kind })
		if err != nil || before == 0 || i < 0 || f.c.Inserted == nil {
			return false
		}
		for try := range freshTries {
			if try > 0 {
				time.Sleep(hangupPause)
			}
			ctx, cancel := context.WithTimeout(ctx, countLimit)
			now, err := f.c.Inserted(ctx, caches[i].Server)
			cancel()
			if err == nil && now < before { // it starts again from nothing only when the cache is emptied (dnsmasq, cache_reload)
				return true
			}
		}
	}
	return false
}

// proveEmpty reads a cache. One that still holds the name is emptied and read once more, because a browser that tries again
// in the background may have asked in between.
func (c *Computer) proveEmpty(ctx context.Context, d dnsCache, host string) facts.Bool {
	empty := c.readCache(ctx, d, host)
	if empty == facts.No {
		if _, err := c.flushOne(ctx, d); err == nil {
			empty = c.readCache(ctx, d, host)
		}
	}
	return empty
}

func (c *Computer) readCache(ctx context.Context, d dnsCache, host string) facts.Bool {
	switch {
	case d.Kind == kindResolved && host != "":
		return c.readResolved(ctx, host)
	case d.Kind == kindNscd && c.UID == 0:
		r := c.Run.Run(ctx, []string{d.Command[0], "-g"}, CommandLimit)
		if !r.OK() {
			return facts.Unknown
		}
		return emptyNscd(r.Out)
	case d.Kind == kindUnbound && c.UID == 0 && len(d.Command) > 2:
		argv := append(slices.Clone(d.Command[:len(d.Command)-2]), "dump_cache") // flush_zone . → dump_cache
		r := c.Run.Run(ctx, argv, CommandLimit)
		if !r.OK() || r.Cut {
			return facts.Unknown
		}
		return emptyUnbound(r.Out, host)
	}
	return facts.Unknown
}

// readResolved asks for the name: the answer's flags say whether it came from the cache or from the network.
func (c *Computer) readResolved(ctx context.Context, host string) facts.Bool {
	if c.Bus == nil {
		return facts.Unknown
	}
	ctx, cancel := context.WithTimeout(ctx, resolveLimit)
	defer cancel()
	for _, family := range []int32{2, 10} { // AF_INET, AF_INET6
		body, err := c.Bus.Call(ctx, resolveName, resolvePath, resolveCall+"ResolveHostname", false, int32(0), host, family, uint64(0))
		if err != nil || len(body) < 3 {
			continue
		}
		flags, _ := body[2].(uint64)
		switch {
		case flags&fromNetwork != 0:
			return facts.Yes
		case flags&fromCache != 0:
			return facts.No
		}
		return facts.Unknown // made up from the hosts file and the like
	}
	return facts.Unknown
}

// resolvedSize counts the entries of all of systemd-resolved's caches; "" when it cannot be read.
func (c *Computer) resolvedSize(ctx context.Context) string {
	if c.Bus == nil {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, busLimit)
	defer cancel()
	body, err := c.Bus.Call(ctx, resolveName, resolvePath, "org.freedesktop.DBus.Properties.Get", false,
		strings.TrimSuffix(resolveCall, "."), "CacheStatistics")
	if err != nil || len(body) != 1 {
		return ""
	}
	stat, _ := body[0].([]any) // size, hits, misses
	if len(stat) != 3 {
		return ""
	}
	size, ok := stat[0].(uint64)
	if !ok {
		return ""
	}
	return strconv.FormatUint(size, 10)
}

// emptyNscd reads "nscd -g" (in the C locale): the hosts cache's current number of cached values.
func emptyNscd(text string) facts.Bool {
	hosts := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutSuffix(line, " cache:"); ok {
			hosts = name == "hosts"
			continue
		}
		if number, ok := strings.CutSuffix(line, "current number of cached values"); ok && hosts {
			n, err := strconv.Atoi(strings.TrimSpace(number))
			if err != nil {
				return facts.Unknown
			}
			return facts.Known(n == 0)
		}
	}
	return facts.Unknown
}

// emptyUnbound reads "unbound-control dump_cache": its record lines begin with the name and a final dot. Without a host only a
// cache without any record is a proof: the server fills it again by itself.
func emptyUnbound(text, host string) facts.Bool {
	if !strings.Contains(text, "END_RRSET_CACHE") {
		return facts.Unknown
	}
	records, _, _ := strings.Cut(text, "END_RRSET_CACHE")
	n := 0
	for line := range strings.Lines(records) {
		w := strings.Fields(line)
		if len(w) < 5 || strings.HasPrefix(w[0], ";") {
			continue
		}
		n++
		if host != "" && strings.EqualFold(w[0], host+".") {
			return facts.No
		}
	}
	if host != "" || n == 0 {
		return facts.Yes
	}
	return facts.Unknown
}

// compareFresh: Yes when the system answers as its own servers do, No when it still gives the old answer and they another.
func (c *Computer) compareFresh(ctx context.Context, host, old string) facts.Bool {
	if host == "" || c.System == nil || c.Fresh == nil {
		return facts.Unknown
	}
	result := facts.Unknown
	for try := range freshTries {
		if try > 0 {
			select {
			case <-ctx.Done():
				return result
			case <-time.After(freshPause):
			}
		}
		now, fresh := c.System.ask(ctx, host), c.Fresh.ask(ctx, host)
		switch agree(&now, &fresh) {
		case facts.Yes:
			return facts.Yes
		case facts.No:
			result = facts.Unknown
			if old != "" && now.Good() && overlap(now.Addresses, splitAddrs(old)) {
				result = facts.No
			}
		}
	}
	return result
}

// agree compares two answers to the same name. Large sites give another part of their addresses each time, so one address in
// common is agreement. A server that did not answer says nothing.
func agree(a, b *facts.Lookup) facts.Bool {
	if !tells(a) || !tells(b) {
		return facts.Unknown
	}
	if a.Good() != b.Good() {
		return facts.No
	}
	return facts.Known(!a.Good() || overlap(a.Addresses, b.Addresses))
}

// tells: it gave addresses, or the definite answer that there are none.
func tells(l *facts.Lookup) bool {
	return l.Good() || (l != nil && l.Done && (l.Failure == facts.NXDomain || l.Failure == facts.NoData))
}

func overlap(a, b []netip.Addr) bool {
	return slices.ContainsFunc(a, func(x netip.Addr) bool {
		return slices.ContainsFunc(b, func(y netip.Addr) bool { return x.Unmap() == y.Unmap() })
	})
}

func joinAddrs(all []netip.Addr) string {
	var s []string
	for _, a := range all {
		s = append(s, a.String())
	}
	return strings.Join(s, " ")
}

func splitAddrs(s string) []netip.Addr {
	var all []netip.Addr
	for _, w := range strings.Fields(s) {
		if a, err := netip.ParseAddr(w); err == nil {
			all = append(all, a)
		}
	}
	return all
}
