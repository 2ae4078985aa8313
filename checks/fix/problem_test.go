package fix

import (
	"errors"
	"fmt"
	"testing"
)

// TestNoPromptNamesARealCommand: where the system cannot ask for the password, the person is told a command that exists.
func TestNoPromptNamesARealCommand(t *testing.T) {
	asked := func() error {
		return fmt.Errorf("applying: %w", problem(ErrRights, "fix.error.no-prompt", map[string]any{"Command": "sudo passerelle fix hosts-comment"}, "no agent"))
	}
	said := func(err error) string {
		return Tell(err, func(_ string, vars map[string]any) string { return vars["Command"].(string) })
	}
	if got := said(inTerminal(asked(), "passerelle", "fix", "remove-hosts-entry", "boutique.example")); got != "sudo passerelle fix remove-hosts-entry boutique.example" {
		t.Errorf("told to type %q", got)
	}
	if got := said(inTerminal(asked(), "passerelle", "fix", "disable-firewall-rule", "it's; one")); got != `sudo passerelle fix disable-firewall-rule 'it'\''s; one'` {
		t.Errorf("told to type %q", got)
	}
	if err := errors.New("another"); inTerminal(err, "passerelle") != err || inTerminal(nil) != nil {
		t.Error("another error is changed")
	}
}
