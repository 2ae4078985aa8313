package outside

import (
	"sync"
	"time"

	"passerelle/checks/facts"
)

const (
	// pause is how long a service that could not be reached twice, or barred us, is left alone.
	pause = 15 * time.Minute
	// maxPause bounds the waiting time that a service may ask for: its allowance is per hour.
	maxPause = time.Hour
	// keepFor is how long an answer serves again: a place keeps the site's address that long itself, and would say the same.
	keepFor = 60 * time.Second
	// maxKept bounds the answers kept.
	maxKept = 32
)

// Memory is what this process has learnt of the services: who is to be left alone until when, and the last answers. The zero value
// works, and so does nil. It is safe for concurrent use.
type Memory struct {
	mu      sync.Mutex
	until   map[string]time.Time
	why     map[string]error
	dead    map[string]int
	answers map[string]facts.Outside
}

// refusal is why a service is not asked now, or nil.
func (m *Memory) refusal(service string, now time.Time) error {
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	until, ok := m.until[service]
	if !ok || !now.Before(until) {
		return nil
	}
	if p, ok := m.why[service].(*problem); ok && p.failure == facts.OutsideLimited {
		return &problem{failure: p.failure, wait: until.Sub(now), err: p.err}
	}
	return m.why[service]
}

// note keeps what the last asking tells of a service.
func (m *Memory) note(service string, err error, now time.Time) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.until == nil {
		m.until, m.why, m.dead = map[string]time.Time{}, map[string]error{}, map[string]int{}
	}
	p, _ := err.(*problem)
	switch {
	case p == nil:
		m.dead[service] = 0
		return
	case p.failure == facts.OutsideBarred:
		m.until[service] = now.Add(pause)
	case p.failure == facts.OutsideLimited && p.wait > 0:
		m.until[service] = now.Add(min(p.wait, maxPause))
	case p.failure == facts.OutsideUnreachable:
		if m.dead[service]++; m.dead[service] < 2 {
			return
		}
		m.dead[service] = 0
		m.until[service] = now.Add(pause)
	default:
		return
	}
	m.why[service] = p
}

// answer is what was said of an address within the last minute.
func (m *Memory) answer(url string, now time.Time) (facts.Outside, bool) {
	if m == nil {
		return facts.Outside{}, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	o, ok := m.answers[url]
	return o, ok && now.Sub(o.At) < keepFor
}

func (m *Memory) keep(o facts.Outside, now time.Time) {
	if m == nil || o.Cut || evidence(o.Places) < enough {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.answers == nil || len(m.answers) >= maxKept {
		m.answers = map[string]facts.Outside{}
	}
	m.answers[o.URL] = o
}
