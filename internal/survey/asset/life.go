package asset

import (
	"sonae/internal/platform/fault"
)

// lifeDates are the fields that a status cannot do without.
var lifeDates = map[Status]Field{StatusTrial: FieldTrialEndsOn, StatusOnLoan: FieldLoanEndsOn, StatusDisposed: FieldDisposedOn}

// checkLife refuses a status without what belongs to it: a trial or a loan has an
// end, a disposal has a date and a proof or at least a reason.
func checkLife(a Asset) error {
	if f, ok := lifeDates[a.Status]; ok && a.Values[f] == "" {
		return fault.Invalid("asset.error.needed_for_status", "Status", string(a.Status)).At(string(f))
	}
	if a.Status == StatusDisposed && a.Values[FieldDisposalProof] == "" && a.Values[FieldDisposalReason] == "" {
		return fault.Invalid("asset.error.disposal_proof").At(string(FieldDisposalProof))
	}
	return nil
}

// patchNamed are the kinds that must name who patches them.
func patchNamed(k Kind) bool { return k == KindVPN || k == KindNetwork || k == KindServer }

// checkOwner keeps somebody responsible for patches: it may not be left out when
// such an asset is entered, and not be taken away later. Machines that were only
// observed lack it at first; they count as incomplete until it is filled in.
func checkOwner(before, after Asset, created bool) error {
	if !patchNamed(after.Kind) || after.Values[FieldPatchOwner] != "" {
		return nil
	}
	if created || before.Values[FieldPatchOwner] != "" {
		return fault.Invalid("asset.error.patch_owner").At(string(FieldPatchOwner))
	}
	return nil
}
