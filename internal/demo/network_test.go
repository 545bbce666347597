package demo

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"sonae/internal/survey/network"
)

var at = time.Date(2026, 11, 27, 1, 0, 0, 0, time.UTC)

// The same seed and time give the same hospital.
func TestBuildRepeats(t *testing.T) {
	if !reflect.DeepEqual(Build(1, at), Build(1, at)) {
		t.Error("two hospitals of one seed differ")
	}
}

// Every name that the network speaks of is a thing of the hospital, and no port has two
// known devices.
func TestNetworkFits(t *testing.T) {
	h := Build(1, at)
	refs := map[string]bool{"": true}
	for _, x := range h.Things {
		refs[x.Ref] = true
	}
	for _, v := range h.Vendors {
		refs[v.Ref] = true
	}
	main := h.Networks[0]
	for _, w := range main.Ways {
		if !refs[w.AssetID] || !refs[w.VendorID] || w.Party == "" || w.PatchOwner == "" {
			t.Errorf("way in %s: box %q, vendor %q, party %q", w.Name, w.AssetID, w.VendorID, w.Party)
		}
	}
	if !slices.ContainsFunc(h.Machines, func(m Machine) bool { return m.Ref == movedPC }) {
		t.Errorf("no machine %s", movedPC)
	}
	macs := map[string]string{}
	for _, x := range h.Things {
		if m := x.Fields["mac"]; m != "" && macs[m] != "" {
			t.Errorf("%s and %s have the address %s", macs[m], x.Ref, m)
		} else {
			macs[m] = x.Ref
		}
	}
	for _, n := range h.Networks {
		checkReadings(t, n)
	}
}

func checkReadings(t *testing.T, n Network) {
	t.Helper()
	nowMS := at.UnixMilli()
	for _, r := range n.Readings {
		checkEquipment(t, r)
		if !r.Device.Address.IsValid() || r.Device.MAC == "" {
			t.Errorf("%s has no address", r.Device.Name)
		}
		for _, o := range r.Seen {
			if o.Seen.Key() == "" || o.AtMS > nowMS || o.AtMS <= 0 || o.SeerPort == "" {
				t.Errorf("%s sees %+v", r.Device.Name, o)
			}
			if o.How == network.HowFDB && o.VLAN == 0 {
				t.Errorf("%s %s: %s lies in no segment", r.Device.Name, o.SeerPort, o.Seen.MAC)
			}
		}
	}
}

// Every port that sees somebody, and none twice, is told of with the VLANs that it sees.
func checkEquipment(t *testing.T, r network.Reading) {
	t.Helper()
	ports := map[string]network.PortState{}
	for _, p := range r.Ports {
		if _, twice := ports[p.Name]; twice {
			t.Errorf("%s has two ports %s", r.Device.Name, p.Name)
		}
		ports[p.Name] = p
	}
	for _, o := range r.Seen {
		p, told := ports[o.SeerPort]
		if len(r.Ports) > 0 && o.How == network.HowFDB && (!told || !slices.Contains(append(slices.Clone(p.Tagged), p.VLAN), o.VLAN)) {
			t.Errorf("%s sees VLAN %d at %s, which is %+v", r.Device.Name, o.VLAN, o.SeerPort, p)
		}
	}
	for _, s := range r.Supplies {
		if s.Percent < 0 || s.Percent > 100 {
			t.Errorf("%s has %d %% of %s", r.Device.Name, s.Percent, s.Name)
		}
	}
}
