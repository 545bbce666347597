package discover

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
	"sonae/internal/survey/network/recognise"
	"sonae/internal/survey/software"
)

// maxKeyMACs is how many hardware addresses of a device tell it apart in the ledger; a
// switch has one a port.
const maxKeyMACs = 16

// TakeReading takes what a device said of itself into the ledger: its row with the facts
// it told, its interfaces, and whom it sees. A device that somebody chose to ask is one
// of the house: it needs no adopting. What it is follows from its traits
// (recognise.Device); where no rule knows, the field stays empty. Errors: of the ledger
// and the database.
func TakeReading(ctx context.Context, tx *store.Tx, r network.Reading, nowMS int64) (assetID string, took network.Took, err error) {
	o := observationOf(r)
	res, err := asset.Observe(ctx, tx, o)
	if err != nil {
		return "", took, fmt.Errorf("take what %s said: %w", r.Device.Key(), err)
	}
	if !res.Older {
		if err := takeParts(ctx, tx, res, r); err != nil {
			return res.AssetID, took, err
		}
	}
	took, err = network.Take(ctx, tx, r, nowMS)
	return res.AssetID, took, err
}

// takeParts takes interfaces, ports, parts, supplies and programs of the device. A list
// that a stronger source keeps, an agent on the machine say, is empty here.
func takeParts(ctx context.Context, tx *store.Tx, res asset.Result, r network.Reading) error {
	if r.Interfaces != nil {
		list := r.Interfaces
		if _, stronger := res.Outranked["interfaces"]; stronger {
			list = nil
		}
		if _, err := network.RecordInterfaces(ctx, tx, res.AssetID, r.Source, r.AtMS, list); err != nil {
			return err
		}
	}
	if r.How != network.HowSNMP {
		return nil // who only listened was not told of parts
	}
	if _, err := network.RecordDevice(ctx, tx, res.AssetID, r); err != nil {
		return err
	}
	// A list that a device once had and later refuses to show is not a clean machine.
	if len(r.Programs) == 0 {
		return nil
	}
	list := programsOf(r)
	if _, stronger := res.Outranked["packages"]; stronger {
		list = nil
	}
	_, _, err := software.RecordInstalls(ctx, tx, software.NewKnown(), res.AssetID, r.Source, r.AtMS, list)
	return err
}

// programKind is the kind of programs in the list of HOST-RESOURCES-MIB
// (hrSWInstalledTable, RFC 2790): names as the device writes them, the version within.
const programKind = "hr"

func programsOf(r network.Reading) []software.Program {
	out := make([]software.Program, len(r.Programs))
	for i, p := range r.Programs {
		out[i] = software.Program{Kind: programKind, Name: p.Name}
		if p.InstalledMS > 0 {
			out[i].InstalledOn = time.UnixMilli(p.InstalledMS).UTC().Format(time.DateOnly)
		}
	}
	return out
}

// observationOf is the reading as the ledger takes it.
func observationOf(r network.Reading) asset.Observation {
	macs := macsOf(r)
	is := recognise.Device(r.Traits, macs)
	o := asset.Observation{
		FacilityID: r.FacilityID, Source: asset.Source(r.Source), DeviceID: r.Device.EngineID, AtMS: r.AtMS, Kind: asset.Kind(is.Kind.Value),
		Identity: asset.Identity{Maker: is.Maker.Value, Model: is.Model.Value, Serial: is.Serial.Value, MACs: macs, HostName: r.Device.Name},
	}
	if o.DeviceID == "" && o.Identity.Serial == "" && len(macs) == 0 {
		o.DeviceID = r.Device.Key() // nothing else tells it apart
	}
	ip, mac := network.Primary(r.Interfaces)
	if ip == "" && r.Device.Address.IsValid() {
		ip = r.Device.Address.String()
	}
	system := asset.Values{asset.FieldHostName: r.Device.Name}
	switch o.Kind {
	case asset.KindPC, asset.KindServer, asset.KindVM:
		system[asset.FieldOSName], system[asset.FieldOSVersion] = is.Family.Value, is.Version.Value
	default:
		system[asset.FieldFirmwareVersion] = strings.TrimSpace(is.Family.Value + " " + is.Version.Value)
	}
	o.Groups = map[string]asset.Values{
		asset.SectionHardware: {asset.FieldMaker: is.Maker.Value, asset.FieldModel: is.Model.Value, asset.FieldSerial: is.Serial.Value},
		asset.SectionOS:       system,
		"interfaces":          {asset.FieldIP: ip, asset.FieldMAC: mac},
	}
	return o
}

// macsOf are hardware addresses that are the device's own, the chassis' first.
func macsOf(r network.Reading) []string {
	var out []string
	add := func(key string) {
		if mac, is := strings.CutPrefix(key, "mac:"); is && !slices.Contains(out, mac) && len(out) < maxKeyMACs {
			out = append(out, mac)
		}
	}
	add(r.Device.ChassisID)
	add("mac:" + r.Device.MAC)
	also := slices.Clone(r.Also)
	slices.Sort(also)
	for _, k := range also {
		add(k)
	}
	for _, n := range r.Interfaces {
		add("mac:" + network.MACKey(n.MAC))
	}
	return slices.DeleteFunc(out, func(mac string) bool { return mac == "" })
}
