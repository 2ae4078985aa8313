package lab

import (
	"encoding/json"
	"os"
	"testing"
)

// TestFlushDNS is the one-click story in the terminal: an old address in a real cache of this computer, found, flushed by
// the program, and the site opens.
func TestFlushDNS(t *testing.T) {
	for _, c := range []struct {
		name  string
		start func(*World)
		root  bool // who may flush it
		tier  Tier
	}{
		{"resolved", (*World).Resolved, false, Fast},
		{"nscd", func(w *World) { w.Nscd() }, true, All},
		{"dnsmasq", func(w *World) { w.Dnsmasq() }, true, All},
		{"unbound", func(w *World) { w.Unbound() }, true, All},
	} {
		if c.tier == All && os.Getenv("PASSERELLE_ALL") != "1" {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			defer count(t)
			w := New(t)
			c.start(w)
			stale(w)
			if os.Getenv("LAB_PROVE") == "1" {
				return
			}
			before := w.Check(SiteHost)
			wrong := judge(Want{Cause: "dns-cache-stale", Fix: "flush-dns"}, before)
			for _, complaint := range wrong {
				t.Error("before: " + complaint)
			}
			keep(t, "flush/"+c.name+"/before", before, len(wrong) > 0)

			mended := w.Passerelle(c.root, "fix", "flush-dns", "--yes", "--json")
			var said struct {
				Schema     int
				Name       string
				Done       bool
				Verified   *bool
				VerifiedBy string `json:"verified_by"`
				Steps      []struct{ Command []string }
				Error      any
			}
			if err := json.Unmarshal(mended.Raw, &said); err != nil {
				t.Fatalf("fix --json: %v: %s%s", err, mended.Stdout, mended.Stderr)
			}
			if said.Schema != 1 || said.Name != "flush-dns" || !said.Done || said.Error != nil || mended.Exit != 0 {
				t.Errorf("fix flush-dns: exit %d: %s%s", mended.Exit, mended.Stdout, mended.Stderr)
			}
			if said.Verified == nil || !*said.Verified {
				t.Errorf("not verified: %s", mended.Stdout)
			}
			if status, exit := w.Curl(siteURL); status != 200 || exit != 0 {
				t.Errorf("after the fix curl still gets %d, exit %d", status, exit)
			}
			after := w.Check(SiteHost)
			wrong = judge(want("works"), after)
			for _, complaint := range wrong {
				t.Error("after: " + complaint)
			}
			keep(t, "flush/"+c.name+"/after", after, len(wrong) > 0)
		})
	}
}

// TestFlushDNSWithoutCache holds the honest answer: this computer keeps no DNS cache, nothing is done.
func TestFlushDNSWithoutCache(t *testing.T) {
	t.Parallel()
	defer count(t)
	w := New(t)
	w.Site(Page("Boutique"))
	if os.Getenv("LAB_PROVE") == "1" {
		return
	}
	o := w.Passerelle(false, "fix", "flush-dns", "--yes", "--json")
	var said struct {
		Verified *bool
		Steps    []struct{ Command []string }
	}
	if err := json.Unmarshal(o.Raw, &said); err != nil {
		t.Fatalf("fix --json: %v: %s%s", err, o.Stdout, o.Stderr)
	}
	if said.Verified != nil && *said.Verified {
		t.Errorf("says that a flush was verified where there is no cache: %s", o.Stdout)
	}
	for _, s := range said.Steps {
		if len(s.Command) > 0 {
			t.Errorf("ran %v where there is no cache", s.Command)
		}
	}
}

// TestFixNeedsYes: without --yes and without a terminal to ask on, nothing is changed and the exit status is 2.
func TestFixNeedsYes(t *testing.T) {
	t.Parallel()
	defer count(t)
	w := New(t)
	w.Resolved()
	stale(w)
	if os.Getenv("LAB_PROVE") == "1" {
		return
	}
	if o := w.Passerelle(false, "fix", "--json", "flush-dns"); o.Exit != 2 {
		t.Errorf("exit status %d, meant 2: %s%s", o.Exit, o.Stdout, o.Stderr)
	}
	if status, exit := w.Curl(siteURL); exit != 28 {
		t.Errorf("the cache was changed without a yes: curl gets %d, exit %d", status, exit)
	}
}
