// Package notice is what happens in the office and leaves the house in the same
// breath: a rule of the office, the texts about it, and who gets them. Commands
// and jobs that do the same thing call the same function here.
package notice

import (
	"yunzhuan/chat"
	"yunzhuan/office/bulletin"
	"yunzhuan/office/people"
	"yunzhuan/push"
	"yunzhuan/report"
	"yunzhuan/report/document"
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
	out := edition{
		public: publicLayers, full: fullLayers, names: names, batch: b.Batch(),
		body:       func(names bool) chat.Body { return report.Bulletin(b, names) },
		illustrate: func(body chat.Body, names bool) (chat.Body, error) { return report.BulletinCard(body, b, names) },
		paper:      func() (document.Document, error) { return report.BulletinDocument(b, true), nil },
	}
	if err := out.send(tx, p, &sent); err != nil {
		return b, sent, err
	}
	return b, sent, tellConcerned(tx, p, b.Issue(), b.Batch(), &sent)
}
