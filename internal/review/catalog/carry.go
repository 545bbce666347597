package catalog

import "fmt"

// Carry pairs a row with the rows of an earlier edition whose answers it may take over as a proposal.
type Carry struct {
	To   *Row
	From []*Row // at least one; a merged row has several
}

// Yes reports whether はい can be proposed: answered はい in every old row. A row that merges server, PC and network
// needs all three.
func (c Carry) Yes(answeredYes func(*Row) bool) bool {
	for _, r := range c.From {
		if !answeredYes(r) {
			return false
		}
	}
	return len(c.From) > 0
}

// CarryOver returns, for every row of edition to that has forerunners in edition from, the pair; rows that are new are
// absent. Rows come in printed order, sheet by sheet. Editions may be more than one year apart. It fails on an unknown
// edition and when from is not a forerunner of to.
func (c *Catalog) CarryOver(from, to string) ([]Carry, error) {
	target, ok := c.editionByID[to]
	if !ok {
		return nil, fmt.Errorf("no checklist edition %q", to)
	}
	steps := 0
	for e := target; e.ID != from; steps++ {
		if e, ok = c.editionByID[e.PreviousID]; !ok {
			return nil, fmt.Errorf("checklist edition %q does not come before %q", from, to)
		}
	}
	if steps == 0 {
		return nil, fmt.Errorf("checklist edition %q cannot be carried over to itself", to)
	}
	var carries []Carry
	for _, s := range target.Sheets {
		for _, r := range s.Rows {
			if old := c.forerunners(r, steps); len(old) > 0 {
				carries = append(carries, Carry{To: r, From: old})
			}
		}
	}
	return carries, nil
}

// forerunners follows carries_over for the given number of editions. A row without forerunner on the way drops the
// whole row, since a part of the answer would be missing.
func (c *Catalog) forerunners(r *Row, steps int) []*Row {
	rows := []*Row{r}
	for ; steps > 0; steps-- {
		var older []*Row
		for _, r := range rows {
			if len(r.CarriesOver) == 0 {
				return nil
			}
			for _, id := range r.CarriesOver {
				older = append(older, c.rowByID[id])
			}
		}
		rows = older
	}
	return rows
}
