//go:build cgo && gallery && linux

package desktop

// The pictures for readers who have never seen the program (issue 6, "Fresh-eyes test"): ten recorded cases, each with its verdict and
// with the page behind the main button. Taken only when named: PASSERELLE_SCENES=readers.

import (
	"strings"

	"passerelle/ui/flow"
	"passerelle/ui/uitest"
)

// readersCases are the ten: five that the person can mend, one on the way, four of the site.
var readersCases = []string{
	"gateway-timeout--cloudflare-522", "hosts-override--dead-address", "proxy-broken--closed", "clock-wrong--three-years-ahead", "captive-portal--443-swallowed",
	"no-internet--uplink-down", "certificate-expired--12-days-ago", "dns-cache-stale--dnsmasq", "dns-blocks-site--block-page", "page-not-found--404",
}

func readersScenes() (out []scene) {
	for i, name := range readersCases {
		told, err := uitest.Recorded(name)
		if err != nil {
			panic(err)
		}
		number := string(rune('a' + i))
		check := func(s *studio) {
			s.send(flow.Submit{Input: uitest.Host})
			s.wait(func(st flow.State) bool { return st.Page == flow.Verdict && !st.Running })
		}
		out = append(out,
			scene{"readers-" + number + "1", []uitest.Scenario{told}, check},
			scene{"readers-" + number + "2", []uitest.Scenario{told}, func(s *studio) {
				check(s)
				s.do(func() { s.shell.View().Right[len(s.shell.View().Right)-1].OnTapped() })
				s.wait(func(st flow.State) bool { return st.Phase != flow.Loading && !st.Running })
			}})
	}
	return out
}

// wanted tells whether a scene is to be drawn: only names beginnings of names, or is empty for all but the readers'.
func wanted(name, only string) bool {
	if strings.HasPrefix(name, "readers") {
		return strings.Contains(only, "readers")
	}
	return only == "" || strings.Contains(only, name[:2])
}
