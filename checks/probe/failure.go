// What an error means, in the flat vocabulary of facts. Numbers first: texts differ by system and by language.
package probe

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	"passerelle/checks/facts"
)

// classify turns an error of the system or of package net into a failure and, when there is one, the system's error number.
func classify(err error) (facts.Failure, int) {
	if err == nil {
		return facts.OK, 0
	}
	if errors.Is(err, context.Canceled) {
		return facts.Canceled, 0
	}
	var named *failed
	if errors.As(err, &named) {
		return named.f, 0
	}
	var errno syscall.Errno
	if errors.As(err, &errno) {
		if f, ok := failureOfErrno(errno); ok {
			return f, int(errno)
		}
		return failureOfText(err), int(errno)
	}
	var ne net.Error
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return facts.Timeout, 0
	case errors.As(err, &ne) && ne.Timeout():
		return facts.Timeout, 0
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return facts.Closed, 0
	case errors.Is(err, net.ErrClosed):
		return facts.Canceled, 0
	}
	return failureOfText(err), 0
}

// failureOfText is the last resort, for errors without a number (proxies' libraries, wrapped texts).
func failureOfText(err error) facts.Failure {
	s := strings.ToLower(err.Error())
	for _, t := range []struct {
		text string
		f    facts.Failure
	}{
		{"connection refused", facts.Refused},
		{"actively refused", facts.Refused},
		{"connection reset", facts.Reset},
		{"forcibly closed", facts.Reset},
		{"broken pipe", facts.Reset},
		{"no route to host", facts.HostUnreach},
		{"host is unreachable", facts.HostUnreach},
		{"network is unreachable", facts.NetUnreach},
		{"unreachable network", facts.NetUnreach},
		{"permission denied", facts.Denied},
		{"not permitted", facts.Denied},
		{"timed out", facts.Timeout},
		{"timeout", facts.Timeout},
	} {
		if strings.Contains(s, t.text) {
			return t.f
		}
	}
	return facts.Other
}
