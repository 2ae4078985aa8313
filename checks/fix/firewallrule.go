// disable-firewall-rule: switches off one outgoing block rule. Never a policy, a profile or a product.
//
// Linux: the rule in the kernel's tables (nftables; those of ufw and firewalld are there as well) is replaced by one that does
// nothing, at the same place, with the old rule's hash as its comment. So its place is kept, and the helper can prove at the undo
// that the text it is given is the very rule that it took out. It holds until the rules are loaded anew.
// Windows: the rule is switched off by its id.

package fix

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"passerelle/checks/blockrule"
	"passerelle/checks/facts"
)

func init() { register("disable-firewall-rule", func(c *Computer) Fix { return disableRule{c} }) }

// oldRule is the key of Change.Old under which the rule stands, as it was.
const oldRule = "rule"

type disableRule struct{ c *Computer }

// Name implements Fix.
func (disableRule) Name() string { return "disable-firewall-rule" }

// Applies implements Fix.
func (disableRule) Applies(all *facts.Facts) (bool, string) {
	if all == nil || !all.System.FirewallsDone {
		return false, "fix.disable-firewall-rule.why.unknown"
	}
	for _, w := range all.System.Firewalls {
		if blockrule.Switchable(w.Rule) {
			return true, "fix.disable-firewall-rule.why.rule"
		}
		switch {
		case w.Rule == "":
		case strings.Contains(w.Rule, "# handle "):
			return false, "fix.disable-firewall-rule.foreign"
		default:
			return false, "fix.disable-firewall-rule.why.policy"
		}
	}
	return false, "fix.disable-firewall-rule.why.none"
}

func (f disableRule) describe(context.Context) (Plan, string) {
	return Plan{Fix: f.Name(), Risk: "medium", Undoable: true, NeedsAdmin: !f.c.admin(), Vars: map[string]any{"Rule": "…"}}, "RULE"
}

// Plan implements Fix. rule is what a check found, as it stands there.
func (f disableRule) Plan(_ context.Context, rule string) (Plan, error) {
	p := Plan{Fix: f.Name(), Arg: rule, Risk: "medium", Undoable: true, Vars: map[string]any{"Rule": abridged(rule)}}
	refused := func(err error) error {
		key := "fix.disable-firewall-rule.not-a-rule"
		if errors.Is(err, blockrule.ErrPolicy) {
			key = "fix.disable-firewall-rule.why.policy"
		}
		return problem(ErrArgument, key, p.Vars, "%w", err)
	}
	var step Step
	switch f.c.OS {
	case "windows":
		w, err := blockrule.ParseWindows(rule)
		if err != nil {
			return p, refused(err)
		}
		p.Vars["Rule"], p.Detail = w.Name(), "windows"
		p.Old = map[string]string{oldRule: rule}
		step = Step{Command: f.c.ruleCommand(w.ID, false)}
		if s, asks := f.c.privilegedStep("windows-rule", w.ID, "off"); asks {
			p.NeedsAdmin, p.Steps = true, []Step{s}
		}
	case "linux":
		n, err := parseNFTRule(rule)
		if err != nil {
			return p, refused(err)
		}
		if f.c.tool("nft") == "" {
			return p, problem(ErrImpossible, "fix.disable-firewall-rule.no-nft", p.Vars, "nft is not installed")
		}
		p.Vars["Rule"], p.Detail = n.Text, "nft"
		p.Old = map[string]string{oldRule: n.String()}
		step = Step{Command: f.c.nftReplace(n, n.Handle, n.placeholder())}
		if s, asks := f.c.privilegedStep("nft-rule-off", n.String()); asks {
			p.NeedsAdmin, p.Steps = true, []Step{s}
		}
	default:
		return p, problem(ErrImpossible, "fix.disable-firewall-rule.impossible", nil, "switching off a firewall rule on %s", f.c.OS)
	}
	p.Steps = append(p.Steps, step)
	return p, nil
}

// Apply implements Fix.
func (f disableRule) Apply(ctx context.Context, p Plan) (Change, error) {
	ch := Change{Fix: f.Name(), Arg: p.Arg, Host: p.Host, Old: p.Old}
	var err error
	if f.c.OS == "windows" {
		var w blockrule.Windows
		if w, err = blockrule.ParseWindows(p.Old[oldRule]); err == nil {
			ch.Steps, err = f.c.privileged(ctx, "windows-rule", w.ID, "off")
		}
	} else {
		ch.Steps, err = f.c.privileged(ctx, "nft-rule-off", p.Old[oldRule])
	}
	if err != nil {
		return ch, untouched(wrap(err, "fix.disable-firewall-rule.error.failed", "switching off the rule"))
	}
	if f.c.OS == "linux" {
		ch.Proof = map[string]facts.Bool{"rule": facts.Yes} // whoever changed it read it again as administrator; nobody else may
	}
	return ch, nil
}

// Verify implements Fix.
func (f disableRule) Verify(ctx context.Context, ch Change) (Verification, error) {
	if f.c.OS == "windows" {
		w, err := blockrule.ParseWindows(ch.Old[oldRule])
		if err != nil || f.c.Registry == nil {
			return Verification{By: ByNone}, err
		}
		now, ok := f.c.Registry("HKLM", windowsRules, w.ID)
		if !ok {
			return Verification{By: ByNone}, fmt.Errorf("the rule %s is no longer there", w.ID)
		}
		return Verification{Verified: facts.Known(!windowsRuleActive(now)), By: ByState}, nil
	}
	if !f.c.admin() {
		return Verification{Verified: ch.Proof["rule"], By: ByState}, nil
	}
	n, err := parseNFTRule(ch.Old[oldRule])
	if err != nil {
		return Verification{By: ByNone}, err
	}
	at, err := f.c.nftFind(ctx, n, n.placeholder())
	return Verification{Verified: facts.Known(err == nil && at > 0), By: ByState}, err
}

// Undo implements Fix.
func (f disableRule) Undo(ctx context.Context, ch Change) error {
	var err error
	if f.c.OS == "windows" {
		var w blockrule.Windows
		if w, err = blockrule.ParseWindows(ch.Old[oldRule]); err == nil {
			if f.c.Registry != nil {
				if now, ok := f.c.Registry("HKLM", windowsRules, w.ID); ok && windowsRuleActive(now) {
					return nil // it is as it was: nobody needs to be asked for a password
				}
			}
			_, err = f.c.privileged(ctx, "windows-rule", w.ID, "on")
		}
	} else {
		if _, err = parseNFTRule(ch.Old[oldRule]); err == nil {
			_, err = f.c.privileged(ctx, "nft-rule-on", ch.Old[oldRule])
		}
	}
	if err != nil {
		return wrap(err, "fix.error.undo", "switching the rule on again")
	}
	return nil
}

// windowsRules is where Windows Firewall keeps the rules of this computer; those of a company's policy are elsewhere, and not ours.
const windowsRules = `SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules`

func windowsRuleActive(text string) bool { return blockrule.Windows{Text: text}.Active() }

// ruleCommand is PowerShell's: the id was validated, and holds no letter that PowerShell could take for something else.
func (c *Computer) ruleCommand(id string, on bool) []string {
	verb := "Disable"
	if on {
		verb = "Enable"
	}
	return c.powershell("$ErrorActionPreference='Stop'; " + verb + "-NetFirewallRule -PolicyStore PersistentStore -Name '" + id + "'")
}

func checkWindowsRule(args []string) error {
	if err := count(args, 2, 2); err != nil {
		return err
	}
	if args[1] != "on" && args[1] != "off" {
		return fmt.Errorf("%q is neither on nor off", abridged(args[1]))
	}
	return blockrule.ValidID(args[0])
}

func runWindowsRule(ctx context.Context, c *Computer, args []string, answer *helperAnswer) error {
	if c.OS != "windows" || c.Registry == nil {
		return errors.New("this is no Windows")
	}
	text, ok := c.Registry("HKLM", windowsRules, args[0])
	if !ok {
		return fmt.Errorf("there is no rule %s", args[0])
	}
	if _, err := blockrule.ParseWindows(args[0] + ": " + text); err != nil {
		return err
	}
	on := args[1] == "on"
	if windowsRuleActive(text) == on {
		return nil
	}
	s, ran := c.step(ctx, c.ruleCommand(args[0], on), CommandLimit)
	answer.Steps = []Step{s}
	text, _ = c.Registry("HKLM", windowsRules, args[0])
	if windowsRuleActive(text) != on {
		return fmt.Errorf("switching the rule %s: exit status %d: %s", args[1], ran.Exit, s.Output)
	}
	return nil
}
