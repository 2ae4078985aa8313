package probe

import "time"

// How Ping asks: a machine of the same network answers in milliseconds, but the first request may wait for ARP or be lost on
// Wi-Fi; a second and third one cost nothing.
const (
	pingTries  = 3
	pingEvery  = 500 * time.Millisecond
	pingGiveUp = 2 * time.Second
)
