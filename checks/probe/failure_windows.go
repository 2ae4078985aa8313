package probe

import (
	"syscall"

	"passerelle/checks/facts"
)

// failureOfErrno names the Winsock codes (Microsoft Learn, "Windows Sockets Error Codes"). 10013 is what a rule of the firewall
// or of an antivirus gives; its text is translated, its number is not.
func failureOfErrno(e syscall.Errno) (facts.Failure, bool) {
	switch e {
	case 10061, 1225: // WSAECONNREFUSED, ERROR_CONNECTION_REFUSED
		return facts.Refused, true
	case 10054, 10053, 64, 1236: // WSAECONNRESET, WSAECONNABORTED, ERROR_NETNAME_DELETED, ERROR_CONNECTION_ABORTED
		return facts.Reset, true
	case 10060, 121, 1460: // WSAETIMEDOUT, ERROR_SEM_TIMEOUT, ERROR_TIMEOUT
		return facts.Timeout, true
	case 10065, 10064, 1232: // WSAEHOSTUNREACH, WSAEHOSTDOWN, ERROR_HOST_UNREACHABLE
		return facts.HostUnreach, true
	case 10051, 10050, 10049, 10047, 1231: // WSAENETUNREACH, WSAENETDOWN, WSAEADDRNOTAVAIL, WSAEAFNOSUPPORT, ERROR_NETWORK_UNREACHABLE
		return facts.NetUnreach, true
	case 10013, 5: // WSAEACCES, ERROR_ACCESS_DENIED
		return facts.Denied, true
	}
	return "", false
}
