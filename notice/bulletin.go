// Package notice is what happens in the office and leaves the house in the same
// breath: a rule of the office, the texts about it, and who gets them. Commands
// and jobs that do the same thing call the same function here.
package notice

import (
	"yunzhuan/office/bulletin"
	"yunzhuan/office/calendar"
	"yunzhuan/office/people"
	"yunzhuan/push"
	"yunzhuan/report"
	"yunzhuan/store"
)

// Bulletin says how a bulletin is published.
type Bulletin struct {
	Day    calendar.Day
	By     people.ID // empty: by schedule
	Late   bool      // caught up on: marked 补发
	Forced bool      // by hand: although held back, or without a patrol
	Names  bool      // the groups see the names in findings
}

// publicLayers get the bulletin in its public form, fullLayers all of it.
var (
	publicLayers = []string{"机关中层群", "机关职工群"}
	fullLayers   = []string{"委领导群", people.OfficeLayer}
)

// PublishBulletin publishes the bulletin of a day, sends it to the groups that
// are bound to it, and tells each person concerned, and their heads, in private.
// Errors are those of bulletin.Publish.
func PublishBulletin(tx *store.Tx, p *push.Pusher, how Bulletin) (bulletin.Bulletin, error) {
	b, err := bulletin.Publish(tx, how.Day, how.By, how.Late, how.Forced)
	if err != nil {
		return b, err
	}
	tx.NoUndo()
	for _, layer := range publicLayers {
		if _, err := p.Layer(tx, layer, report.Bulletin(b, how.Names)); err != nil {
			return b, err
		}
	}
	for _, layer := range fullLayers {
		if _, err := p.Layer(tx, layer, report.Bulletin(b, true)); err != nil {
			return b, err
		}
	}
	for _, f := range b.Findings {
		if err := tellConcerned(tx, p, b, f); err != nil {
			return b, err
		}
	}
	return b, nil
}

// tellConcerned tells those a finding is about, and the heads of their unit.
func tellConcerned(tx *store.Tx, p *push.Pusher, b bulletin.Bulletin, f bulletin.Finding) error {
	if f.Line == 0 {
		return nil
	}
	for _, id := range f.Persons {
		if _, err := p.Person(tx, id, push.Notice, report.FindingToPerson(b, f)); err != nil {
			return err
		}
	}
	heads, err := people.HeadsOf(tx, f.Unit)
	if err != nil {
		return err
	}
	for _, h := range heads {
		if _, err := p.Person(tx, h.ID, push.Notice, report.FindingToHead(b, f)); err != nil {
			return err
		}
	}
	return nil
}
