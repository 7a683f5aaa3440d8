// Package notice is what happens in the office and leaves the house in the same
// breath: a rule of the office, the texts about it, and who gets them. Commands
// and jobs that do the same thing call the same function here.
package notice

import (
	"slices"

	"yunzhuan/chat"
	"yunzhuan/office/bulletin"
	"yunzhuan/office/people"
	"yunzhuan/push"
	"yunzhuan/report"
	"yunzhuan/store"
)

// publicLayers get the bulletin in its public form, fullLayers all of it.
var (
	publicLayers = []string{"机关中层群", "机关职工群"}
	fullLayers   = []string{"委领导群", people.OfficeLayer}
)

// Sent is where something went: to how many groups and people.
type Sent struct{ Groups, People int }

// PublishBulletin publishes the bulletin of a day, sends it to the groups that
// are bound to it (with names in findings, if names says so, to all of them), and
// tells the persons concerned and the heads of their units in private. Errors are
// those of bulletin.Publish.
func PublishBulletin(tx *store.Tx, p *push.Pusher, how bulletin.How, names bool) (bulletin.Bulletin, Sent, error) {
	var sent Sent
	b, err := bulletin.Publish(tx, how)
	if err != nil {
		return b, sent, err
	}
	tx.NoUndo()
	for _, layer := range publicLayers {
		if err := toLayer(tx, p, layer, b, names, &sent); err != nil {
			return b, sent, err
		}
	}
	for _, layer := range fullLayers {
		if err := toLayer(tx, p, layer, b, true, &sent); err != nil {
			return b, sent, err
		}
	}
	if err := tellOutsideGroups(tx, p, b, names, &sent); err != nil {
		return b, sent, err
	}
	return b, sent, tellConcerned(tx, p, b, &sent)
}

// tellOutsideGroups brings the bulletin to those of its layers who are on no
// platform that has groups; in full to whom it goes in full.
func tellOutsideGroups(tx *store.Tx, p *push.Pusher, b bulletin.Bulletin, names bool, sent *Sent) error {
	told := map[people.ID]bool{}
	for _, form := range []struct {
		layers []string
		names  bool
	}{{fullLayers, true}, {publicLayers, names}} {
		for _, layer := range form.layers {
			members, err := people.OfLayer(tx, layer)
			if err != nil {
				return err
			}
			for _, who := range members {
				outside, err := p.OutsideGroups(tx, who)
				if err != nil {
					return err
				}
				if !outside || told[who.ID] {
					continue
				}
				told[who.ID] = true
				if err := toPerson(tx, p, who.ID, b, report.Bulletin(b, form.names), sent); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// toLayer and toPerson send what is taken back if the issue is recalled.
func toLayer(tx *store.Tx, p *push.Pusher, layer string, b bulletin.Bulletin, names bool, sent *Sent) error {
	n, err := p.Layer(tx, layer, report.Bulletin(b, names), store.Revocable(b.Batch()))
	sent.Groups += n
	return err
}

func toPerson(tx *store.Tx, p *push.Pusher, id people.ID, b bulletin.Bulletin, body chat.Body, sent *Sent) error {
	reached, err := p.Person(tx, id, push.Notice, body, store.Revocable(b.Batch()))
	if reached {
		sent.People++
	}
	return err
}

// tellConcerned tells those whom findings are about, and the heads of their units:
// a head gets one message about the unit, without what is about the head alone.
func tellConcerned(tx *store.Tx, p *push.Pusher, b bulletin.Bulletin, sent *Sent) error {
	var units []string
	byUnit := map[string][]bulletin.Finding{}
	for _, f := range b.Findings {
		if f.Line == 0 {
			continue
		}
		for _, id := range f.Persons {
			if err := toPerson(tx, p, id, b, report.FindingToPerson(b, f), sent); err != nil {
				return err
			}
		}
		if byUnit[f.Unit] == nil {
			units = append(units, f.Unit)
		}
		byUnit[f.Unit] = append(byUnit[f.Unit], f)
	}
	for _, unit := range units {
		heads, err := people.HeadsOf(tx, unit)
		if err != nil {
			return err
		}
		for _, h := range heads {
			others := slices.DeleteFunc(slices.Clone(byUnit[unit]), func(f bulletin.Finding) bool {
				return len(f.Persons) == 1 && f.Persons[0] == h.ID
			})
			if len(others) == 0 {
				continue
			}
			if err := toPerson(tx, p, h.ID, b, report.FindingsToHead(b, others), sent); err != nil {
				return err
			}
		}
	}
	return nil
}
