package report

import (
	"bytes"
	"fmt"
	"io"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"time"

	"passerelle/checks/words"
)

// EML writes a message as a mail file (RFC 5322, MIME) that mail programs open as a draft: X-Unsent is what Outlook looks for, the others
// offer "edit as new". to may be empty; what is no plain mail address is left out. There is no sender: the mail program knows who that is.
func EML(w io.Writer, to, subject, body string, at time.Time) error {
	var b bytes.Buffer
	header := func(name, value string) { fmt.Fprintf(&b, "%s: %s\r\n", name, value) }
	if plainAddress(to) {
		header("To", to)
	}
	header("Subject", encoded(words.Safe(subject, maxSubject)))
	header("Date", at.Format(time.RFC1123Z))
	header("X-Unsent", "1")
	header("MIME-Version", "1.0")
	header("Content-Type", "text/plain; charset=utf-8")
	header("Content-Transfer-Encoding", "quoted-printable")
	b.WriteString("\r\n")
	q := quotedprintable.NewWriter(&b)
	body = strings.ReplaceAll(strings.ReplaceAll(body, "\r\n", "\n"), "\n", "\r\n")
	if _, err := io.WriteString(q, strings.TrimRight(body, "\r\n")+"\r\n"); err != nil {
		return fmt.Errorf("writing the mail: %w", err)
	}
	if err := q.Close(); err != nil {
		return fmt.Errorf("writing the mail: %w", err)
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("writing the mail: %w", err)
	}
	return nil
}

// encoded writes a header's text in ASCII (RFC 2047, "Q"), folded so that no line passes 76 characters with the longest of our names.
func encoded(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r > '~' || r < ' ' }) && !strings.Contains(s, "=?") {
		return s // bounded by maxSubject, below the 998 of RFC 5322 §2.1.1
	}
	const most = 76 - len("Subject: =?utf-8?q??=")
	var words []string
	word := ""
	for _, r := range s {
		c := ""
		for _, b := range []byte(string(r)) {
			switch {
			case b == ' ':
				c += "_"
			case b > ' ' && b <= '~' && !strings.ContainsRune("=?_", rune(b)):
				c += string(b)
			default:
				c += fmt.Sprintf("=%02X", b)
			}
		}
		if len(word)+len(c) > most { // a character is never halved (RFC 2047 §5)
			words, word = append(words, word), ""
		}
		word += c
	}
	return "=?utf-8?q?" + strings.Join(append(words, word), "?=\r\n =?utf-8?q?") + "?="
}

// plainAddress tells whether s is one mail address and nothing else.
func plainAddress(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && !strings.ContainsAny(s, "?&%,; <>\"\r\n")
}
