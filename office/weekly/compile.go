package weekly

import (
	"slices"

	"yunzhuan/office/appeal"
	"yunzhuan/office/bulletin"
	"yunzhuan/office/calendar"
	"yunzhuan/office/patrol"
	"yunzhuan/store"
)

// compile fills in what the check says.
func (c *Check) compile(tx *store.Tx) error {
	var err error
	upTo := min(c.Week.To, c.On)
	if c.Units, err = patrol.Offices.Covered(tx, c.Week.From, upTo); err != nil {
		return err
	}
	issues, err := c.bulletins(tx, upTo)
	if err != nil {
		return err
	}
	for _, b := range issues {
		c.Bulletins = append(c.Bulletins, named(b))
		if err := c.addFindings(tx, b); err != nil {
			return err
		}
	}
	c.countByUnit()
	waiting, err := patrol.Offices.Unpublished(tx, upTo)
	if err != nil {
		return err
	}
	c.Waiting = len(slices.DeleteFunc(waiting, func(f patrol.Finding) bool { return f.Day < c.Week.From || f.Kind == patrol.InOrder }))
	if c.Days, err = daysOf(tx, c.Week, upTo); err != nil {
		return err
	}
	return c.addTrend(tx)
}

// bulletins are those that no weekly check holds: of the week, and those of the week
// before that came after its check.
func (c *Check) bulletins(tx *store.Tx, upTo calendar.Day) ([]bulletin.Bulletin, error) {
	last, ok, err := Get(tx, c.Week.Add(-1))
	if err != nil {
		return nil, err
	}
	from := c.Week.From
	if ok {
		from = last.Week.From
	}
	var out []bulletin.Bulletin
	for day := from; day <= upTo; day = day.AddDays(1) {
		b, published, err := bulletin.OfDay(tx, day)
		if err != nil {
			return nil, err
		}
		if published && !slices.Contains(last.Bulletins, named(b)) {
			out = append(out, b)
		}
	}
	return out, nil
}

func named(b bulletin.Bulletin) Bulletin { return Bulletin{Year: b.Year, No: b.No, Day: b.Day} }

// addFindings takes over a bulletin's findings, but for those that an appeal has
// undone.
func (c *Check) addFindings(tx *store.Tx, b bulletin.Bulletin) error {
	for _, f := range b.Findings {
		if f.Line == 0 {
			continue
		}
		undone, err := appeal.IsUpheld(tx, f.Ref)
		if err != nil {
			return err
		}
		if undone {
			c.Revoked = append(c.Revoked, f.ID())
		} else {
			c.Findings = append(c.Findings, f)
		}
	}
	return nil
}

func (c *Check) countByUnit() {
	byUnit := map[string][]patrol.Finding{}
	var units []string
	for _, f := range c.Findings {
		if byUnit[f.Unit] == nil {
			units = append(units, f.Unit)
		}
		byUnit[f.Unit] = append(byUnit[f.Unit], f.Finding)
	}
	for _, u := range units {
		c.ByUnit = append(c.ByUnit, UnitCount{Unit: u, Count: patrol.CountOf(byUnit[u])})
	}
}
