// This file says what a verdict offers: its buttons, and the kinds of pages that they lead to.

package flow

import (
	"slices"

	"passerelle/checks/decide"
)

// Step is a kind of page on which something is tried. Which steps there are, and in which order, is for checks/guide to say.
type Step string

// The four that people are told to try when they meet a 502, and the other two that a verdict may offer. See StepDevice, StepHand and
// StepAsk for the rest.
const (
	StepRefresh  Step = "refresh"  // ask again after a while
	StepCache    Step = "cache"    // look without the browser's stored pages
	StepDNS      Step = "dns"      // empty this computer's DNS cache
	StepFirewall Step = "firewall" // look at the firewall
	StepOther    Step = "fix"      // any other fix, with its plan
	StepOpen     Step = "open"     // opens something: the Wi-Fi's page, another browser
)

// Names of the fixes that the steps use (CONTRACT.md).
const (
	FixFlushDNS      = "flush-dns"
	FixPrivateWindow = "open-private-window"
	FixOtherBrowser  = "open-other-browser"
	FixPortal        = "open-portal"
	FixSettings      = "open-settings"
	ArgFirewall      = "firewall"
)

// Kind is what a button of the verdict does.
type Kind string

// The kinds of choices.
const (
	ChooseStep Kind = "step"  // goes to the repair page, at Step
	GuideMe    Kind = "guide" // goes to the repair page, at the first step that fits
	EditInput  Kind = "edit"  // back to the address, to look at its spelling
	CheckAgain Kind = "again"
	CopyReport Kind = "copy"
	SavedCopy  Kind = "saved-copy" // opens the saved copy of the page in the browser
	Finish     Kind = "finish"     // back to an empty first page
	TellMe     Kind = "tell-me"    // waits until the site is back
	Message    Kind = "message"    // copies a message that is ready to send; the action says to whom
	AskOutside Kind = "outside"    // looks from elsewhere: the click is the consent
)

// Choice is one button of the verdict.
type Choice struct {
	Kind   Kind
	Step   Step
	Action decide.Action // the verdict's action that it stands for; zero for our own
}

// MaxSecond is how many buttons stand beside the main one at most (issue 6: "One main button; at most two more").
const MaxSecond = 2

// Offer is what a verdict lets the person do here: the main button, at most two more, and advice that no program can follow.
type Offer struct {
	Main   Choice
	Second []Choice
	Advice []decide.Action
}

// OfferFor turns a verdict's actions into buttons. has tells which fixes this program can really do: no button is dead.
func OfferFor(v decide.Verdict, has func(string) bool) Offer {
	var o Offer
	var buttons []Choice
	for i, a := range v.Actions {
		c, ok := choiceFor(a, has)
		if !ok {
			o.Advice = append(o.Advice, a)
			if i == 0 { // what comes first is for the person's own hands: then we look again
				buttons = append(buttons, Choice{Kind: CheckAgain})
			}
			continue
		}
		if c.Kind == ChooseStep && c.Step == StepRefresh && v.Side == decide.SideSite {
			c.Kind = TellMe // only the site can mend it: one try is seldom enough
		}
		if c.Kind == Message {
			o.Advice = append(o.Advice, a) // whom to give it to
		}
		if !slices.ContainsFunc(buttons, func(b Choice) bool { return b.Kind == c.Kind && b.Step == c.Step && b.Action.Fix == c.Action.Fix }) {
			buttons = append(buttons, c)
		}
	}
	if len(buttons) > 0 {
		o.Main, buttons = buttons[0], buttons[1:]
	} else {
		o.Main = Choice{Kind: GuideMe}
		if v.Side == decide.SideWorks {
			o.Main = Choice{Kind: CheckAgain}
		}
	}
	// Whether it is only here is the question of silence: where it can be answered, it comes before what the person has to go for.
	slices.SortStableFunc(buttons, func(a, b Choice) int {
		switch {
		case a.Kind == AskOutside && b.Kind != AskOutside:
			return -1
		case b.Kind == AskOutside && a.Kind != AskOutside:
			return 1
		}
		return 0
	})
	if o.Main.Kind != GuideMe {
		// The guided steps are always one click away.
		if len(buttons) > MaxSecond-1 {
			buttons = buttons[:MaxSecond-1]
		}
		buttons = append(buttons, Choice{Kind: GuideMe})
	}
	if len(buttons) > MaxSecond {
		buttons = buttons[:MaxSecond]
	}
	o.Second = buttons
	if o.Main.Kind == ChooseStep && o.Main.Step == StepOther && len(o.Advice) > 0 {
		o.Advice = append([]decide.Action{o.Main.Action}, o.Advice...) // the list names what the main button does, first
	}
	isMessage := func(c Choice) bool { return c.Kind == Message }
	if !isMessage(o.Main) && !slices.ContainsFunc(o.Second, isMessage) {
		// A ready message is not spoken of where no button gives it.
		o.Advice = slices.DeleteFunc(o.Advice, func(a decide.Action) bool { c, ok := choiceFor(a, has); return ok && isMessage(c) })
	}
	return o
}

func choiceFor(a decide.Action, has func(string) bool) (Choice, bool) {
	c := Choice{Action: a}
	switch a.ID {
	case decide.ActRetryLater:
		c.Kind, c.Step = ChooseStep, StepRefresh
	case decide.ActFix:
		if !has(a.Fix) {
			return c, false
		}
		c.Kind, c.Step = ChooseStep, StepOther
		switch {
		case a.Fix == FixFlushDNS:
			c.Step = StepDNS
		case a.Fix == FixSettings && (a.Arg == ArgFirewall || a.Arg == argAntivirus):
			c.Step = StepFirewall
		case a.Fix == FixPrivateWindow:
			c.Step = StepCache
		case a.Fix == FixSettings || a.Fix == FixPortal || a.Fix == FixOtherBrowser:
			c.Step = StepOpen
		}
	case decide.ActOpenPortal:
		c.Kind, c.Step = ChooseStep, StepOpen
		c.Action.Fix = FixPortal
		return c, has(FixPortal)
	case decide.ActOtherBrowser:
		c.Kind, c.Step = ChooseStep, StepOpen
		c.Action.Fix = FixOtherBrowser
		return c, has(FixOtherBrowser)
	case decide.ActPrivateWindow:
		c.Kind, c.Step = ChooseStep, StepCache // it says how by hand where we cannot open one
	case decide.ActOtherDevice:
		c.Kind, c.Step = ChooseStep, StepDevice
	case decide.ActContactSite, decide.ActContactISP, decide.ActContactIT:
		c.Kind = Message
	case decide.ActAskOutside:
		c.Kind = AskOutside
		return c, has(string(decide.ActAskOutside))
	case decide.ActSavedCopy:
		c.Kind = SavedCopy
		return c, has(string(decide.ActSavedCopy))
	case decide.ActCheckSpelling:
		c.Kind = EditInput
	default:
		return c, false
	}
	return c, true
}
