package account

import (
	"context"
	"database/sql"
	"fmt"

	"sonae/internal/platform/store"
)

// Group is a local group of a machine.
type Group struct {
	Source     string // who says so
	Name       string
	SystemID   string   // gid or SID
	Privileged bool     // its members may change the whole machine
	Members    []string // DOMAIN\name for those from elsewhere
	FirstMS    int64
	GoneMS     int64 // 0 = still so
}

var groups = store.Section{Table: "account_group", Owner: "asset_id", Cols: []store.Col{
	{Name: "name", Type: store.Text}, {Name: "system_id", Type: store.Text}, {Name: "privileged", Type: store.Bool}, {Name: "members_json", Type: store.Text},
}}

// RecordGroups makes the local groups of a machine and source equal to list as of atMS.
func RecordGroups(ctx context.Context, tx *store.Tx, assetID, source string, atMS int64, list []Group) (store.Change, error) {
	rows := make([]store.Row, len(list))
	for i, g := range list {
		rows[i] = store.Row{Key: key(g.Name), Values: []any{g.Name, g.SystemID, g.Privileged, packGroups(g.Members)}}
	}
	return groups.Sync(ctx, tx, assetID, source, atMS, rows)
}

// Groups lists the local groups of a machine, privileged ones first, now or as of atMS
// (0 = now).
func Groups(ctx context.Context, q store.Querier, assetID string, atMS int64) ([]Group, error) {
	args, open := []any{assetID}, "g.gone_ms IS NULL"
	if atMS != 0 {
		args, open = append(args, atMS), store.AsOf("g", 2)
	}
	rows, err := q.Query(ctx, `SELECT g.source, g.name, g.system_id, g.privileged, g.members_json, g.first_ms, coalesce(g.gone_ms, 0)
		FROM account_group g WHERE g.asset_id = $1 AND `+open+` ORDER BY g.privileged DESC, g.row_key, g.source`, args...)
	if err != nil {
		return nil, fmt.Errorf("list groups of %s: %w", assetID, err)
	}
	defer func() { _ = rows.Close() }()
	var list []Group
	for rows.Next() {
		g, err := scanGroup(rows)
		if err != nil {
			return nil, fmt.Errorf("list groups of %s: %w", assetID, err)
		}
		list = append(list, g)
	}
	return list, rows.Err()
}

func scanGroup(rows *sql.Rows) (g Group, err error) {
	var members string
	err = rows.Scan(&g.Source, &g.Name, &g.SystemID, &g.Privileged, &members, &g.FirstMS, &g.GoneMS)
	g.Members = unpackGroups(members)
	return g, err
}
