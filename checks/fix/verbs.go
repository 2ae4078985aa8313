// Everything that the helper, running as administrator, can be asked: a verb of this list and arguments of these kinds. Whoever asks
// may be any program of this user, so each argument is validated here, and what is to be done is found out by the helper itself.

package fix

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// verb is one thing the helper does. check looks at the arguments alone and touches nothing.
type verb struct {
	usage string
	check func(args []string) error
	run   func(ctx context.Context, c *Computer, args []string, answer *helperAnswer) error
}

// verbs are all of them. It is filled here because some of what they do begins with a request of its own.
var verbs map[string]verb

func init() {
	verbs = map[string]verb{
		// KIND: dnsmasq, unbound, named, resolved, nscd; HOST: the name whose absence is proved.
		"flush-dns": {"KIND[,KIND…] [HOST]", checkFlush, runFlush},
		// HASH: SHA-256 of the whole file before the change, as the journal has it.
		"hosts-comment": {"HOST HASH", hostAndHash, runHostsComment},
		"hosts-restore": {"HOST HASH", hostAndHash, runHostsRestore},
		// KIND: web, secureweb, socks, auto, discovery; SERVICE: out of networksetup's own list.
		"mac-proxy": {"KIND SERVICE on|off", checkMacProxy, runMacProxy},
		// RESOLVER: cloudflare, google, quad9, opendns, automatic; the addresses are this program's own.
		"resolv-conf-set":     {"RESOLVER HASH", checkResolvConf, runResolvConfSet},
		"resolv-conf-restore": {"HASH", oneHash, runResolvConfRestore},
		// LIST: addresses with commas between them, or Empty.
		"mac-dns": {"SERVICE LIST", checkMacDNS, runMacDNS},
		// LIST4, LIST6: addresses with commas between them, or automatic.
		"windows-dns": {"GUID LIST4 LIST6", checkWindowsDNS, runWindowsDNS},
		// RULE: "family table chain: text # handle N". It comes back only where its hash stands in its place.
		"nft-rule-off": {"RULE", checkNFTRule, runNFTRuleOff},
		"nft-rule-on":  {"RULE", checkNFTRule, runNFTRuleOn},
		// ID: of a rule of this computer's own; only outgoing block rules are touched.
		"windows-rule": {"ID on|off", checkWindowsRule, runWindowsRule},
		// LINK: one that root has a configuration for.
		"wg-quick": {"LINK up|down", checkWGQuick, runWGQuick},
		// INDEX: an adapter's number.
		"windows-renew": {"INDEX", checkWindowsRenew, runWindowsRenew},
		// SERVERS, BYPASS: as WinHTTP writes them; "direct" is no proxy.
		"winhttp-proxy": {"SERVERS|direct [BYPASS]", checkWinHTTP, runWinHTTP},
		// LINK: one that a dhclient serves.
		"dhclient-renew": {"LINK", checkDHClient, runDHClient},
		"clock-sync":     {"", checkNothing, runClockSync},
		// LINK: a network card of this computer; GUID: an adapter's. What is put back of a card, root itself wrote down before.
		"card":            {"LINK restart|on", checkCard, runCard},
		"windows-adapter": {"GUID restart|on", checkWindowsAdapter, runWindowsAdapter},
	}
}

// request finds the verb and validates its arguments.
func request(args []string) (verb, []string, error) {
	if len(args) == 0 {
		return verb{}, nil, fmt.Errorf("usage: helper VERB ARGUMENTS")
	}
	v, ok := verbs[args[0]]
	if !ok {
		return verb{}, nil, fmt.Errorf("%q is no verb of the helper", abridged(args[0]))
	}
	if err := v.check(args[1:]); err != nil {
		return verb{}, nil, fmt.Errorf("usage: helper %s %s: %w", args[0], v.usage, err)
	}
	return v, args[1:], nil
}

// count wants this many arguments, none of them empty.
func count(args []string, least, most int) error {
	if len(args) < least || len(args) > most || slices.Contains(args, "") {
		return fmt.Errorf("%d arguments", len(args))
	}
	return nil
}

// hexHash is the length of a SHA-256 in hexadecimal.
const hexHash = 64

func validHash(s string) error {
	if len(s) != hexHash || strings.Trim(s, "0123456789abcdef") != "" {
		return fmt.Errorf("%q is no hash", abridged(s))
	}
	return nil
}

func oneHash(args []string) error {
	if err := count(args, 1, 1); err != nil {
		return err
	}
	return validHash(args[0])
}

func hostAndHash(args []string) error {
	if err := count(args, 2, 2); err != nil {
		return err
	}
	if h, err := ValidHost(args[0]); err != nil || h != args[0] || nameOnly(h) == "" {
		return fmt.Errorf("%q is no host", abridged(args[0]))
	}
	return validHash(args[1])
}

func checkFlush(args []string) error {
	if err := count(args, 1, 2); err != nil {
		return err
	}
	kinds := strings.Split(args[0], ",")
	for i, k := range kinds {
		if !slices.Contains(flushOrder, k) || slices.Contains(kinds[:i], k) {
			return fmt.Errorf("%q is no kind of cache, or stands there twice", abridged(k))
		}
	}
	if len(args) == 2 {
		if _, err := ValidHost(args[1]); err != nil {
			return err
		}
	}
	return nil
}

func runFlush(ctx context.Context, c *Computer, args []string, answer *helperAnswer) error {
	kinds, host := strings.Split(args[0], ","), ""
	if len(args) == 2 {
		host, _ = ValidHost(args[1]) // it was looked at before
	}
	caches := slices.DeleteFunc(c.dnsCaches(ctx).Caches, func(d dnsCache) bool { return !slices.Contains(kinds, d.Kind) })
	if len(caches) == 0 {
		return problem(ErrFailed, "fix.flush-dns.error.gone", nil, "none of these caches is here: %s", strings.Join(kinds, ", "))
	}
	var err error
	if answer.Steps, err = c.flush(ctx, caches); err != nil {
		return err
	}
	for _, d := range caches {
		answer.Proof[d.Kind] = c.proveEmpty(ctx, d, host)
	}
	return nil
}
