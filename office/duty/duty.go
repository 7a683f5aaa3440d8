// Package duty is the roster of the weekly patrol: the leader on duty and the
// members who walk the offices with them.
package duty

import (
	"slices"
	"time"

	"yunzhuan/office/calendar"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// Duty is one week of the roster.
type Duty struct {
	Week    string      `json:"week"` // calendar.Week.Key
	Leader  people.ID   `json:"leader"`
	Members []people.ID `json:"members,omitempty"`
}

var (
	table = store.NewTable("duties", store.Schema[Duty]{Version: 1})

	// notices are the weeks whose roster was sent to those on it, by week.
	// Private: the scheduler's own bookkeeping.
	notices = store.NewTable("duty_notices", store.Schema[time.Time]{Version: 1, Private: true})
)

// Of reads the roster of a week; false if it is not set.
func Of(tx *store.Tx, w calendar.Week) (Duty, bool, error) { return table.Get(tx, w.Key()) }

// Set writes the roster of a week. The leader must be one; the members are
// inspectors or of the office, for nobody else may record what is found; and
// nobody stands in it twice.
func Set(tx *store.Tx, w calendar.Week, leader people.Person, members []people.Person) (Duty, error) {
	if w.To < calendar.Day(tx.Today()) {
		return Duty{}, store.Errorf("%s这一周已经过去了。", w.Label())
	}
	d, err := compose(w, leader, members)
	if err != nil {
		return Duty{}, err
	}
	return d, table.Put(tx, d.Week, d)
}

// compose makes the roster of a week out of people who may be on it.
func compose(w calendar.Week, leader people.Person, members []people.Person) (Duty, error) {
	if err := mayLead(leader); err != nil {
		return Duty{}, err
	}
	d := Duty{Week: w.Key(), Leader: leader.ID}
	for _, m := range members {
		if m.ID == leader.ID || slices.Contains(d.Members, m.ID) {
			return Duty{}, store.Errorf("%s写了两次。", m.Name)
		}
		if err := mayWalk(m); err != nil {
			return Duty{}, err
		}
		d.Members = append(d.Members, m.ID)
	}
	return d, nil
}

func mayLead(p people.Person) error {
	if p.Has(people.Leader) {
		return nil
	}
	return store.Errorf("带班须是委领导，%s不是。", p.Name)
}

// mayWalk says whether somebody can be a member: nobody else may record what is
// found.
func mayWalk(p people.Person) error {
	if p.Has(people.Inspector, people.Office) {
		return nil
	}
	return store.Errorf("成员须是巡查组、派驻纪检组或办公室的同志，%s不是。", p.Name)
}

// setByID is Set with the people's IDs.
func setByID(tx *store.Tx, w calendar.Week, d Duty) error {
	var who []people.Person
	for _, id := range d.Everyone() {
		p, _, err := people.Get(tx, id)
		if err != nil {
			return err
		}
		who = append(who, p)
	}
	_, err := Set(tx, w, who[0], who[1:])
	return err
}

// Has says whether a person is on duty.
func (d Duty) Has(id people.ID) bool { return slices.Contains(d.Everyone(), id) }

// Everyone lists the leader and the members; nobody for a roster that is not set.
func (d Duty) Everyone() []people.ID {
	if d.Leader == "" {
		return nil
	}
	return append([]people.ID{d.Leader}, d.Members...)
}

// NoteNotice notes that those on duty in a week were told; without a roster, that
// they will be once there is one.
func NoteNotice(tx *store.Tx, w calendar.Week) error { return notices.Put(tx, w.Key(), tx.Now()) }

// Noticed says whether the time of a week's notice is over: who is put on the
// roster from now on has to be told at once.
func Noticed(tx *store.Tx, w calendar.Week) (bool, error) {
	_, ok, err := notices.Get(tx, w.Key())
	return ok || w.Contains(calendar.Day(tx.Today())), err
}
