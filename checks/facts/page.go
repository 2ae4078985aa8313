package facts

// What failed behind an error page, and what kind of page it is: the contract's words (`failure`) and ours (Gateway.Kind).

// Failures of the contract.
const (
	FailRefused     = "connection-refused"
	FailTimeout     = "connection-timeout"
	FailInvalid     = "invalid-response"
	FailClosed      = "premature-close"
	FailDNS         = "dns-failure"
	FailTLS         = "tls-failure"
	FailOverloaded  = "overloaded"
	FailNoUpstream  = "no-healthy-upstream"
	FailMaintenance = "maintenance"
	FailNoSite      = "misconfigured-host"
	FailCrash       = "app-crash"
	FailRate        = "rate-limited"
	FailBlocked     = "blocked-by-policy"
	FailPortal      = "captive-portal"
	FailUnknown     = "unknown"
)

// Kinds of page.
const (
	KindError       = "error"
	KindChallenge   = "challenge" // a test for robots: a browser may pass
	KindBlock       = "block"     // somebody decided
	KindPortal      = "portal"
	KindMaintenance = "maintenance"
)
