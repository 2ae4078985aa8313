// Package contacts tells whom to ask: the person's own contacts, kept on this computer; what an error page itself names; and, on a click,
// who owns an address (RDAP). It guesses nothing, and reads no security.txt: that is not for outages (RFC 9116 §1).
package contacts

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"passerelle/checks"
	"passerelle/checks/fix"
	"passerelle/checks/words"
)

// Role is what somebody is asked about.
type Role string

// The roles.
const (
	IT       Role = "it"       // looks after this computer and this network
	Provider Role = "provider" // of the line to the Internet
	Host     Role = "host"     // whoever hosts the person's own site
	Site     Role = "site"     // the support of one site
)

// Roles lists them in the order in which they are shown.
var Roles = []Role{IT, Provider, Host, Site}

// Contact is somebody to ask, as the person wrote it down.
type Contact struct {
	ID      string `json:"id"`
	Role    Role   `json:"role"`
	Host    string `json:"host,omitempty"` // the site that it is for; empty, but with Site: every site
	Name    string `json:"name,omitempty"`
	Mail    string `json:"mail,omitempty"`
	Phone   string `json:"phone,omitempty"`
	Account string `json:"account,omitempty"` // customer or contract number
	Status  string `json:"status,omitempty"`  // address of a status page
}

// Longest texts, in characters.
const (
	maxName    = 100 // a company's name and a person's
	maxMail    = 254 // RFC 5321 §4.5.3.1.3, with the erratum
	maxPhone   = 40  // "+33 (0)1 23 45 67 89 poste 1234"
	maxAccount = 60
	maxStatus  = 500
	// maxContacts is how many are kept: a person has ten, an agency one for each client's site.
	maxContacts = 300
	// maxBook bounds the file, bytes: maxContacts of the longest.
	maxBook = 1 << 20
)

// Field is one of a contact's fields, by its name in JSON.
type Field string

// The fields that can be wrong.
const (
	FieldRole    Field = "role"
	FieldHost    Field = "host"
	FieldName    Field = "name"
	FieldMail    Field = "mail"
	FieldPhone   Field = "phone"
	FieldAccount Field = "account"
	FieldStatus  Field = "status"
)

// Problem is one field that cannot be kept as it is. Its words have the key "contacts.problem." + Code.
type Problem struct {
	Field Field
	Code  string // role, host, host-missing, mail, phone, status, long, nothing
}

// Problems is what is wrong with a contact: an error with one entry for each field.
type Problems []Problem

func (p Problems) Error() string {
	var all []string
	for _, x := range p {
		all = append(all, string(x.Field)+": "+x.Code)
	}
	return "checking a contact: " + strings.Join(all, ", ")
}

// Tell puts a problem into words.
func (p Problem) Tell(w *words.Printer) string { return w.T("contacts.problem."+p.Code, nil) }

// Check gives a contact as it is kept: trimmed, a host as names are compared, a status page with its scheme. The error is Problems.
func Check(c Contact) (Contact, error) {
	var bad Problems
	clean := func(s *string, f Field, longest int) {
		*s = strings.TrimSpace(words.Safe(*s, longest+1))
		if utf8.RuneCountInString(*s) > longest {
			bad = append(bad, Problem{f, "long"})
		}
	}
	clean(&c.Name, FieldName, maxName)
	clean(&c.Mail, FieldMail, maxMail)
	clean(&c.Phone, FieldPhone, maxPhone)
	clean(&c.Account, FieldAccount, maxAccount)
	clean(&c.Status, FieldStatus, maxStatus)
	if len(bad) > 0 {
		return c, bad
	}
	if !slices.Contains(Roles, c.Role) {
		bad = append(bad, Problem{FieldRole, "role"})
	}
	if c.Host = strings.TrimSpace(c.Host); c.Host != "" {
		if t, err := checks.ParseTarget(c.Host, false); err != nil {
			bad = append(bad, Problem{FieldHost, "host"})
		} else {
			c.Host = t.Host
		}
	} else if c.Role == Site {
		bad = append(bad, Problem{FieldHost, "host-missing"})
	}
	if c.Mail = strings.TrimPrefix(c.Mail, "mailto:"); c.Mail != "" && !plainMail(c.Mail) {
		bad = append(bad, Problem{FieldMail, "mail"})
	}
	if c.Phone != "" && !phone(c.Phone) {
		bad = append(bad, Problem{FieldPhone, "phone"})
	}
	if c.Status != "" {
		if !strings.Contains(c.Status, "://") {
			c.Status = "https://" + c.Status
		}
		if link, ok := webLink(c.Status, nil); ok && strings.Contains(strings.SplitN(link, "/", 4)[2], ".") {
			c.Status = link
		} else {
			bad = append(bad, Problem{FieldStatus, "status"})
		}
	}
	if c.Mail == "" && c.Phone == "" && c.Status == "" {
		bad = append(bad, Problem{FieldMail, "nothing"})
	}
	if len(bad) > 0 {
		return c, bad
	}
	return c, nil
}

// plainMail tells whether s is one mail address and nothing else, which a mail program takes as it is.
func plainMail(s string) bool {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || strings.ContainsAny(s, "?&%,; \"<>") {
		return false
	}
	_, domain, _ := strings.Cut(s, "@")
	return strings.Contains(domain, ".") && !strings.HasSuffix(domain, ".")
}

// phone tells whether s is a telephone number as people write it: three figures at least (short numbers), twenty at most with an extension.
func phone(s string) bool {
	const fewest, most = 3, 20
	digits := 0
	for i, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r == '+' && i == 0, strings.ContainsRune(" .-()/\u00a0\u202f*#", r):
		case unicode.IsLetter(r) && digits >= fewest: // "poste 12", "ext. 12"
		default:
			return false
		}
	}
	return digits >= fewest && digits <= most
}

// webLink gives a web address as it is opened and shown: http or https, no name or password in it, the host in ASCII (a name that looks
// like another one does not pass for it). base resolves a relative one; it may be nil.
func webLink(raw string, base *url.URL) (string, bool) {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil {
		return "", false
	}
	if base != nil {
		u = base.ResolveReference(u)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.Opaque != "" {
		return "", false
	}
	t, err := checks.ParseTarget(u.Scheme+"://"+u.Host+"/", true)
	if err != nil {
		return "", false
	}
	port := u.Port()
	u.Host = t.Host
	if strings.Contains(t.Host, ":") {
		u.Host = "[" + t.Host + "]"
	}
	if port != "" {
		u.Host += ":" + port
	}
	s := u.String()
	if len(s) > maxStatus || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", false
	}
	return s, true
}

// Book is the file of the person's own contacts. The zero value keeps nothing.
type Book struct{ File string }

// Default is this person's book on this computer.
func Default() Book {
	dir, err := fix.StateDir(os.Getenv)
	if err != nil {
		return Book{}
	}
	return Book{File: filepath.Join(dir, "contacts.json")}
}

// kept is the file's form.
type kept struct {
	Schema   int       `json:"schema"`
	Contacts []Contact `json:"contacts"`
}

// schema is the file's version.
const schema = 1

// ErrFull: there are as many contacts as are kept.
var ErrFull = errors.New("the book of contacts is full")

// List gives the contacts in the order of Roles, then of their site and name. One that this version would not take is left out.
func (b Book) List() ([]Contact, error) {
	if b.File == "" {
		return nil, nil
	}
	info, err := os.Stat(b.File)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil && (!info.Mode().IsRegular() || info.Size() > maxBook) {
		err = errors.New("it is not the file that this program writes")
	}
	if err != nil {
		return nil, fmt.Errorf("reading the contacts %s: %w", b.File, err)
	}
	raw, err := os.ReadFile(b.File)
	if err != nil {
		return nil, fmt.Errorf("reading the contacts %s: %w", b.File, err)
	}
	return parse(raw)
}

func parse(raw []byte) ([]Contact, error) {
	var k kept
	if err := json.Unmarshal(raw, &k); err != nil {
		return nil, fmt.Errorf("reading the contacts: %w", err)
	}
	if k.Schema != schema {
		return nil, fmt.Errorf("reading the contacts: version %d of the file is not known", k.Schema)
	}
	var list []Contact
	for _, c := range k.Contacts[:min(len(k.Contacts), maxContacts)] {
		if c, err := Check(c); err == nil && c.ID != "" {
			list = append(list, c)
		}
	}
	slices.SortStableFunc(list, func(a, b Contact) int {
		return cmp.Or(slices.Index(Roles, a.Role)-slices.Index(Roles, b.Role), strings.Compare(a.Host, b.Host), strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)))
	})
	return list, nil
}

// Put keeps a contact: a new one where its ID is empty or not known, else in place of the one that has it. It gives back what was kept.
func (b Book) Put(c Contact) (Contact, error) {
	c, err := Check(c)
	if err != nil {
		return c, err
	}
	list, err := b.List()
	if err != nil {
		return c, err
	}
	if i := slices.IndexFunc(list, func(x Contact) bool { return x.ID == c.ID }); i >= 0 && c.ID != "" {
		list[i] = c
	} else {
		if len(list) >= maxContacts {
			return c, ErrFull
		}
		var random [4]byte
		_, _ = rand.Read(random[:]) // never fails (crypto/rand)
		c.ID = hex.EncodeToString(random[:])
		list = append(list, c)
	}
	return c, b.write(list)
}

// Delete takes one out; it is no error where it is not there.
func (b Book) Delete(id string) error {
	list, err := b.List()
	if err != nil {
		return err
	}
	left := slices.DeleteFunc(slices.Clone(list), func(c Contact) bool { return c.ID == id })
	if len(left) == len(list) {
		return nil
	}
	return b.write(left)
}

func (b Book) write(list []Contact) error {
	if b.File == "" {
		return errors.New("keeping the contacts: this computer has no place for them")
	}
	raw, err := json.MarshalIndent(kept{schema, list}, "", "  ")
	if err != nil {
		return fmt.Errorf("keeping the contacts: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(b.File), 0o700); err != nil {
		return fmt.Errorf("keeping the contacts: %w", err)
	}
	if err := fix.WriteWhole(b.File, append(raw, '\n')); err != nil { // for its owner alone: it is made as a temporary file, 0600
		return fmt.Errorf("keeping the contacts: %w", err)
	}
	return nil
}

// For picks from a list those to ask in a role about a site, those for this very site first. host may be empty.
func For(list []Contact, role Role, host string) []Contact {
	var own, general []Contact
	for _, c := range list {
		switch {
		case c.Role != role:
		case c.Host == "":
			general = append(general, c)
		case host != "" && sameSite(c.Host, strings.ToLower(host)):
			own = append(own, c)
		}
	}
	return append(own, general...)
}

// Account is the person's customer number with whoever is asked in a role about a site; "" where none was written down.
func Account(list []Contact, role Role, host string) string {
	for _, c := range For(list, role, host) {
		if c.Account != "" {
			return c.Account
		}
	}
	return ""
}
