package draft

import (
	"slices"

	"yunzhuan/office/people"
	"yunzhuan/store"
)

// NeedsChoice is the user's mistake of not saying to whom a draft goes where
// that is not settled by the rules.
type NeedsChoice struct {
	Stage      Stage
	Candidates []people.Person
	Reason     string
}

func (e *NeedsChoice) Error() string { return e.Reason }

// Unwrap makes it a user's mistake.
func (e *NeedsChoice) Unwrap() error { return &store.UserError{Text: e.Reason} }

// barred says whether a person may not review the draft at a stage: who wrote it
// or handed it in may not, so that three different people write, review first and
// review second. What counts is the whole history, not only the present way.
func (d Draft) barred(s Stage, id people.ID) bool {
	var before []Stage
	switch s {
	case FirstReview:
		before = []Stage{Writing}
	case SecondReview:
		before = []Stage{Writing, FirstReview}
	default:
		return false
	}
	if id == d.Writer {
		return true
	}
	onPath := slices.ContainsFunc(d.Path, func(k Desk) bool { return k.Holder == id && slices.Contains(before, k.Stage) })
	handedIn := slices.ContainsFunc(d.Moves, func(m Move) bool {
		return m.By == id && m.Action == HandedOn && (m.Stage == FirstReview || s == SecondReview && m.Stage == SecondReview)
	})
	return onPath || handedIn
}

// candidates lists who may take a draft at a stage.
func (d Draft) candidates(tx *store.Tx, s Stage) ([]people.Person, error) {
	all, err := d.eligible(tx, s)
	return slices.DeleteFunc(all, func(p people.Person) bool { return d.barred(s, p.ID) }), err
}

// eligible lists who may take a draft at a stage, but for the rule of three
// people.
func (d Draft) eligible(tx *store.Tx, s Stage) ([]people.Person, error) {
	switch s {
	case Writing:
		return people.OfUnit(tx, d.Unit)
	case FirstReview:
		// The section's head; where the head wrote it, somebody else of the section
		// who is senior enough to answer for it is named by hand. Where there is
		// nobody else, a leader.
		unit, err := people.OfUnit(tx, d.Unit)
		if err != nil || slices.ContainsFunc(unit, func(p people.Person) bool { return !d.barred(s, p.ID) }) {
			return unit, err
		}
		return people.WithRole(tx, people.Leader)
	case Signature:
		return people.WithRole(tx, people.Leader)
	case Proofreading:
		all, err := people.OfUnit(tx, d.Unit)
		if err != nil || slices.ContainsFunc(all, func(p people.Person) bool { return p.Has(people.Office) }) {
			return all, err
		}
		office, err := people.WithRole(tx, people.Office)
		return append(all, office...), err
	default:
		return people.WithRole(tx, people.Office)
	}
}

// preferred is whom the rules name for a stage: the head of the section, the
// head of the office, who reviewed it for printing, the writer for proofreading;
// nil where someone has to choose.
func (d Draft) preferred(s Stage, candidates []people.Person) *people.Person {
	pick := func(ok func(people.Person) bool) *people.Person {
		if i := slices.IndexFunc(candidates, ok); i >= 0 {
			return &candidates[i]
		}
		return nil
	}
	switch s {
	case FirstReview, SecondReview, Consultation:
		return pick(func(p people.Person) bool { return p.Has(people.Head) })
	case Printing:
		return pick(func(p people.Person) bool { return p.ID == d.heldAt(SecondReview) })
	case Proofreading:
		return pick(func(p people.Person) bool { return p.ID == d.Writer })
	}
	return nil
}

// heldAt is who has the draft, or had it last, at a stage; "" for nobody.
func (d Draft) heldAt(s Stage) people.ID {
	for _, m := range slices.Backward(d.Moves) {
		if m.Stage == s {
			return m.Holder
		}
	}
	return ""
}

func (d Draft) needsChoice(tx *store.Tx, s Stage, candidates []people.Person) error {
	e := &NeedsChoice{Stage: s, Candidates: candidates, Reason: "请指定由谁" + s.Task() + "。"}
	if s != FirstReview {
		return e
	}
	heads, err := people.HeadsOf(tx, d.Unit)
	if err != nil {
		return err
	}
	if len(heads) > 0 { // who wrote it, or handed it in
		e.Reason = "拟稿人不能审核自己的文稿，请指定另一位同志审核。"
	}
	return e
}

// Task is what is done at a stage, as a verb.
func (s Stage) Task() string {
	switch s {
	case Writing:
		return "修改"
	case FirstReview:
		return "审核"
	case SecondReview:
		return "核稿"
	case Consultation:
		return "主持会商"
	}
	return string(s)
}

// mayHold checks a person who was named for a stage.
func (d Draft) mayHold(tx *store.Tx, s Stage, p people.Person, candidates []people.Person) error {
	if slices.ContainsFunc(candidates, func(c people.Person) bool { return c.ID == p.ID }) {
		return nil
	}
	eligible, err := d.eligible(tx, s)
	if err != nil {
		return err
	}
	if d.barred(s, p.ID) && slices.ContainsFunc(eligible, func(c people.Person) bool { return c.ID == p.ID }) {
		return store.Errorf("%s已经拟稿或审核过这份文稿，%s须由另一位同志担任。", p.Name, s)
	}
	switch s {
	case Signature:
		return store.Errorf("签发须是委领导，%s不是。", p.Name)
	case Writing, FirstReview:
		return store.Errorf("%s须是%s的同志，%s不是。", s, d.Unit, p.Name)
	case Proofreading:
		return store.Errorf("校对须是%s或办公室的同志，%s不是。", d.Unit, p.Name)
	default:
		return store.Errorf("%s须是办公室的同志，%s不是。", s, p.Name)
	}
}
