package checks

import (
	"context"
	"slices"
	"sync"
	"time"

	"passerelle/checks/decide"
	"passerelle/checks/facts"
	"passerelle/checks/gateway"
	"passerelle/checks/probe"
	"passerelle/checks/system"
)

// Times of a whole check (DESIGN.md, "Budgets").
const (
	// defaultTimeout bounds everything.
	defaultTimeout = 10 * time.Second
	// joinAfter: without a result by then, the box and the local readings join. A site that answers well is faster.
	joinAfter = 300 * time.Millisecond
	// quietAfter: that much silence in one step calls the dearer checks, as a definite failure does.
	quietAfter = 1500 * time.Millisecond
	// verdictBy: a silent network gets its verdict within 5 s; what has not ended a little before does not count.
	verdictBy = 4800 * time.Millisecond
	// helperLimit bounds each helper that starts after a failure or 1.5 s of silence, so that it ends before verdictBy.
	helperLimit = 3 * time.Second
	// graceAfterFailure is what the second asking gets beyond the time that the first one took.
	graceAfterFailure = 700 * time.Millisecond
	// thirdSite is how long the last other site is waited for once two have opened.
	thirdSite = 400 * time.Millisecond
	// lastMoment before the end of everything, what still runs is given up, so that there is time to judge.
	lastMoment = 20 * time.Millisecond
	// outsideEnd before that end, the places elsewhere that have answered must do.
	outsideEnd = 100 * time.Millisecond
	// detailsLimit is how long a caller that wants complete details waits for the local readings after the verdict.
	detailsLimit = time.Second
)

// Version is the program's version, set by main.
var Version = "dev"

// Diagnose runs one check. Each change of what is known is told to report (from one goroutine, never concurrently; it may be nil); the
// last snapshot has the Result. When ctx is cancelled, Diagnose returns at once with what was found so far (Result.Stopped).
func Diagnose(ctx context.Context, opt Options, report func(Snapshot)) *Result {
	return newRun(opt, probe.New(), system.New()).diagnose(ctx, report)
}

// run is one check. Its fields belong to the goroutine of diagnose; all others send it functions that change them.
type run struct {
	opt    Options
	p      *probe.Prober
	sys    *system.Reader
	report func(Snapshot)

	f      facts.Facts
	start  time.Time
	ctx    context.Context
	cancel context.CancelFunc
	events chan func()
	parts  map[facts.Reading]int // parts of a reading that still run

	alarm     bool      // a definite failure, or silence: the dearer checks have been called
	local     bool      // box and local readings have been started
	chainEnd  time.Time // zero: the target's own chain still runs
	lastEvent time.Time // of the target's own chain
	turned    time.Time // when the loop turned last, on the wall's clock
	slept     bool      // the computer slept in the middle
	second    bool      // made once more, because the first one was disturbed

	rules []facts.Firewall // those of which a rule hits what was tried, with it

	contactsMu sync.Mutex
	contacts   []Contact
}

func newRun(opt Options, p *probe.Prober, sys *system.Reader) *run {
	if opt.Timeout <= 0 {
		opt.Timeout = defaultTimeout
	}
	r := &run{opt: opt, p: p, sys: sys, events: make(chan func(), 64), parts: map[facts.Reading]int{}}
	p.OnContact = func(c probe.Contact) {
		r.contactsMu.Lock()
		defer r.contactsMu.Unlock()
		if n := (Contact{Host: c.Host, Addr: c.Addr, What: c.What, Why: c.Why}); !slices.Contains(r.contacts, n) {
			r.contacts = append(r.contacts, n)
		}
	}
	return r
}

func (r *run) diagnose(parent context.Context, report func(Snapshot)) *Result {
	r.report = report
	if r.report == nil {
		r.report = func(Snapshot) {}
	}
	r.start = time.Now()
	r.lastEvent = r.start
	r.ctx, r.cancel = context.WithDeadline(parent, r.start.Add(r.opt.Timeout))
	defer r.cancel()
	r.f = facts.Facts{Target: r.opt.Target, At: r.start, Seen: r.opt.Seen, Witness: r.opt.Witness, Readings: map[facts.Reading]facts.Progress{}}
	// What this program cannot do yet, or was not allowed to, is over before it began: it never holds a verdict up.
	r.f.Readings[facts.ReadControl] = facts.Skipped
	if !r.opt.Outside || r.onThisComputer() {
		r.f.Readings[facts.ReadOutside] = facts.Skipped
	}
	go gateway.Prepare() // a few milliseconds that the name's look-up and the wire leave free
	r.startChain()
	if r.onThisComputer() {
		r.skip(facts.ReadConnectivity)
	} else {
		r.startConnectivity()
	}

	verdict, stopped := r.loop(parent)
	if !stopped && r.disturbed(verdict) {
		r.cancel()
		return r.anew(parent)
	}
	verdictAt := time.Since(r.start)
	verdict.At = r.start.Add(verdictAt)
	if !stopped {
		verdict = r.finishOutside(parent, verdict)
		verdict.At = r.start.Add(verdictAt)
	}
	if r.opt.Details && !stopped {
		r.finishLocal()
	}
	r.cancel()
	res := r.result(verdict, verdictAt, stopped)
	r.report(r.snapshot(verdict, res))
	return res
}

// loop applies what the probes send until the verdict cannot change any more.
func (r *run) loop(parent context.Context) (decide.Verdict, bool) {
	tick := time.NewTimer(joinAfter)
	defer tick.Stop()
	for {
		select {
		case apply := <-r.events:
			apply()
			r.drain()
		case <-tick.C:
		case <-parent.Done():
			v := decide.Judge(&r.f)
			v.Provisional = true
			return v, true
		}
		r.woken()
		r.advance()
		if r.outOfTime() {
			r.skipRunning() // not the view from outside: it has its own budget, and ends within everything's
		}
		if time.Since(r.start) > r.opt.Timeout-lastMoment || !r.chainEnd.IsZero() && !r.alarm {
			r.skip(facts.ReadOutside) // the time is up, or nothing failed
		}
		v := decide.Judge(&r.f)
		if !v.Provisional {
			return v, false
		}
		r.report(r.snapshot(v, nil))
		tick.Reset(r.nextTick())
	}
}

// drain applies everything that has already come, so that one judgement serves a burst of facts.
func (r *run) drain() {
	for {
		select {
		case apply := <-r.events:
			apply()
		default:
			return
		}
	}
}

// nextTick is the time until something becomes due by itself.
func (r *run) nextTick() time.Duration {
	now := time.Now()
	due := []time.Time{r.cutoff(), r.start.Add(r.opt.Timeout)}
	if !r.local {
		due = append(due, r.start.Add(joinAfter))
	}
	if !r.alarm {
		due = append(due, r.lastEvent.Add(quietAfter))
	}
	if r.chainEnd.IsZero() {
		due = append(due, r.lastEvent.Add(slowAfter))
	}
	soonest := time.Second
	for _, t := range due {
		if d := t.Sub(now); d > 0 {
			soonest = min(soonest, d+time.Millisecond)
		}
	}
	return soonest
}

// cutoff is when the verdict must be given with what is known, if the chain has ended. A second asking gets as long as the first one
// took, since a slow error is slow again.
func (r *run) cutoff() time.Time {
	by := r.start.Add(verdictBy)
	if r.chainEnd.IsZero() {
		return by
	}
	took := r.chainEnd.Sub(r.start)
	grace := graceAfterFailure
	if last := r.f.Chain.Last(); last != nil && last.Winner() != nil && last.Failure != facts.Timeout {
		grace = max(grace, took+took/4)
	}
	if t := r.chainEnd.Add(grace); t.After(by) {
		return t
	}
	return by
}

func (r *run) outOfTime() bool {
	now := time.Now()
	if now.After(r.start.Add(r.opt.Timeout - lastMoment)) {
		return true
	}
	return !r.chainEnd.IsZero() && now.After(r.cutoff())
}

// skipRunning gives up what has not ended: it stays unknown.
func (r *run) skipRunning() {
	for _, x := range []facts.Reading{facts.ReadChain, facts.ReadRepeat, facts.ReadDirect, facts.ReadPlain, facts.ReadIndependent,
		facts.ReadAlternative, facts.ReadAddresses, facts.ReadConnectivity, facts.ReadOthers, facts.ReadSystem, facts.ReadLinks, facts.ReadBox,
		facts.ReadFresh, facts.ReadSmallSegment, facts.ReadLocalFilter, facts.ReadFamily, facts.ReadOtherLink} {
		r.skip(x)
	}
}

func (r *run) skip(x facts.Reading) {
	if !r.f.Over(x) {
		r.f.Readings[x] = facts.Skipped
	}
}

// begin starts one part of a reading in the background. work runs elsewhere and returns what to do with its result here.
func (r *run) begin(x facts.Reading, limit time.Duration, work func(context.Context) func()) {
	r.parts[x]++
	if !r.f.Over(x) {
		r.f.Readings[x] = facts.Running
	}
	go func() {
		ctx := r.ctx
		if limit > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, limit)
			defer cancel()
		}
		apply := work(ctx)
		r.send(func() {
			if apply != nil && r.f.Readings[x] != facts.Skipped {
				apply()
			}
			if r.parts[x]--; r.parts[x] == 0 && !r.f.Over(x) {
				r.f.Readings[x] = facts.Ended
			}
		})
	}()
}

func (r *run) send(f func()) {
	select {
	case r.events <- f:
	case <-r.ctx.Done():
	}
}

// end marks a reading as over although parts of it still run: enough is known.
func (r *run) end(x facts.Reading) {
	if !r.f.Over(x) {
		r.f.Readings[x] = facts.Ended
	}
}

func (r *run) started(x facts.Reading) bool { return r.f.Readings[x] != "" }

// finishLocal waits a little for what this computer says of itself: the window shows it in the details.
func (r *run) finishLocal() {
	if !r.local {
		r.startLocal()
	}
	limit := time.NewTimer(detailsLimit)
	defer limit.Stop()
	for !r.f.Over(facts.ReadSystem) || !r.f.Over(facts.ReadBox) {
		select {
		case apply := <-r.events:
			apply()
		case <-limit.C:
			return
		case <-r.ctx.Done():
			return
		}
	}
}

func (r *run) result(v decide.Verdict, at time.Duration, stopped bool) *Result {
	r.contactsMu.Lock()
	contacts := slices.Clone(r.contacts)
	r.contactsMu.Unlock()
	res := &Result{
		Schema: Schema, Version: Version, Target: r.f.Target, StartedAt: r.start,
		VerdictMS: ms(at), ElapsedMS: ms(time.Since(r.start)),
		Verdict: v, Path: decide.Path(&r.f, v), Findings: decide.Findings(&r.f), Contacts: contacts, Stopped: stopped,
	}
	f := r.f
	res.Facts = &f
	res.Gateway = decide.Page(&r.f)
	res.Response = judgedResponse(&r.f, res.Gateway, v)
	return res
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func (r *run) snapshot(v decide.Verdict, res *Result) Snapshot {
	s := Snapshot{Elapsed: time.Since(r.start), Path: decide.Path(&r.f, v), Steps: stepCount, Result: res}
	if v.Rule != "waiting" {
		s.Verdict = &v
	}
	s.Doing, s.Whom, s.Step = r.doing()
	if res == nil {
		s.Findings = decide.Findings(&r.f)
	}
	return s
}

// stepCount is how many steps the bar of the window has: name, connection, secure connection, page, a second look, judgement.
const stepCount = 6

// doing says what is being asked now, and of whom.
func (r *run) doing() (what, whom string, step int) {
	host := r.f.Target.Host
	if !r.chainEnd.IsZero() {
		if r.alarm {
			return "repeat", host, 5
		}
		return "done", host, 6
	}
	x := r.f.Chain.Last()
	switch {
	case x == nil || x.Lookup == nil || !x.Lookup.Done:
		return "dns", host, 1
	case x.Winner() == nil:
		if len(x.Connects) > 0 {
			whom = x.Connects[0].Address.Addr().String()
		}
		return "tcp", first(whom, host), 2
	case x.TLS != nil && !x.TLS.Done:
		return "tls", host, 3
	}
	return "http", host, 4
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
