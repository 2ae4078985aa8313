package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"passerelle/checks"
	"passerelle/checks/contacts"
	"passerelle/checks/fix"
	"passerelle/checks/history"
	"passerelle/checks/incident"
	"passerelle/checks/report"
	"passerelle/checks/words"
)

// kept is the folder of past checks; a store that keeps nothing where this system has no place for it.
func kept() history.Store {
	dir, err := fix.StateDir(os.Getenv)
	if err != nil {
		return history.Store{}
	}
	return history.Store{Dir: filepath.Join(dir, "history")}
}

// keep writes a finished check down. A folder that cannot be written to is no reason to complain: the check itself is what was asked for.
func (t *terminal) keep(res *checks.Result) {
	_ = kept().Save(res, report.JSON(res, t.say)) // see above
}

// formats are what --format takes (CONTRACT.md); with --incident: incident.Formats.
var formats = []string{"text", "html", "json", "mail", "png"}

// runReport is `passerelle report`: of an address, or of the last check.
func runReport(ctx context.Context, t *terminal, args []string) int {
	format, file, message, note, picture, unmask, whole := "text", "", "", "", "", false, false
	opt := checks.Options{Details: true}
	args = slices.Clone(args)
	for i, a := range args {
		if a == "-o" {
			args[i] = "--output"
		}
	}
	rest, err := flags{
		bools: map[string]*bool{"unmask": &unmask, "outside": &opt.Outside, "check-host": &opt.CheckHost, "exact": &opt.Exact, "incident": &whole},
		values: map[string]func(string) error{
			"lang":    t.language,
			"output":  func(s string) error { file = s; return nil },
			"note":    func(s string) error { note = s; return nil },
			"picture": func(s string) error { picture = s; return nil },
			"seen":    func(s string) error { opt.Seen = s; return nil },
			"format": func(s string) error {
				format = s
				if !slices.Contains(formats, s) && !slices.Contains(incident.Formats, s) {
					return usageError{"report.bad-format", s}
				}
				return nil
			},
			"message": func(s string) error {
				message = s
				if !slices.Contains(report.MessageKinds, report.MessageKind(s)) {
					return usageError{"report.bad-message", s}
				}
				return nil
			},
		},
	}.parse(args)
	if err != nil {
		return t.usage(err)
	}
	if known := formats; whole || !slices.Contains(known, format) {
		if whole {
			known = incident.Formats
		}
		if !slices.Contains(known, format) {
			return t.usage(usageError{"report.bad-format", format})
		}
	}
	if format == "png" && (file == "" || file == "-") && isTerminal(t.out) {
		return t.usage(usageError{"report.png-needs-file", ""})
	}
	who := report.ThisComputer()
	if whole {
		return t.incident(rest, format, file, who, unmask)
	}
	shot, status := t.picture(picture)
	if status != exitOK {
		return status
	}
	res, status := t.reported(ctx, rest, opt)
	if res == nil {
		return status
	}
	a := about(res, t.say, who, unmask)
	a.Note, a.Unmasked, a.Picture = note, unmask, shot
	if !unmask {
		a.Note = report.MaskText(note, res, who)
		if res, a.Removed, err = report.Mask(res, who); err != nil {
			fmt.Fprintln(t.err, err)
			return exitProblem
		}
	}
	if message != "" {
		list, _ := contacts.Default().List()                                        // without it the line is left out
		a.Account = contacts.Account(list, contacts.Role(message), res.Target.Host) // the kinds of messages are the roles' names
	}
	return t.save(file, func(w io.Writer) error { return t.write(w, format, message, res, a) })
}

// about is what is known here beside the check: since when, how often, what was tried.
func about(res *checks.Result, say *words.Printer, who report.Identity, unmask bool) report.About {
	src, _, err := incident.Here()
	if err != nil && len(src.Checks) == 0 {
		return report.About{}
	}
	opt := incident.Options{Who: &who}
	if unmask {
		opt.Who = nil
	}
	return incident.About(res, src, say, opt)
}

// save writes to a file, or to standard output where none is named.
func (t *terminal) save(file string, write func(io.Writer) error) int {
	var err error
	if file == "" || file == "-" {
		err = write(t.out)
	} else if err = toFile(file, write); err == nil {
		fmt.Fprintln(t.err, t.say.T("report.written", map[string]any{"Name": file}))
	} else {
		fmt.Fprintln(t.err, t.say.T("report.cannot-write", map[string]any{"Name": file}))
		return exitUsage
	}
	if err != nil {
		fmt.Fprintln(t.err, err)
		return exitProblem
	}
	return exitOK
}

// reported is the check that a report is about; nil and an exit status where there is none.
func (t *terminal) reported(ctx context.Context, rest []string, opt checks.Options) (*checks.Result, int) {
	if len(rest) == 0 {
		res, err := kept().Last()
		if errors.Is(err, history.ErrNone) {
			fmt.Fprintln(t.err, t.say.T("report.none", nil))
			return nil, exitUsage
		}
		if err != nil {
			fmt.Fprintln(t.err, err)
			return nil, exitProblem
		}
		return res, exitOK
	}
	target, err := checks.ParseTarget(strings.Join(rest, " "), opt.Exact)
	if err != nil {
		t.refuse(err)
		return nil, exitUsage
	}
	opt.Target = target
	progress := func(checks.Snapshot) {}
	if isTerminal(t.err) {
		line := report.Progress{W: t.err, Printer: t.say}
		progress = line.Show
		defer line.Clear()
	}
	res := checks.Diagnose(ctx, opt, progress)
	t.keep(res)
	return res, exitOK
}

func (t *terminal) write(w io.Writer, format, message string, res *checks.Result, a report.About) error {
	if message != "" {
		subject, body := report.Message(report.MessageKind(message), res, t.say, a)
		if format == "mail" {
			return report.EML(w, "", subject, body, time.Now())
		}
		return mailText(w, subject, body)
	}
	switch format {
	case "png":
		return report.PNG(w, res, t.say, a)
	case "html":
		return report.HTML(w, res, t.say, a)
	case "json":
		return printJSON(w, report.ReportJSON(res, t.say, a))
	case "mail":
		subject, body := report.Mail(res, t.say, a)
		return report.EML(w, "", subject, body, time.Now())
	}
	_, err := io.WriteString(w, report.Plain(res, t.say, a))
	return err
}

func mailText(w io.Writer, subject, body string) error {
	_, err := fmt.Fprintf(w, "%s\n\n%s\n", words.Safe(subject, 200), body)
	return err
}

// toFile writes a file as a whole, for its owner alone.
func toFile(name string, write func(io.Writer) error) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	err = write(f)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

// runOpen is `passerelle open`: a saved report again, judged anew, read-only.
func runOpen(_ context.Context, t *terminal, args []string) int {
	asJSON := false
	rest, err := flags{bools: map[string]*bool{"json": &asJSON}, values: map[string]func(string) error{"lang": t.language}}.parse(args)
	if err != nil {
		return t.usage(err)
	}
	if len(rest) != 1 {
		if len(rest) > 1 {
			return t.usage(usageError{"cli.one_file", rest[1]})
		}
		return t.usage(usageError{"cli.option_needs_value", "open"})
	}
	saved, err := history.ReadFile(rest[0])
	if err != nil {
		key := "report.bad-file"
		switch {
		case errors.Is(err, history.ErrTooLarge):
			key = "report.too-large"
		case errors.Is(err, os.ErrNotExist), errors.Is(err, os.ErrPermission):
			key = "cli.cannot_read"
		}
		fmt.Fprintln(t.err, t.say.T(key, map[string]any{"Name": rest[0]}))
		return exitUsage
	}
	now, judged, err := report.Again(saved)
	if err != nil {
		fmt.Fprintln(t.err, t.say.T("report.bad-file", map[string]any{"Name": rest[0]}))
		return exitUsage
	}
	if asJSON {
		if err := printJSON(t.out, report.JSON(now, t.say)); err != nil {
			return exitProblem
		}
		return exitOK
	}
	if err := report.Text(t.out, now, t.say, report.Options{Colour: colour(t.out), Details: true}); err != nil {
		fmt.Fprintln(t.err, err)
		return exitProblem
	}
	fmt.Fprintln(t.out)
	if !judged {
		fmt.Fprintln(t.out, t.say.T("report.no-facts", nil))
		return exitOK
	}
	fmt.Fprintln(t.out, t.say.T("report.judged-anew", map[string]any{"Version": version}))
	if was, is := saved.Verdict, now.Verdict; was.Cause == is.Cause && was.Certainty == is.Certainty && was.Side == is.Side {
		fmt.Fprintln(t.out, t.say.T("report.same", nil))
		return exitOK
	}
	fmt.Fprintln(t.out, t.say.T("report.differs", nil))
	for i, v := range []checks.Verdict{saved.Verdict, now.Verdict} {
		key := []string{"report.saved-verdict", "report.new-verdict"}[i]
		title, _ := t.say.Verdict(v)
		fmt.Fprintln(t.out, "  "+t.say.T(key, map[string]any{"Text": title + " (" + report.Code(v) + ", " + t.say.Certainty(v.Certainty) + ")"}))
	}
	return exitOK
}
