package lab

// Faults that more than one package of tests puts into a world.

// SiteURL is the address of the site that every world is about.
const SiteURL = "https://" + SiteHost + "/"

// Stale puts an old address of the site into the computer's cache, which has just been asked, and moves the site. The cache is
// started before.
func (w *World) Stale() {
	w.T.Helper()
	w.Names.Put(SiteHost, Name{Addresses: []string{DeadIP}, TTL: 3600})
	w.Prove(SiteURL, 0, 28)
	w.Names.Put(SiteHost, Name{Addresses: []string{SiteIP}, TTL: 3600})
	w.SiteAt(SiteHost, Page("Boutique"), SiteIP)
	w.BoxDNS() // a fresh one: only the computer's own cache is old
	w.Prove(SiteURL, 0, 28)
}
