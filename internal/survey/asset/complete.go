package asset

// requirement is met when any of its fields has a value.
type requirement []Field

// What AE-INV-01 asks of a row: class, location, status, owner, serial or asset
// tag, IP, MAC, OS or firmware with version, end-of-support date, vendor.
var (
	reqKind     = requirement{FieldKind}
	reqStatus   = requirement{FieldStatus}
	reqPlace    = requirement{FieldRoom, FieldBuilding}
	reqOwner    = requirement{FieldCustodian, FieldDepartment}
	reqNumber   = requirement{FieldSerial, FieldAssetTag}
	reqIP       = requirement{FieldIP}
	reqMAC      = requirement{FieldMAC}
	reqOS       = requirement{FieldOSName}
	reqOSVer    = requirement{FieldOSVersion}
	reqFirmware = requirement{FieldFirmwareVersion, FieldOSVersion}
	reqSupport  = requirement{FieldSupportEndsOn}
	reqVendor   = requirement{FieldVendor}
	reqPatch    = requirement{FieldPatchOwner}
	reqRemote   = requirement{FieldRemoteMaintenance}
	reqFacing   = requirement{FieldInternetFacing}
)

// requirements lists by kind what a complete row has. Boxes that were the way in
// at hospitals (VPN, network, server) must name who patches them.
var requirements = map[Kind][]requirement{
	KindPC:      {reqKind, reqStatus, reqPlace, reqOwner, reqNumber, reqIP, reqMAC, reqOS, reqOSVer, reqSupport, reqVendor},
	KindServer:  {reqKind, reqStatus, reqPlace, reqOwner, reqNumber, reqIP, reqMAC, reqOS, reqOSVer, reqSupport, reqVendor, reqPatch},
	KindNetwork: {reqKind, reqStatus, reqPlace, reqOwner, reqNumber, reqIP, reqMAC, reqFirmware, reqSupport, reqVendor, reqPatch},
	KindVPN:     {reqKind, reqStatus, reqPlace, reqOwner, reqNumber, reqIP, reqMAC, reqFirmware, reqSupport, reqVendor, reqPatch, reqRemote, reqFacing},
	KindMedical: {reqKind, reqStatus, reqPlace, reqOwner, reqNumber, reqVendor, reqRemote},
	KindPrinter: {reqKind, reqStatus, reqPlace, reqOwner, reqNumber, reqIP, reqMAC, reqVendor},
	KindMobile:  {reqKind, reqStatus, reqOwner, reqNumber, reqOS, reqOSVer},
	KindStorage: {reqKind, reqStatus, reqPlace, reqOwner, reqNumber, reqIP, reqMAC, reqFirmware, reqSupport, reqVendor},
	KindVM:      {reqKind, reqStatus, reqOwner, reqIP, reqMAC, reqOS, reqOSVer, reqSupport},
	KindOther:   {reqKind, reqStatus, reqPlace, reqOwner},
	KindSystem:  {reqKind, reqStatus, reqOwner, reqVendor, reqPatch, reqRemote},
	KindCloud:   {reqKind, reqStatus, reqOwner, reqVendor},
}

// Missing lists the required fields of an asset that have no value. Where one of
// several fields is enough, the first of them stands for all.
func Missing(k Kind, v Values) []Field {
	var out []Field
	for _, r := range requirements[k] {
		met := false
		for _, f := range r {
			met = met || v[f] != ""
		}
		if !met {
			out = append(out, r[0])
		}
	}
	return out
}

// RequiredOf lists the fields asked of a kind, for forms; alternatives stand
// together.
func RequiredOf(k Kind) [][]Field {
	out := make([][]Field, 0, len(requirements[k]))
	for _, r := range requirements[k] {
		out = append(out, append([]Field(nil), r...))
	}
	return out
}
