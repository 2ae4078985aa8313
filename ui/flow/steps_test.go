package flow

import (
	"slices"
	"testing"

	"passerelle/checks/decide"
)

func TestOffer(t *testing.T) {
	only := func(names ...string) func(string) bool {
		return func(n string) bool { return slices.Contains(names, n) }
	}
	a := func(id decide.ActionID) decide.Action { return decide.Action{ID: id} }
	flush := decide.Action{ID: decide.ActFix, Fix: FixFlushDNS}
	proxy := decide.Action{ID: decide.ActFix, Fix: "turn-off-proxy"}
	for _, c := range []struct {
		name    string
		side    decide.Side
		actions []decide.Action
		has     func(string) bool
		main    Kind
		step    Step
		second  []Kind
		advice  int
	}{
		{"wait", decide.SideSite, []decide.Action{a(decide.ActRetryLater), a(decide.ActContactSite)}, all, TellMe, StepRefresh, []Kind{Message, GuideMe}, 1},
		{"never more than two beside", decide.SideSite, []decide.Action{a(decide.ActRetryLater), a(decide.ActContactSite), a(decide.ActSavedCopy), a(decide.ActPrivateWindow)},
			all, TellMe, StepRefresh, []Kind{Message, GuideMe}, 1},
		{"flush", decide.SideYou, []decide.Action{flush}, all, ChooseStep, StepDNS, []Kind{GuideMe}, 0},
		{"a fix that is not there is advice", decide.SideYou, []decide.Action{proxy, a(decide.ActContactIT)}, only(), CheckAgain, "", []Kind{Message, GuideMe}, 2},
		{"a fix that is there", decide.SideYou, []decide.Action{proxy}, all, ChooseStep, StepOther, []Kind{GuideMe}, 0},
		{"hands first", decide.SideNetwork, []decide.Action{a(decide.ActRestartBox), a(decide.ActContactISP)}, all, CheckAgain, "", []Kind{Message, GuideMe}, 2},
		{"spelling", decide.SideSite, []decide.Action{a(decide.ActCheckSpelling)}, all, EditInput, "", []Kind{GuideMe}, 0},
		{"portal", decide.SideNetwork, []decide.Action{a(decide.ActOpenPortal)}, all, ChooseStep, StepOpen, []Kind{GuideMe}, 0},
		{"portal that cannot be opened", decide.SideNetwork, []decide.Action{a(decide.ActOpenPortal)}, only(), CheckAgain, "", []Kind{GuideMe}, 1},
		{"no saved copy without a browser", decide.SideSite, []decide.Action{a(decide.ActRetryLater), a(decide.ActSavedCopy)}, only(), TellMe, StepRefresh, []Kind{GuideMe}, 1},
		{"nothing known", decide.SideUnknown, nil, all, GuideMe, "", nil, 0},
		{"works, nothing else", decide.SideWorks, nil, all, CheckAgain, "", []Kind{GuideMe}, 0},
	} {
		o := OfferFor(decide.Verdict{Side: c.side, Actions: c.actions}, c.has)
		var second []Kind
		for _, s := range o.Second {
			second = append(second, s.Kind)
		}
		if o.Main.Kind != c.main || o.Main.Step != c.step || !slices.Equal(second, c.second) || len(o.Advice) != c.advice {
			t.Errorf("%s: main %s %s, second %v, %d advice; want %s %s, %v, %d", c.name, o.Main.Kind, o.Main.Step, second, len(o.Advice), c.main, c.step, c.second, c.advice)
		}
	}
}

func TestCompare(t *testing.T) {
	shown := func(v decide.Verdict, broken int) Shown { return Shown{Verdict: &v, Path: path(broken)} }
	stale := decide.Verdict{Side: decide.SideYou, Cause: decide.DNSCacheStale}
	unknown := decide.Verdict{Side: decide.SideUnknown, Cause: decide.Undetermined}
	stopped := shown(works, -1)
	stopped.Result = res(works, -1)
	stopped.Result.Stopped = true
	six := func(broken int) []decide.Hop {
		p := waiting(nil)
		p[broken].State = decide.StateProblem
		return p
	}
	at := func(side decide.Side, cause decide.Cause, broken int) Shown {
		return Shown{Verdict: &decide.Verdict{Side: side, Cause: cause}, Path: six(broken)}
	}
	here := func(cause decide.Cause, arg string) Shown {
		return Shown{Verdict: &decide.Verdict{Side: decide.SideYou, Cause: cause, Actions: []decide.Action{{ID: decide.ActFix, Arg: arg}}}, Path: six(0)}
	}
	proxied := at(decide.SideYou, decide.ProxyBroken, 0)
	proxied.Path = []decide.Hop{{Hop: decide.HopComputer, State: decide.StateOK}, {Hop: decide.HopProxy, State: decide.StateProblem}}
	dnsWell := here(decide.FirewallLocal, "rule 1")
	dnsWell.Path[3].State = decide.StateOK
	for _, c := range []struct {
		name          string
		before, after Shown
		want          Change
	}{
		{"mended", shown(stale, 2), shown(works, -1), Fixed},
		{"two faults", shown(stale, 2), shown(ok502, 3), Better},
		{"same place", shown(ok502, 3), shown(ok502, 3), Same},
		{"nearer to me", shown(ok502, 3), shown(stale, 2), Worse},
		{"worked before", shown(works, -1), shown(ok502, 3), Worse},
		{"nothing found", shown(ok502, 3), shown(unknown, -1), Unsure},
		{"two faults at one stop", here(decide.HostsOverride, "site.example"), here(decide.DNSCacheStale, ""), Better},
		{"two rules of the firewall", here(decide.FirewallLocal, "rule 1"), here(decide.FirewallLocal, "rule 2"), Better},
		{"the same rule, loaded anew", here(decide.FirewallLocal, "rule 1 # handle 4"), here(decide.FirewallLocal, "rule 1 # handle 9"), Same},
		{"the same rule", here(decide.FirewallLocal, "rule 1"), here(decide.FirewallLocal, "rule 1"), Same},
		{"another name server that fails", at(decide.SideNetwork, decide.DNSBlocksSite, 3), at(decide.SideNetwork, decide.DNSServerDown, 3), Same},
		{"the name service answers, and knows no such name", at(decide.SideNetwork, decide.DNSServerDown, 3), at(decide.SideSite, decide.NameNotFound, 3), Better},
		{"the proxy is off, and the hosts file is wrong", proxied, here(decide.HostsOverride, "site.example"), Better},
		{"the name service is well, and a rule blocks", at(decide.SideNetwork, decide.DNSServerDown, 3), dnsWell, Better},
		{"the name service is not known, and the link is gone", at(decide.SideNetwork, decide.DNSServerDown, 3), here(decide.NoConnection, ""), Worse},
		{"still nothing found", shown(unknown, -1), shown(unknown, -1), Same},
		{"stopped", shown(ok502, 3), stopped, Unsure},
		{"nothing after", shown(ok502, 3), Shown{}, Unsure},
	} {
		if got := Compare(c.before, c.after); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
