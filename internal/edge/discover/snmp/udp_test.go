package snmp

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gosnmp/gosnmp"

	"sonae/internal/survey/network"
)

func sortVars(r *Recording) {
	slices.SortFunc(r.vars, func(a, b Var) int { return compareOID(a.OID, b.OID) })
}

const sampleSwitch = `1.3.6.1.2.1.1.1.0|4|Access switch, version 1.2
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.99999.1
1.3.6.1.2.1.1.5.0|4|sw-3f
1.3.6.1.2.1.1.6.0|4x|8ee88f708eba
1.3.6.1.2.1.2.2.1.2.1|4|Port 1
1.3.6.1.2.1.2.2.1.2.2|4|Port 2
1.3.6.1.2.1.2.2.1.3.1|2|6
1.3.6.1.2.1.2.2.1.3.2|2|6
1.3.6.1.2.1.2.2.1.5.1|66|1000000000
1.3.6.1.2.1.2.2.1.6.1|4x|020000000001
1.3.6.1.2.1.2.2.1.6.2|4x|020000000002
1.3.6.1.2.1.2.2.1.7.1|2|1
1.3.6.1.2.1.2.2.1.8.1|2|1
1.3.6.1.2.1.2.2.1.8.2|2|2
1.3.6.1.2.1.4.20.1.2.192.0.2.10|2|1
1.3.6.1.2.1.4.20.1.3.192.0.2.10|64|255.255.255.0
1.3.6.1.2.1.17.1.1.0|4x|020000000000
1.3.6.1.2.1.17.1.4.1.2.1|2|1
1.3.6.1.2.1.17.1.4.1.2.2|2|2
1.3.6.1.2.1.17.7.1.2.2.1.2.20.2.0.0.0.1.1|2|2
1.3.6.1.2.1.17.7.1.2.2.1.3.20.2.0.0.0.1.1|2|3
1.3.6.1.2.1.31.1.1.1.1.1|4|gi1
1.3.6.1.2.1.31.1.1.1.1.2|4|gi2
1.0.8802.1.1.2.1.4.1.1.4.0.1.1|2|4
1.0.8802.1.1.2.1.4.1.1.5.0.1.1|4x|020000000100
1.0.8802.1.1.2.1.4.1.1.6.0.1.1|2|5
1.0.8802.1.1.2.1.4.1.1.7.0.1.1|4|gi24
1.0.8802.1.1.2.1.4.1.1.9.0.1.1|4|sw-core
1.0.8802.1.1.2.1.4.1.1.12.0.1.1|4x|2800
1.0.8802.1.1.2.1.4.2.1.3.0.1.1.1.4.192.0.2.1|2|2
`

// serve answers requests of SNMPv2c out of a recording until the test ends.
func serve(t *testing.T, rec *Recording, community string) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		buf := make([]byte, 64<<10)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			if body := reply(rec, community, buf[:n]); body != nil {
				_, _ = conn.WriteTo(body, from)
			}
		}
	}()
	return conn.LocalAddr().String()
}

func reply(rec *Recording, community string, body []byte) []byte {
	codec := &gosnmp.GoSNMP{Version: gosnmp.Version2c}
	p, err := codec.SnmpDecodePacket(body)
	if err != nil || p.Community != community {
		return nil
	}
	return replyWith(rec, p, int(p.MaxRepetitions))
}

// replyWith answers a request with at most so many rounds of GETBULK.
func replyWith(rec *Recording, p *gosnmp.SnmpPacket, rounds int) []byte {
	var oids []string
	for _, v := range p.Variables {
		oids = append(oids, v.Name)
	}
	var vars []Var
	switch p.PDUType {
	case gosnmp.GetRequest:
		vars, _ = rec.Get(context.Background(), oids)
	case gosnmp.GetNextRequest:
		vars, _ = rec.Next(context.Background(), oids, 1)
	case gosnmp.GetBulkRequest:
		vars, _ = rec.Next(context.Background(), oids, rounds)
	}
	out := &gosnmp.SnmpPacket{Version: gosnmp.Version2c, Community: p.Community, PDUType: gosnmp.GetResponse, RequestID: p.RequestID}
	for _, v := range vars {
		pdu := gosnmp.SnmpPDU{Name: v.OID, Type: gosnmp.EndOfMibView}
		if p.PDUType == gosnmp.GetRequest {
			pdu.Type = gosnmp.NoSuchInstance
		}
		switch v.Value.Kind {
		case KindNumber:
			pdu.Type, pdu.Value = gosnmp.Integer, int(v.Value.Number)
		case KindBytes:
			pdu.Type, pdu.Value = gosnmp.OctetString, v.Value.Bytes
		case KindOID:
			pdu.Type, pdu.Value = gosnmp.ObjectIdentifier, v.Value.OID
		case KindAddress:
			pdu.Type, pdu.Value = gosnmp.IPAddress, net.IP(v.Value.Bytes).String()
		}
		out.Variables = append(out.Variables, pdu)
	}
	b, err := out.MarshalMsg()
	if err != nil {
		return nil
	}
	return b
}

// TestUDP reads the same out of a recording and over a socket.
func TestUDP(t *testing.T) {
	rec, err := OpenRecording(strings.NewReader(sampleSwitch))
	if err != nil {
		t.Fatal(err)
	}
	want, err := Read(t.Context(), rec, Limits{}, testTime)
	if err != nil {
		t.Fatal(err)
	}
	agent, err := Dial(t.Context(), serve(t, rec, "ward"), Credential{Version: "2c", Community: "ward"}, Patience{}, freely)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = agent.Close() }()
	got, err := Read(t.Context(), agent, Limits{}, testTime)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got, cmp.Comparer(func(a, b network.Party) bool { return a == b })); d != "" {
		t.Error(d)
	}
	if len(got.Interfaces) != 2 || got.Interfaces[0].Addresses[0] != "192.0.2.10/24" || got.Traits[3].Value != "手術室" || len(got.Seen) != 2 {
		t.Errorf("reading %+v", got)
	}
	link := got.Seen[0]
	if link.SeerPort != "gi1" || link.SeenPort != "gi24" || link.Seen.Key() != "mac:020000000100" || link.Seen.Address.String() != "192.0.2.1" {
		t.Errorf("neighbour %+v", link)
	}
	if host := got.Seen[1]; host.How != network.HowFDB || host.SeerPort != "gi2" || host.VLAN != 20 || host.Seen.MAC != "020000000101" {
		t.Errorf("host %+v", host)
	}
}

// TestWrongCommunity: no answer is one clear line without the secret.
func TestWrongCommunity(t *testing.T) {
	rec, _ := OpenRecording(strings.NewReader(sampleSwitch))
	agent, err := Dial(t.Context(), serve(t, rec, "right"), Credential{Version: "2c", Community: "wrong-secret"}, Patience{Timeout: 50 * time.Millisecond, Retries: -1}, freely)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = agent.Close() }()
	_, err = Read(t.Context(), agent, Limits{}, testTime)
	if err == nil || TroubleOf(err) != ErrSilent || strings.Contains(err.Error(), "secret") {
		t.Errorf("error %v", err)
	}
}

// TestUserOfSNMPv3 speaks to the agent of Net-SNMP with right and wrong credentials.
func TestUserOfSNMPv3(t *testing.T) {
	path, err := exec.LookPath("snmpd")
	if err != nil {
		t.Skip("snmpd is not installed")
	}
	address := runSnmpd(t, path)
	right := Credential{Version: "3", User: "ward", Auth: "sha", AuthKey: "auth-secret-1", Priv: "aes", PrivKey: "priv-secret-1"}
	for name, c := range map[string]struct {
		change func(*Credential)
		want   Trouble
	}{
		"right":            {func(*Credential) {}, ""},
		"unknown user":     {func(c *Credential) { c.User = "nobody" }, ErrCredential},
		"wrong key":        {func(c *Credential) { c.AuthKey = "another-secret" }, ErrCredential},
		"wrong encryption": {func(c *Credential) { c.PrivKey = "another-secret" }, ErrEncryption},
		"too weak":         {func(c *Credential) { c.Priv, c.PrivKey, c.Auth, c.AuthKey = "", "", "", "" }, ErrLevel},
	} {
		t.Run(name, func(t *testing.T) {
			cred := right
			c.change(&cred)
			agent, err := Dial(t.Context(), address, cred, Patience{Timeout: time.Second}, freely)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = agent.Close() }()
			r, err := Read(t.Context(), agent, Limits{}, testTime)
			switch {
			case c.want == "" && (err != nil || r.Device.EngineID == "" || len(r.Interfaces) == 0):
				t.Errorf("%v %+v", err, r.Device)
			case c.want != "" && (err == nil || TroubleOf(err) != c.want || strings.Contains(err.Error(), "secret")):
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

// runSnmpd starts an agent for the test and waits until it answers.
func runSnmpd(t *testing.T, path string) string {
	t.Helper()
	dir := t.TempDir()
	probe, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := probe.LocalAddr().String()
	_ = probe.Close()
	conf := filepath.Join(dir, "snmpd.conf")
	text := "agentaddress udp:" + address + "\ncreateUser ward SHA auth-secret-1 AES priv-secret-1\nrouser ward authpriv\nsysName ward-3\n"
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path, "-f", "-C", "-c", conf, "-Lf", filepath.Join(dir, "log"), "-I", "-smux", "-p", filepath.Join(dir, "pid"))
	cmd.Env = append(os.Environ(), "SNMP_PERSISTENT_DIR="+dir)
	if err := cmd.Start(); err != nil {
		t.Skipf("start snmpd: %v", err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for range 100 {
		agent, err := Dial(t.Context(), address, Credential{Version: "3", User: "x"}, Patience{Timeout: 100 * time.Millisecond, Retries: -1}, freely)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Read(t.Context(), agent, Limits{}, testTime)
		_ = agent.Close()
		if err != nil && TroubleOf(err) == ErrUser {
			return address
		}
		time.Sleep(50 * time.Millisecond) // a process of another program: there is nothing to wait on
	}
	t.Skip("snmpd did not start")
	return ""
}

// TestNoSecretInText: a credential prints no secret, whatever the verb.
func TestNoSecretInText(t *testing.T) {
	c := Credential{Version: "3", User: "u", Auth: "sha", AuthKey: "the-secret", Community: "the-secret"}
	for _, s := range []string{fmt.Sprintf("%v", c), fmt.Sprintf("%+v", c), fmt.Sprintf("%#v", c), fmt.Sprintf("%s", &c), fmt.Sprintf("%q", []Credential{c})} {
		if strings.Contains(s, "secret-") || strings.Contains(s, "the-secret") {
			t.Error(s)
		}
	}
}

// freely is the way to devices of the test.
func freely(context.Context) (func(), error) { return func() {}, nil }
