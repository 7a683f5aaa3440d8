// Package duty is the roster of the weekly patrol: the leader on duty and the
// members who walk the offices with them.
package duty

import (
	"slices"

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

var table = store.NewTable("duties", store.Schema[Duty]{Version: 1})

// Of reads the roster of a week; false if it is not set.
func Of(tx *store.Tx, w calendar.Week) (Duty, bool, error) { return table.Get(tx, w.Key()) }

// Set writes the roster of a week. The leader must be one, and nobody may stand
// in it twice.
func Set(tx *store.Tx, w calendar.Week, leader people.Person, members []people.Person) (Duty, error) {
	if !leader.Has(people.Leader) {
		return Duty{}, store.Errorf("带班须是委领导，%s不是。", leader.Name)
	}
	d := Duty{Week: w.Key(), Leader: leader.ID}
	for _, m := range members {
		if m.ID == leader.ID || slices.Contains(d.Members, m.ID) {
			return Duty{}, store.Errorf("%s写了两次。", m.Name)
		}
		d.Members = append(d.Members, m.ID)
	}
	return d, table.Put(tx, d.Week, d)
}

// Has says whether a person is on duty.
func (d Duty) Has(id people.ID) bool { return d.Leader == id || slices.Contains(d.Members, id) }

// Everyone lists the leader and the members.
func (d Duty) Everyone() []people.ID { return append([]people.ID{d.Leader}, d.Members...) }
