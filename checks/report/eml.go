package report

import (
	"bytes"
	"fmt"
	"io"
	"mime"
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
	// Encoded words fold by themselves at 75 characters (RFC 2047 §2); a subject in ASCII stays as it is, and below the 998 of RFC 5322.
	header("Subject", strings.ReplaceAll(mime.QEncoding.Encode("utf-8", words.Safe(subject, maxSubject)), "?= =?", "?=\r\n =?"))
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

// plainAddress tells whether s is one mail address and nothing else.
func plainAddress(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && !strings.ContainsAny(s, "?&%,; <>\"\r\n")
}
