package snmp

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/gosnmp/gosnmp"

	"sonae/internal/platform/fault"
)

// Port is the UDP port of SNMP agents (RFC 3417).
const Port = 161

// Patience is how long to wait for one answer. Zero fields take the defaults.
type Patience struct {
	Timeout time.Duration // default 3 s: management processors of old switches are slow
	Retries int           // default 1; below zero: none
}

// wire is an agent at the other end of a UDP socket.
type wire struct {
	conn       *gosnmp.GoSNMP
	guarded    *guarded
	address    string
	credential Credential
	patience   Patience
	answered   bool // at least once: what fails now is not the address or the credential
}

// Dial makes an agent for host or host:port. Nothing is sent yet: a device that is not
// there shows at the first request. pass is asked before every packet; without one nothing
// is sent, and requests end with ErrProtected. Errors: a name that cannot be resolved.
func Dial(ctx context.Context, address string, c Credential, p Patience, pass Pass) (Agent, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	host, port, err := SplitAddress(address)
	if err != nil {
		return nil, err
	}
	if p.Timeout == 0 {
		p.Timeout = 3 * time.Second
	}
	if p.Retries == 0 {
		p.Retries = 1
	}
	g := &gosnmp.GoSNMP{Target: host, Port: port, Transport: "udp", Timeout: p.Timeout, Retries: max(0, p.Retries), MaxOids: MaxOIDs, Context: ctx}
	c.apply(g)
	if err := g.Connect(); err != nil {
		return nil, fmt.Errorf("reach %s: %w", address, errors.Join(ErrName, err))
	}
	w := &wire{conn: g, guarded: &guarded{Conn: g.Conn, pass: pass, ctx: ctx}, address: address, credential: c, patience: p}
	g.Conn = w.guarded
	return w, nil
}

// SplitAddress reads "host", "host:port", "192.0.2.1", "2001:db8::1" and
// "[2001:db8::1]:port".
func SplitAddress(address string) (string, uint16, error) {
	if a, err := netip.ParseAddr(strings.Trim(address, "[]")); err == nil {
		return a.String(), Port, nil
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		host, port = address, strconv.Itoa(Port)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 || host == "" || len(host) > 253 || strings.ContainsAny(host, " \t/,;@:") {
		return "", 0, fault.Invalid("snmp.error.address", "Address", address).At("address")
	}
	return host, uint16(n), nil
}

// Get implements Agent.
func (w *wire) Get(ctx context.Context, oids []string) ([]Var, error) {
	w.begin(ctx)
	return w.answer(w.conn.Get(oids))
}

// Next implements Agent.
func (w *wire) Next(ctx context.Context, oids []string, repeat int) ([]Var, error) {
	w.begin(ctx)
	if repeat <= 1 {
		return w.answer(w.conn.GetNext(oids))
	}
	return w.answer(w.conn.GetBulk(oids, 0, uint32(min(repeat, math.MaxInt16))))
}

func (w *wire) begin(ctx context.Context) {
	w.conn.Context = ctx
	w.guarded.begin(ctx)
}

func (w *wire) answer(p *gosnmp.SnmpPacket, err error) ([]Var, error) {
	if err != nil && w.guarded.refused != nil {
		return nil, w.guarded.refused
	}
	if err != nil {
		return nil, w.trouble(err)
	}
	if p.Error != gosnmp.AuthorizationError && p.Error != gosnmp.NoAccess {
		w.answered = true
	}
	switch p.Error {
	case gosnmp.NoError:
	case gosnmp.AuthorizationError, gosnmp.NoAccess:
		return nil, ErrLevel
	case gosnmp.TooBig, gosnmp.GenErr, gosnmp.ResourceUnavailable:
		return nil, ErrTooBig
	case gosnmp.NoSuchName: // a v1 agent behind a proxy: the end
		return nil, nil
	default:
		return nil, ErrRefused
	}
	if p.PDUType != gosnmp.GetResponse {
		return nil, ErrMalformed
	}
	vars := make([]Var, len(p.Variables))
	for i, v := range p.Variables {
		vars[i] = Var{OID: v.Name, Value: valueOf(v)}
	}
	return vars, nil
}

// trouble says what went wrong in one word. The library's own words are dropped: they
// may hold a part of the packet.
func (w *wire) trouble(err error) error {
	for _, known := range []struct {
		err error
		is  Trouble
	}{
		{gosnmp.ErrUnknownUsername, ErrUser}, {gosnmp.ErrWrongDigest, ErrCredential}, {gosnmp.ErrDecryption, ErrEncryption},
		{gosnmp.ErrUnknownSecurityLevel, ErrLevel}, {gosnmp.ErrNotInTimeWindow, ErrClock}, {gosnmp.ErrUnknownEngineID, ErrEngine},
	} {
		if errors.Is(err, known.err) {
			return known.is
		}
	}
	var network net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout(), strings.Contains(err.Error(), "timeout"):
		switch {
		case w.answered:
			return ErrTimeout
		case w.EngineID() != "": // it agreed on an engine, but not on the user's messages
			return ErrEncryption
		}
		return ErrSilent
	case errors.Is(err, syscall.ECONNREFUSED):
		return ErrOff
	case strings.Contains(err.Error(), "authentic"), strings.Contains(err.Error(), "decrypt"):
		return ErrCredential
	}
	return ErrMalformed
}

// valueOf takes a value out of the library's form.
func valueOf(v gosnmp.SnmpPDU) Value {
	switch x := v.Value.(type) {
	case int:
		return Value{Kind: KindNumber, Number: int64(x)}
	case uint:
		return numberOf(uint64(x))
	case uint32:
		return Value{Kind: KindNumber, Number: int64(x)}
	case uint64:
		return numberOf(x)
	case []byte:
		if len(x) > bytesMax {
			x = x[:bytesMax]
		}
		return Value{Kind: KindBytes, Bytes: x}
	case string:
		switch v.Type {
		case gosnmp.ObjectIdentifier:
			return Value{Kind: KindOID, OID: x}
		case gosnmp.IPAddress:
			if a, err := netip.ParseAddr(x); err == nil && a.Is4() {
				return Value{Kind: KindAddress, Bytes: a.AsSlice()}
			}
		}
	}
	return Value{}
}

func numberOf(n uint64) Value {
	return Value{Kind: KindNumber, Number: int64(min(n, math.MaxInt64))}
}

// InContext implements Agent.
func (w *wire) InContext(vlan int) (Agent, error) {
	c := w.credential
	if c.Version == "2c" {
		c.Community += "@" + strconv.Itoa(vlan)
	} else {
		c.Context = "vlan-" + strconv.Itoa(vlan)
	}
	return Dial(w.conn.Context, w.address, c, w.patience, w.guarded.pass)
}

// EngineID gives the engine ID that SNMPv3 agreed on, in hexadecimal digits; empty
// before the first answer and with v2c.
func (w *wire) EngineID() string {
	if usm, ok := w.conn.SecurityParameters.(*gosnmp.UsmSecurityParameters); ok {
		return hex.EncodeToString([]byte(usm.AuthoritativeEngineID))
	}
	return ""
}

// Close implements Agent.
func (w *wire) Close() error { return w.conn.Close() }
