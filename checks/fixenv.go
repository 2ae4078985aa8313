// What the fixes' proofs need of the probes.

package checks

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"passerelle/checks/decide"
	"passerelle/checks/facts"
	"passerelle/checks/fix"
	"passerelle/checks/probe"
)

// FixEnv is what fixes need from the program around them: how names are resolved here, and afresh, and how wrong the clock is.
func FixEnv() fix.Env {
	return fix.Env{
		System: func(ctx context.Context, host string) ([]netip.Addr, error) {
			return addresses(probe.New().LookupSystem(ctx, host))
		},
		Fresh: func(ctx context.Context, host string) ([]netip.Addr, error) {
			for _, l := range probe.New().LookupFresh(ctx, host) {
				if l.Good() {
					return l.Addresses, nil
				}
			}
			return nil, fmt.Errorf("asking this computer's own DNS servers for %s: no answer", host)
		},
		Offset: clockOffset,
	}
}

// clockOffset compares the clock with the dates of the connectivity checks' answers: plain HTTP, so that a wrong clock does not stop it.
func clockOffset(ctx context.Context) (time.Duration, error) {
	f := facts.Facts{At: time.Now()}
	p := probe.New()
	got := make(chan facts.Probe, len(probe.Checks))
	for _, c := range probe.Checks {
		go func() { got <- p.Connectivity(ctx, c, nil) }()
	}
	for range probe.Checks {
		f.Connectivity = append(f.Connectivity, <-got)
	}
	k := decide.Clock(&f)
	if k == nil || k.Sources < 2 {
		return 0, errors.New("measuring the clock: no two servers told the time")
	}
	return time.Duration(k.OffsetS * float64(time.Second)), nil
}

func addresses(l facts.Lookup) ([]netip.Addr, error) {
	if !l.Good() {
		return nil, fmt.Errorf("resolving %s: %s", l.Name, l.Failure)
	}
	return l.Addresses, nil
}
