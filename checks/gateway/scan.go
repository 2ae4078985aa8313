package gateway

// This file finds all the marks of the table in a page with one pass (Aho and Corasick, 1975), so that the time depends on the
// page's size and not on what it contains nor on how many products are known.

import "bytes"

// anchor is how many bytes of a mark the automaton knows; the rest is compared where they are found. It keeps the automaton
// small enough for the processor's cache.
const anchor = 8

// scanner is the automaton. It is immutable once built.
type scanner struct {
	class    [256]uint8
	shift    uint     // next has 1<<shift entries a state: more than there are classes of bytes
	next     []uint16 // next[state<<shift|class]: the next state, with foundBit where marks may end there
	found    [][]int32
	patterns [][]byte
}

// foundBit tells in a transition that the state it leads to ends the anchor of a mark.
const foundBit = 1 << 15

func newScanner(patterns []string) *scanner {
	s := &scanner{}
	classes := 1 // class 0: bytes that are in no anchor
	for _, p := range patterns {
		s.patterns = append(s.patterns, []byte(p))
		for _, c := range []byte(p[:min(len(p), anchor)]) {
			if s.class[c] == 0 {
				s.class[c] = uint8(classes)
				classes++
			}
		}
	}
	for 1<<s.shift < classes {
		s.shift++
	}
	// The trie of the anchors.
	row := func() { s.next = append(s.next, make([]uint16, 1<<s.shift)...); s.found = append(s.found, nil) }
	row()
	for id, p := range s.patterns {
		state := 0
		for _, c := range p[:min(len(p), anchor)] {
			at := state<<s.shift | int(s.class[c])
			if s.next[at] == 0 {
				row()
				s.next[at] = uint16(len(s.found) - 1)
			}
			state = int(s.next[at])
		}
		s.found[state] = append(s.found[state], int32(id))
	}
	// Failure links, breadth first, folded into the transitions.
	fail := make([]int, len(s.found))
	var queue []int
	for c := range classes {
		if n := int(s.next[c]); n != 0 {
			queue = append(queue, n)
		}
	}
	for len(queue) > 0 {
		state := queue[0]
		queue = queue[1:]
		s.found[state] = append(s.found[state], s.found[fail[state]]...)
		for c := range classes {
			at := state<<s.shift | c
			back := s.next[fail[state]<<s.shift|c]
			if n := int(s.next[at]); n != 0 {
				fail[n] = int(back)
				queue = append(queue, n)
			} else {
				s.next[at] = back
			}
		}
	}
	for at, n := range s.next {
		if len(s.found[n]) > 0 {
			s.next[at] = n | foundBit
		}
	}
	return s
}

// maxStates is how many states fit beside foundBit; the table's test holds it.
const maxStates = foundBit

// scan gives the set of marks that the page contains.
func (s *scanner) scan(page []byte) []uint64 {
	hits := make([]uint64, (len(s.patterns)+63)/64)
	state, shift, next := 0, s.shift&15, s.next
	for i, c := range page {
		n := next[state<<shift|int(s.class[c])]
		state = int(n &^ foundBit)
		if n&foundBit == 0 {
			continue
		}
		for _, id := range s.found[state] {
			if hits[id>>6]&(1<<(id&63)) != 0 {
				continue
			}
			p := s.patterns[id]
			if bytes.HasPrefix(page[i+1-min(len(p), anchor):], p) {
				hits[id>>6] |= 1 << (id & 63)
			}
		}
	}
	return hits
}
