package contacts

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"passerelle/checks/words"
)

func TestBook(t *testing.T) {
	b := Book{File: filepath.Join(t.TempDir(), "deep", "contacts.json")}
	if list, err := b.List(); err != nil || len(list) != 0 {
		t.Fatalf("%v %v", list, err)
	}
	shop, err := b.Put(Contact{Role: Site, Host: " https://Www.Boutique.Example/panier ", Name: " Aide\nBoutique ", Mail: "mailto:aide@boutique.example", Status: "status.boutique.example"})
	if err != nil || shop.Host != "www.boutique.example" || shop.Name != "Aide Boutique" || shop.Mail != "aide@boutique.example" || shop.Status != "https://status.boutique.example" && shop.Status != "https://status.boutique.example/" {
		t.Fatalf("%+v %v", shop, err)
	}
	it, err := b.Put(Contact{Role: IT, Name: "Nadia", Phone: "+33 (0)1 23 45 67 89 poste 12", Account: "C-4711"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Put(Contact{Role: Site, Host: "autre.example", Mail: "a@autre.example"}); err != nil {
		t.Fatal(err)
	}
	list, err := b.List()
	if err != nil || len(list) != 3 || list[0] != it {
		t.Fatalf("%+v %v", list, err)
	}
	if got := For(list, Site, "boutique.example"); len(got) != 1 || got[0] != shop {
		t.Errorf("of the shop: %+v", got)
	}
	if got := For(list, IT, "boutique.example"); len(got) != 1 {
		t.Errorf("IT: %+v", got)
	}
	shop.Phone = "3900"
	if again, err := b.Put(shop); err != nil || again.ID != shop.ID {
		t.Fatalf("%+v %v", again, err)
	}
	if err := b.Delete(it.ID); err != nil {
		t.Fatal(err)
	}
	if err := b.Delete("nobody"); err != nil {
		t.Error(err)
	}
	if list, _ = b.List(); len(list) != 2 || list[1].Phone != "3900" {
		t.Errorf("%+v", list)
	}
	if runtime.GOOS != "windows" {
		if info, _ := os.Stat(b.File); info.Mode().Perm() != 0o600 {
			t.Errorf("readable by others: %v", info.Mode())
		}
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(b.File), ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestWhatIsNoContact(t *testing.T) {
	ok := Contact{Role: Provider, Mail: "a@b.example"}
	for _, c := range []struct {
		change func(*Contact)
		want   Problem
	}{
		{func(c *Contact) { c.Role = "boss" }, Problem{FieldRole, "role"}},
		{func(c *Contact) { c.Role = Site }, Problem{FieldHost, "host-missing"}},
		{func(c *Contact) { c.Host = "two words" }, Problem{FieldHost, "host"}},
		{func(c *Contact) { c.Mail = "a@b" }, Problem{FieldMail, "mail"}},
		{func(c *Contact) { c.Mail = "A <a@b.example>" }, Problem{FieldMail, "mail"}},
		{func(c *Contact) { c.Mail = "a@b.example?bcc=x@y.example" }, Problem{FieldMail, "mail"}},
		{func(c *Contact) { c.Phone = "call me" }, Problem{FieldPhone, "phone"}},
		{func(c *Contact) { c.Phone = "12" }, Problem{FieldPhone, "phone"}},
		{func(c *Contact) { c.Status = "javascript:alert(1)" }, Problem{FieldStatus, "status"}},
		{func(c *Contact) { c.Status = "https://me:pw@status.example" }, Problem{FieldStatus, "status"}},
		{func(c *Contact) { c.Name = strings.Repeat("x", 101) }, Problem{FieldName, "long"}},
		{func(c *Contact) { c.Mail = "" }, Problem{FieldMail, "nothing"}},
	} {
		x := ok
		c.change(&x)
		_, err := Check(x)
		var bad Problems
		if !errors.As(err, &bad) || !reflect.DeepEqual([]Problem(bad), []Problem{c.want}) {
			t.Errorf("%+v: %v, want %v", x, err, c.want)
			continue
		}
		for _, lang := range []string{"fr", "en"} {
			if p := words.New(lang); !p.Has("contacts.problem." + bad[0].Code) {
				t.Errorf("%s: no words for %s", lang, bad[0].Code)
			}
		}
	}
	if _, err := Check(ok); err != nil {
		t.Error(err)
	}
}

// TestOddBooks: a file that somebody else wrote is an error, not a loss: nothing is written over it.
func TestOddBooks(t *testing.T) {
	file := filepath.Join(t.TempDir(), "contacts.json")
	for _, raw := range []string{"", "{", `{"schema":99}`, `[]`} {
		if err := os.WriteFile(file, []byte(raw), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := (Book{File: file}).Put(Contact{Role: IT, Mail: "a@b.example"}); err == nil {
			t.Errorf("%q: written over", raw)
		}
		if got, _ := os.ReadFile(file); string(got) != raw {
			t.Errorf("%q became %q", raw, got)
		}
	}
	if err := os.WriteFile(file, []byte(`{"schema":1,"contacts":[{"id":"1","role":"it","mail":"a@b.example"},{"id":"2","role":"it","status":"javascript:1"},{"role":"it","mail":"no@id.example"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if list, err := (Book{File: file}).List(); err != nil || len(list) != 1 {
		t.Errorf("%+v %v", list, err)
	}
	if _, err := (Book{}).Put(Contact{Role: IT, Mail: "a@b.example"}); err == nil {
		t.Error("kept nowhere, and says nothing")
	}
}

func FuzzBook(f *testing.F) {
	f.Add([]byte(`{"schema":1,"contacts":[{"id":"1","role":"site","host":"a.example","mail":"a@b.example","phone":"+1 234","status":"https://s.example/"}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		list, err := parse(raw)
		if err != nil {
			return
		}
		for _, c := range list {
			again, err := Check(c)
			if err != nil || again != c {
				t.Fatalf("%+v became %+v, %v", c, again, err)
			}
		}
	})
}
