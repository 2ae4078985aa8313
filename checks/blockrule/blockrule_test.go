package blockrule

import (
	"errors"
	"strings"
	"testing"
)

func TestSwitchable(t *testing.T) {
	for rule, want := range map[string]bool{
		"inet filter output: ip daddr 203.0.113.9 drop # handle 5":                                                                  true,
		"inet filter output: ip daddr 203.0.113.9 tcp dport { 80, 443 } counter packets 3 bytes 180 reject # handle 5":              true,
		"inet firewalld filter_OUT_policy_x_deny: ip daddr 203.0.113.9 reject # handle 5":                                           true,
		"ip filter OUTPUT: ip daddr 203.0.113.9 counter packets 1 bytes 60 drop # handle 7":                                         true,
		"ip filter ufw-user-output: meta l4proto tcp ip daddr 203.0.113.9 tcp dport 443 counter packets 1 bytes 60 drop # handle 7": true,
		"ip filter ufw-user-output: ip daddr 203.0.113.9 counter packets 0 bytes 0 reject # handle 7":                               false,
		"ip filter OUTPUT: meta skuid 1000 counter packets 0 bytes 0 drop # handle 7":                                               false,
		"ip mine out: meta skuid 1000 counter packets 0 bytes 0 drop # handle 7":                                                    true,
		"inet filter output: policy drop": false,
		"panic mode":                      false,
		"inet filter output: tcp dport 82 accept # handle 6":                  false,
		"inet filter output: tcp dport 82 accept comment \"drop\" # handle 6": false,
		"inet filter output: drop":                                            false,
		"inet filter output: xt target \"DROP\" drop # handle 3":              false,
		"": false,
		"{A1}: v2.31|Action=Block|Active=TRUE|Dir=Out|RA4=203.0.113.9|Name=Shop|":  true,
		"{A1}: v2.31|Action=Block|Active=FALSE|Dir=Out|RA4=203.0.113.9|Name=Shop|": false,
		"{A1}: v2.31|Action=Block|Active=TRUE|Dir=In|RA4=203.0.113.9|Name=Shop|":   false,
		"{A1}: v2.31|Action=Allow|Active=TRUE|Dir=Out|Name=Shop|":                  false,
		"a b: v2.31|Action=Block|Active=TRUE|Dir=Out|":                             false,
		"DefaultOutboundAction": false,
	} {
		if got := Switchable(rule); got != want {
			t.Errorf("%q: %v", rule, got)
		}
	}
	for _, policy := range []string{"panic mode", "inet filter output: policy drop"} {
		if _, err := ParseNFT(policy); !errors.Is(err, ErrPolicy) {
			t.Errorf("%q: %v", policy, err)
		}
	}
}

// FuzzParseNFT: what is understood is written back the same, and nothing in it could be another word of a command.
func FuzzParseNFT(f *testing.F) {
	for _, s := range []string{"inet filter output: ip daddr 203.0.113.9 drop # handle 5", "ip filter OUTPUT: counter packets 3 bytes 180 reject # handle 7", "panic mode", "inet f o: policy drop", "ip a b: drop comment \"; x\" # handle 1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		Switchable(s)
		n, err := ParseNFT(s)
		if err != nil {
			return
		}
		again, err := ParseNFT(n.String())
		if err != nil || again != n {
			t.Errorf("%q is read as %+v, and that as %+v, %v", s, n, again, err)
		}
		if n.Handle < 1 || strings.ContainsAny(n.Table+n.Chain, " ;{}\"'$") || strings.HasPrefix(n.Table, "-") || strings.HasPrefix(n.Chain, "-") || strings.ContainsAny(n.Text, "\n\r\x00") {
			t.Errorf("%q gave %+v", s, n)
		}
	})
}

// FuzzParseWindows: only outgoing block rules, and ids that are one plain word of PowerShell.
func FuzzParseWindows(f *testing.F) {
	for _, s := range []string{"{A1}: v2.31|Action=Block|Active=TRUE|Dir=Out|Name=Shop|", "x: Action=Block|Dir=Out", "a'b: Action=Block|Dir=Out|Name=@x.dll,-1|"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		w, err := ParseWindows(s)
		if err != nil {
			return
		}
		if strings.ContainsAny(w.ID, "'\"$`;|&() \n") || w.ID == "" || w.ID[0] == '-' || w.Name() == "" || !strings.Contains(w.Text, "Block") {
			t.Errorf("%q gave %+v", s, w)
		}
	})
}
