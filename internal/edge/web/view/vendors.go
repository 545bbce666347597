package view

// VendorList is the companies that supply and maintain systems.
type VendorList struct {
	Page
	Rows    []VendorRow
	Kinds   []Choice
	Total   int
	Pager   Pager
	CanEdit bool
	Ending  []ContractRow // contracts that end soon
}

// VendorRow is one company.
type VendorRow struct {
	ID, Name, Kind, Contact, Phone, Emergency string
	Closed                                    bool
}

// VendorForm is the page of one company with its contracts.
type VendorForm struct {
	Page
	ID        string
	Row       VendorRow
	Kana      string
	Mail      string
	Note      string
	ClosedOn  string
	Revision  int64
	Kinds     []Choice
	CanEdit   bool
	Contracts []ContractRow
	CanAdd    bool
	Many      bool
}

// ContractRow is one contract in a list.
type ContractRow struct {
	ID, Title, Vendor, Facility, Kind, Period, Patch, Remote string
	RemoteKind                                               string // badge
	StateKind, State                                         string
	Assets                                                   int
}

// ContractForm is the page of a new or an existing contract.
type ContractForm struct {
	Page
	ID         string // empty: new
	VendorID   string
	VendorName string
	Title      string
	Number     string
	StartsOn   string
	EndsOn     string
	Notice     string
	AutoRenew  bool
	Note       string
	Cancelled  string
	Revision   int64
	Kinds      []Choice
	Patch      []Choice
	Remote     []Choice
	Places     []Choice
	Facility   string
	Assets     int
	CanEdit    bool
}

// ContractTable is a table of contracts with its headings.
type ContractTable struct {
	Rows       []ContractRow
	Many       bool
	ShowVendor bool
	Labels     struct{ Title, Kind, Facility, Period, Patch, Remote, State string }
}

func (p *Page) contractTable(rows []ContractRow, many, vendor bool) ContractTable {
	t := ContractTable{Rows: rows, Many: many, ShowVendor: vendor}
	t.Labels.Title, t.Labels.Kind, t.Labels.Facility = p.T("contract.title"), p.T("contract.kind"), p.T("user.facility")
	t.Labels.Period, t.Labels.Patch, t.Labels.Remote, t.Labels.State = p.T("contract.period"), p.T("contract.patch"), p.T("contract.remote"), p.T("table.state")
	return t
}

// ContractTable is the table of the company's contracts.
func (v *VendorForm) ContractTable() ContractTable {
	return v.contractTable(v.Contracts, v.Many, false)
}

// Contracts is the table of the contracts that end soon.
func (v *VendorList) Contracts() ContractTable { return v.contractTable(v.Ending, false, true) }
