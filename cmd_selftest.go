package main

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"passerelle/checks"
	"passerelle/checks/decide"
	"passerelle/checks/facts"
	"passerelle/checks/fix"
	"passerelle/checks/practice"
	"passerelle/checks/probe"
	"passerelle/checks/report"
	"passerelle/checks/system"
	"passerelle/checks/words"
)

// selftestLimit bounds each try.
const selftestLimit = 6 * time.Second

// tried is one line of the selftest.
type tried struct {
	name   string
	worked facts.Bool // Unknown: not possible here
	detail string
	took   time.Duration
}

// runSelftest is `passerelle selftest`: every reading and the harmless fixes, on this very computer, as lines to paste. What is printed
// is masked.
func runSelftest(ctx context.Context, t *terminal, args []string) int {
	rest, err := flags{values: map[string]func(string) error{"lang": t.language}}.parse(args)
	if err == nil && len(rest) > 0 {
		err = usageError{"cli.unknown_option", rest[0]}
	}
	if err != nil {
		return t.usage(err)
	}
	fmt.Fprintln(t.out, t.say.T("selftest.title", map[string]any{"Version": version, "Text": runtime.GOOS + "/" + runtime.GOARCH + ", " + runtime.Version()}))
	who := report.ThisComputer()
	good, bad, unknown := 0, 0, 0
	for _, x := range slices.Concat(tryComputer(ctx), tryNetwork(ctx), tryPractice(ctx), tryFixes(ctx, t)) {
		word := ""
		switch x.worked {
		case facts.Yes:
			good, word = good+1, t.say.T("selftest.ok", nil)
		case facts.No:
			bad, word = bad+1, t.say.T("selftest.bad", nil)
		default:
			unknown, word = unknown+1, t.say.T("selftest.unknown", nil)
		}
		fmt.Fprintf(t.out, "%-32s %-20s %8s  %s\n", x.name, word, x.took.Round(time.Millisecond), words.Safe(report.MaskText(x.detail, nil, who), 200))
	}
	fmt.Fprintln(t.out, t.say.T("selftest.sum", map[string]any{"Good": good, "Count": bad, "N": unknown}))
	if bad > 0 {
		return exitProblem
	}
	return exitOK
}

// tryComputer reads this computer. Nothing is sent, but signs of life to the box.
func tryComputer(ctx context.Context) []tried {
	ctx, cancel := context.WithTimeout(ctx, selftestLimit)
	defer cancel()
	sys, p := system.New(), probe.New()
	target, err := checks.ParseTarget("https://www.wikipedia.org/", false)
	if err != nil {
		return []tried{{name: "system", worked: facts.No, detail: err.Error()}}
	}
	begin := time.Now()
	full := sys.Read(ctx, target)
	took := time.Since(begin)
	done := func(name string, is bool, n int) tried {
		return tried{name: "system." + name, worked: yesOr(is), took: took, detail: fmt.Sprintf("%d", n)}
	}
	out := []tried{done("links", full.LinksDone, len(full.Links)), done("routes", full.RoutesDone, len(full.Routes)), done("resolvers", full.ResolversDone, len(full.Resolvers)),
		done("proxies", full.ProxiesDone, len(full.Proxies)), done("hosts", full.HostsDone, len(full.Hosts)), done("firewalls", full.FirewallsDone, len(full.Firewalls)), {name: "system.browser", worked: yesOr(full.Browser != ""), took: took,
			detail: strings.TrimSpace(full.Browser+" "+full.BrowserVersion) + "; " + strings.Join(full.Browsers, " ")}}
	begin = time.Now()
	box := sys.Box(ctx, full, p.Ping, p.TCPAlive)
	at := ""
	if box.Address.IsValid() {
		at = box.Address.String()
	}
	return append(out, tried{name: "box", worked: box.Answers(), took: time.Since(begin), detail: at})
}

// yesOr is yes, or not known: what was not found may still be there.
func yesOr(is bool) facts.Bool {
	if is {
		return facts.Yes
	}
	return facts.Unknown
}

// tryNetwork asks what a check after a failure may ask (CONTRACT.md), for a site that exists.
func tryNetwork(ctx context.Context) []tried {
	p := probe.New()
	const host = "www.wikipedia.org"
	type one struct {
		name string
		ask  func(context.Context) (bool, string)
	}
	lookup := func(l facts.Lookup) (bool, string) { return l.Good(), string(l.Failure) + " " + l.Transport }
	all := []one{{"dns.system", func(ctx context.Context) (bool, string) { return lookup(p.LookupSystem(ctx, host)) }}}
	for _, c := range probe.Checks {
		all = append(all, one{"connectivity " + c.Name, func(ctx context.Context) (bool, string) {
			x := p.Connectivity(ctx, c, nil)
			return x.Expected == facts.Yes, string(x.Exchange.Failure)
		}})
	}
	for _, pr := range probe.Providers {
		all = append(all, one{"dns.encrypted " + pr.Name, func(ctx context.Context) (bool, string) { return lookup(p.LookupDoH(ctx, host, pr)) }})
	}
	all = append(all, one{"site " + host, func(ctx context.Context) (bool, string) {
		x := p.OtherSite(ctx, host, nil)
		return x.Expected == facts.Yes, string(x.Exchange.Failure)
	}})
	out := make([]tried, len(all))
	var wg sync.WaitGroup
	for i, x := range all {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, selftestLimit)
			defer cancel()
			begin := time.Now()
			ok, detail := x.ask(ctx)
			out[i] = tried{x.name, facts.Known(ok), detail, time.Since(begin)}
		})
	}
	wg.Wait()
	return out
}

// tryPractice checks the built-in broken site: the whole way of a check, on loopback.
func tryPractice(ctx context.Context) []tried {
	ctx, cancel := context.WithTimeout(ctx, 2*selftestLimit)
	defer cancel()
	begin := time.Now()
	site, err := practice.Start(ctx)
	if err != nil {
		return []tried{{name: "practice", worked: facts.No, detail: err.Error(), took: time.Since(begin)}}
	}
	defer site.Close()
	target, err := checks.ParseTarget(site.URL(), false)
	if err != nil {
		return []tried{{name: "practice", worked: facts.No, detail: err.Error(), took: time.Since(begin)}}
	}
	target.Example = true
	res := checks.Diagnose(ctx, checks.Options{Target: target}, nil)
	return []tried{{"practice.bad-gateway", facts.Known(res.Verdict.Cause == decide.BadGateway), report.Code(res.Verdict) + " " + string(res.Verdict.Certainty), time.Since(begin)}}
}

// tryFixes plans every fix that takes no argument, and does those that change nothing anybody could miss and need no rights.
func tryFixes(ctx context.Context, t *terminal) []tried {
	var out []tried
	for _, l := range fix.Listing(ctx, nil, t.say.T).Fixes {
		if l.Takes != "" {
			continue
		}
		begin := time.Now()
		x := tried{name: "fix." + l.Name, detail: l.Detail}
		switch {
		case l.Risk != "none" || l.NeedsAdmin || !harmless[l.Name]:
			x.detail = "listed"
		default:
			ctx, cancel := context.WithTimeout(ctx, 2*selftestLimit)
			env := checks.FixEnv()
			env.Say, env.Confirm = t.say.T, func(context.Context, fix.Plan) error { return nil }
			o, err := fix.Run(ctx, l.Name, "", env)
			cancel()
			x.worked = facts.Known(err == nil && o.Verified != facts.No)
			x.detail = "verified by " + o.VerifiedBy
			if err != nil {
				x.detail = fix.Tell(err, t.say.T)
			}
		}
		x.took = time.Since(begin)
		out = append(out, x)
	}
	return out
}

// harmless are the fixes that the selftest does: this computer's memory of names fills again by itself.
var harmless = map[string]bool{"flush-dns": true}
