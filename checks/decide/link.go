package decide

import "passerelle/checks/facts"

// NoLink tells whether these facts say that this computer has no link, no address or no route: nothing of the network can be asked then.
func NoLink(f *facts.Facts) facts.Bool { return (&view{f: f}).noLink() }
