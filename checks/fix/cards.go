// The network cards of a Linux computer, as restart-adapter needs them: which one carries the traffic, what the kernel forgets when it
// is switched off, and putting that back.

package fix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// Cards reads and switches the kernel's links (Linux).
type Cards interface {
	// List gives every link.
	List() ([]Card, error)
	// Switch turns one on or off. Root's right.
	Switch(index int, on bool) error
	// Holds gives what the kernel forgets of a link that is switched off. An error: something could not be put back afterwards.
	Holds(index int) ([]heldItem, error)
	// PutBack gives the kernel what of it is missing. Root's right; it may be called again.
	PutBack([]heldItem) error
}

// Card is one link.
type Card struct {
	Index    int
	Name     string
	Kind     string // the kernel's name of its kind; "": a device
	Ethernet bool   // cable and Wi-Fi; not loopback, tunnels, mobile modems
	Member   bool   // of a bridge or a bond, which has its addresses
	Up       bool   // switched on
	State    byte   // IF_OPER_… (RFC 2863); operUp: it carries
}

// operUp is IF_OPER_UP (linux/if.h).
const operUp = 6

// heldItem is one address, route or neighbour: the request that makes it, as netlink has it.
type heldItem struct {
	Request uint16 `json:"request"` // RTM_NEWADDR, RTM_NEWROUTE, RTM_NEWNEIGH
	Body    []byte `json:"body"`
}

// device tells whether it is a piece of this computer that can be switched off and on by itself.
func (k Card) device() bool { return k.Kind == "" && k.Ethernet && !k.Member }

// outlet tells whether it may be switched where the default route lies over it: a container's card is one end of a veth pair.
func (k Card) outlet() bool { return k.device() || k.Kind == "veth" && !k.Member }

// builtOn are kinds that are built on devices of this computer: what lies below cannot be told from here.
var builtOn = []string{"bridge", "bond", "team", "vlan", "macvlan", "ipvlan", "dummy", "veth"}

// card is the one that restart-adapter is about: the one with the default route; in a VPN, or where there is no route, the only device.
func (c *Computer) card() (Card, error) {
	if c.Cards == nil {
		return Card{}, errors.New("the network cards cannot be read")
	}
	all, err := c.Cards.List()
	if err != nil {
		return Card{}, err
	}
	if link, _ := c.defaultLink(); link != "" {
		i := slices.IndexFunc(all, func(k Card) bool { return k.Name == link })
		switch {
		case i < 0:
			return Card{}, fmt.Errorf("there is no link %q", abridged(link))
		case all[i].outlet():
			return all[i].named()
		case all[i].Ethernet && (all[i].Kind == "" || slices.Contains(builtOn, all[i].Kind)):
			return Card{}, fmt.Errorf("the default route lies over %s %q", all[i].Kind, abridged(link))
		}
	}
	devices := slices.DeleteFunc(all, func(k Card) bool { return !k.device() })
	if len(devices) != 1 {
		return Card{}, fmt.Errorf("%d network cards, and no default route over any of them", len(devices))
	}
	return devices[0].named()
}

// named refuses a name that a command line could take for something else.
func (k Card) named() (Card, error) {
	if !validLink(k.Name) {
		return Card{}, fmt.Errorf("%q is no name that can be given to a command", abridged(k.Name))
	}
	return k, nil
}

// cardNow is the card as it is now.
func (c *Computer) cardNow(link string) (Card, error) {
	if c.Cards == nil {
		return Card{}, errors.New("the network cards cannot be read")
	}
	all, err := c.Cards.List()
	if err != nil {
		return Card{}, err
	}
	if i := slices.IndexFunc(all, func(k Card) bool { return k.Name == link && k.outlet() }); i >= 0 {
		return all[i], nil
	}
	return Card{}, fmt.Errorf("there is no network card %q", abridged(link))
}

// configured: systemd-networkd or dhcpcd gives this card its addresses and routes again when it comes back. dhclient and ifupdown do
// not notice that it was away.
func (c *Computer) configured(k Card) bool {
	state := c.read(fmt.Sprintf("/run/systemd/netif/links/%d", k.Index)) // sd-network's; sd_network_link_get_setup_state
	if strings.Contains(state, "ADMIN_STATE=configur") {
		return true
	}
	return c.exists("/run/dhcpcd.pid") || c.exists("/run/dhcpcd/pid") || c.exists("/run/dhcpcd-"+k.Name+".pid") || c.exists("/run/dhcpcd/"+k.Name+".pid")
}

// heldCard is what is kept of a card while it is off: in a file of root's, below /run, because what an administrator's program puts
// back must not come from where any program of the person may write. A restart of the computer forgets it, and needs none.
type heldCard struct {
	At         time.Time  `json:"at"`
	Card       Card       `json:"card"`
	Default    bool       `json:"default"` // it had the default route
	Configured bool       `json:"configured"`
	Items      []heldItem `json:"items"`
}

const heldFolder = "/run/passerelle"

func heldFile(link string) string { return heldFolder + "/card-" + link }

// hold reads what is to be put back, without writing it.
func (c *Computer) hold(k Card) (heldCard, error) {
	h := heldCard{At: time.Now(), Card: k, Configured: c.configured(k)}
	if link, _ := c.defaultLink(); link == k.Name {
		h.Default = true
	}
	var err error
	if h.Items, err = c.Cards.Holds(k.Index); err != nil {
		return h, err
	}
	if !h.Configured && !k.Up {
		return h, fmt.Errorf("%s is off, and nothing that we know would give it an address", k.Name)
	}
	return h, nil
}

// alone keeps a second restart away while one is under way; the system lets go of it with the process.
func (c *Computer) alone() (release func(), err error) {
	if err = os.MkdirAll(c.file(heldFolder), 0o755); err == nil {
		err = os.Chmod(c.file(heldFolder), 0o755) // whatever the umask: that there is something to put back, anybody may see
	}
	if err != nil {
		return nil, err
	}
	file := c.file(heldFolder + "/lock")
	free, err := lock(file)
	if err != nil {
		return nil, problem(ErrFailed, "fix.error.busy", nil, "another restart of a card is under way")
	}
	return func() {
		_ = os.Remove(file)
		free()
		_ = os.Remove(c.file(heldFolder)) // where nothing is left in it
	}, nil
}

// keep writes it down. Root's right.
func (c *Computer) keep(h heldCard) error {
	b, err := json.Marshal(h)
	if err == nil {
		err = WriteWhole(c.file(heldFile(h.Card.Name)), b)
	}
	if err != nil {
		return fmt.Errorf("writing down the addresses and routes of %s: %w", h.Card.Name, err)
	}
	return nil
}

// kept reads what was written down; false: nothing, so that nothing is to be put back.
func (c *Computer) kept(link string) (heldCard, bool) {
	var h heldCard
	if c.rootOwned(heldFile(link)) != nil {
		return h, false
	}
	return h, json.Unmarshal([]byte(c.read(heldFile(link))), &h) == nil && h.Card.Name == link
}

const (
	// cardPatience: a cable's card and its other end take 2 to 4 s to agree on a speed, Wi-Fi a little longer to sign in.
	cardPatience = 8 * time.Second
	// configuredPatience: who configures the card gets an answer of the DHCP server within 1 to 3 s where there is one.
	configuredPatience = 6 * time.Second
	// putBackPatience: an IPv6 address is not usable for a route before the kernel has looked for a second holder, 1 to 2 s (RFC 4862).
	putBackPatience = 5 * time.Second
	cardPause       = 50 * time.Millisecond
)

// patiently asks again and again until yes or limit.
func (c *Computer) patiently(ctx context.Context, limit time.Duration, yes func() bool) bool {
	if c.Settle > 0 {
		limit = min(limit, c.Settle)
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for !yes() {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(cardPause):
		}
	}
	return true
}

// wake switches a card on and puts back what was written down of it, and forgets that. It may be called twice at once: by the helper
// and by its watchdog.
func (c *Computer) wake(ctx context.Context, link string) error {
	k, err := c.cardNow(link)
	if err != nil {
		return err
	}
	if err := c.Cards.Switch(k.Index, true); err != nil {
		return fmt.Errorf("switching %s on: %w", link, err)
	}
	h, ok := c.kept(link)
	if !ok || h.Card.Index != k.Index {
		return nil
	}
	if h.Card.State == operUp {
		c.patiently(ctx, cardPatience, func() bool { now, err := c.cardNow(link); return err == nil && now.State == operUp })
	}
	// Who configures the card may give it another address than before: then the old ones stay away.
	if !h.Configured || !c.patiently(ctx, configuredPatience, func() bool { return c.serves(h) }) {
		var last error
		if !c.patiently(ctx, putBackPatience, func() bool { last = c.Cards.PutBack(h.Items); return last == nil }) {
			return fmt.Errorf("putting back the addresses and routes of %s: %w", link, last)
		}
	}
	return c.forget(h)
}

// forget removes what was written down, unless somebody has written it down anew meanwhile.
func (c *Computer) forget(h heldCard) error {
	if now, ok := c.kept(h.Card.Name); ok && !now.At.Equal(h.At) {
		return nil
	}
	if err := os.Remove(c.file(heldFile(h.Card.Name))); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("forgetting the addresses and routes of %s: %w", h.Card.Name, err)
	}
	return nil
}

// serves: the card has an address that was given, and the default route if it had that.
func (c *Computer) serves(h heldCard) bool {
	link, _ := c.defaultLink()
	return (!h.Default || link == h.Card.Name) && slices.ContainsFunc(c.addresses(h.Card.Name), given)
}
