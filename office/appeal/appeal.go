// Package appeal is what somebody says against a published finding (申诉), and what
// the office or the discipline team makes of it. Nobody decides on their own unit,
// on what they recorded, or on what they said themselves.
package appeal

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"yunzhuan/office/assessment"
	"yunzhuan/office/bulletin"
	"yunzhuan/office/calendar"
	"yunzhuan/office/monthly"
	"yunzhuan/office/patrol"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// State is where an appeal is.
type State string

// The states of an appeal.
const (
	Open      State = "open"
	Upheld    State = "upheld"   // 采纳: the finding does not stand
	Dismissed State = "rejected" // 驳回
	Taken     State = "taken"    // back, by whoever made it
)

// Appeal is one appeal against one finding.
type Appeal struct {
	No         int         `json:"no"`
	patrol.Ref             // the finding
	Unit       string      `json:"unit"`
	Persons    []people.ID `json:"persons,omitempty"` // whom the finding is about
	Finder     people.ID   `json:"finder"`            // who recorded it
	By         people.ID   `json:"by"`
	At         time.Time   `json:"at"`
	Reason     string      `json:"reason"`
	State      State       `json:"state"`
	Decider    people.ID   `json:"decider,omitempty"`
	Answer     string      `json:"answer,omitempty"`
	Ended      time.Time   `json:"ended,omitzero"`
}

// ID is the number as shown: A3.
func (a Appeal) ID() string { return fmt.Sprintf("A%d", a.No) }

// Finding is the number of the finding: X37-2, J11-2.
func (a Appeal) Finding() string { return a.Ref.ID() }

var table = store.NewTable("appeals", store.Schema[Appeal]{Version: 1,
	Indexes: map[string]func(Appeal) []string{
		"state":   func(a Appeal) []string { return []string{string(a.State)} },
		"by":      func(a Appeal) []string { return []string{string(a.By)} },
		"finding": func(a Appeal) []string { return []string{findingKey(a.Ref)} },
	}})

func key(no int) string { return fmt.Sprintf("%06d", no) }

func findingKey(r patrol.Ref) string { return fmt.Sprintf("%04d-%s", r.Year, r.ID()) }

const maxText = 300 // runes

func tidy(text, what string) (string, error) {
	text = strings.Join(strings.Fields(text), " ")
	switch n := len([]rune(text)); {
	case n == 0:
		return "", store.Errorf("请写%s。", what)
	case n > maxText:
		return "", store.Errorf("%s有 %d 个字，请压到 %d 个字以内。", what, n, maxText)
	}
	return text, nil
}

// IssueOf is what published a finding; without a year, of the present one or the
// one before.
func IssueOf(tx *store.Tx, r patrol.Ref) (bulletin.Issue, error) {
	if r.Book == patrol.Schools {
		c, err := monthly.OfNumber(tx, r.Year, r.Issue)
		if err != nil {
			return bulletin.Issue{}, err
		}
		return c.Issue(), nil
	}
	b, err := bulletin.Get(tx, r.Year, r.Issue)
	return b.Issue(), err
}

// MayFile says whether a person can appeal against a line of an issue now, and
// which finding that is: the person it is about, or a head of the unit, until the
// issue's last day for it, once.
func MayFile(tx *store.Tx, by people.Person, is bulletin.Issue, line int) (bulletin.Finding, error) {
	ref := is.Ref
	ref.Line = line
	f, ok := is.Line(line)
	if !ok {
		return f, store.Errorf("%s没有记录 %s。", is.Number, ref.ID())
	}
	if is.Ref.Book == patrol.Offices {
		if _, gone, err := bulletin.RecallOf(tx, is.Ref.Year, is.Ref.Issue); err != nil {
			return f, err
		} else if gone {
			return f, store.Errorf("%s已撤回，记录 %s 不作数了，不用申诉。", is.Number, f.ID())
		}
	}
	switch {
	case !slices.Contains(f.Persons, by.ID) && !by.Heads(f.Unit):
		return f, store.Errorf("记录 %s 只能由本人或%s负责人申诉。", f.ID(), f.Unit)
	case f.Finding.Kind == patrol.Praise:
		return f, store.Errorf("记录 %s 是表扬，不用申诉。", f.ID())
	case calendar.Day(tx.Today()) > is.ObjectBy:
		return f, store.Errorf("记录 %s 的申诉期到 %s为止，已经过了。", f.ID(), is.ObjectBy.Short())
	}
	before, err := table.AllBy(tx, "finding", findingKey(ref))
	if err != nil {
		return f, err
	}
	for _, a := range before {
		switch {
		case a.State == Upheld:
			return f, store.Errorf("记录 %s 已经申诉采纳（%s），不作数了。", f.ID(), a.ID())
		case a.By == by.ID && a.State == Open:
			return f, store.Errorf("您对记录 %s 的申诉（%s）正在处理。要补充，先收回再提：/申诉 收回 %s", f.ID(), a.ID(), a.ID())
		case a.By == by.ID && a.State == Dismissed:
			return f, store.Errorf("您对记录 %s 的申诉（%s）已有答复：%s", f.ID(), a.ID(), a.Answer)
		}
	}
	return f, nil
}

// against lists the appeals against findings of an issue, but for those that were
// taken back.
func against(tx *store.Tx, b bulletin.Bulletin) ([]Appeal, error) {
	var all []Appeal
	for _, f := range b.Findings {
		if f.Line == 0 {
			continue
		}
		of, err := table.AllBy(tx, "finding", findingKey(f.Ref))
		if err != nil {
			return nil, err
		}
		all = append(all, slices.DeleteFunc(of, func(a Appeal) bool { return a.State == Taken })...)
	}
	return all, nil
}

// MayRecall says whether a bulletin can be recalled now. What somebody has appealed
// against stays: the appeal is about that record.
func MayRecall(tx *store.Tx, b bulletin.Bulletin) error {
	if err := bulletin.MayRecall(tx, b); err != nil {
		return err
	}
	all, err := against(tx, b)
	if err != nil || len(all) == 0 {
		return err
	}
	a := all[0]
	return store.Errorf("记录 %s 已有人申诉（%s），%s不能撤回。有误的请用更正：/通报 更正 第%d期 更正内容", a.Finding(), a.ID(), b.Number(), b.No)
}

// File makes an appeal.
func File(tx *store.Tx, by people.Person, is bulletin.Issue, line int, reason string) (Appeal, error) {
	f, err := MayFile(tx, by, is, line)
	if err != nil {
		return Appeal{}, err
	}
	if reason, err = tidy(reason, "申诉理由"); err != nil {
		return Appeal{}, err
	}
	no, err := tx.Next("appeal")
	if err != nil {
		return Appeal{}, err
	}
	a := Appeal{
		No: int(no), Ref: f.Ref, Unit: f.Unit, Persons: f.Persons, Finder: f.By,
		By: by.ID, At: tx.Now(), Reason: reason, State: Open,
	}
	return a, table.Put(tx, key(a.No), a)
}

// Find reads an appeal by its number.
func Find(tx *store.Tx, no int) (Appeal, error) {
	a, ok, err := table.Get(tx, key(no))
	if err == nil && !ok {
		err = store.Errorf("没有申诉 A%d。", no)
	}
	return a, err
}

// Sees says whether a person may look at an appeal: whoever made it, the office and
// the discipline team.
func (a Appeal) Sees(p people.Person) bool {
	return p.ID == a.By || p.Has(people.Office, people.Inspector)
}

// Waiting lists the appeals that wait for a decision that p may take.
func Waiting(tx *store.Tx, p people.Person) ([]Appeal, error) {
	all, err := table.AllBy(tx, "state", string(Open))
	return slices.DeleteFunc(all, func(a Appeal) bool { return MayDecide(p, a) != nil }), err
}

// Of lists the appeals that a person made.
func Of(tx *store.Tx, id people.ID) ([]Appeal, error) { return table.AllBy(tx, "by", string(id)) }

// MayDecide says whether a person may decide on an appeal: somebody of the office or
// of the discipline team who has nothing to do with the matter.
func MayDecide(p people.Person, a Appeal) error {
	switch {
	case !p.Has(people.Office, people.Inspector):
		return store.Errorf("申诉由办公室和纪检组处理。")
	case p.ID == a.By || slices.Contains(a.Persons, p.ID):
		return store.Errorf("这条申诉与您本人有关，请由别的同志处理。")
	case p.ID == a.Finder:
		return store.Errorf("这条记录是您记的，请由别的同志处理。")
	case p.Unit == a.Unit:
		return store.Errorf("%s是您所在的单位，请由别的同志处理。", a.Unit)
	}
	return nil
}

// Decide settles an appeal. Upheld, the finding counts for nothing, and a correction of
// what published it stands in the next one.
func Decide(tx *store.Tx, by people.Person, a Appeal, uphold bool, answer string) (Appeal, error) {
	if err := a.mustBeOpen(); err != nil {
		return a, err
	}
	if err := MayDecide(by, a); err != nil {
		return a, err
	}
	answer, err := tidy(answer, "处理说明")
	if err != nil {
		return a, err
	}
	a.State, a.Decider, a.Answer, a.Ended = Dismissed, by.ID, answer, tx.Now()
	if uphold {
		a.State = Upheld
		if err := a.correct(tx); err != nil {
			return a, err
		}
		if err := a.strike(tx); err != nil {
			return a, err
		}
	}
	return a, table.Put(tx, key(a.No), a)
}

// strike takes the finding of an upheld appeal out of the assessment.
func (a Appeal) strike(tx *store.Tx) error {
	is, err := IssueOf(tx, a.Ref)
	if err != nil {
		return err
	}
	f, ok := is.Line(a.Line)
	if !ok {
		return fmt.Errorf("appeal %s: no finding %s in %s", a.ID(), a.Finding(), is.Number)
	}
	struck, err := patrol.Strike(tx, f.Finding)
	if err != nil {
		return err
	}
	return assessment.Settle(tx, []patrol.Finding{struck}, "申诉 "+a.ID()+" 采纳")
}

// correct writes the correction that an upheld appeal is.
func (a Appeal) correct(tx *store.Tx) error {
	// Neither names nor the answer, which may have some: groups read it.
	text := fmt.Sprintf("记录 %s 经申诉复核，予以撤销，不计入考核。", a.Finding())
	if a.Book == patrol.Schools {
		c, err := monthly.OfNumber(tx, a.Year, a.Issue)
		if err != nil {
			return err
		}
		return monthly.Correct(tx, c, a.Decider, text, false)
	}
	b, err := bulletin.Get(tx, a.Year, a.Issue)
	if err != nil {
		return err
	}
	return bulletin.Correct(tx, b, a.Decider, text, false)
}

// IsUpheld says whether an appeal against a published finding was upheld: it does
// not stand any more.
func IsUpheld(tx *store.Tx, r patrol.Ref) (bool, error) {
	all, err := table.AllBy(tx, "finding", findingKey(r))
	return slices.ContainsFunc(all, func(a Appeal) bool { return a.State == Upheld }), err
}

// TakeBack ends an appeal by whoever made it.
func TakeBack(tx *store.Tx, by people.ID, a Appeal) (Appeal, error) {
	if by != a.By {
		return a, store.Errorf("没有您提的申诉 %s。", a.ID())
	}
	if err := a.mustBeOpen(); err != nil {
		return a, err
	}
	a.State, a.Ended = Taken, tx.Now()
	return a, table.Put(tx, key(a.No), a)
}

func (a Appeal) mustBeOpen() error {
	if a.State == Open {
		return nil
	}
	return store.Errorf("申诉 %s 已经%s。", a.ID(), a.State.Title())
}

// Title is the state in Chinese.
func (s State) Title() string {
	return map[State]string{Open: "在处理", Upheld: "采纳", Dismissed: "驳回", Taken: "收回"}[s]
}
