// Package probe looks for devices by sending: it asks addresses whether they are there and
// what they are. It is the only part of Sonae that speaks to devices that nobody named, so
// everything in it serves one promise: not one packet reaches a device of the do-not-probe
// list (survey/network/noprobe), whatever is asked.
//
//	err := probe.Run(ctx, order, gate, probe.Cursor{}, probe.Log{Ahead: …, Tell: …})
//
// All sending goes through package door, which asks the gate right before each packet;
// nothing here opens a socket (TestOnlyTheDoorSends). Because a
// broadcast reaches everybody on a link, none is sent where a protected device could hear
// it: there, only stations are asked whose hardware address was heard within the last
// minutes, and the others are reported as left out.
//
// A run tells its Log whom it is going to ask, before the first packet goes, and then what
// it sent to whom, whom it left out by which rule, what was answered, and how far it came;
// it goes on from there after a pause or a restart. So what was sent is known even of a run
// whose process was killed: all that was told, and perhaps more to those who were being
// asked. What devices answer is hostile: every parser has limits and a fuzz test.
package probe

import (
	"slices"

	"sonae/internal/edge/discover/probe/door"
	"sonae/internal/survey/network"
)

// Method is one way of asking. Shown by "probe.method." + word.
type Method = door.Method

// Methods. DICOM is asked only when it is named: an association leaves a line in the log
// of a medical system.
const (
	ARP          = door.ARP  // RFC 826, on attached IPv4 segments
	Ping         = door.Ping // ICMP echo (RFC 792, RFC 4443)
	TCP   Method = "tcp"     // is a port open: a connection that is ended at once
	HTTP  Method = "http"    // server and title of the first page; no redirect is followed
	SSH   Method = "ssh"     // the line with which a server begins (RFC 4253, 4.2)
	TLS   Method = "tls"     // the certificate
	SMB   Method = "smb"     // dialect, name and version; nobody is signed in
	SIP   Method = "sip"     // OPTIONS over UDP (RFC 3261, 11)
	RTSP  Method = "rtsp"    // OPTIONS (RFC 2326, 10.1)
	DICOM Method = "dicom"   // C-ECHO (DICOM PS3.7, 9.1.5)
)

// Methods are those that an order may name, in the order in which they are used.
var Methods = []Method{ARP, Ping, TCP, HTTP, SSH, TLS, SMB, SIP, RTSP, DICOM}

// DefaultMethods are used when an order names none: all but DICOM.
var DefaultMethods = []Method{ARP, Ping, TCP, HTTP, SSH, TLS, SMB, SIP, RTSP}

// Service is a port that is worth asking, how, and why it is in the list.
type Service struct {
	Port   uint16
	Method Method // TCP: only whether it is open
	Why    string // key of the text "probe.port." + Why
}

// Services are the ports that are asked when an order names none. Printing ports (9100,
// 515) are not in it: printers print what connects.
var Services = []Service{
	{22, SSH, "ssh"},
	{23, TCP, "telnet"}, // unencrypted keeping of devices
	{80, HTTP, "http"},
	{104, DICOM, "dicom"},
	{443, TLS, "https"},
	{445, SMB, "smb"},
	{554, RTSP, "rtsp"},
	{631, HTTP, "ipp"},
	{3389, TCP, "rdp"}, // remote desktop: a known way of ransomware
	{8080, HTTP, "http_alt"},
	{8443, TLS, "https_alt"},
	{11112, DICOM, "dicom_alt"},
}

// sipPort is that of SIP over UDP (RFC 3261, 18.1.1).
const sipPort = 5060

// methodOf says how to speak to a port.
func methodOf(port uint16) Method {
	for _, s := range Services {
		if s.Port == port {
			return s.Method
		}
	}
	return TCP
}

// Keys of traits that only asking tells, beside those of survey/network.
const (
	TraitOpenPort   = "tcp.open"      // number of a port that takes connections
	TraitTLSIssuer  = "tls.issuer"    // of the certificate
	TraitTLSEnds    = "tls.not_after" // 2006-01-02
	TraitTLSVersion = "tls.version"   // that was agreed on: TLS 1.2
	TraitSMBDialect = "smb.dialect"   // 3.0.2
	TraitSMBVersion = "smb.version"   // of the system: 10.0.17763
	TraitSMBName    = "smb.name"      // NetBIOS name of the machine
	TraitSMBDNSName = "smb.dns_name"
	TraitSMBDomain  = "smb.domain"
	TraitRTSPPublic = "rtsp.public"
	TraitSIPAllow   = "sip.allow"
	TraitDICOMClass = "dicom.implementation_class"
	TraitDICOMEcho  = "dicom.echo" // success, or why not
)

// traitsMax bounds the traits of one answer.
const traitsMax = 64

type traits []network.Trait

func (t *traits) add(key, value string) {
	tr := network.Trait{Key: key, Value: cut(value, network.TraitMax)}
	if tr.Value != "" && len(*t) < traitsMax && !slices.Contains(*t, tr) {
		*t = append(*t, tr)
	}
}
