package api

// register lists every operation: method, path, identifier, right. The test of
// rights drives each line with each role.
func (a *API) register() {
	a.registerFacilities()
	a.registerAssets()
	a.registerDevices()
	a.registerUsers()
	a.registerTokens()
	a.registerVendors()
	a.registerOrganisation()
}
