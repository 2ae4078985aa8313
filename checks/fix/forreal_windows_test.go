package fix

import (
	"testing"
)

func (c *Computer) asked(t *testing.T, script string) string {
	t.Helper()
	return asked(t, c.powershell("$ErrorActionPreference='Stop'; [Console]::OutputEncoding=[System.Text.UTF8Encoding]::new($false); "+script)...)
}

// dnsScript tells every adapter's servers as Windows sees them, and what is fixed by hand in the registry.
const dnsScript = `$seen = Get-DnsClientServerAddress | Sort-Object InterfaceIndex, AddressFamily | ForEach-Object { "$($_.InterfaceIndex) $([int]$_.AddressFamily) $($_.ServerAddresses -join ',')" }; ` +
	`$fixed = 'Tcpip','Tcpip6' | ForEach-Object { Get-ChildItem "HKLM:\SYSTEM\CurrentControlSet\Services\$_\Parameters\Interfaces" } | ForEach-Object { "$($_.Name) [$($_.GetValue('NameServer'))]" }; ` +
	`($seen + $fixed) -join "` + "`n" + `"`

// TestDNSForReal gives this computer's connection a public DNS, then the box's, and each time what it had.
func TestDNSForReal(t *testing.T) {
	env := onThisComputer(t)
	if !env.Computer.admin() {
		t.Skip("skipped: changing the DNS servers wants an administrator")
	}
	state := func() string { return env.Computer.asked(t, dnsScript) }
	thereAndBack(t, env, "use-public-dns", "cloudflare", state)

	// A person who chose a server: back to the box's, and the choice again.
	a, err := env.Computer.WinDNS.Default()
	if err != nil {
		t.Fatal(err)
	}
	if err := env.Computer.WinDNS.Set(a.GUID, false, "9.9.9.9,149.112.112.112"); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := env.Computer.WinDNS.Set(a.GUID, false, windowsList(a.Fixed4)); err != nil {
			t.Error(err)
		}
	}()
	thereAndBack(t, env, "use-automatic-dns", "", state)
}

// TestProxyForReal switches off a proxy that does not answer, in this person's real Internet settings.
func TestProxyForReal(t *testing.T) {
	env := onThisComputer(t)
	var api internetSettings
	was, err := api.Read()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := api.Write(was); err != nil {
			t.Error(err)
		}
	}()
	if err := api.Write(InternetSettings{Flags: proxyTypeDirect | proxyTypeProxy, Server: "127.0.0.1:9", Bypass: "<local>;*.example", PAC: was.PAC}); err != nil {
		t.Fatal(err)
	}
	thereAndBack(t, env, "turn-off-proxy", "", func() string {
		s, err := api.Read()
		if err != nil {
			t.Fatal(err)
		}
		const decides = proxyTypeProxy | proxyTypePAC // Windows keeps the other bits as it likes
		s.Flags &= decides
		on := "no"
		if v, ok := registryString("HKCU", `Software\Microsoft\Windows\CurrentVersion\Internet Settings`, "ProxyServer"); ok {
			on = v
		}
		return s.text() + " registry: " + on
	})
}

// TestFirewallRuleForReal has one block rule of a documentation address, switched off and on again.
func TestFirewallRuleForReal(t *testing.T) {
	env := onThisComputer(t)
	if !env.Computer.admin() {
		t.Skip("skipped: a firewall rule wants an administrator")
	}
	const id = "Passerelle-Test-Block"
	env.Computer.asked(t, "Remove-NetFirewallRule -Name '"+id+"' -ErrorAction SilentlyContinue; "+
		"$null = New-NetFirewallRule -Name '"+id+"' -DisplayName 'a test; of Passerelle' -Direction Outbound -Action Block -Protocol TCP -RemoteAddress 203.0.113.99 -RemotePort 443")
	defer env.Computer.asked(t, "Remove-NetFirewallRule -Name '"+id+"'")
	text, ok := registryString("HKLM", windowsRules, id)
	if !ok {
		t.Fatal("the rule is not in the registry")
	}
	thereAndBack(t, env, "disable-firewall-rule", id+": "+text, func() string {
		return env.Computer.asked(t, "Get-NetFirewallRule -Name '"+id+"' | ForEach-Object { \"$($_.Name) enabled $([int]$_.Enabled) action $([int]$_.Action) direction $([int]$_.Direction)\" }")
	})
}
