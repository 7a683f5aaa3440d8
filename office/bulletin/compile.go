package bulletin

import (
	"fmt"

	"yunzhuan/office/attendance"
	"yunzhuan/office/calendar"
	"yunzhuan/office/duty"
	"yunzhuan/office/patrol"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// objectDays is for how many workdays after its publication a finding can be
// objected to.
const objectDays = 3

// compile fills in what the bulletin says.
func (b *Bulletin) compile(tx *store.Tx, found []patrol.Finding) error {
	var err error
	if b.Attendance, err = attendance.Summarize(tx, b.Day); err != nil {
		return fmt.Errorf("summarize attendance: %w", err)
	}
	cal, err := calendar.Load(tx)
	if err != nil {
		return err
	}
	b.ObjectBy = cal.AddWorkdays(calendar.Day(tx.Today()), objectDays)
	if err := b.addDuty(tx); err != nil {
		return err
	}
	for _, f := range found {
		line, err := compileFinding(tx, f)
		if err != nil {
			return err
		}
		b.Findings = append(b.Findings, line)
	}
	if err := b.addReplaced(tx); err != nil {
		return err
	}
	return b.addCorrections(tx)
}

func compileFinding(tx *store.Tx, f patrol.Finding) (Finding, error) {
	line := Finding{Finding: f}
	u, _, err := people.GetUnit(tx, f.Unit)
	if err != nil {
		return line, err
	}
	line.UnitKind = u.Kind
	for _, id := range f.Persons {
		p, err := named(tx, id)
		if err != nil {
			return line, err
		}
		line.Names = append(line.Names, p.Name)
	}
	line.NoteNames, err = patrol.NamesAnyone(tx, f.Note)
	return line, err
}

func (b *Bulletin) addDuty(tx *store.Tx) error {
	d, ok, err := duty.Of(tx, calendar.WeekOf(b.Day))
	if err != nil || !ok {
		return err
	}
	if b.Leader, err = named(tx, d.Leader); err != nil {
		return err
	}
	for _, id := range d.Members {
		p, err := named(tx, id)
		if err != nil {
			return err
		}
		b.Members = append(b.Members, p)
	}
	return nil
}

func named(tx *store.Tx, id people.ID) (Person, error) {
	p, _, err := people.Get(tx, id)
	return Person{ID: id, Name: p.Name, Unit: p.Unit, Post: p.Post}, err
}
