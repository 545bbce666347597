package view

// PolicyList is what is asked of agents, with a form for another policy.
type PolicyList struct {
	Page
	Rows             []PolicyRow
	Targets          []Choice
	Intervals        []Choice
	Sections         []Choice
	DeviceID, Device string // the form is for this device alone
	CanManage        bool
	Q                string
	Pager            Pager
}

// PolicyRow is one policy in words.
type PolicyRow struct {
	ID, Target, Href, By string
	Words                []string
	ChangedMS            int64
	Stop, CanRemove      bool
}

// DeviceEvent is something that happened to an agent, as it told.
type DeviceEvent struct {
	AtMS         int64
	Kind, Detail string
}
