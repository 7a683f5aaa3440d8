package notice

import (
	"yunzhuan/chat"
	"yunzhuan/office/weekly"
	"yunzhuan/push"
	"yunzhuan/report"
	"yunzhuan/report/document"
	"yunzhuan/store"
)

// PublishWeekly publishes the weekly check of the offices: to those who get the
// bulletin, in the same forms (with names to all of them, if names says so). One of a
// week in which nobody walked goes to the leaders and the office alone. The error may
// be weekly.ErrPublished.
func PublishWeekly(tx *store.Tx, p *push.Pusher, how weekly.How, names bool) (weekly.Check, Sent, error) {
	var sent Sent
	c, err := weekly.Publish(tx, how)
	if err != nil {
		return c, sent, err
	}
	tx.NoUndo()
	out := edition{full: fullLayers, names: names, body: func(names bool) chat.Body { return report.Weekly(c, names) }}
	if !c.Empty() {
		out.public = publicLayers
		out.illustrate = func(body chat.Body, _ bool) (chat.Body, error) { return report.WeeklyTrend(body, c) }
		out.paper = func() (document.Document, error) { return report.WeeklyDocument(c, true) }
	}
	return c, sent, out.send(tx, p, &sent)
}
