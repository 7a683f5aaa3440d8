package cron

import (
	"context"
	"slices"

	"yunzhuan/office/calendar"
	"yunzhuan/office/draft"
	"yunzhuan/office/people"
	"yunzhuan/push"
	"yunzhuan/report"
)

// chaseAfter is by how many workdays a draft is late when more than its holder
// is told.
const chaseAfter = 3

// draftReminder reminds each holder of what lies too long at their desk, in one
// message, and tells whoever is in charge of what is late by three days: the
// leaders who have it to sign know it themselves, for the rest it is the head of
// the office, which keeps the drafts moving.
func (p Parts) draftReminder(_ context.Context, r *Run) error {
	cal, err := calendar.Load(r.Tx)
	if err != nil {
		return err
	}
	open, err := draft.Open(r.Tx)
	if err != nil {
		return err
	}
	var holders []people.ID // in the order of the drafts, for a fixed order of messages
	late := map[people.ID][]draft.Draft{}
	var chased []draft.Draft
	for _, d := range open {
		over := d.Over(cal, r.Day())
		if over == 0 {
			continue
		}
		if late[d.Holder] == nil {
			holders = append(holders, d.Holder)
		}
		late[d.Holder] = append(late[d.Holder], d)
		if over >= chaseAfter {
			chased = append(chased, d)
		}
	}
	w, err := report.NewDrafts(r.Tx)
	if err != nil {
		return err
	}
	for _, id := range holders {
		if _, err := p.Push.Person(r.Tx, id, push.Reminder, w.Overdue(late[id])); err != nil {
			return err
		}
	}
	return p.chase(r, w, chased)
}

// chase tells the heads of the office, but for what is at their own desks.
func (p Parts) chase(r *Run, w report.Drafts, chased []draft.Draft) error {
	office, err := people.WithRole(r.Tx, people.Office)
	if err != nil {
		return err
	}
	for _, head := range office {
		if !head.Has(people.Head) {
			continue
		}
		others := slices.DeleteFunc(slices.Clone(chased), func(d draft.Draft) bool { return d.Holder == head.ID })
		if len(others) == 0 {
			continue
		}
		if _, err := p.Push.Person(r.Tx, head.ID, push.Reminder, w.LongOverdue(others)); err != nil {
			return err
		}
	}
	return nil
}
