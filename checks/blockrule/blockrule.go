// Package blockrule reads one rule of a firewall, as checks/system writes it down, and says whether it is one that can be switched off
// and on again: an outgoing block rule, alone. It touches nothing, so that the verdict and the fix use the same words.
package blockrule

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// ErrPolicy: what blocks is no rule but the rest of all that no rule allows, or everything.
var ErrPolicy = errors.New("a policy, not one rule")

// NFT is a rule of nftables with its place.
type NFT struct {
	Family, Table, Chain string
	Handle               int
	Text                 string // as nft writes it, without counts and handle
}

// String is the rule as checks/system writes it.
func (n NFT) String() string {
	return fmt.Sprintf("%s %s %s: %s # handle %d", n.Family, n.Table, n.Chain, n.Text, n.Handle)
}

var (
	nftPlace = regexp.MustCompile(`^(ip|ip6|inet) ([A-Za-z_][A-Za-z0-9_./\\-]{0,63}) ([A-Za-z_][A-Za-z0-9_./\\-]{0,63}): (.*)$`)
	nftEnd   = regexp.MustCompile(`^(.*\S) # handle ([1-9][0-9]{0,9})$`)
	nftCount = regexp.MustCompile(`counter packets [0-9]+ bytes [0-9]+`)
)

// maxRule bounds a rule's text, bytes: one with a set of some hundred addresses.
const maxRule = 16 << 10

// shown cuts a text for a message.
func shown(s string) string {
	const most = 80
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}

// ParseNFT reads "family table chain: text # handle 5", and refuses what does not end in drop or reject. ErrPolicy: it is a chain's
// policy, or firewalld's panic mode.
func ParseNFT(s string) (NFT, error) {
	if s == "panic mode" {
		return NFT{}, ErrPolicy
	}
	place := nftPlace.FindStringSubmatch(s)
	if place == nil || len(s) > maxRule || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return NFT{}, fmt.Errorf("%q is no firewall rule", shown(s))
	}
	if strings.HasPrefix(place[4], "policy ") {
		return NFT{}, ErrPolicy
	}
	text, handle, ok := Handle(place[4])
	if !ok {
		return NFT{}, fmt.Errorf("%q is no firewall rule with its handle", shown(s))
	}
	n := NFT{place[1], place[2], place[3], handle, Stateless(text)}
	if !blocks(n.Text) {
		return NFT{}, fmt.Errorf("%q is no rule that blocks", shown(s))
	}
	return n, nil
}

// Handle splits a line of `nft -a` into the rule and its handle.
func Handle(line string) (text string, handle int, ok bool) {
	m := nftEnd.FindStringSubmatch(line)
	if m == nil {
		return "", 0, false
	}
	handle, err := strconv.Atoi(m[2])
	return m[1], handle, err == nil
}

// Stateless takes the counts out, which change with every packet.
func Stateless(text string) string {
	return nftCount.ReplaceAllString(strings.TrimSpace(text), "counter")
}

var quoted = regexp.MustCompile(`"[^"]*"`)

// blocks tells whether the rule ends in drop or reject. Compatibility rules (iptables') are written "xt target …": nft cannot read
// those back, so that they cannot be replaced.
func blocks(text string) bool {
	plain := quoted.ReplaceAllString(text, "")
	words := strings.Fields(plain)
	return (slices.Contains(words, "drop") || slices.Contains(words, "reject")) && !slices.Contains(words, "xt") && !strings.Contains(plain, "# xt_")
}

// plainIPTables are the rules of iptables (ufw's are such) that come back through nft as iptables itself knows them: an address, a
// port, a link, and drop. (A reject that comes back through nft makes the whole table unreadable for iptables 1.8.9: tried with nft
// 1.0.6.)
var plainIPTables = regexp.MustCompile(`^(meta l4proto [0-9a-z-]+ )?(oifname "[^"]+" )?(ip6? daddr [0-9a-f.:/]+ )?((tcp|udp) dport [0-9]+(-[0-9]+)? )?counter drop$`)

// PlainIPTables tells whether the rule could come back where iptables wrote it.
func (n NFT) PlainIPTables() bool { return plainIPTables.MatchString(n.Text) }

// likeIPTables: the place is one of those that iptables and ufw make. A table of nft's own may be named the same; it is then taken for
// theirs.
func (n NFT) likeIPTables() bool {
	return n.Family != "inet" && n.Table == "filter" && (strings.ToUpper(n.Chain) == n.Chain || strings.HasPrefix(n.Chain, "ufw"))
}

// Windows is one rule of Windows Firewall: its id, and what the registry holds: "v2.31|Action=Block|Active=TRUE|Dir=Out|…|Name=…|".
type Windows struct {
	ID   string
	Text string
}

// maxID bounds the id, bytes: it is a GUID in braces or a name of some 50 letters.
const maxID = 200

// ValidID refuses what is no id of a rule.
func ValidID(id string) error {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789{}_.-"
	if id == "" || len(id) > maxID || id[0] == '-' || strings.Trim(id, letters) != "" {
		return fmt.Errorf("%q is no id of a rule", shown(id))
	}
	return nil
}

// ParseWindows reads "id: text" as checks/system writes it, and refuses all but an outgoing block rule.
func ParseWindows(s string) (Windows, error) {
	id, text, ok := strings.Cut(s, ": ")
	if !ok || len(s) > maxRule {
		return Windows{}, fmt.Errorf("%q is no firewall rule", shown(s))
	}
	if err := ValidID(id); err != nil {
		return Windows{}, err
	}
	r := Windows{id, text}
	if r.field("Action") != "Block" || r.field("Dir") != "Out" {
		return Windows{}, fmt.Errorf("%q is no outgoing block rule", shown(s))
	}
	return r, nil
}

func (r Windows) field(name string) string {
	for part := range strings.SplitSeq(r.Text, "|") {
		if k, v, ok := strings.Cut(part, "="); ok && strings.EqualFold(k, name) {
			return v
		}
	}
	return ""
}

// Name is the rule's, as people know it.
func (r Windows) Name() string {
	if n := r.field("Name"); n != "" && !strings.HasPrefix(n, "@") { // "@file.dll,-123" names a translated text
		return n
	}
	return r.ID
}

// Active: it is switched on.
func (r Windows) Active() bool { return strings.EqualFold(r.field("Active"), "TRUE") }

// Switchable tells whether the fix can switch this rule off, and on again as it was.
func Switchable(rule string) bool {
	if n, err := ParseNFT(rule); err == nil {
		return !n.likeIPTables() || n.PlainIPTables()
	}
	w, err := ParseWindows(rule)
	return err == nil && w.Active()
}
