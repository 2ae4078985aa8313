// Command tally runs `go test -json`, prints what a person wants to see of it, and counts what was skipped and why.
//
//	tally -o FILE go test -json ARGS…     runs it; adds the outcome to FILE; ends with go test's own exit status
//	tally -skip FILE WHAT REASON          notes something that could not be run at all
//	tally -sum FILE                       the package lines once more, then the count, then every reason for a skip
//
// A skip that nobody sees is a test that nobody has: that is why this exists.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"sort"
	"strings"
)

// event is one line of `go test -json` (go doc test2json).
type event struct {
	Action     string
	Package    string
	ImportPath string
	Test       string
	Elapsed    float64
	Output     string
}

// line is one line of the file in which outcomes of several runs are gathered.
type line struct {
	Kind   string // package, pass, fail, skip
	What   string // package, or package and test
	Detail string // go test's own line, or the reason for the skip
}

// maxLine bounds one line of `go test -json`: a test that prints more than 16 MiB at once is at fault itself.
const maxLine = 16 << 20

func main() {
	if err := run(os.Args[1:]); err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			os.Exit(exit.ExitCode())
		}
		fmt.Fprintln(os.Stderr, "tally:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) >= 3 && args[0] == "-o":
		return test(args[1], args[2:])
	case len(args) == 4 && args[0] == "-skip":
		fmt.Printf("SKIP\t%s: %s\n", args[2], args[3])
		return appendLines(args[1], []line{{"skip", args[2], args[3]}})
	case len(args) == 2 && args[0] == "-sum":
		return sum(args[1], os.Stdout)
	}
	return errors.New("usage: tally -o FILE go test -json … | -skip FILE WHAT REASON | -sum FILE")
}

// test runs one `go test -json` and gathers its outcome.
func test(file string, command []string) error {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting %s: %w", command[0], err)
	}
	lines, readErr := follow(out, os.Stdout, os.Getenv("CI") != "")
	waitErr := cmd.Wait()
	if err := appendLines(file, lines); err != nil {
		return err
	}
	if waitErr != nil {
		return waitErr
	}
	return readErr
}

// follow reads events and prints go test's package lines and the output of what failed. all: every test's result line too,
// for a log that is read later.
func follow(in io.Reader, out io.Writer, all bool) ([]line, error) {
	var lines []line
	said := map[string]*strings.Builder{} // package and test → its output so far
	scanner := bufio.NewScanner(in)
	scanner.Buffer(make([]byte, 64<<10), maxLine)
	for scanner.Scan() {
		var e event
		if json.Unmarshal(scanner.Bytes(), &e) != nil || e.Action == "" {
			fmt.Fprintln(out, scanner.Text()) // go itself, speaking of a flag or a module
			continue
		}
		key := e.Package + " " + e.Test
		switch e.Action {
		case "output", "build-output":
			switch {
			case e.Test != "":
				if said[key] == nil {
					said[key] = &strings.Builder{}
				}
				said[key].WriteString(e.Output)
			case packageLine.MatchString(e.Output):
				fmt.Fprint(out, e.Output)
				lines = append(lines, line{"package", e.Package, strings.TrimSpace(e.Output)})
			case e.Output != "PASS\n" && e.Output != "FAIL\n" && !strings.HasSuffix(e.Output, "[no test files]\n"):
				fmt.Fprint(out, e.Output)
			}
		case "pass", "fail", "skip":
			if e.Test == "" {
				continue
			}
			text := ""
			if said[key] != nil {
				text = said[key].String()
			}
			delete(said, key)
			detail := ""
			switch {
			case e.Action == "fail":
				fmt.Fprint(out, text)
			case e.Action == "skip":
				detail = reason(text)
				fmt.Fprintf(out, "--- SKIP: %s (%s)\n", e.Test, detail)
			case all:
				fmt.Fprintf(out, "--- PASS: %s (%.2fs)\n", e.Test, e.Elapsed)
			}
			lines = append(lines, line{e.Action, key, detail})
		}
	}
	// a test that was still running when the package died (panic, time limit) has had no verdict: its words are the clue
	for key, text := range said {
		fmt.Fprintf(out, "%s: no result\n%s", key, text)
	}
	return lines, scanner.Err()
}

// packageLine matches go test's line for a whole package.
var packageLine = regexp.MustCompile(`^(ok  |FAIL|---)\s*\t\S`)

// skipNoise matches what `go test -v` prints around the reason.
var skipNoise = regexp.MustCompile(`^\s*(=== |--- )|^\s*$`)

// place is the file and line before a message of t.Skip.
var place = regexp.MustCompile(`^\s*\S+\.go:\d+: `)

// reason finds what t.Skip said in a test's output: its last message.
func reason(text string) string {
	last := ""
	for _, l := range strings.Split(text, "\n") {
		if skipNoise.MatchString(l) {
			continue
		}
		if place.MatchString(l) || last == "" {
			last = strings.TrimSpace(place.ReplaceAllString(l, ""))
		} else {
			last += " " + strings.TrimSpace(l)
		}
	}
	if last == "" {
		return "no reason given"
	}
	return last
}

// appendLines adds to the gathered outcomes.
func appendLines(file string, lines []line) error {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	enc := json.NewEncoder(f)
	for _, l := range lines {
		if err := enc.Encode(l); err != nil {
			f.Close()
			return fmt.Errorf("writing %s: %w", file, err)
		}
	}
	return f.Close()
}

// sum prints the gathered outcomes.
func sum(file string, out io.Writer) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	count := map[string]int{}
	reasons := map[string][]string{}
	dec := json.NewDecoder(f)
	for {
		var l line
		if err := dec.Decode(&l); err == io.EOF {
			break
		} else if err != nil {
			return fmt.Errorf("reading %s: %w", file, err)
		}
		count[l.Kind]++
		switch l.Kind {
		case "package":
			fmt.Fprintln(out, l.Detail)
			if strings.HasPrefix(l.Detail, "FAIL") {
				count["package failed"]++
			}
		case "skip":
			reasons[l.Detail] = append(reasons[l.Detail], l.What)
		}
	}
	fmt.Fprintf(out, "%d tests passed, %d failed, %d skipped", count["pass"], count["fail"], count["skip"])
	if n := count["package failed"]; n > 0 {
		fmt.Fprintf(out, "; %d packages failed", n)
	}
	fmt.Fprintln(out, ".")
	var texts []string
	for r := range reasons {
		texts = append(texts, r)
	}
	sort.Slice(texts, func(i, j int) bool {
		if a, b := len(reasons[texts[i]]), len(reasons[texts[j]]); a != b {
			return a > b
		}
		return texts[i] < texts[j]
	})
	for _, r := range texts {
		fmt.Fprintf(out, "  skipped %d: %s\n", len(reasons[r]), r)
		for i, what := range reasons[r] {
			if i == 5 {
				fmt.Fprintf(out, "      … and %d more\n", len(reasons[r])-i)
				break
			}
			fmt.Fprintf(out, "      %s\n", what)
		}
	}
	return nil
}
