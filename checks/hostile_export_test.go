package checks

import (
	"context"

	"passerelle/checks/probe"
	"passerelle/checks/system"
)

// DiagnoseWith is Diagnose with a prober and a reader of the test's own.
func DiagnoseWith(ctx context.Context, opt Options, p *probe.Prober, sys *system.Reader, report func(Snapshot)) *Result {
	return newRun(opt, p, sys).diagnose(ctx, report)
}
