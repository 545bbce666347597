package evidence

import (
	"fmt"
	"slices"

	"sonae/internal/review/catalog"
)

// Checks is every check there is, by rule and in the order of its rule. A new one
// gets its own file check_<name>.go and a line here.
func Checks() []Check {
	return []Check{
		systemsRegistered, // AE-SYS-00

		officerAssigned, // AE-GOV-01
		officerActive,
		appointmentDocument,
		officerTrained,

		classesCovered, // AE-INV-01
		fieldsComplete,
		unreconciled,
		stocktakeWithin,
		staleAssets,
		managementReportWithin,

		leaverAccounts, // AE-ACC-01
		unusedAccounts,
		accountDataFresh,
		ownerlessAccounts,

		pendingUpdates, // AE-PAT-01
		supportedOS,
		versionKnown,
		updatesAssessed,
		protectionRunning,
		switchedOff,

		passwordLength, // AE-PWD-01
		automaticLogon,
		localAdminManaged, // AE-PWD-02
		mediaSeen,         // AE-USB-01
		backupWithin,      // AE-BKP-01

		riskyServices, // AE-SVC-01
		undecidedServices,
		serviceDataFresh,

		remoteKnown, // AE-RMT-01
		waysUnregistered,
		waysGaps, // AE-NET-01, too

		loggingEnabled, // AE-LOG-01
		logReviewWithin,
		logRetention,
		logRecent,
		timeSynchronised,
		logCopied,
	}
}

// registry finds checks by name.
func registry() map[string]Check {
	m := map[string]Check{}
	for _, c := range Checks() {
		m[c.Name] = c
	}
	return m
}

// Verify compares a catalog with the checks of this program: every check a rule
// calls must exist and take exactly the arguments given. The server runs it at
// start, so that a mistake in the data is found before an inspection.
func Verify(cat *catalog.Catalog) error {
	known := registry()
	for _, rule := range cat.Rules() {
		for _, call := range rule.Checks {
			check, ok := known[call.Name]
			if !ok {
				return fmt.Errorf("rule %s calls check %q, which does not exist", rule.ID, call.Name)
			}
			if err := check.accepts(call.Args); err != nil {
				return fmt.Errorf("rule %s, check %s: %w", rule.ID, call.Name, err)
			}
		}
	}
	return nil
}

// accepts reports which argument is missing or not known.
func (c Check) accepts(args catalog.Args) error {
	for _, name := range c.Args {
		if _, ok := args[name]; !ok {
			return fmt.Errorf("argument %s is missing", name)
		}
	}
	for name := range args {
		if !slices.Contains(c.Args, name) {
			return fmt.Errorf("argument %s is not known", name)
		}
	}
	return nil
}
