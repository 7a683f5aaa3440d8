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

// compile fills in what the bulletin says.
func (b *Bulletin) compile(tx *store.Tx, found []patrol.Finding) error {
	var err error
	if b.Attendance, err = attendance.Summarize(tx, b.Day); err != nil {
		return fmt.Errorf("summarize attendance: %w", err)
	}
	if b.Issuer, err = people.Issuer(tx); err != nil {
		return err
	}
	cal, err := calendar.Load(tx)
	if err != nil {
		return err
	}
	b.ObjectBy = cal.AddWorkdays(calendar.Day(tx.Today()), ObjectDays)
	if err := b.addDuty(tx); err != nil {
		return err
	}
	names, err := patrol.Namer(tx)
	if err != nil {
		return err
	}
	for _, f := range found {
		line, err := Compile(tx, f, names)
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

// Compile adds to a finding the names it is published with; names says whether a text
// has somebody's name in it (patrol.Namer).
func Compile(tx *store.Tx, f patrol.Finding, names func(text string) bool) (Finding, error) {
	line := Finding{Finding: f, NoteNames: names(f.Note)}
	for _, id := range f.Persons {
		p, err := named(tx, id)
		if err != nil {
			return line, err
		}
		line.Names = append(line.Names, p.Name)
	}
	return line, nil
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
