package fix

import (
	"os"
	"testing"
)

// TestInternetSettingsOfThisComputer writes the real ones and puts them back: only where that was asked for (CI's runner, Wine).
func TestInternetSettingsOfThisComputer(t *testing.T) {
	if os.Getenv("PASSERELLE_CHANGES") != "1" {
		t.Skip("skipped: PASSERELLE_CHANGES=1 lets this test change and put back the Internet settings")
	}
	var api internetSettings
	was, err := api.Read()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("before: %+v", was)
	defer func() {
		if err := api.Write(was); err != nil {
			t.Error(err)
		}
		if now, err := api.Read(); err != nil || !(winINET{}).same(now.text(), was.text()) {
			t.Errorf("put back: %+v %v, want %+v", now, err, was)
		}
	}()
	want := InternetSettings{Flags: proxyTypeDirect | proxyTypeProxy, Server: "127.0.0.1:9", Bypass: "<local>", PAC: was.PAC}
	if err := api.Write(want); err != nil {
		t.Fatal(err)
	}
	on, err := api.Read()
	if err != nil || on.Flags&proxyTypeProxy == 0 || on.Server != want.Server {
		t.Errorf("switched on: %+v %v", on, err)
	}
	if err := api.Write(on.off()); err != nil {
		t.Fatal(err)
	}
	off, err := api.Read()
	if err != nil || off.Flags&proxyTypeProxy != 0 || off.Server != want.Server {
		t.Errorf("switched off, its address kept: %+v %v", off, err)
	}
}

// TestAdaptersOfThisComputer reads them; nothing is changed.
func TestAdaptersOfThisComputer(t *testing.T) {
	a, err := adapters{}.Default()
	if err != nil {
		t.Skipf("skipped: %v", err)
	}
	if err := validGUID(a.GUID); err != nil || a.Index == 0 {
		t.Errorf("%+v %v", a, err)
	}
	if again, err := (adapters{}).Adapter(a.GUID); err != nil || again.Name != a.Name {
		t.Errorf("%+v %v", again, err)
	}
	t.Logf("%+v", a)
}

// TestMachineProxyOfThisComputer writes WinHTTP's setting and puts it back: only where that was asked for, by an administrator.
func TestMachineProxyOfThisComputer(t *testing.T) {
	if os.Getenv("PASSERELLE_CHANGES") != "1" {
		t.Skip("skipped: PASSERELLE_CHANGES=1 lets this test change and put back the machine's WinHTTP proxy")
	}
	var api machineSettings
	was, err := api.Read()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := api.Write(was); err != nil {
			t.Error(err)
		}
		if now, err := api.Read(); err != nil || now != was {
			t.Errorf("put back: %+v %v, want %+v", now, err, was)
		}
	}()
	for _, want := range []MachineProxy{{"127.0.0.1:9", ""}, {"http=127.0.0.1:9;https=127.0.0.1:10", "<local>;*.corp.test"}, {}} {
		if err := api.Write(want); err != nil {
			t.Fatal(err)
		}
		if now, err := api.Read(); err != nil || now != want {
			t.Errorf("%+v %v, want %+v", now, err, want)
		}
	}
}
