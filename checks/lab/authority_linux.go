package lab

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// Authority is a certificate authority.
type Authority struct {
	Cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

var serial atomic.Int64

// Trusted is the authority that the computers of the lab trust. Stranger is one that nobody knows.
var (
	Trusted  = sync.OnceValue(func() *Authority { return newAuthority("Lab Root CA", nil) })
	Stranger = sync.OnceValue(func() *Authority { return newAuthority("Corporate Inspection CA", nil) })
)

func newAuthority(name string, parent *Authority) *Authority {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err) // no randomness: nothing in the lab can work
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(serial.Add(1)), Subject: pkix.Name{CommonName: name, Organization: []string{"Lab"}},
		NotBefore: time.Now().AddDate(-5, 0, 0), NotAfter: time.Now().AddDate(10, 0, 0), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign}
	up, upKey := tmpl, key
	if parent != nil {
		up, upKey = parent.Cert, parent.key
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, up, &key.PublicKey, upKey)
	if err != nil {
		panic(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return &Authority{cert, key}
}

// Intermediate makes an authority below a.
func (a *Authority) Intermediate(name string) *Authority { return newAuthority(name, a) }

// Validity is the time in which a certificate is good.
type Validity struct{ From, To time.Time }

// The usual validities.
func Good() Validity { return Validity{time.Now().AddDate(0, -1, 0), time.Now().AddDate(1, 0, 0)} }

// Expired ended 12 days ago.
func Expired() Validity { return Validity{time.Now().AddDate(0, -3, 0), time.Now().AddDate(0, 0, -12)} }

// NotYet begins in 12 days.
func NotYet() Validity { return Validity{time.Now().AddDate(0, 0, 12), time.Now().AddDate(1, 0, 0)} }

// Issue makes a certificate for names and addresses. A nil authority makes it self-signed.
func (a *Authority) Issue(v Validity, names ...string) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(serial.Add(1)), Subject: pkix.Name{CommonName: names[0]}, NotBefore: v.From, NotAfter: v.To,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true}
	for _, n := range names {
		if ip := net.ParseIP(n); ip != nil {
			tmpl.IPAddresses = append(tmpl.IPAddresses, ip)
		} else {
			tmpl.DNSNames = append(tmpl.DNSNames, n)
		}
	}
	up, upKey := tmpl, key
	if a != nil {
		up, upKey = a.Cert, a.key
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, up, &key.PublicKey, upKey)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// pemCert is a certificate as servers read it.
func pemCert(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// savePair writes NAME.crt and NAME.key, and NAME.pem with both, into dir, and returns dir/NAME.
func savePair(dir, name string, c tls.Certificate) (string, error) {
	der, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		return "", fmt.Errorf("writing the key of %s: %w", name, err)
	}
	key := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	var chain []byte
	for _, der := range c.Certificate {
		chain = append(chain, pemCert(der)...)
	}
	base := filepath.Join(dir, name)
	for file, text := range map[string][]byte{base + ".crt": chain, base + ".key": key, base + ".pem": append(chain[:len(chain):len(chain)], key...)} {
		if err := os.WriteFile(file, text, 0o644); err != nil {
			return "", err
		}
	}
	return base, nil
}
