package notice

import (
	"slices"

	"yunzhuan/chat"
	"yunzhuan/office/appeal"
	"yunzhuan/office/people"
	"yunzhuan/push"
	"yunzhuan/report"
	"yunzhuan/store"
)

// AppealFiled brings a new appeal to those who can decide on it: the office's group,
// and each of the discipline team who has nothing to do with it.
func AppealFiled(tx *store.Tx, p *push.Pusher, a appeal.Appeal) error {
	b, err := report.AppealToDecide(tx, a)
	if err != nil {
		return err
	}
	if _, err := p.Layer(tx, people.OfficeLayer, b); err != nil {
		return err
	}
	team, err := people.WithRole(tx, people.Inspector)
	if err != nil {
		return err
	}
	for _, who := range team {
		if who.Has(people.Office) || appeal.MayDecide(who, a) != nil {
			continue
		}
		if _, err := p.Person(tx, who.ID, push.Notice, b); err != nil {
			return err
		}
	}
	return nil
}

// AppealEnded tells how an appeal ended: whoever made it, those the finding is
// about, the heads of their unit, whoever recorded it, and the office's group; but
// not whoever ended it, who has the answer to their command.
func AppealEnded(tx *store.Tx, p *push.Pusher, a appeal.Appeal, by people.ID, b chat.Body) error {
	told := append([]people.ID{a.By, a.Finder}, a.Persons...)
	heads, err := people.HeadsOf(tx, a.Unit)
	if err != nil {
		return err
	}
	for _, h := range heads {
		told = append(told, h.ID)
	}
	slices.Sort(told)
	for _, id := range slices.Compact(told) {
		if id == by {
			continue
		}
		if _, err := p.Person(tx, id, push.Notice, b); err != nil {
			return err
		}
	}
	_, err = p.Layer(tx, people.OfficeLayer, b)
	return err
}
