package asset

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"sonae/internal/platform/store"
)

// AgentKey is how the ledger names the device of an agent: device_key of asset_source.
func AgentKey(deviceID string) string { return deviceKey(SourceAgent, deviceID) }

// AgentDevice gives the ID of the device that AgentKey named; ok is false for keys of
// other sources.
func AgentDevice(key string) (deviceID string, ok bool) {
	return strings.CutPrefix(key, strings.TrimSuffix(AgentKey("x"), "x"))
}

// AgentDepartment is where the ledger says that the machine of a device belongs; empty
// when it says nothing, or does not know the device.
func AgentDepartment(ctx context.Context, q store.Querier, deviceID string) (department string, err error) {
	err = q.QueryRow(ctx, `SELECT a.department FROM asset_source s JOIN asset_asset a ON a.id = s.asset_id WHERE s.device_key = $1 ORDER BY s.seen_ms DESC LIMIT 1`,
		AgentKey(deviceID)).Scan(&department)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("department of a device: %w", err)
	}
	return department, nil
}
