package notice

import (
	"slices"

	"yunzhuan/chat"
	"yunzhuan/office/appeal"
	"yunzhuan/office/bulletin"
	"yunzhuan/office/people"
	"yunzhuan/push"
	"yunzhuan/report"
	"yunzhuan/store"
)

// BulletinReach finds where an issue went, and from where it could be taken back.
func BulletinReach(tx *store.Tx, b bulletin.Bulletin, can func(chat.Target) bool) (report.Reach, error) {
	var reach report.Reach
	sent, err := tx.Batch(b.Batch())
	if err != nil {
		return reach, err
	}
	for _, s := range sent {
		where, err := tx.Whereabouts(s.ID)
		switch {
		case err != nil:
			return reach, err
		case where.Waiting:
			reach.Waiting++
		case where.Moving || where.Parts > 0 || where.State == store.Unknown:
			reach.Add(s.Target, can(s.Target))
		}
	}
	return reach, nil
}

// RecallBulletin recalls an issue and has its messages taken back. void is how many
// corrections of it have no object any more.
func RecallBulletin(tx *store.Tx, p *push.Pusher, b bulletin.Bulletin, by people.ID, reason string) (void int, err error) {
	if err := appeal.MayRecall(tx, b); err != nil {
		return 0, err
	}
	if void, err = bulletin.Recall(tx, b, by, reason); err != nil {
		return 0, err
	}
	tx.NoUndo()
	all, err := tx.RecallBatch(b.Batch())
	if err != nil {
		return 0, err
	}
	return void, tellRecalled(tx, p, b, all)
}

// RecallEnded tells about each message of an issue that was to be taken back and now
// is, or cannot be: where it stays, a line says that it does not count, once; and when
// all have ended, the office and whoever recalled it learn how.
func RecallEnded(p *push.Pusher) func(*store.Tx, store.Recall) error {
	return func(tx *store.Tx, r store.Recall) error {
		b, ok, err := bulletin.OfBatch(tx, r.Batch)
		if err != nil || !ok {
			return err
		}
		all, err := tx.Recalls(r.Batch)
		if err != nil {
			return err
		}
		told := slices.ContainsFunc(all, func(o store.Recall) bool {
			return o.ID != r.ID && o.State == store.RecallFailed && o.Target.Lane() == r.Target.Lane()
		})
		if r.State == store.RecallFailed && !told {
			if err := declareVoid(tx, p, r.Target, b); err != nil {
				return err
			}
		}
		return tellRecalled(tx, p, b, all)
	}
}

// declareVoid says where an issue stays that it does not count: to a person after the
// end of quiet hours.
func declareVoid(tx *store.Tx, p *push.Pusher, to chat.Target, b bulletin.Bulletin) error {
	var opts []store.EnqueueOption
	if !to.Group {
		who, err := people.ByAccount(tx, string(to.Channel), string(to.User))
		if err != nil {
			return err
		}
		quiet, err := p.QuietOf(who)
		if err != nil {
			return err
		}
		if end, ok := quiet.End(tx.Now()); ok {
			opts = append(opts, store.NotBefore(end))
		}
	}
	_, err := tx.Enqueue(chat.Outgoing{Target: to, Body: report.BulletinVoid(b)}, opts...)
	return err
}

// tellRecalled tells how a recall went, once nothing of it is open.
func tellRecalled(tx *store.Tx, p *push.Pusher, b bulletin.Bulletin, all []store.Recall) error {
	if slices.ContainsFunc(all, func(r store.Recall) bool { return r.State == store.RecallOpen }) {
		return nil
	}
	rec, ok, err := bulletin.RecallOf(tx, b.Year, b.No)
	if err != nil || !ok {
		return err
	}
	var reach report.Reach
	for _, r := range all {
		switch {
		case r.State == store.RecallDone, r.State == store.RecallFailed:
			reach.Add(r.Target, r.State == store.RecallDone)
		case r.Reason == "" || r.Reason == string(store.Recalled): // not what had failed before
			reach.Waiting++
		}
	}
	body := report.RecallResult(b, reach)
	if _, err := p.Layer(tx, people.OfficeLayer, body); err != nil {
		return err
	}
	_, err = p.Person(tx, rec.By, push.Asked, body)
	return err
}
