package server

import (
	"slices"

	"sonae/internal/edge/directory"
	"sonae/internal/platform/store"
	"sonae/internal/survey/account"
	"sonae/internal/survey/network"
	"sonae/internal/survey/silence"
	"sonae/internal/survey/software"
	"sonae/internal/treat/vendor"
)

// hung lists the tables of all rooms beside the ledger's own whose rows hang on an asset:
// what goes over when two rows of the ledger turn out to be one. A test compares it with
// the schema.
func hung() []store.Hung {
	return slices.Concat(software.Hung(), account.Hung(), network.Hung(), vendor.Hung(), directory.Hung(), silence.Hung())
}
