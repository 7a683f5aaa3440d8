package notice

import (
	"yunzhuan/chat"
	"yunzhuan/office/monthly"
	"yunzhuan/push"
	"yunzhuan/report"
	"yunzhuan/report/document"
	"yunzhuan/store"
)

// PublishMonthly publishes the monthly check of schools: to the principals in its
// public form (with names, if names says so), to the leaders and the office in full,
// and to the persons concerned and the heads of their schools in private. One of a
// month without any visit goes to the leaders and the office alone. The error may be
// monthly.ErrPublished.
func PublishMonthly(tx *store.Tx, p *push.Pusher, how monthly.How, names bool) (monthly.Check, Sent, error) {
	var sent Sent
	c, err := monthly.Publish(tx, how)
	if err != nil {
		return c, sent, err
	}
	tx.NoUndo()
	out := edition{full: fullLayers, names: names, body: func(names bool) chat.Body { return report.Monthly(c, names) }}
	if !c.Empty() {
		out.public = []string{"校长群"}
		out.illustrate = func(body chat.Body, _ bool) (chat.Body, error) { return report.MonthlyTrend(body, c) }
		out.paper = func() (document.Document, error) { return report.MonthlyDocument(c, true) }
	}
	if err := out.send(tx, p, &sent); err != nil {
		return c, sent, err
	}
	return c, sent, tellConcerned(tx, p, c.Issue(), "", &sent)
}
