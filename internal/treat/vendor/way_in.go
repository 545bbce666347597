package vendor

import (
	"context"

	"sonae/internal/platform/fault"
	"sonae/internal/platform/store"
	"sonae/internal/survey/asset"
	"sonae/internal/survey/network"
)

// Sight is what a person may see of what a way in can name.
type Sight struct {
	Assets    asset.Scope
	Vendors   bool // the register of vendors, which is one for all facilities
	Contracts bool // those of the way in's facility
}

// CheckWayIn checks that what a way in names anew exists, lies in its facility and may be
// seen by the person who writes it: what may not be seen is answered like what does not
// exist. What stood there before (was) stays. Errors: invalid with the place (asset_id,
// vendor_id, contract_id).
func CheckWayIn(ctx context.Context, q store.Querier, e, was network.External, may Sight) error {
	if e.AssetID != "" && e.AssetID != was.AssetID {
		box, err := asset.Get(ctx, q, may.Assets, e.AssetID)
		if err != nil || box.FacilityID != e.FacilityID {
			return fault.Invalid("form.error.choice").At("asset_id")
		}
	}
	if e.VendorID != "" && e.VendorID != was.VendorID {
		if _, err := ByID(ctx, q, e.VendorID); err != nil || !may.Vendors {
			return fault.Invalid("form.error.choice").At("vendor_id")
		}
	}
	if e.ContractID != "" && e.ContractID != was.ContractID {
		c, err := ContractByID(ctx, q, e.ContractID)
		if err != nil || c.FacilityID != e.FacilityID || !may.Contracts {
			return fault.Invalid("form.error.choice").At("contract_id")
		}
	}
	return nil
}
