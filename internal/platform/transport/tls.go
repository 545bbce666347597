package transport

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// selfSignedLife is how long a self-made certificate is valid. Browsers warn
// about it anyway; agents pin its key, which stays when it is renewed.
const selfSignedLife = 825 * 24 * time.Hour

// Certificate is what a listener presents.
type Certificate struct {
	TLS        tls.Certificate
	SelfSigned bool
	KeyPin     string    // hex SHA-256 of the SubjectPublicKeyInfo: agents may pin it
	Expires    time.Time // end of validity
}

// LoadCertificate reads a PEM certificate chain and key that the hospital owns.
func LoadCertificate(certFile, keyFile string) (Certificate, error) {
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return Certificate{}, fmt.Errorf("read certificate %s with key %s: %w", certFile, keyFile, err)
	}
	return certificate(pair, false)
}

// SelfSigned reads the self-made certificate in dir, or makes one for hosts when
// there is none or it ends within 30 days. The key is kept when it exists.
func SelfSigned(dir string, hosts []string, now time.Time) (Certificate, error) {
	certFile, keyFile := filepath.Join(dir, "tls-cert.pem"), filepath.Join(dir, "tls-key.pem")
	if pair, err := tls.LoadX509KeyPair(certFile, keyFile); err == nil {
		c, err := certificate(pair, true)
		if err == nil && c.Expires.After(now.Add(30*24*time.Hour)) && covers(c.TLS.Leaf, hosts) {
			return c, nil
		}
	}
	key, err := loadOrMakeKey(keyFile)
	if err != nil {
		return Certificate{}, err
	}
	der, err := makeCertificate(key, hosts, now)
	if err != nil {
		return Certificate{}, err
	}
	if err := os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		return Certificate{}, fmt.Errorf("store certificate: %w", err)
	}
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return Certificate{}, fmt.Errorf("read back certificate: %w", err)
	}
	return certificate(pair, true)
}

func covers(leaf *x509.Certificate, hosts []string) bool {
	for _, h := range hosts {
		if leaf.VerifyHostname(h) != nil {
			return false
		}
	}
	return true
}

func certificate(pair tls.Certificate, selfSigned bool) (Certificate, error) {
	leaf := pair.Leaf
	if leaf == nil {
		return Certificate{}, errors.New("certificate file holds no certificate")
	}
	pin := sha256.Sum256(leaf.RawSubjectPublicKeyInfo)
	return Certificate{TLS: pair, SelfSigned: selfSigned, KeyPin: hex.EncodeToString(pin[:]), Expires: leaf.NotAfter}, nil
}

func loadOrMakeKey(file string) (*ecdsa.PrivateKey, error) {
	body, err := os.ReadFile(file) //nolint:gosec // in the data folder
	if err == nil {
		block, _ := pem.Decode(body)
		if block == nil {
			return nil, fmt.Errorf("key %s is not PEM: move it away to make a new one", file)
		}
		return x509.ParseECPrivateKey(block.Bytes)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read key: %w", err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encode key: %w", err)
	}
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		return nil, fmt.Errorf("store key: %w", err)
	}
	return key, nil
}

func makeCertificate(key *ecdsa.PrivateKey, hosts []string, now time.Time) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("make serial number: %w", err)
	}
	t := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "Sonae", Organization: []string{"Sonae self-signed"}},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.Add(selfSignedLife),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, h)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("make certificate: %w", err)
	}
	return der, nil
}

// Hosts gives the names a self-made certificate should carry for a listening
// address: the address itself, or every address and the name of this machine
// when it listens everywhere.
func Hosts(listen string) []string {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		host = listen
	}
	hosts := []string{"localhost", "127.0.0.1", "::1"}
	if ip := net.ParseIP(host); host != "" && (ip == nil || !ip.IsUnspecified()) {
		return append(hosts, host)
	}
	if name, err := os.Hostname(); err == nil {
		hosts = append(hosts, name)
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return hosts
	}
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok && !n.IP.IsLoopback() && !n.IP.IsLinkLocalUnicast() {
			hosts = append(hosts, n.IP.String())
		}
	}
	return hosts
}

// Loopback reports whether a listening address is reachable from this machine only.
func Loopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
