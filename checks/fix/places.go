// Settings that stand in several places at once (a proxy in GNOME and in ~/.profile; DNS servers per family): each place is read,
// changed and put back on its own, and the journal has what stood in each.

package fix

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"passerelle/checks/facts"
)

// place is one place where a setting stands.
type place interface {
	// id names it in the journal, and is enough to find it again.
	id() string
	// read gives what stands there, as put takes it.
	read(ctx context.Context) (value string, err error)
	// put makes value stand there. It is not called where it stands there already.
	put(ctx context.Context, value string) ([]Step, error)
}

// tidied is a place at which a crash can leave something behind.
type tidied interface{ tidy() error }

// compared is a place that the system may write down in other words than it was given.
type compared interface{ same(now, want string) bool }

// switched is a place that can say of a value whether something is switched on by it.
type switched interface{ on(value string) bool }

// chosenSince: what we switched off is on again, and is not what was there before: somebody has chosen it meanwhile, and keeps it.
func chosenSince(p place, now, was, put string) bool {
	s, ok := p.(switched)
	return ok && put != "" && !s.on(put) && s.on(now) && !sameIn(p, now, was)
}

func sameIn(p place, now, want string) bool {
	if c, ok := p.(compared); ok {
		return c.same(now, want)
	}
	return now == want
}

// placePrefix begins the keys of Change.Old, and wantPrefix those of what was put there, by the place's id.
const (
	placePrefix = "was "
	wantPrefix  = "now "
)

// noted is Change.Old for places: what stands there, and what will.
func noted(ctx context.Context, wanted map[place]string) (map[string]string, error) {
	old := map[string]string{}
	for p, want := range wanted {
		was, err := p.read(ctx)
		if err != nil {
			return nil, err
		}
		old[placePrefix+p.id()], old[wantPrefix+p.id()] = was, want
	}
	return old, nil
}

// putAll makes what is noted under prefix stand in its places. One that fails does not keep the others from it.
func putAll(ctx context.Context, old map[string]string, prefix string, find func(id string) (place, error)) ([]Step, error) {
	var steps []Step
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(old)) {
		id, ok := strings.CutPrefix(key, prefix)
		if !ok {
			continue
		}
		p, err := find(id)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if t, ok := p.(tidied); ok {
			errs = append(errs, t.tidy())
		}
		now, err := p.read(ctx)
		if err == nil && (sameIn(p, now, old[key]) || prefix == placePrefix && chosenSince(p, now, old[key], old[wantPrefix+id])) {
			continue
		}
		done, err := p.put(ctx, old[key])
		steps = append(steps, done...)
		errs = append(errs, err)
	}
	return steps, errors.Join(errs...)
}

// standing tells whether what was to be put stands everywhere.
func standing(ctx context.Context, old map[string]string, find func(id string) (place, error)) (facts.Bool, error) {
	all := facts.Yes
	for key, want := range old {
		id, ok := strings.CutPrefix(key, wantPrefix)
		if !ok {
			continue
		}
		p, err := find(id)
		if err != nil {
			return facts.Unknown, err
		}
		now, err := p.read(ctx)
		if err != nil {
			return facts.Unknown, err
		}
		if !sameIn(p, now, want) {
			all = facts.No
		}
	}
	return all, nil
}
