package draft

import (
	"slices"
	"strings"

	"yunzhuan/office/people"
	"yunzhuan/store"
)

// next is the stage after the present one.
func (d Draft) next() Stage {
	switch d.Stage {
	case Writing:
		return FirstReview
	case FirstReview:
		return SecondReview
	case SecondReview:
		if d.Major {
			return Consultation
		}
		return Signature
	case Consultation:
		return Signature
	case Signature:
		return Printing
	case Printing:
		return Proofreading
	default:
		return Archived
	}
}

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

// holding checks that a draft is on its way and in by's hands.
func (d Draft) holding(tx *store.Tx, by people.Person) error {
	if d.Stage.Ended() {
		return store.Errorf("%s %s，不能再动。", d.ID(), d.Stage)
	}
	if d.Holder == by.ID {
		return nil
	}
	holder, _, err := people.Get(tx, d.Holder)
	if err != nil {
		return err
	}
	return store.Errorf("%s 现在在 %s（%s）处，不在您手上。", d.ID(), holder.Name, d.Stage)
}

// HandOn hands a draft to the next stage, to the given person or, with nil, to
// whom the rules name. From proofreading it goes to the archive.
func HandOn(tx *store.Tx, d Draft, by people.Person, to *people.Person, note string) (Draft, error) {
	if err := d.holding(tx, by); err != nil {
		return d, err
	}
	stage := d.next()
	if stage == Archived {
		return d.end(tx, by, Archived, Filed, note)
	}
	if d.Stage == Consultation && !slices.ContainsFunc(d.Voices, func(v Voice) bool { return v.By != d.Holder }) {
		return d, store.Errorf("会商还没有别人的意见，不能送签。请先由参加会商的同志发 /文稿 会商 %d 同意|意见 <内容>。", d.No)
	}
	candidates, err := d.candidates(tx, stage)
	if err != nil {
		return d, err
	}
	if to == nil {
		if to = d.preferred(stage, candidates); to == nil {
			return d, d.needsChoice(stage, candidates)
		}
	} else if err := d.mayHold(stage, *to, candidates); err != nil {
		return d, err
	}
	d.Path = append(d.Path, Desk{stage, to.ID})
	d.arrive(tx, by.ID, HandedOn, note)
	return d, d.put(tx)
}

// touched says whether a person wrote the draft or handed it in at a review:
// three different people write, review first and review second.
func (d Draft) touched(id people.ID) bool {
	return slices.ContainsFunc(d.Path, func(k Desk) bool {
		return k.Holder == id && (k.Stage == Writing || k.Stage == FirstReview)
	})
}

// candidates lists who may take a draft at a stage.
func (d Draft) candidates(tx *store.Tx, s Stage) ([]people.Person, error) {
	var all []people.Person
	var err error
	switch s {
	case Writing:
		all, err = people.OfUnit(tx, d.Unit)
	case FirstReview:
		// The section's head; where the head wrote it, whoever else of the section
		// is senior enough to answer for it is named by hand.
		all, err = people.OfUnit(tx, d.Unit)
	case Signature:
		return people.WithRole(tx, people.Leader)
	case Proofreading:
		writers, werr := people.OfUnit(tx, d.Unit)
		all, err = people.WithRole(tx, people.Office)
		if err == nil {
			err = werr
		}
		for _, w := range writers {
			if !slices.ContainsFunc(all, func(p people.Person) bool { return p.ID == w.ID }) {
				all = append(all, w)
			}
		}
	default:
		all, err = people.WithRole(tx, people.Office)
	}
	if s == FirstReview || s == SecondReview {
		all = slices.DeleteFunc(all, func(p people.Person) bool { return d.touched(p.ID) })
	}
	return all, err
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

// heldAt is who had the draft at a stage on its present way.
func (d Draft) heldAt(s Stage) people.ID {
	for _, k := range d.Path {
		if k.Stage == s {
			return k.Holder
		}
	}
	return ""
}

func (d Draft) needsChoice(s Stage, candidates []people.Person) error {
	reason := "请指定由谁" + string(s) + "。"
	if s == FirstReview {
		reason = "拟稿人不能审核自己的文稿，请指定本单位另一位同志审核。"
	}
	return &NeedsChoice{Stage: s, Candidates: candidates, Reason: reason}
}

// mayHold checks a person who was named for a stage.
func (d Draft) mayHold(s Stage, p people.Person, candidates []people.Person) error {
	if slices.ContainsFunc(candidates, func(c people.Person) bool { return c.ID == p.ID }) {
		return nil
	}
	if (s == FirstReview || s == SecondReview) && d.touched(p.ID) {
		return store.Errorf("%s已经拟稿或审核过这份文稿，%s须由另一位同志担任。", p.Name, s)
	}
	switch s {
	case Signature:
		return store.Errorf("签发须是委领导，%s不是。", p.Name)
	case Writing, FirstReview:
		return store.Errorf("%s须是%s的同志，%s不是。", s, d.Unit, p.Name)
	default:
		return store.Errorf("%s须是办公室的同志，%s不是。", s, p.Name)
	}
}

// SendBack sends a draft back to the desk before; the reason is kept and the
// return counted.
func SendBack(tx *store.Tx, d Draft, by people.Person, reason string) (Draft, error) {
	if err := d.holding(tx, by); err != nil {
		return d, err
	}
	if strings.TrimSpace(reason) == "" {
		return d, store.Errorf("请写明退回的理由。")
	}
	if len(d.Path) < 2 {
		return d, store.Errorf("%s 还在拟稿，没有上一环节可退。", d.ID())
	}
	d.Path = slices.Clone(d.Path[:len(d.Path)-1])
	// Who has left gets nothing back: the writer's section decides.
	last := &d.Path[len(d.Path)-1]
	holder, ok, err := people.Get(tx, last.Holder)
	if err != nil {
		return d, err
	}
	if !ok || holder.Left {
		return d, store.Errorf("上一环节的%s已不在岗，请改用 /文稿 转 交给别的同志。", holder.Name)
	}
	d.Returns++
	d.arrive(tx, by.ID, SentBack, reason)
	return d, d.put(tx)
}

// PassOver gives a draft to another holder at the same stage. The office may do
// so for anyone, for people fall ill.
func PassOver(tx *store.Tx, d Draft, by, to people.Person, note string) (Draft, error) {
	if err := d.holding(tx, by); err != nil && (d.Stage.Ended() || !by.Has(people.Office)) {
		return d, err
	}
	if to.ID == d.Holder {
		return d, store.Errorf("%s 本来就在%s处。", d.ID(), to.Name)
	}
	candidates, err := d.candidates(tx, d.Stage)
	if err != nil {
		return d, err
	}
	if err := d.mayHold(d.Stage, to, candidates); err != nil {
		return d, err
	}
	d.Path = slices.Clone(d.Path)
	d.Path[len(d.Path)-1].Holder = to.ID
	d.arrive(tx, by.ID, PassedOver, note)
	return d, d.put(tx)
}

// Say adds a voice to the consultation of a major draft.
func Say(tx *store.Tx, d Draft, by people.Person, agree bool, text string) (Draft, error) {
	if d.Stage != Consultation {
		return d, store.Errorf("%s 不在会商环节，现在是%s。", d.ID(), d.Stage)
	}
	if !agree && strings.TrimSpace(text) == "" {
		return d, store.Errorf("请写明意见。")
	}
	d.Voices = append(slices.Clone(d.Voices), Voice{At: tx.Now(), By: by.ID, Agree: agree, Text: text})
	return d, d.put(tx)
}

// Withdraw ends a draft before its time: its writer or the office may.
func Withdraw(tx *store.Tx, d Draft, by people.Person, reason string) (Draft, error) {
	if by.ID != d.Writer && !by.Has(people.Office) {
		return d, store.Errorf("只有拟稿人和办公室可以撤销 %s。", d.ID())
	}
	if d.Stage.Ended() {
		return d, store.Errorf("%s %s，不能再动。", d.ID(), d.Stage)
	}
	return d.end(tx, by, Withdrawn, Cancelled, reason)
}

func (d Draft) end(tx *store.Tx, by people.Person, s Stage, a Action, note string) (Draft, error) {
	d.Stage, d.Holder, d.Since = s, "", tx.Now()
	d.Moves = append(d.Moves, Move{At: tx.Now(), By: by.ID, Action: a, Stage: s, Note: note})
	return d, d.put(tx)
}
