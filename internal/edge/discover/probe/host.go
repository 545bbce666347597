package probe

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"strconv"
	"syscall"
	"time"

	"sonae/internal/edge/discover/probe/door"
	"sonae/internal/survey/network"
)

// host is one address that is being asked.
type host struct {
	*run
	addr   netip.Addr
	mac    net.HardwareAddr
	began  time.Time
	there  bool // it answered
	port   bool // one of its ports did
	took   time.Duration
	name   string
	traits traits
}

// ask asks the address by every method of the order; what answers is told. Errors: of the
// system, and that the list cannot be read any more. A refusal of the gate is told, and no
// error.
func (h *host) ask(ctx context.Context) error {
	h.began = time.Now()
	err := h.methods(ctx)
	var left *Refused
	switch {
	case errors.As(err, &left) && left.Reason == door.ReasonUnloaded:
		return errUnloaded()
	case errors.As(err, &left):
		h.refused(*left)
	case silent(err):
	case err != nil && ctx.Err() == nil:
		return err
	}
	if h.there {
		h.answered(h.answer())
	}
	return nil
}

func (h *host) answer() Answer {
	how := network.HowPing
	if h.port {
		how = network.HowService
	}
	return Answer{AtMS: h.began.UnixMilli(), Address: h.addr, MAC: h.mac, How: how, Took: h.took, Name: h.name, Traits: h.traits}
}

func (h *host) methods(ctx context.Context) error {
	swept, err := h.find(ctx)
	if err != nil || swept && !h.there {
		return err
	}
	for _, port := range h.order.Ports {
		if err := h.service(ctx, port); err != nil {
			return err
		}
	}
	if h.order.uses(SIP) {
		return h.talk(ctx, "udp", sipPort, SIP, h.sip)
	}
	return nil
}

// find asks whether the address is there; swept is false when the order has no method to
// find out that reaches it.
func (h *host) find(ctx context.Context) (swept bool, err error) {
	if !h.order.sweeps() {
		return false, nil // each connection finds its own way
	}
	mac, attached, err := h.door.Find(ctx, h.addr, h.order.Tries, h.order.Timeout)
	if err != nil {
		return true, err
	}
	h.mac = mac
	if attached && mac != nil && h.order.uses(ARP) && h.addr.Is4() {
		h.here()
		return true, nil
	}
	if !h.order.uses(Ping) {
		return false, nil // behind a router ARP tells nothing
	}
	for range h.order.Tries {
		took, err := h.door.Echo(ctx, h.addr, h.order.Timeout)
		if err == nil {
			h.here()
			h.took = took
			return true, nil
		}
		if !silent(err) {
			return true, err
		}
	}
	return true, nil
}

func (h *host) here() {
	if !h.there {
		h.there, h.took = true, time.Since(h.began)
	}
}

// service connects to a port and, where the order says so, speaks to what answers there.
func (h *host) service(ctx context.Context, port uint16) error {
	m := h.order.speaks(port)
	if m == "" {
		return nil
	}
	speak := map[Method]func(context.Context, net.Conn) error{HTTP: h.http, SSH: h.ssh, TLS: h.tls, SMB: h.smb, RTSP: h.rtsp, DICOM: h.dicom}[m]
	return h.talk(ctx, "tcp", port, m, speak)
}

// talkMax is how long one conversation may take.
const talkMax = 3 * time.Second

// talk opens a connection and lets speak use it. A port that is shut, silent or speaks
// something else is no error.
func (h *host) talk(ctx context.Context, network string, port uint16, m Method, speak func(context.Context, net.Conn) error) error {
	line, err := h.door.Dial(ctx, network, h.addr, port, m, h.order.Timeout)
	if err != nil {
		if errors.Is(err, syscall.ECONNREFUSED) { // RST is an answer, too
			h.here()
			return nil
		}
		return quiet(err)
	}
	defer func() { _ = line.Close() }()
	if network == "tcp" {
		h.here()
		h.port = true
		h.traits.add(TraitOpenPort, strconv.Itoa(int(port)))
	}
	if h.mac == nil {
		h.mac = line.MAC()
	}
	if speak == nil {
		return nil
	}
	_ = line.SetDeadline(time.Now().Add(talkMax))
	err = speak(ctx, line)
	if left, is := errors.AsType[*Refused](err); is {
		return left
	}
	return nil // what a device says wrongly is its own affair
}

// quiet keeps refusals and the end of the run, and drops what a silent port gives.
func quiet(err error) error {
	var left *Refused
	if errors.As(err, &left) || errors.Is(err, context.Canceled) || errors.Is(err, door.ErrSilent) {
		return err
	}
	return nil
}

// silent reports whether nobody answered: no error of ours.
func silent(err error) bool {
	return errors.Is(err, door.ErrSilent) || errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, syscall.EHOSTUNREACH) || errors.Is(err, syscall.ENETUNREACH) || errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.ENOBUFS)
}
