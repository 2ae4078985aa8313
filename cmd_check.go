package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"passerelle/checks"
	"passerelle/checks/decide"
	"passerelle/checks/gateway"
	"passerelle/checks/practice"
	"passerelle/checks/report"
)

// runCheck is `passerelle check`.
func runCheck(ctx context.Context, t *terminal, args []string) int {
	asJSON, opt := false, checks.Options{Witness: map[string]string{}}
	rest, err := flags{
		bools: map[string]*bool{"json": &asJSON, "outside": &opt.Outside, "check-host": &opt.CheckHost, "exact": &opt.Exact},
		values: map[string]func(string) error{
			"lang":    t.language,
			"seen":    func(s string) error { opt.Seen = s; return nil },
			"witness": func(s string) error { return addWitness(opt.Witness, s) },
			"timeout": func(s string) error {
				d, err := time.ParseDuration(s)
				if n, bad := strconv.Atoi(s); bad == nil { // people write seconds
					d, err = time.Duration(n)*time.Second, nil
				}
				if err != nil || d <= 0 {
					return usageError{"cli.bad_timeout", s}
				}
				opt.Timeout = d
				return nil
			},
		},
	}.parse(args)
	if err != nil {
		return t.usage(err)
	}
	if len(rest) == 0 {
		return t.usage(usageError{"cli.no_address", ""})
	}
	target, err := checks.ParseTarget(strings.Join(rest, " "), opt.Exact)
	if err != nil {
		t.refuse(err)
		return exitUsage
	}
	opt.Target = target

	progress := func(checks.Snapshot) {}
	if !asJSON && isTerminal(t.err) {
		line := report.Progress{W: t.err, Printer: t.say}
		progress = line.Show
		defer line.Clear()
	}
	res := checks.Diagnose(ctx, opt, progress)
	t.keep(res)
	if err := t.result(res, asJSON); err != nil {
		fmt.Fprintln(t.err, err)
		return exitProblem
	}
	if res.Verdict.Side == decide.SideWorks && !res.Stopped {
		return exitOK
	}
	return exitProblem
}

// refuse says in one sentence what is wrong with an address.
func (t *terminal) refuse(err error) {
	var bad *checks.TargetError
	if errors.As(err, &bad) {
		fmt.Fprintln(t.err, t.say.T("target."+bad.Code, bad.Vars))
		return
	}
	fmt.Fprintln(t.err, err)
}

// The answers that --witness takes (CONTRACT.md).
var (
	witnessPlaces = []string{"phone", "other-computer", "other-browser", "private-window"}
	witnessSaw    = []string{"opens", "fails", "same-error"}
)

func addWitness(m map[string]string, s string) error {
	where, what, ok := strings.Cut(s, "=")
	if !ok || !contains(witnessPlaces, where) || !contains(witnessSaw, what) {
		return usageError{"cli.bad_witness", s}
	}
	m[where] = what
	return nil
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func (t *terminal) result(res *checks.Result, asJSON bool) error {
	if asJSON {
		return printJSON(t.out, report.JSON(res, t.say))
	}
	return report.Text(t.out, res, t.say, report.Options{Colour: colour(t.out), Details: true})
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(plainJSON{w})
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// plainJSON escapes what moves a terminal's cursor or turns the writing direction: encoding/json leaves C1 controls, DEL and the marks of
// Unicode as they are, and a site's page is in what is printed. They stand in texts only, where \u means the same.
type plainJSON struct{ io.Writer }

func (w plainJSON) Write(b []byte) (int, error) {
	var out []byte
	from := 0
	for i, r := range string(b) {
		if r < 0x7f || !unicode.IsControl(r) && !unicode.Is(unicode.Cf, r) {
			continue
		}
		out = append(out, b[from:i]...)
		for _, u := range utf16.Encode([]rune{r}) {
			out = fmt.Appendf(out, `\u%04x`, u)
		}
		from = i + utf8.RuneLen(r)
	}
	if from == 0 {
		return w.Writer.Write(b)
	}
	if _, err := w.Writer.Write(append(out, b[from:]...)); err != nil {
		return 0, err
	}
	return len(b), nil
}

// maxPasted bounds what `explain` reads, bytes: a page is never read further than this (CONTRACT.md).
const maxPasted = 1 << 20

// runExplain is `passerelle explain`.
func runExplain(_ context.Context, t *terminal, args []string) int {
	asJSON := false
	rest, err := flags{bools: map[string]*bool{"json": &asJSON}, values: map[string]func(string) error{"lang": t.language}}.parse(args)
	if err != nil {
		return t.usage(err)
	}
	in := io.Reader(t.in)
	if len(rest) > 1 {
		return t.usage(usageError{"cli.one_file", rest[1]})
	}
	if len(rest) == 1 && rest[0] != "-" {
		f, err := os.Open(rest[0])
		if err != nil {
			fmt.Fprintln(t.err, t.say.T("cli.cannot_read", map[string]any{"Name": rest[0]}))
			return exitUsage
		}
		defer f.Close()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, maxPasted))
	if err != nil {
		fmt.Fprintln(t.err, t.say.T("cli.cannot_read", map[string]any{"Name": "-"}))
		return exitUsage
	}
	page, explanation := gateway.Explain(text)
	verdict := decide.Explain(page, explanation.Browser != "")
	if asJSON {
		if err := printJSON(t.out, report.ExplainJSON(page, verdict, t.say)); err != nil {
			return exitProblem
		}
	} else if err := report.ExplainText(t.out, page, verdict, t.say, report.Options{Colour: colour(t.out)}); err != nil {
		return exitProblem
	}
	if page == nil && verdict.Cause == decide.Works {
		return exitOK
	}
	return exitProblem
}

// runPractice is `passerelle practice`: the built-in broken site, until Ctrl+C.
func runPractice(ctx context.Context, t *terminal, args []string) int {
	if rest, err := (flags{values: map[string]func(string) error{"lang": t.language}}).parse(args); err != nil || len(rest) > 0 {
		if err == nil {
			err = usageError{"cli.unknown_option", rest[0]}
		}
		return t.usage(err)
	}
	site, err := practice.Start(ctx)
	if err != nil {
		fmt.Fprintln(t.err, err)
		return exitNoWindow
	}
	defer site.Close()
	fmt.Fprintln(t.out, site.URL())
	fmt.Fprintln(t.err, t.say.T("cli.practice", map[string]any{"URL": site.URL()}))
	<-ctx.Done()
	return exitOK
}
