package api

// register lists every operation: method, path, identifier, right. The test of
// rights drives each line with each role.
func (a *API) register() {
	a.registerFacilities()
	a.registerAssets()
	a.registerImports()
	a.registerSystems()
	a.registerRemoved()
	a.registerAccounts()
	a.registerBaseline()
	a.registerDevices()
	a.registerDevicePolicies()
	a.registerEntries()
	a.registerDirectories()
	a.registerKits()
	a.registerSilence()
	a.registerUsers()
	a.registerUserSecrets()
	a.registerTokens()
	a.registerVendors()
	a.registerOrganisation()
	a.registerOrganisationFiles()
	a.registerChecklists()
	a.registerChecklistProof()
	a.registerEvidence()
	a.registerGuideline()
	a.registerPacks()
	a.registerJobs()
	a.registerAudit()
	a.registerToday()
	a.registerLater()
}
