package patrol

import (
	"fmt"
	"slices"
	"strings"

	"yunzhuan/office/attendance"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// Excused is the error of a finding on people whom their unit reported as away
// that day: the office asks back before it stands.
type Excused struct {
	Persons []people.Person
	Reasons []attendance.Reason
}

func (e *Excused) Error() string {
	var parts []string
	for i, p := range e.Persons {
		parts = append(parts, fmt.Sprintf("%s登记为%s", p.Name, e.Reasons[i]))
	}
	return "当天考勤里，" + strings.Join(parts, "，") + "。"
}

// Unwrap makes it a user's mistake.
func (e *Excused) Unwrap() error { return &store.UserError{Text: e.Error()} }

// excused looks for people who were not at their desks and need not have been.
func (f Finding) excused(tx *store.Tx) error {
	if !f.Kind.OfPersons() || f.Confirmed || len(f.Persons) == 0 {
		return nil
	}
	r, _, err := attendance.Get(tx, f.Day, f.Unit)
	if err != nil {
		return err
	}
	var e Excused
	for _, a := range r.Absences {
		if g := a.Reason.Group(); !slices.Contains(f.Persons, a.Person) || g != attendance.Leave && g != attendance.Duty {
			continue
		}
		p, _, err := people.Get(tx, a.Person)
		if err != nil {
			return err
		}
		e.Persons, e.Reasons = append(e.Persons, p), append(e.Reasons, a.Reason)
	}
	if len(e.Persons) == 0 {
		return nil
	}
	return &e
}
