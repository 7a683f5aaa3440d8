package notice

import (
	"yunzhuan/office/assessment"
	"yunzhuan/office/calendar"
	"yunzhuan/office/people"
	"yunzhuan/push"
	"yunzhuan/report"
	"yunzhuan/store"
)

// TellAssessment brings the assessment of a month that is over to whom it concerns:
// to each who has points theirs, to the heads those of their unit and its people, to
// the leaders the rankings and the workbook, and a line to the office's group. A
// month in which nobody got any is passed over.
func TellAssessment(tx *store.Tx, p *push.Pusher, m calendar.Month) error {
	tx.NoUndo()
	t, err := assessment.All(tx, m.Period())
	if err != nil {
		return err
	}
	if t.Empty() {
		return nil
	}
	if _, err := p.Layer(tx, people.OfficeLayer, report.AssessmentDone(t)); err != nil {
		return err
	}
	for _, who := range t.Persons {
		b, err := report.Assessment(tx, "", who.Sum, t.Period)
		if err == nil && !who.Left {
			_, err = p.Person(tx, who.Person.ID, push.Notice, b)
		}
		if err != nil {
			return err
		}
	}
	for _, u := range t.Units {
		if err := tellHeads(tx, p, t, u); err != nil {
			return err
		}
	}
	return tellLeaders(tx, p, t)
}

func tellHeads(tx *store.Tx, p *push.Pusher, t assessment.Table, u assessment.UnitSum) error {
	if len(u.Entries) == 0 {
		return nil
	}
	heads, err := people.HeadsOf(tx, u.Name)
	if err != nil {
		return err
	}
	b, err := report.UnitAssessment(tx, t, u)
	for _, h := range heads {
		if err == nil {
			_, err = p.Person(tx, h.ID, push.Notice, b)
		}
	}
	return err
}

func tellLeaders(tx *store.Tx, p *push.Pusher, t assessment.Table) error {
	leaders, err := people.WithRole(tx, people.Leader)
	if err != nil {
		return err
	}
	book, err := report.AssessmentSheet(tx, t)
	if err != nil {
		return err
	}
	b := report.Rankings(t)
	b.Blocks = append(b.Blocks, book.Blocks...)
	for _, who := range leaders {
		if _, err := p.Person(tx, who.ID, push.Notice, b); err != nil {
			return err
		}
	}
	return nil
}
