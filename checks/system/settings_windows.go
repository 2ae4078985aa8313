// Proxies, hosts file, browsers, protection programs and release of Windows, from the registry and WinHTTP: no translated text is read.

package system

import (
	"context"
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unsafe"

	"github.com/shirou/gopsutil/v3/host"
	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"passerelle/checks/facts"
)

// securityPatience is what PowerShell gets: it takes 0.5 to 3 s to start, and the rest of the reading must not be lost with it.
const securityPatience = partDeadline - 150*time.Millisecond

// regText reads one text of the registry, "" where it is not there.
func regText(root registry.Key, path, name string) string {
	k, err := registry.OpenKey(root, path, registry.QUERY_VALUE)
	if err != nil {
		return ""
	}
	defer k.Close()
	s, kind, err := k.GetStringValue(name)
	if err != nil {
		return ""
	}
	if kind == registry.EXPAND_SZ {
		if x, err := registry.ExpandString(s); err == nil {
			s = x
		}
	}
	return strings.TrimSpace(s)
}

func regNumber(root registry.Key, path, name string) (uint64, bool) {
	k, err := registry.OpenKey(root, path, registry.QUERY_VALUE)
	if err != nil {
		return 0, false
	}
	defer k.Close()
	n, _, err := k.GetIntegerValue(name)
	return n, err == nil
}

// hostsPath follows DataBasePath, which can move the folder.
func (r *Reader) hostsPath() string {
	if r.Root != "" {
		return filepath.Join(r.Root, `Windows\System32\drivers\etc\hosts`)
	}
	folder := regText(registry.LOCAL_MACHINE, `SYSTEM\CurrentControlSet\Services\Tcpip\Parameters`, "DataBasePath")
	if folder == "" {
		folder = filepath.Join(windowsFolder(), `System32\drivers\etc`)
	}
	return filepath.Join(folder, "hosts")
}

func windowsFolder() string {
	if d, err := windows.GetSystemWindowsDirectory(); err == nil {
		return d
	}
	return `C:\Windows`
}

var (
	winhttp              = windows.NewLazySystemDLL("winhttp.dll")
	winHTTPCurrentUser   = winhttp.NewProc("WinHttpGetIEProxyConfigForCurrentUser")
	winHTTPDefaultConfig = winhttp.NewProc("WinHttpGetDefaultProxyConfiguration")
	kernel32             = windows.NewLazySystemDLL("kernel32.dll")
	globalFree           = kernel32.NewProc("GlobalFree")
)

// takeText reads a text that WinHTTP allocated, and gives it back.
func takeText(p *uint16) string {
	if p == nil {
		return ""
	}
	s := windows.UTF16PtrToString(p)
	globalFree.Call(uintptr(unsafe.Pointer(p)))
	return s
}

// systemProxies reads the person's Internet settings, and the machine's WinHTTP setting, which only services follow.
func (r *Reader) systemProxies(context.Context) []proxyRules {
	var user struct { // WINHTTP_CURRENT_USER_IE_PROXY_CONFIG
		AutoDetect         int32
		PAC, Proxy, Bypass *uint16
	}
	var list []proxyRules
	if ok, _, _ := winHTTPCurrentUser.Call(uintptr(unsafe.Pointer(&user))); ok != 0 {
		list = append(list, winINETRules(takeText(user.PAC), takeText(user.Proxy), takeText(user.Bypass)))
	} else {
		list = append(list, internetSettings())
	}
	var machine struct { // WINHTTP_PROXY_INFO
		AccessType    uint32
		Proxy, Bypass *uint16
	}
	const namedProxy = 3 // WINHTTP_ACCESS_TYPE_NAMED_PROXY
	if ok, _, _ := winHTTPDefaultConfig.Call(uintptr(unsafe.Pointer(&machine))); ok != 0 {
		servers, bypass := takeText(machine.Proxy), takeText(machine.Bypass)
		if machine.AccessType == namedProxy {
			list = append(list, winHTTPRules(servers, bypass))
		}
	}
	return list
}

// internetSettings is the same from the registry, for when WinHTTP does not answer.
func internetSettings() proxyRules {
	const path = `Software\Microsoft\Windows\CurrentVersion\Internet Settings`
	servers := ""
	if on, _ := regNumber(registry.CURRENT_USER, path, "ProxyEnable"); on != 0 {
		servers = regText(registry.CURRENT_USER, path, "ProxyServer")
	}
	return winINETRules(regText(registry.CURRENT_USER, path, "AutoConfigURL"), servers, regText(registry.CURRENT_USER, path, "ProxyOverride"))
}

// defaultBrowser reads the person's choice for https. Windows 11 24H2 keeps a second, newer one.
func (r *Reader) defaultBrowser(context.Context) (known *browser, id, name string) {
	const path = `Software\Microsoft\Windows\Shell\Associations\UrlAssociations\https\`
	for _, sub := range []string{`UserChoiceLatest\ProgId`, `UserChoice`} {
		progID := regText(registry.CURRENT_USER, path+sub, "ProgId")
		if progID == "" {
			continue
		}
		known = browserByProgID(progID)
		return known, progID, progID
	}
	return nil, "", ""
}

func (r *Reader) firefoxPlaces() (roots, policies []string) {
	if d := r.Getenv("APPDATA"); d != "" {
		roots = append(roots, filepath.Join(d, `Mozilla\Firefox`))
	}
	if d := r.Getenv("LOCALAPPDATA"); d != "" {
		roots = append(roots, filepath.Join(d, `Packages\Mozilla.Firefox_n80bbvh6b1yt2\LocalCache\Roaming\Mozilla\Firefox`))
	}
	for _, v := range []string{"ProgramFiles", "ProgramFiles(x86)"} {
		if d := r.Getenv(v); d != "" {
			policies = append(policies, filepath.Join(d, `Mozilla Firefox\distribution\policies.json`))
		}
	}
	return roots, policies
}

// chromiumPlaces reads the policies from the registry: the machine's win over the person's.
func (r *Reader) chromiumPlaces(b *browser) (policy map[string]any, folders []string) {
	policy = map[string]any{}
	if b.key != "" {
		for _, root := range []registry.Key{registry.CURRENT_USER, registry.LOCAL_MACHINE} {
			path := `SOFTWARE\Policies\` + b.key
			for _, name := range []string{"ProxyMode", "ProxyServer", "ProxyPacUrl", "ProxyBypassList", "DnsOverHttpsMode", "DnsOverHttpsTemplates"} {
				if v := regText(root, path, name); v != "" {
					policy[name] = v
				}
			}
			if n, ok := regNumber(root, path, "ProxyServerMode"); ok {
				policy["ProxyServerMode"] = float64(n)
			}
			var settings map[string]any
			if json.Unmarshal([]byte(regText(root, path, "ProxySettings")), &settings) == nil && len(settings) > 0 {
				policy["ProxySettings"] = settings
			}
		}
	}
	if d := r.Getenv("LOCALAPPDATA"); d != "" && b.dataWin != "" {
		folders = append(folders, filepath.Join(d, b.dataWin, "User Data"))
	}
	if d := r.Getenv("APPDATA"); d != "" && b.id == "opera" {
		folders = append(folders, filepath.Join(d, `Opera Software\Opera Stable`))
	}
	return policy, folders
}

// firewallRoot is where Windows Firewall keeps its profiles and rules; everybody may read it.
const firewallRoot = `SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy`

// rules reads Windows Firewall alone, from the registry: no child process.
func (r *Reader) rules(_ context.Context, at []netip.AddrPort) []facts.Firewall {
	own := facts.Firewall{Name: "Windows Firewall", Kind: kindFirewall}
	for _, profile := range []string{"StandardProfile", "PublicProfile", "DomainProfile"} {
		on, ok := regNumber(registry.LOCAL_MACHINE, firewallRoot+`\`+profile, "EnableFirewall")
		if policy, found := regNumber(registry.LOCAL_MACHINE, `SOFTWARE\Policies\Microsoft\WindowsFirewall\`+profile, "EnableFirewall"); found {
			on, ok = policy, true
		}
		if ok && own.Enabled != facts.Yes {
			own.Enabled = facts.Known(on != 0)
		}
	}
	if own.Enabled == facts.Yes {
		own.Rule = blockingRule(at)
	}
	return []facts.Firewall{own}
}

// firewalls is rules, and the Security Center's products through PowerShell.
func (r *Reader) firewalls(ctx context.Context, at []netip.AddrPort) ([]facts.Firewall, bool) {
	list := r.rules(ctx, at)
	ctx, cancel := context.WithTimeout(ctx, securityPatience)
	defer cancel()
	powershell := filepath.Join(windowsFolder(), `System32\WindowsPowerShell\v1.0\powershell.exe`)
	out, err := r.Run(ctx, powershell, "-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-Command", securityScript)
	if err != nil {
		return list, false // the firewall is known, the antivirus is not
	}
	products, err := parseSecurityCenter(out)
	return append(list, products...), err == nil
}

// blockingRule gives the first rule that blocks one of these connections, as the registry holds it, with its id.
func blockingRule(at []netip.AddrPort) string {
	program, _ := os.Executable()
	for _, path := range []string{firewallRoot + `\FirewallRules`, `SOFTWARE\Policies\Microsoft\WindowsFirewall\FirewallRules`} {
		k, err := registry.OpenKey(registry.LOCAL_MACHINE, path, registry.QUERY_VALUE)
		if err != nil {
			continue
		}
		names, _ := k.ReadValueNames(0)
		for _, name := range names {
			text, _, err := k.GetStringValue(name)
			if err != nil || !strings.Contains(text, "Action=Block") {
				continue
			}
			rule := parseWindowsRule(text)
			for _, a := range at {
				if rule.blocks(netip.AddrPortFrom(a.Addr().Unmap(), a.Port()), program) {
					k.Close()
					return name + ": " + text
				}
			}
		}
		k.Close()
	}
	return ""
}

// release is the edition and build, as Windows names itself.
func (r *Reader) release(ctx context.Context) string {
	platform, _, version, err := host.PlatformInformationWithContext(ctx)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(platform + " " + version)
}

// browserInstalled tells of each browser whether it registered itself: "Google Chrome", "Firefox-308046B0AF4A39CB", "OperaStable".
func (r *Reader) browserInstalled() func(*browser) bool {
	var there []string
	for _, root := range []registry.Key{registry.CURRENT_USER, registry.LOCAL_MACHINE} {
		k, err := registry.OpenKey(root, `SOFTWARE\Clients\StartMenuInternet`, registry.ENUMERATE_SUB_KEYS)
		if err != nil {
			continue
		}
		names, _ := k.ReadSubKeyNames(-1)
		there = append(there, names...)
		k.Close()
	}
	return func(b *browser) bool { return registeredBrowser(b, there) }
}
