package draft

import (
	"slices"
	"strings"

	"yunzhuan/office/calendar"
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

// open checks that a draft is on its way.
func (d Draft) open() error {
	if d.Stage.Ended() {
		return store.Errorf("%s %s，不能再动。", d.ID(), d.Stage)
	}
	return nil
}

// holding checks that a draft is on its way and in by's hands.
func (d Draft) holding(tx *store.Tx, by people.Person) error {
	if err := d.open(); err != nil || d.Holder == by.ID {
		return err
	}
	holder, _, err := people.Get(tx, d.Holder)
	if err != nil {
		return err
	}
	return store.Errorf("%s 现在在%s处（%s），不在您手上。", d.ID(), holder.Name, d.Stage)
}

// HandOn hands a draft to the next stage, to the given person or, with nil, to
// whom the rules name; where they name nobody, the error is a *NeedsChoice. From
// proofreading it goes to the archive.
func HandOn(tx *store.Tx, d Draft, by people.Person, to *people.Person, note string) (Draft, error) {
	if err := d.holding(tx, by); err != nil {
		return d, err
	}
	stage := d.next()
	if stage == Archived {
		return d.end(tx, by, Archived, Filed, note)
	}
	if d.Stage == Consultation && !slices.ContainsFunc(d.Voices, func(v Voice) bool { return v.By != d.Holder }) {
		return d, store.Errorf("会商还没有别人的意见，不能送签。请先由参加会商的同志发 /文稿 会商 %d 同意，或 /文稿 会商 %d 意见 内容。", d.No, d.No)
	}
	candidates, err := d.candidates(tx, stage)
	if err != nil {
		return d, err
	}
	if to == nil {
		if to = d.preferred(stage, candidates); to == nil {
			return d, d.needsChoice(tx, stage, candidates)
		}
	} else if err := d.mayHold(tx, stage, *to, candidates); err != nil {
		return d, err
	}
	d.Path = append(slices.Clone(d.Path), Desk{stage, to.ID})
	d.arrive(tx, by.ID, HandedOn, note)
	return d, d.put(tx)
}

// SendBack sends a draft back to the desk before; the reason is kept and the
// return counted. Where whoever sat there has left, it goes to the one whom the
// rules name for that desk.
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
	last := &d.Path[len(d.Path)-1]
	holder, ok, err := people.Get(tx, last.Holder)
	if err != nil {
		return d, err
	}
	if !ok || holder.Left {
		if last.Holder, err = d.successor(tx, last.Stage); err != nil {
			return d, err
		}
	}
	d.Returns++
	d.arrive(tx, by.ID, SentBack, reason)
	return d, d.put(tx)
}

// successor is who takes the desk of somebody who has left: a head, or whoever
// may.
func (d Draft) successor(tx *store.Tx, s Stage) (people.ID, error) {
	candidates, err := d.candidates(tx, s)
	if err != nil {
		return "", err
	}
	for _, p := range candidates {
		if p.Has(people.Head) {
			return p.ID, nil
		}
	}
	if len(candidates) == 0 {
		return "", store.Errorf("上一环节的同志已不在岗，%s也没有别的同志可接。请与办公室商量。", s)
	}
	return candidates[0].ID, nil
}

// PassOver gives a draft to another holder at the same stage. The office may do
// so for anyone, for people fall ill.
func PassOver(tx *store.Tx, d Draft, by, to people.Person, note string) (Draft, error) {
	err := d.holding(tx, by)
	if by.Has(people.Office) {
		err = d.open()
	}
	if err != nil {
		return d, err
	}
	if to.ID == d.Holder {
		return d, store.Errorf("%s 本来就在%s处。", d.ID(), to.Name)
	}
	candidates, err := d.candidates(tx, d.Stage)
	if err != nil {
		return d, err
	}
	if err := d.mayHold(tx, d.Stage, to, candidates); err != nil {
		return d, err
	}
	d.Path = slices.Clone(d.Path)
	d.Path[len(d.Path)-1].Holder = to.ID
	d.arrive(tx, by.ID, PassedOver, note)
	return d, d.put(tx)
}

// Say adds a voice to the consultation of a major draft.
func Say(tx *store.Tx, d Draft, by people.Person, agree bool, text string) (Draft, error) {
	switch {
	case d.Stage.Ended():
		return d, d.open()
	case d.Stage != Consultation:
		return d, store.Errorf("%s 不在会商环节，现在是%s。", d.ID(), d.Stage)
	case !agree && strings.TrimSpace(text) == "":
		return d, store.Errorf("请写明意见。")
	}
	d.Voices = append(slices.Clone(d.Voices), Voice{At: tx.Now(), By: by.ID, Agree: agree, Text: text})
	return d, d.put(tx)
}

// Blame notes a mistake that was found in a draft, also after it has ended, and
// lays it to a stage that the draft went through.
func Blame(tx *store.Tx, d Draft, by people.Person, s Stage, text string) (Draft, error) {
	holder := d.heldAt(s)
	switch {
	case holder == "":
		return d, store.Errorf("%s 没有经过%s。", d.ID(), s)
	case strings.TrimSpace(text) == "":
		return d, store.Errorf("请写明差错的内容。")
	}
	d.Faults = append(slices.Clone(d.Faults), Fault{At: tx.Now(), By: by.ID, Stage: s, Holder: holder, Text: text})
	return d, d.put(tx)
}

// File ends a draft that was proofread: its holder or the office may.
func File(tx *store.Tx, d Draft, by people.Person, note string) (Draft, error) {
	err := d.holding(tx, by)
	if by.Has(people.Office) {
		err = d.open()
	}
	if err != nil {
		return d, err
	}
	if d.Stage != Proofreading {
		return d, store.Errorf("%s 还在%s，校对之后才能归档。", d.ID(), d.Stage)
	}
	return d.end(tx, by, Archived, Filed, note)
}

// Withdraw ends a draft before its time: its writer or the office may.
func Withdraw(tx *store.Tx, d Draft, by people.Person, reason string) (Draft, error) {
	if by.ID != d.Writer && !by.Has(people.Office) {
		return d, store.Errorf("只有拟稿人和办公室可以撤销 %s。", d.ID())
	}
	if err := d.open(); err != nil {
		return d, err
	}
	return d.end(tx, by, Withdrawn, Cancelled, reason)
}

func (d Draft) end(tx *store.Tx, by people.Person, s Stage, a Action, note string) (Draft, error) {
	d.Stage, d.Holder, d.Since = s, "", tx.Now()
	d.Moves = append(slices.Clone(d.Moves), Move{At: tx.Now(), By: by.ID, Action: a, Stage: s, Note: note})
	return d, d.put(tx)
}

// nudges are the days on which a draft's holder was last asked about it. Nobody's
// record, hence private.
var nudges = store.NewTable("draft_nudges", store.Schema[calendar.Day]{Version: 1, Private: true})

// Nudge notes that the holder is asked about a draft. Once a day is enough, so
// that nobody can use up another's reminders.
func Nudge(tx *store.Tx, d Draft, by people.Person) error {
	if err := d.open(); err != nil {
		return err
	}
	if d.Holder == by.ID {
		return store.Errorf("%s 就在您手上。", d.ID())
	}
	last, _, err := nudges.Get(tx, key(d.Year, d.No)+"/"+string(d.Holder))
	if err != nil {
		return err
	}
	today := calendar.Day(tx.Today())
	if last == today {
		return store.Errorf("%s 今天已经催过了，请明天再催，或当面问一下。", d.ID())
	}
	return nudges.Put(tx, key(d.Year, d.No)+"/"+string(d.Holder), today)
}
