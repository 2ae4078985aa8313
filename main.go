// Passerelle tells why a web site does not open, whose side it is on, and mends what is on the visitor's side.
//
// This file is the terminal's front door (CONTRACT.md): it picks the command, and hands over. Without a command it opens the window.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"

	"passerelle/checks"
	"passerelle/checks/fix"
	"passerelle/checks/words"
	"passerelle/checks/words/locale"
	"passerelle/ui/desktop"
)

// version is set by the linker from FyneApp.toml (build/*.sh).
var version = "dev"

// Exit statuses of the contract.
const (
	exitOK       = 0
	exitProblem  = 1 // something is wrong; the verdict says whose it is
	exitUsage    = 2 // the command line or the address could not be used
	exitNoWindow = 3 // the program itself could not run
)

// terminal is where a command reads and writes. Results go to out, progress and complaints to err.
type terminal struct {
	in       *os.File
	out, err io.Writer
	say      *words.Printer
	lang     string
}

// command is one word of the command line.
type command struct {
	name   string
	run    func(ctx context.Context, t *terminal, args []string) int
	hidden bool
}

var commands []command

func init() { // not a literal: help reads it
	commands = []command{
		{name: "check", run: runCheck},
		{name: "explain", run: runExplain},
		{name: "fix", run: runFix},
		{name: "undo", run: runUndo},
		{name: "report", run: runReport},
		{name: "open", run: runOpen},
		{name: "contacts", run: runContacts},
		{name: "selftest", run: runSelftest},
		{name: "practice", run: runPractice},
		{name: "help", run: runHelp},
		{name: "version", run: runVersion},
		{name: "helper", hidden: true, run: func(_ context.Context, _ *terminal, args []string) int { return fix.Helper(args) }},
	}
}

func main() {
	checks.Version = version
	os.Exit(start(os.Args[1:]))
}

func start(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	lang := locale.Detect()
	t := &terminal{in: os.Stdin, out: os.Stdout, err: os.Stderr, lang: lang, say: words.New(lang)}
	if len(args) == 0 {
		return openWindow(t)
	}
	name := strings.TrimLeft(args[0], "-")
	if name == "h" {
		name = "help"
	}
	i := slices.IndexFunc(commands, func(c command) bool { return c.name == name })
	if i < 0 {
		fmt.Fprintln(t.err, t.say.T("cli.unknown_command", map[string]any{"Command": args[0]}))
		help(t, t.err)
		return exitUsage
	}
	return commands[i].run(ctx, t, args[1:])
}

// openWindow opens the window; where there can be none it says so in one line and how to go on in the terminal.
func openWindow(t *terminal) int {
	err := desktop.Open(checks.FixEnv(), version)
	if err == nil {
		return exitOK
	}
	var no *desktop.Error
	if !errors.As(err, &no) {
		fmt.Fprintln(t.err, err)
		return exitNoWindow
	}
	if no.Reason == desktop.NoWindow { // a build without cgo prints help instead (CONTRACT.md)
		help(t, t.out)
		return exitOK
	}
	desktop.Complain(no.Sentence(t.say.T))
	return exitNoWindow
}

func runHelp(_ context.Context, t *terminal, _ []string) int {
	help(t, t.out)
	return exitOK
}

func runVersion(_ context.Context, t *terminal, _ []string) int {
	fmt.Fprintln(t.out, "passerelle", version)
	return exitOK
}

func help(t *terminal, w io.Writer) {
	fmt.Fprintln(w, t.say.T("cli.help", nil))
}

// flags reads a command's options by hand: the standard flag package stops at the first argument that is none, while people write
// the address first as often as last.
type flags struct {
	bools  map[string]*bool
	values map[string]func(string) error
}

// parse returns what is no option. An unknown option, or one without its value, is an error that names it.
func (f flags) parse(args []string) (rest []string, err error) {
	for i := 0; i < len(args); i++ {
		a := args[i]
		if a == "--" {
			return append(rest, args[i+1:]...), nil
		}
		if !strings.HasPrefix(a, "--") || a == "--" {
			if strings.HasPrefix(a, "-") && len(a) > 1 {
				return nil, usageError{"cli.unknown_option", a}
			}
			rest = append(rest, a)
			continue
		}
		name, value, has := strings.Cut(a[2:], "=")
		if b, ok := f.bools[name]; ok {
			if has {
				return nil, usageError{"cli.option_takes_no_value", "--" + name}
			}
			*b = true
			continue
		}
		set, ok := f.values[name]
		if !ok {
			return nil, usageError{"cli.unknown_option", a}
		}
		if !has {
			if i++; i >= len(args) {
				return nil, usageError{"cli.option_needs_value", a}
			}
			value = args[i]
		}
		if err := set(value); err != nil {
			return nil, err
		}
	}
	return rest, nil
}

// usageError is a command line that cannot be used; key is its sentence.
type usageError struct{ key, what string }

func (e usageError) Error() string { return e.key + ": " + e.what }

func (t *terminal) usage(err error) int {
	if u, ok := err.(usageError); ok {
		fmt.Fprintln(t.err, t.say.T(u.key, map[string]any{"Option": u.what}))
	} else {
		fmt.Fprintln(t.err, err)
	}
	return exitUsage
}

// language is the option --lang, understood by every command that speaks.
func (t *terminal) language(s string) error {
	if s != "fr" && s != "en" {
		return usageError{"cli.bad_language", s}
	}
	t.lang, t.say = s, words.New(s)
	return nil
}

// colour: only on a terminal, and not where NO_COLOR is set (no-color.org) or the terminal is a dumb one.
func colour(w io.Writer) bool {
	return isTerminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	st, err := f.Stat()
	if err != nil || st.Mode()&os.ModeCharDevice == 0 || st.Mode()&os.ModeDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull) // a device of characters, too: what a service has in the place of a person
	return err != nil || !os.SameFile(st, null)
}
