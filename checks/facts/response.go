package facts

// Response is the very answer that a verdict about a page rests on, kept so that whoever helps sees what the computer saw: the status
// line, the header and the first bytes of the page.
type Response struct {
	URL       string   `json:"url"`                  // what was asked for
	UserAgent string   `json:"user_agent,omitempty"` // the name that we gave: the site's own log has it
	Proxy     string   `json:"proxy,omitempty"`      // the proxy that it came through, host:port
	Address   string   `json:"address,omitempty"`    // the machine that it came from, address and port
	Proto     string   `json:"proto,omitempty"`
	Status    int      `json:"status"`
	Reason    string   `json:"reason,omitempty"` // as HTTP.Reason
	Headers   []Header `json:"headers,omitempty"`
	Body      string   `json:"body,omitempty"`        // the page's first bytes, as UTF-8, where they are text; characters that nobody sees stand in it as &#x202E;
	Raw       []byte   `json:"body_base64,omitempty"` // the same where they are none
	BodySize  int      `json:"body_size"`             // of the whole page as far as it was read, bytes
	BodyCut   bool     `json:"body_cut,omitempty"`    // there was more than is kept
}
