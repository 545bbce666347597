package snmp

import (
	"context"
	"encoding/hex"
	"strings"

	"sonae/internal/survey/network"
)

// SNMPv2-MIB (RFC 3418), snmpEngineID (RFC 3411), lldpLocChassisId (IEEE 802.1AB) and
// dot1dBaseBridgeAddress (RFC 4188): what names the device.
const (
	sysDescr      = ".1.3.6.1.2.1.1.1.0"
	sysObjectID   = ".1.3.6.1.2.1.1.2.0"
	sysContact    = ".1.3.6.1.2.1.1.4.0"
	sysName       = ".1.3.6.1.2.1.1.5.0"
	sysLocation   = ".1.3.6.1.2.1.1.6.0"
	engineID      = ".1.3.6.1.6.3.10.2.1.1.0"
	localKind     = ".1.0.8802.1.1.2.1.3.1.0"
	localChassis  = ".1.0.8802.1.1.2.1.3.2.0"
	bridgeAddress = ".1.3.6.1.2.1.17.1.1.0"
)

// system reads who the device is. A device that answers nothing here is not there: its
// error is that of the reading.
func (r *reader) system(ctx context.Context) error {
	v, err := r.get(ctx, sysDescr, sysObjectID, sysContact, sysName, sysLocation, engineID, localKind, localChassis, bridgeAddress)
	if err != nil {
		return err
	}
	r.objects = v[1].OID
	r.Device.Name = v[3].Name()
	r.trait(network.TraitSysDescr, v[0].Text())
	r.trait(network.TraitSysObjectID, v[1].Text())
	r.trait(network.TraitSysContact, v[2].Text())
	r.trait(network.TraitSysName, r.Device.Name)
	r.trait(network.TraitSysLocation, v[4].Text())
	r.Device.EngineID = usableEngine(v[5].Bytes)
	if w, ok := r.agent.(interface{ EngineID() string }); ok && r.Device.EngineID == "" {
		b, _ := hex.DecodeString(w.EngineID())
		r.Device.EngineID = usableEngine(b)
	}
	r.Device.MAC = v[8].MAC()
	if id := chassisID(v[6].Small(), v[7]); id != "" {
		r.Device.ChassisID = id
		if mac, ok := strings.CutPrefix(id, "mac:"); ok && r.Device.MAC == "" {
			r.Device.MAC = mac
		}
	}
	return nil
}

// usableEngine leaves out engine IDs that name no device: shorter than RFC 3411 allows
// (5 bytes), or a single value after the maker's number as it stands in templates.
func usableEngine(b []byte) string {
	if len(b) < 5 || len(b) > 32 {
		return ""
	}
	rest := strings.TrimLeft(hex.EncodeToString(b[4:]), "0")
	if len(rest) < 6 || strings.Trim(rest, "f") == "" {
		return ""
	}
	return hex.EncodeToString(b)
}

// is reports whether sysObjectID is one of a maker (IANA enterprise number).
func (r *reader) is(enterprise string) bool {
	return strings.HasPrefix(r.objects+".", ".1.3.6.1.4.1."+enterprise+".")
}
