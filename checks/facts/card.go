package facts

// CardRestarts tells whether, by what was read, a network card of this computer can be turned off and on by program (restart-adapter). No:
// the default route lies over something else, none of several cards has it, or it is a Mac's cable.
func (s System) CardRestarts() Bool {
	if !s.LinksDone || !s.RoutesDone {
		return Unknown
	}
	cards := 0
	for _, l := range s.Links {
		card := l.Kind == "wifi" || l.Kind == "ethernet"
		for _, r := range s.Routes {
			if r.Link == l.Name && !r.Tunnel && (!r.Prefix.IsValid() || r.Prefix.Bits() == 0) {
				return Known(l.Kind == "wifi" || card && s.OS != "darwin")
			}
		}
		if card {
			cards++
		}
	}
	return Known(s.OS != "darwin" && s.OS != "windows" && cards == 1) // only on Linux is it done without a default route
}
