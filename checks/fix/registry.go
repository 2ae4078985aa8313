// The fixes there are. A new one is one file that registers itself.

package fix

import (
	"fmt"
	"slices"
)

var makers = map[string]func(*Computer) Fix{}

// register adds a fix; from init only. Two of one name are a mistake of the program.
func register(name string, on func(*Computer) Fix) {
	if _, twice := makers[name]; twice {
		panic(fmt.Sprintf("fix: %s is registered twice", name))
	}
	makers[name] = on
}

// All gives every fix for this computer, by name.
func All() []Fix { return AllOn(Local()) }

// AllOn gives every fix for a given computer, by name.
func AllOn(c *Computer) []Fix {
	var all []Fix
	for _, name := range Names() {
		all = append(all, makers[name](c))
	}
	return all
}

// Names lists the fixes, sorted.
func Names() []string {
	var names []string
	for name := range makers {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Get gives one fix for this computer.
func Get(name string) (Fix, bool) { return GetOn(Local(), name) }

// GetOn gives one fix for a given computer.
func GetOn(c *Computer, name string) (Fix, bool) {
	on, ok := makers[name]
	if !ok {
		return nil, false
	}
	return on(c), true
}
