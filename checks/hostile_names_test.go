//go:build linux

package checks_test

import (
	"encoding/binary"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// answering is a DNS that answers the A question for the host with what f makes of a sound answer, and has no other addresses.
func answering(s *stage, f func(m *dns.Msg)) {
	s.ask = func(w dns.ResponseWriter, q *dns.Msg) bool {
		m := reply(q, s.ip)
		if q.Question[0].Qtype == dns.TypeA {
			f(m)
		}
		w.WriteMsg(m)
		return true
	}
}

// packets is a DNS made by hand: f answers each question with as many datagrams as it likes.
func packets(s *stage, f func(send func([]byte), question []byte)) {
	s.raw = func(pc net.PacketConn) {
		buf := make([]byte, 4096)
		for {
			n, from, err := pc.ReadFrom(buf)
			if err != nil {
				return
			}
			question := append([]byte(nil), buf[:n]...)
			go f(func(b []byte) { pc.WriteTo(b, from) }, question)
		}
	}
}

// header makes the 12 bytes before a message: the question's number, an answer's flags, counts.
func header(question []byte, answers uint16) []byte {
	b := append([]byte(nil), question[:2]...)
	b = append(b, 0x81, 0x80, 0, 1)
	b = binary.BigEndian.AppendUint16(b, answers)
	return append(b, 0, 0, 0, 0)
}

// asked is the question section of a packet.
func asked(question []byte) []byte {
	i := 12
	for i < len(question) && question[i] != 0 {
		i += int(question[i]) + 1
	}
	return question[12:min(len(question), i+5)]
}

const noName = "dns-server-down dns-blocks-site dns-broken-at-site name-not-found undetermined"

// What a DNS server can do to whoever asks it. Independent resolvers know the truth, and the site itself works.
var hostileNames = []hostile{
	{"an alias that points to itself", sound(func(s *stage) {
		answering(s, func(m *dns.Msg) { m.Answer = []dns.RR{record("%s. 60 IN CNAME %s.", s.host, s.host)} })
	}), noName, wholeLimit},
	{"aliases round in a circle", sound(func(s *stage) {
		answering(s, func(m *dns.Msg) {
			m.Answer = []dns.RR{record("%s. 60 IN CNAME a.example.", s.host), record("a.example. 60 IN CNAME b.example."), record("b.example. 60 IN CNAME %s.", s.host)}
		})
	}), noName, wholeLimit},
	{"a hundred aliases in a row", sound(func(s *stage) {
		answering(s, func(m *dns.Msg) {
			last := s.host
			m.Answer = nil
			for i := range 100 {
				next := fmt.Sprintf("a%d.example", i)
				m.Answer = append(m.Answer, record("%s. 60 IN CNAME %s.", last, next))
				last = next
			}
			m.Answer = append(m.Answer, record("%s. 60 IN A %s", last, s.ip))
		})
	}), noName + " works", wholeLimit},
	{"an alias with controls and direction marks", sound(func(s *stage) {
		answering(s, func(m *dns.Msg) {
			m.Answer = []dns.RR{record("%s. 60 IN CNAME \\027[31m\\226\\128\\174.example.", s.host), record("\\027[31m\\226\\128\\174.example. 60 IN A %s", s.ip)}
		})
	}), "works", wholeLimit},
	{"a thousand addresses, all of them dead", sound(func(s *stage) {
		answering(s, func(m *dns.Msg) {
			m.Answer = nil
			for i := range 1000 {
				m.Answer = append(m.Answer, record("%s. 60 IN A 100.64.%d.%d", s.host, i/250, i%250+1))
			}
		})
	}), "connection-refused dns-blocks-site intermittent undetermined", wholeLimit},
	{"a thousand addresses, the first one sound", sound(func(s *stage) {
		answering(s, func(m *dns.Msg) {
			for i := range 1000 {
				m.Answer = append(m.Answer, record("%s. 60 IN A 100.64.%d.%d", s.host, i/250, i%250+1))
			}
		})
	}), "works", wholeLimit},
	{"a thousand IPv6 addresses without IPv6", sound(func(s *stage) {
		s.ask = func(w dns.ResponseWriter, q *dns.Msg) bool {
			m := reply(q, s.ip)
			for i := range 1000 {
				if q.Question[0].Qtype == dns.TypeAAAA {
					m.Answer = append(m.Answer, record("%s. 60 IN AAAA 2001:db8::%x", s.host, i+1))
				}
			}
			w.WriteMsg(m)
			return true
		}
	}), "works", wholeLimit},
	{"fifty kilobytes of text beside the answer", sound(func(s *stage) {
		answering(s, func(m *dns.Msg) {
			for range 200 {
				m.Extra = append(m.Extra, record("%s. 60 IN TXT \"%s\"", s.host, strings.Repeat("x", 250)))
			}
		})
	}), "works", wholeLimit},
	{"an extended error full of escapes", sound(func(s *stage) {
		s.ask = func(w dns.ResponseWriter, q *dns.Msg) bool {
			m := reply(q, "")
			m.Rcode = dns.RcodeServerFailure
			m.SetEdns0(1232, false)
			opt := m.IsEdns0()
			for i := range 50 {
				opt.Option = append(opt.Option, &dns.EDNS0_EDE{InfoCode: uint16(i * 999), ExtraText: "\x1b[31m\u202e" + strings.Repeat("x", 400)})
			}
			w.WriteMsg(m)
			return true
		}
	}), noName, wholeLimit},
	{"a lifetime of minus one second", sound(func(s *stage) {
		answering(s, func(m *dns.Msg) { m.Answer[0].Header().Ttl = 0xffffffff })
	}), "works", wholeLimit},
	{"a wrong number", sound(func(s *stage) {
		answering(s, func(m *dns.Msg) { m.Id++ })
	}), noName + " works", wholeLimit},
	{"always a wrong number", sound(func(s *stage) {
		s.ask = func(w dns.ResponseWriter, q *dns.Msg) bool {
			m := reply(q, "203.0.113.250")
			m.Id ^= 0x5555
			w.WriteMsg(m)
			return true
		}
	}), noName, wholeLimit},
	{"an answer to another question", sound(func(s *stage) {
		s.ask = func(w dns.ResponseWriter, q *dns.Msg) bool {
			m := reply(q, "203.0.113.250")
			m.Question[0].Name = "other.example."
			w.WriteMsg(m)
			return true
		}
	}), noName, wholeLimit},
	{"an address of another name", sound(func(s *stage) {
		answering(s, func(m *dns.Msg) { m.Answer[0].Header().Name = "other.example." })
	}), noName, wholeLimit},
	{"truncated, over TCP as well", sound(func(s *stage) {
		s.ask = func(w dns.ResponseWriter, q *dns.Msg) bool {
			m := reply(q, "")
			m.Rcode, m.Truncated = dns.RcodeSuccess, true
			w.WriteMsg(m)
			return true
		}
	}), noName, wholeLimit},
	{"truncated, and silence over TCP", sound(func(s *stage) {
		s.ask = func(w dns.ResponseWriter, q *dns.Msg) bool {
			if w.RemoteAddr().Network() == "tcp" {
				return true
			}
			m := reply(q, "")
			m.Rcode, m.Truncated = dns.RcodeSuccess, true
			w.WriteMsg(m)
			return true
		}
	}), noName, wholeLimit},
	{"FORMERR to everything", sound(func(s *stage) { refuseAll(s, dns.RcodeFormatError) }), noName, wholeLimit},
	{"NOTIMP to everything", sound(func(s *stage) { refuseAll(s, dns.RcodeNotImplemented) }), noName, wholeLimit},
	{"a code that does not exist", sound(func(s *stage) { refuseAll(s, 15) }), noName, wholeLimit},
	{"unspecified, loopback and broadcast addresses", sound(func(s *stage) {
		answering(s, func(m *dns.Msg) {
			m.Answer = []dns.RR{record("%s. 60 IN A 0.0.0.0", s.host), record("%s. 60 IN A 127.0.0.1", s.host), record("%s. 60 IN A 255.255.255.255", s.host), record("%s. 60 IN A 224.0.0.1", s.host)}
		})
	}), noName + " connection-refused", wholeLimit},
	{"compression pointers in a loop", sound(func(s *stage) {
		packets(s, func(send func([]byte), q []byte) {
			b := append(header(q, 1), asked(q)...)
			at := len(b)
			b = append(b, 0xc0|byte(at>>8), byte(at), 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 203, 0, 113, 250)
			send(b)
		})
	}), noName, wholeLimit},
	{"65535 answers promised, none given", sound(func(s *stage) {
		packets(s, func(send func([]byte), q []byte) { send(append(header(q, 65535), asked(q)...)) })
	}), noName, wholeLimit},
	{"records longer than the packet", sound(func(s *stage) {
		packets(s, func(send func([]byte), q []byte) {
			send(append(append(header(q, 1), asked(q)...), 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0xff, 0xff, 1, 2))
		})
	}), noName, wholeLimit},
	{"empty datagrams", sound(func(s *stage) {
		packets(s, func(send func([]byte), _ []byte) {
			for range 50 {
				send(nil)
			}
		})
	}), noName, wholeLimit},
	{"datagrams of 60 kilobytes", sound(func(s *stage) {
		packets(s, func(send func([]byte), q []byte) { send(append(q[:2:2], make([]byte, 60_000)...)) })
	}), noName, wholeLimit},
	{"the question itself as an answer", sound(func(s *stage) {
		packets(s, func(send func([]byte), q []byte) { send(q) })
	}), noName, wholeLimit},
	{"a flood of answers to other questions", sound(func(s *stage) {
		packets(s, func(send func([]byte), q []byte) {
			b := append(append(header(q, 1), asked(q)...), 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 203, 0, 113, 250)
			for i := range 30_000 {
				b[0], b[1] = byte(i>>8), byte(i)
				if b[0] != q[0] || b[1] != q[1] {
					send(b)
				}
				if i%500 == 0 {
					time.Sleep(5 * time.Millisecond)
				}
			}
		})
	}), noName, wholeLimit},
	{"answers after everybody has gone", sound(func(s *stage) {
		packets(s, func(send func([]byte), q []byte) {
			time.Sleep(3500 * time.Millisecond)
			for range 100 {
				send(append(append(header(q, 1), asked(q)...), 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 203, 0, 113, 250))
			}
		})
	}), noName, wholeLimit},
}

// sound lets the site itself work: only its DNS does not.
func sound(build func(*stage)) func(*stage) {
	return func(s *stage) {
		s.https(always(page("200 OK", "", fine)))
		build(s)
	}
}

func refuseAll(s *stage, code int) {
	s.ask = func(w dns.ResponseWriter, q *dns.Msg) bool {
		m := new(dns.Msg)
		m.SetRcode(q, code)
		w.WriteMsg(m)
		return true
	}
}
