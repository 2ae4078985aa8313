package gateway

// This file holds a page against one row of the table.

import (
	"slices"
	"strings"
)

func (p *page) has(id int32) bool { return p.hits[id>>6]&(1<<(id&63)) != 0 }

// fits tells whether all conditions hold.
func (p *page) fits(x *test) bool {
	if len(x.Status) > 0 {
		s := p.effective()
		if !slices.ContainsFunc(x.Status, func(want int) bool { return want == s || want < 10 && want == s/100 }) {
			return false
		}
	}
	if len(x.Code) > 0 && !slices.Contains(x.Code, p.code) {
		return false
	}
	for _, id := range x.all {
		if !p.has(id) {
			return false
		}
	}
	if len(x.any) > 0 && !slices.ContainsFunc(x.any, p.has) {
		return false
	}
	if len(x.none) > 0 && slices.ContainsFunc(x.none, p.has) {
		return false
	}
	if len(x.Exact) > 0 && !slices.Contains(x.Exact, p.exact) {
		return false
	}
	if len(x.Title) > 0 && !slices.ContainsFunc(x.Title, func(want string) bool { return like(p.title, want) }) {
		return false
	}
	if len(x.Starts) > 0 && !slices.ContainsFunc(x.Starts, func(want string) bool { return len(p.norm) >= len(want) && string(p.norm[:len(want)]) == want }) {
		return false
	}
	for name, want := range x.Headers {
		if !p.header(name, want) {
			return false
		}
	}
	if len(x.Absent) > 0 {
		if len(p.h.Headers) == 0 {
			return false
		}
		for _, name := range x.Absent {
			if p.header(name, "") {
				return false
			}
		}
	}
	return true
}

// header tells whether one header line of that name is as wanted.
func (p *page) header(name, want string) bool {
	if name == ":reason" { // spelled like a header: the reason phrase of the status line
		return p.h.Reason != "" && like(lowerASCII(p.h.Reason), want)
	}
	for i := range p.h.Headers {
		h := &p.h.Headers[i]
		if len(h.Name) == len(name) && strings.EqualFold(h.Name, name) && like(lowerASCII(h.Value), want) {
			return true
		}
	}
	return false
}

// like compares as the table spells it: "" anything, "=x" equal, "^x" begins with, "x" contains.
func like(value, want string) bool {
	switch {
	case want == "":
		return true
	case want[0] == '=':
		return value == want[1:]
	case want[0] == '^':
		return strings.HasPrefix(value, want[1:])
	}
	return strings.Contains(value, want)
}

func lowerASCII(s string) string {
	for i := 0; i < len(s); i++ {
		if 'A' <= s[i] && s[i] <= 'Z' {
			return strings.ToLower(s)
		}
	}
	return s
}
