// One rule of nftables: its text as checks/system reads it, and replacing it at its place.

package fix

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"passerelle/checks/blockrule"
)

// nftRule is a rule with its place.
type nftRule struct{ blockrule.NFT }

// parseNFTRule reads "family table chain: text # handle 5", and refuses what does not end in drop or reject.
func parseNFTRule(s string) (nftRule, error) {
	n, err := blockrule.ParseNFT(s)
	return nftRule{n}, err
}

// placeholder is the rule that takes its place: it counts, and decides nothing.
func (n nftRule) placeholder() string {
	const enough = 32 // of the hash: 128 bits, and nft takes comments of 128 letters at most
	return `counter comment "passerelle off ` + hash([]byte(n.Text))[:enough] + `"`
}

func (c *Computer) nftReplace(n nftRule, handle int, text string) []string {
	return []string{c.tool("nft"), "replace", "rule", n.Family, n.Table, n.Chain, "handle", strconv.Itoa(handle), text}
}

// Rules that iptables wrote (ufw's are such) come back as iptables itself knows them only where nft's translation is plain: an
// address, a port, a link, and drop. (A reject that comes back through nft makes the whole table unreadable for iptables 1.8.9: tried with
// nft 1.0.6.) Anything else is left alone.
const byIPTables = "managed by iptables-nft"

// errForeign: a rule that could not be put back as it was.
var errForeign = errors.New("a rule of iptables that cannot be put back as it was")

// noSuchChain is how nft ends its complaint about a chain or a table that is not there (ENOENT; it is not translated under LC_ALL=C).
const noSuchChain = "No such file or directory"

var errNoChain = errors.New("there is no such chain")

// nftList gives the rules of the chain, with handles.
func (c *Computer) nftList(ctx context.Context, n nftRule) (map[int]string, error) {
	r := c.Run.Run(ctx, []string{c.tool("nft"), "-a", "-n", "list", "chain", n.Family, n.Table, n.Chain}, CommandLimit)
	if r.Fail == nil && strings.Contains(r.Err, noSuchChain) {
		return nil, errNoChain
	}
	if !r.OK() || r.Cut {
		return nil, fmt.Errorf("listing the chain %s %s %s: exit status %d: %s", n.Family, n.Table, n.Chain, r.Exit, r.Err)
	}
	if strings.Contains(r.Out+r.Err, byIPTables) && !n.PlainIPTables() {
		return nil, errForeign
	}
	rules := map[int]string{}
	for line := range strings.Lines(r.Out) {
		line = strings.TrimSpace(line)
		if text, handle, ok := blockrule.Handle(line); ok && !strings.HasPrefix(line, "chain ") && !strings.HasPrefix(line, "table ") {
			rules[handle] = blockrule.Stateless(text)
		}
	}
	return rules, nil
}

// nftFind gives the handle of the rule with this text in the chain; 0: there is none.
func (c *Computer) nftFind(ctx context.Context, n nftRule, text string) (int, error) {
	rules, err := c.nftList(ctx, n)
	if err != nil {
		return 0, err
	}
	for handle, t := range rules {
		if t == text {
			return handle, nil
		}
	}
	return 0, nil
}

func checkNFTRule(args []string) error {
	if err := count(args, 1, 1); err != nil {
		return err
	}
	n, err := parseNFTRule(args[0])
	if err == nil && n.String() != args[0] {
		err = errors.New("not written as this program writes rules")
	}
	return err
}

func runNFTRuleOff(ctx context.Context, c *Computer, args []string, answer *helperAnswer) error {
	n, err := parseNFTRule(args[0])
	if err != nil {
		return err
	}
	vars := map[string]any{"Rule": n.Text}
	rules, err := c.nftList(ctx, n)
	if errors.Is(err, errForeign) {
		return problem(ErrImpossible, "fix.disable-firewall-rule.foreign", vars, "%w", err)
	}
	if err != nil {
		return problem(ErrFailed, "fix.disable-firewall-rule.error.failed", vars, "%w", err)
	}
	if rules[n.Handle] != n.Text {
		return problem(ErrFailed, "fix.disable-firewall-rule.error.gone", vars, "the rule with handle %d is %q", n.Handle, rules[n.Handle])
	}
	// What cannot be put back is not taken out: nft tries, without doing it, whether it understands its own text.
	try := c.nftReplace(n, n.Handle, n.Text)
	try = append([]string{try[0], "-c"}, try[1:]...)
	s, ran := c.step(ctx, try, CommandLimit)
	answer.Steps = []Step{s}
	if ran.OK() {
		s, ran = c.step(ctx, c.nftReplace(n, n.Handle, n.placeholder()), CommandLimit)
		answer.Steps = append(answer.Steps, s)
	}
	if !ran.OK() {
		return problem(ErrFailed, "fix.disable-firewall-rule.error.failed", vars, "nft: exit status %d: %s", s.Exit, s.Output)
	}
	if at, err := c.nftFind(ctx, n, n.placeholder()); err != nil || at == 0 {
		return problem(ErrFailed, "fix.disable-firewall-rule.error.failed", vars, "read again, the rule is still there (%v)", err)
	}
	return nil
}

// runNFTRuleOn puts a rule back. Only where this program's placeholder is, which has the hash of the text: nobody can have another
// rule put in this way.
func runNFTRuleOn(ctx context.Context, c *Computer, args []string, answer *helperAnswer) error {
	n, err := parseNFTRule(args[0])
	if err != nil {
		return err
	}
	vars := map[string]any{"Rule": n.Text}
	at, err := c.nftFind(ctx, n, n.placeholder())
	if errors.Is(err, errNoChain) || err == nil && at == 0 {
		return nil // the chain or our placeholder is gone: the rules were loaded anew, as their files have them
	}
	if err != nil {
		return problem(ErrFailed, "fix.error.undo", vars, "%w", err) // the rule may well be off still
	}
	s, ran := c.step(ctx, c.nftReplace(n, at, n.Text), CommandLimit)
	answer.Steps = []Step{s}
	if !ran.OK() {
		return problem(ErrFailed, "fix.error.undo", vars, "nft: exit status %d: %s", s.Exit, s.Output)
	}
	if at, err := c.nftFind(ctx, n, n.Text); err != nil || at == 0 {
		return problem(ErrFailed, "fix.error.undo", vars, "read again, the rule is not there (%v)", err)
	}
	return nil
}
