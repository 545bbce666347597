package asset

import (
	"context"
	"fmt"
	"slices"
	"time"

	"sonae/internal/platform/store"
)

// listFresh is how long a list of a stronger source keeps the same list of a weaker
// one away: as long as an agent counts as reporting.
const listFresh = 7 * 24 * time.Hour

// listSections are the sections that hold rows and not single values. Rows of two
// sources about one machine would stand there twice.
var listSections = []string{SectionDisks, SectionVolumes, "interfaces", "packages", "services", "accounts", "security"}

// several are the sources that take a full inventory of a machine, strongest first: the same
// machine may carry more than one of them.
var several = []Source{SourceAgent, SourceUSB, SourceScript, SourceGLPI, SourceFusion, SourceOCS, SourceNetInventory}

// outranked names the list sections of an asset that a stronger source of several has
// brought within listFresh, with that source. Its rows are the ones to keep; single
// values are stored of every source, so that a contradiction shows.
func outranked(ctx context.Context, q store.Querier, assetID string, s Source, atMS int64) (map[string]Source, error) {
	i := slices.Index(several, s)
	if i <= 0 {
		return nil, nil
	}
	seen, err := LastSeen(ctx, q, assetID)
	if err != nil {
		return nil, fmt.Errorf("weigh sources: %w", err)
	}
	out := map[string]Source{}
	for _, one := range seen {
		j := slices.Index(several, one.Source)
		if j < 0 || j >= i || one.SeenMS < atMS-listFresh.Milliseconds() || !slices.Contains(listSections, one.Section) {
			continue
		}
		if have, ok := out[one.Section]; !ok || j < slices.Index(several, have) {
			out[one.Section] = one.Source
		}
	}
	return out, nil
}

// yield empties the lists of storage that a stronger source keeps.
func (o *Observation) yield(stronger map[string]Source) {
	if _, ok := stronger[SectionVolumes]; ok && o.Volumes != nil {
		o.Volumes = &[]Volume{}
	}
	if _, ok := stronger[SectionDisks]; ok && o.Disks != nil {
		o.Disks = &[]Disk{}
	}
}

// DeviceKnown reports whether a source's own name of a machine is known.
func DeviceKnown(ctx context.Context, q store.Querier, s Source, deviceID string) (bool, error) {
	ids, err := textColumn(ctx, q, "device", `SELECT asset_id FROM asset_identity WHERE id_key = $1`, []any{deviceKey(s, deviceID)})
	return len(ids) > 0, err
}
