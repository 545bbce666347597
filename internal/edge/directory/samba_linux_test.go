package directory

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	mathrand "math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/go-ldap/ldap/v3"
)

// domain is a real Active Directory domain controller (Samba) on a loopback address
// of its own.
type domain struct {
	t       *testing.T
	address string
	ca      string
	conn    *ldap.Conn // as the administrator
	base    string
}

const adminPassword = "Ad-min.2026"

// newDomain provisions and starts the controller, or skips with a notice: it needs
// Debian's samba and samba-ad-provision, and root, since LDAPS is port 636.
func newDomain(t *testing.T) *domain {
	t.Helper()
	for _, program := range []string{"samba-tool", "samba"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("NOTICE: %s is not installed (Debian: samba samba-dsdb-modules samba-ad-provision samba-vfs-modules winbind): the test with a real domain controller is left out", program)
		}
	}
	if _, err := os.Stat("/usr/share/samba/setup/ad-schema"); err != nil || os.Geteuid() != 0 || testing.Short() {
		t.Skip("NOTICE: the test with a real domain controller needs samba-ad-provision and root, and is left out with -short")
	}
	host := fmt.Sprintf("127.%d.%d.%d", 64+mathrand.IntN(128), mathrand.IntN(256), 1+mathrand.IntN(254))
	dir := t.TempDir()
	run(t, "samba-tool", "domain", "provision", "--realm=HOSP.EXAMPLE", "--domain=HOSP", "--server-role=dc", "--dns-backend=NONE", "--adminpass="+adminPassword,
		"--host-name=dc1", "--host-ip="+host, "--targetdir="+dir, "--option=interfaces="+host+"/8", "--option=bind interfaces only=yes", "--option=server services=ldap",
		"--option=tls keyfile="+dir+"/key.pem", "--option=tls certfile="+dir+"/cert.pem", "--option=tls cafile="+dir+"/cert.pem", "--option=log file="+dir+"/log")
	d := &domain{t: t, address: net.JoinHostPort(host, "636"), ca: certificate(t, dir, host), base: "DC=hosp,DC=example"}
	cmd := exec.CommandContext(t.Context(), "samba", "-i", "-M", "single", "-s", filepath.Join(dir, "etc", "smb.conf"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Stdout, cmd.Stderr = io.Discard, io.Discard
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
	})
	d.signIn()
	return d
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL} // no terminal that could stop it
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// certificate makes a key and a certificate for host, and gives it as PEM.
func certificate(t *testing.T, dir, host string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "dc1"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.ParseIP(host)}, DNSNames: []string{"dc1.hosp.example"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	for name, body := range map[string][]byte{"key.pem": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), "cert.pem": cert} {
		if err := os.WriteFile(filepath.Join(dir, name), body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return string(cert)
}

func (d *domain) signIn() {
	d.t.Helper()
	for end := time.Now().Add(40 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		conn, err := ldap.DialURL("ldaps://"+d.address, ldap.DialWithTLSConfig(&tls.Config{InsecureSkipVerify: true})) //nolint:gosec // our own server
		if err == nil {
			d.conn = conn
			d.t.Cleanup(func() { _ = conn.Close() })
			if err := conn.Bind("administrator@hosp.example", adminPassword); err != nil {
				d.t.Fatal(err)
			}
			return
		}
		if time.Now().After(end) {
			d.t.Fatal("the domain controller does not start: ", err)
		}
	}
}

// add adds an object; values come in pairs.
func (d *domain) add(dn string, classes []string, values ...string) {
	d.t.Helper()
	req := ldap.NewAddRequest(dn+","+d.base, nil)
	req.Attribute("objectClass", classes)
	for i := 0; i+1 < len(values); i += 2 {
		req.Attribute(values[i], []string{values[i+1]})
	}
	if err := d.conn.Add(req); err != nil {
		d.t.Fatalf("add %s: %v", dn, err)
	}
}

func (d *domain) set(dn, attribute string, value ...string) {
	d.t.Helper()
	req := ldap.NewModifyRequest(dn+","+d.base, nil)
	req.Replace(attribute, value)
	if err := d.conn.Modify(req); err != nil {
		d.t.Fatalf("set %s of %s: %v", attribute, dn, err)
	}
}

func (d *domain) join(groupDN, memberDN string) {
	d.t.Helper()
	req := ldap.NewModifyRequest(groupDN+","+d.base, nil)
	req.Add("member", []string{memberDN + "," + d.base})
	if err := d.conn.Modify(req); err != nil {
		d.t.Fatalf("join %s to %s: %v", memberDN, groupDN, err)
	}
}

func (d *domain) remove(dn string) {
	d.t.Helper()
	if err := d.conn.Del(ldap.NewDelRequest(dn+","+d.base, nil)); err != nil {
		d.t.Fatalf("delete %s: %v", dn, err)
	}
}

// quoted is a password as Active Directory takes it: in quotes, UTF-16 (MS-ADTS,
// section 3.1.1.3.1.5.1).
func quoted(password string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(`"` + password + `"`)) {
		b.WriteByte(byte(u))
		b.WriteByte(byte(u >> 8))
	}
	return b.String()
}
