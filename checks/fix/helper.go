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
func Helper(args []string) int {
	if len(args) > 0 && args[0] == watchWord {
		deaf()
		return watch(args[1:], Local(), os.Stdin, os.Stdout)
	}
	return helper(args, Local(), os.Stdout, os.Stderr)
}

// helper reads and validates the request, and does it.
func helper(args []string, c *Computer, out, complaints io.Writer) int {
	v, rest, err := request(args)
	if err == nil && !c.admin() {
		err = errors.New("the helper must run as administrator")
	}
	if err != nil {
		fmt.Fprintln(complaints, "passerelle helper:", err)
		return 2
	}
	ctx, cancel := context.WithTimeout(context.Background(), helperLimit)
	defer cancel()
	answer := helperAnswer{Schema: Schema, Proof: map[string]facts.Bool{}}
	status := 0
	if err := v.run(ctx, c, rest, &answer); err != nil {
		status = 1
		answer.Error = err.Error()
		var p *Problem
		if errors.As(err, &p) {
			answer.Key, answer.Vars = p.Key, p.Vars
		}
	}
	if err := json.NewEncoder(out).Encode(answer); err != nil {
		return 1
	}
	return status
}

// admin tells whether this process may do what only an administrator may.
func (c *Computer) admin() bool { return c.UID == 0 || c.Elevated }

// privileged does a verb: in this process where it has the rights, else through the helper. The first of the steps says which way.
func (c *Computer) privileged(ctx context.Context, name string, args ...string) ([]Step, error) {
	v, rest, err := request(append([]string{name}, args...))
	if err != nil {
		return nil, problem(ErrFailed, "fix.error.helper", nil, "asking for %s: %w", name, err)
	}
	if c.admin() {
		answer := helperAnswer{Proof: map[string]facts.Bool{}}
		err := v.run(ctx, c, rest, &answer)
		return answer.Steps, err
	}
	answer, step, err := c.asRoot(ctx, name, rest...)
	return append([]Step{step}, answer.Steps...), err
}

// privilegedStep is the first step of a plan that privileged will carry out; ok is false where no prompt is needed.
func (c *Computer) privilegedStep(name string, args ...string) (Step, bool) {
	if c.admin() {
		return Step{}, false
	}
	argv, err := c.rootCommand(name, args...)
	if err != nil {
		return Step{Call: "helper " + name}, true
	}
	return Step{Command: argv}, true
}

// rootCommand is the command that starts the helper as administrator.
func (c *Computer) rootCommand(verb string, args ...string) ([]string, error) {
	pkexec := c.tool("pkexec")
	if c.OS == "linux" && pkexec == "" {
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
	request := []string{program, "helper", verb}
	for _, a := range args {
		if a != "" {
			request = append(request, a)
		}
	}
	switch c.OS {
	case "windows":
		return request, nil // by ShellExecuteEx with the verb "runas": the list is what the elevated program gets
	case "darwin":
		return c.macRoot(verb, request), nil
	}
	argv := []string{pkexec}
	if !c.Terminal {
		argv = append(argv, "--disable-internal-agent") // without a terminal its own prompt can only fail, with a confusing message
	}
	return append(argv, request...), nil
}

// macRoot is the command that runs a request as root after macOS's own prompt. The script is made of the number of words alone: the
// words themselves are arguments, and AppleScript quotes them for the shell that it insists on.
func (c *Computer) macRoot(verb string, request []string) []string {
	var words []string
	for i := range request {
		words = append(words, fmt.Sprintf("(quoted form of item %d of argv)", i+1))
	}
	prompt := "Passerelle wants to change a setting of this computer."
	if c.Say != nil {
		prompt = c.Say("fix.prompt", nil)
	}
	script := "do shell script " + strings.Join(words, ` & " " & `) +
		fmt.Sprintf(" with prompt (item %d of argv) with administrator privileges without altering line endings", len(request)+1)
	return append(append([]string{"/usr/bin/osascript", "-e", "on run argv", "-e", script, "-e", "end run"}, request...), prompt)
}

// trusted refuses a program that anybody could have replaced: root is about to run it.
func (c *Computer) trusted(program string) error {
	if c.OS == "windows" {
		return nil // who may write there is not told by these bits; Windows' own prompt names the program and its publisher
	}
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
		return answer, Step{Call: "helper " + verb, Exit: -1, Output: err.Error()}, err
	}
	if c.OS == "windows" {
		return c.asAdministrator(ctx, argv)
	}
	ran := c.Run.Run(ctx, argv, PromptLimit)
	step := Step{Command: argv, Exit: ran.Exit, Output: printed(Ran{Err: ran.Err, Fail: ran.Fail})}
	switch {
	case c.OS == "darwin" && strings.Contains(ran.Err, "(-128)"): // the only part of the message that is not translated
		return answer, step, problem(ErrRefused, "fix.error.refused", nil, "the system's prompt was closed")
	case c.OS == "darwin" && (strings.Contains(ran.Err, "(-60007)") || strings.Contains(ran.Err, "(-60005)")):
		return answer, step, problem(ErrRights, "fix.error.rights", nil, "the password was not accepted")
	case c.OS == "darwin" && ran.Exit != 0: // osascript gives the script's status and complaints, not what it printed
		return answer, step, problem(ErrFailed, "fix.error.helper", nil, "the helper ended badly: %s", step.Output)
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

// asAdministrator starts the helper through Windows' prompt. An elevated program cannot be heard: its exit status is all there is,
// and the state is read again afterwards.
func (c *Computer) asAdministrator(ctx context.Context, argv []string) (helperAnswer, Step, error) {
	step := Step{Command: argv}
	if c.Elevate == nil {
		step.Exit = -1
		return helperAnswer{}, step, problem(ErrRights, "fix.error.rights", nil, "administrator rights cannot be asked for here")
	}
	exit, err := c.Elevate(ctx, argv)
	if step.Exit = exit; err != nil {
		step.Exit, step.Output = -1, err.Error()
	}
	switch {
	case errors.Is(err, ErrRefused):
		return helperAnswer{}, step, problem(ErrRefused, "fix.error.refused", nil, "Windows' prompt was closed")
	case err != nil:
		return helperAnswer{}, step, problem(ErrRights, "fix.error.rights", nil, "%w", err)
	case exit != 0:
		return helperAnswer{}, step, problem(ErrFailed, "fix.error.helper", nil, "the helper ended with %d", exit)
	}
	return helperAnswer{Schema: Schema}, step, nil
}
