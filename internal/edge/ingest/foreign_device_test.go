package ingest_test

import (
	"strings"
	"testing"
	"time"

	"sonae/internal/identity"
	"sonae/internal/platform/store"
	"sonae/internal/platform/store/storetest"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
)

// TestDevicesOfResults: each device is one row however often it is sent; what cannot be
// taken is said, and keeps nothing else away.
func TestDevicesOfResults(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := openOther(t, db, identity.ProtocolFusion)
		result := func(devices string) (int, string) {
			t.Helper()
			d.set(d.now().Add(time.Minute))
			status, _, answer := d.post(t, "/plugins/fusioninventory/", d.secrets[identity.ProtocolFusion], "", []byte("<REQUEST><CONTENT>"+devices+"</CONTENT><DEVICEID>foo</DEVICEID><QUERY>SNMPQUERY</QUERY></REQUEST>"))
			return status, string(answer)
		}
		const printer = "<DEVICE><INFO><TYPE>PRINTER</TYPE><MANUFACTURER>例示精機</MANUFACTURER><SERIAL>PX-204001</SERIAL><NAME>prn-2f</NAME></INFO><PORTS><PORT><IFNAME>eth0</IFNAME><IFTYPE>6</IFTYPE></PORT></PORTS></DEVICE>"
		const nameless = "<DEVICE><INFO><NAME>only-a-name</NAME><IP>192.0.2.9</IP></INFO></DEVICE>"
		const silent = "<DEVICE><ERROR><MESSAGE>No response from remote host</MESSAGE></ERROR></DEVICE>"
		for range 2 {
			if status, answer := result(printer + nameless + silent); status != 200 || !strings.Contains(answer, "only-a-name: ") || !strings.Contains(answer, "No response") {
				t.Errorf("%d %s", status, answer)
			}
		}
		rows := d.assets(t)
		if len(rows) != 1 || rows[0].Kind != asset.KindPrinter || rows[0].LastSource != asset.SourceNetInventory {
			t.Fatalf("%+v", rows)
		}
		if list, err := network.Interfaces(t.Context(), d.db, rows[0].ID, 0); err != nil || len(list) != 1 {
			t.Errorf("%+v, %v", list, err)
		}
		if status, answer := result(nameless); status != 422 && status != 400 || !strings.Contains(answer, "<ERROR>") {
			t.Errorf("%d %s", status, answer)
		}
		for range 2 {
			if status, _, answer := d.post(t, "/plugins/fusioninventory/", d.secrets[identity.ProtocolFusion], "", recordedMessage(t, "fusioninventory-2.6-netinventory.xml")); status != 200 || strings.Contains(string(answer), "MESSAGE") {
				t.Errorf("%d %s", status, answer)
			}
			d.set(d.now().Add(time.Minute))
		}
		if rows = d.assets(t); len(rows) != 2 {
			t.Errorf("%d rows: %+v", len(rows), rows)
		}
	})
}
