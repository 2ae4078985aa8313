// The helper: this same program, started as administrator for one change through the system's own prompt.
//
// What it takes is a verb of a closed list and typed arguments, and it validates them again itself: whoever starts it may be
// any program of this user. It finds out by itself which commands to run; none is ever given to it.

package fix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"passerelle/checks/facts"
)

// helperLimit bounds everything the helper does: five caches, each with its command and its proof, well within CommandLimit each.
const helperLimit = 30 * time.Second

// helperAnswer is what the helper prints.
type helperAnswer struct {
	Schema int                   `json:"schema"`
	Steps  []Step                `json:"steps"`
	Proof  map[string]facts.Bool `json:"proof"`
	Error  string                `json:"error,omitempty"`
	Key    string                `json:"key,omitempty"` // of the sentence that tells the error
	Vars   map[string]any        `json:"vars,omitempty"`
}

// Helper does what follows the hidden command "helper": VERB ARGUMENTS. It answers in JSON and gives the exit status: 0 done,
// 1 not done, 2 not a request of this program.
func Helper(args []string) int { return helper(args, Local(), os.Stdout, os.Stderr) }

// helper's verbs, all of them:
//
//	flush-dns KIND[,KIND…] [HOST]    KIND: dnsmasq, unbound, named, resolved, nscd; HOST: the name whose absence is proved
func helper(args []string, c *Computer, out, complaints io.Writer) int {
	kinds, host, err := helperRequest(args)
	if err == nil && c.UID != 0 {
		err = errors.New("the helper must run as administrator")
	}
	if err != nil {
		fmt.Fprintln(complaints, "passerelle helper:", err)
		return 2
	}
	ctx, cancel := context.WithTimeout(context.Background(), helperLimit)
	defer cancel()
	answer := helperAnswer{Schema: Schema, Proof: map[string]facts.Bool{}}
	caches := slices.DeleteFunc(c.dnsCaches(ctx).Caches, func(d dnsCache) bool { return !slices.Contains(kinds, d.Kind) })
	status := 0
	if len(caches) == 0 {
		err = problem(ErrFailed, "fix.flush-dns.error.gone", nil, "none of these caches is here: %s", strings.Join(kinds, ", "))
	} else {
		answer.Steps, err = c.flush(ctx, caches)
	}
	if err != nil {
		status = 1
		answer.Error = err.Error()
		var p *Problem
		if errors.As(err, &p) {
			answer.Key, answer.Vars = p.Key, p.Vars
		}
	} else {
		for _, d := range caches {
			answer.Proof[d.Kind] = c.proveEmpty(ctx, d, host)
		}
	}
	if err := json.NewEncoder(out).Encode(answer); err != nil {
		return 1
	}
	return status
}

// helperRequest reads and validates what the helper was asked.
func helperRequest(args []string) (kinds []string, host string, err error) {
	if len(args) < 2 || len(args) > 3 || args[0] != "flush-dns" {
		return nil, "", errors.New("usage: helper flush-dns KIND[,KIND…] [HOST]")
	}
	kinds = strings.Split(args[1], ",")
	for i, k := range kinds {
		if !slices.Contains(flushOrder, k) || slices.Contains(kinds[:i], k) {
			return nil, "", fmt.Errorf("flush-dns: %q is no kind of cache, or stands there twice", k)
		}
	}
	if len(args) == 3 {
		if host, err = ValidHost(args[2]); err != nil {
			return nil, "", err
		}
	}
	return kinds, host, nil
}

// rootCommand is the command that starts the helper as administrator.
func (c *Computer) rootCommand(verb string, args ...string) ([]string, error) {
	pkexec := c.tool("pkexec")
	if pkexec == "" {
		return nil, problem(ErrRights, "fix.error.no-prompt", map[string]any{"Command": "sudo passerelle fix " + verb}, "pkexec is not installed")
	}
	if c.Helper == nil {
		return nil, problem(ErrRights, "fix.error.no-prompt", map[string]any{"Command": "sudo passerelle fix " + verb}, "there is no helper")
	}
	program, err := c.Helper()
	if err == nil {
		err = c.trusted(program)
	}
	if err != nil {
		return nil, problem(ErrRights, "fix.error.no-prompt", map[string]any{"Command": "sudo passerelle fix " + verb}, "starting the helper: %w", err)
	}
	argv := []string{pkexec}
	if !c.Terminal {
		argv = append(argv, "--disable-internal-agent") // without a terminal its own prompt can only fail, with a confusing message
	}
	argv = append(argv, program, "helper", verb)
	for _, a := range args {
		if a != "" {
			argv = append(argv, a)
		}
	}
	return argv, nil
}

// trusted refuses a program that anybody could have replaced: root is about to run it.
func (c *Computer) trusted(program string) error {
	if !filepath.IsAbs(program) {
		return fmt.Errorf("%s is not an absolute path", program)
	}
	const othersWrite = 0o002
	st, err := os.Stat(program)
	if err != nil {
		return err
	}
	dir, err := os.Stat(filepath.Dir(program))
	if err != nil {
		return err
	}
	if !st.Mode().IsRegular() || st.Mode()&othersWrite != 0 || (dir.Mode()&othersWrite != 0 && dir.Mode()&os.ModeSticky == 0) {
		return fmt.Errorf("%s could be replaced by anybody on this computer", program)
	}
	return nil
}

// Exit statuses of pkexec (pkexec(1)).
const (
	pkexecDismissed = 126 // the prompt was closed
	pkexecDenied    = 127 // not authorised, no prompt to be had, or an error
)

// asRoot starts the helper through the system's prompt and reads its answer.
func (c *Computer) asRoot(ctx context.Context, verb string, args ...string) (helperAnswer, Step, error) {
	var answer helperAnswer
	argv, err := c.rootCommand(verb, args...)
	if err != nil {
		return answer, Step{Call: "pkexec", Exit: -1, Output: err.Error()}, err
	}
	ran := c.Run.Run(ctx, argv, PromptLimit)
	step := Step{Command: argv, Exit: ran.Exit, Output: printed(Ran{Err: ran.Err, Fail: ran.Fail})}
	switch {
	case ran.Exit == pkexecDismissed:
		return answer, step, problem(ErrRefused, "fix.error.refused", nil, "the system's prompt was closed")
	case ran.Exit == pkexecDenied:
		return answer, step, problem(ErrRights, "fix.error.no-prompt", map[string]any{"Command": "sudo passerelle fix " + verb}, "pkexec: %s", step.Output)
	case ran.Fail != nil:
		return answer, step, problem(ErrFailed, "fix.error.helper", nil, "%w", ran.Fail)
	}
	if err := json.Unmarshal([]byte(ran.Out), &answer); err != nil || answer.Schema != Schema {
		return helperAnswer{}, step, problem(ErrFailed, "fix.error.helper", nil, "the helper ended with %d and gave no answer: %s", ran.Exit, step.Output)
	}
	if ran.Exit != 0 || answer.Error != "" {
		return answer, step, &Problem{Kind: ErrFailed, Key: answer.Key, Vars: answer.Vars, Cause: errors.New(answer.Error)}
	}
	return answer, step, nil
}
