package attendance

import (
	"errors"
	"slices"
	"strings"

	"yunzhuan/office/people"
	"yunzhuan/store"
)

// Entry is a name and what was noted with it, as typed: "张三（病假）".
type Entry struct{ Name, Note string }

// reading is a list of absences being read.
type reading struct {
	tx   *store.Tx
	unit string
	roll []people.Person
	out  []Absence
	open []int  // absences without a reason so far
	last Reason // a reason that was written before its names; "" for none
}

// Read reads a list of names with their reasons for a unit, in any of the ways
// people write one:
//
//	张三（病假） 李四(公差)
//	张三 病假 李四 公差          the reason behind one name
//	病假 张三 李四 公差 王五      the reason before the names it is for
//	病假：张三、李四
//	张三病假、李四公差
//
// A name without a reason is 未到. Whoever is not of the unit, is named twice, or
// has a reason that is none is a *store.UserError, several of the name in the unit
// an *people.Ambiguous.
func Read(tx *store.Tx, unit string, entries []Entry) ([]Absence, error) {
	roll, err := people.OfUnit(tx, unit)
	if err != nil {
		return nil, err
	}
	r := reading{tx: tx, unit: unit, roll: roll}
	for _, e := range entries {
		if IsReason(e.Name) && !r.onRoll(e.Name) {
			err = r.reason(e)
		} else {
			err = r.person(e)
		}
		if err != nil {
			return nil, err
		}
	}
	if len(r.out) == 0 {
		return nil, store.Errorf("请写缺勤人员的姓名。")
	}
	return r.out, nil
}

// onRoll says whether somebody of the unit bears the name.
func (r *reading) onRoll(name string) bool {
	return slices.ContainsFunc(r.roll, func(p people.Person) bool { return p.Name == name })
}

// reason takes a reason that stands by itself: for the one name before it, or for
// the names behind it.
func (r *reading) reason(e Entry) error {
	why, _, _ := ParseReason(e.Name)
	switch len(r.open) {
	case 0:
		r.last = why
	case 1:
		r.out[r.open[0]].Reason = why
		r.open = nil
	default:
		var names, right []string
		for _, i := range r.open {
			p, _, err := people.Get(r.tx, r.out[i].Person)
			if err != nil {
				return err
			}
			names = append(names, p.Name)
			right = append(right, p.Name+"("+string(why)+")")
		}
		return store.WithHint(store.Errorf("“%s”前面有 %d 个人（%s），不知道是其中谁的。未作登记。", e.Name, len(names), strings.Join(names, "、")),
			"例：/考勤 缺 "+strings.Join(right, " "))
	}
	if e.Note == "" {
		return nil
	}
	return r.person(Entry{Name: e.Note}) // 病假：张三
}

// person takes a name.
func (r *reading) person(e Entry) error {
	p, why, err := r.find(e.Name)
	if err != nil {
		return err
	}
	a := Absence{Person: p.ID, Reason: why}
	if e.Note != "" || why == "" {
		var ok bool
		if a.Reason, a.Remark, ok = ParseReason(e.Note); !ok {
			return store.Errorf("没有“%s”这种原因，可以写：%s。未作登记。", e.Note, reasonList())
		}
	}
	bare := e.Note == "" && why == ""
	if bare && r.last != "" {
		a.Reason, bare = r.last, false
	} else if !bare {
		r.last, r.open = "", nil
	}
	if slices.ContainsFunc(r.out, func(o Absence) bool { return o.Person == p.ID }) {
		return store.Errorf("%s写了两次。未作登记。", p.Name)
	}
	if bare {
		r.open = append(r.open, len(r.out))
	}
	r.out = append(r.out, a)
	return nil
}

func reasonList() string {
	var out []string
	for _, r := range Reasons {
		out = append(out, string(r))
	}
	return strings.Join(out, " ")
}

// find finds a person of the unit, also where the reason is written right on to
// the name; the reason is "" where there is none.
func (r *reading) find(word string) (people.Person, Reason, error) {
	p, err := people.Find(r.tx, word, r.unit)
	var mistake *store.UserError
	var several *people.Ambiguous
	if err == nil || errors.As(err, &several) || !errors.As(err, &mistake) {
		return p, "", err
	}
	for _, p := range r.roll {
		rest, behind := strings.CutPrefix(word, p.Name)
		if !behind {
			rest, behind = strings.CutSuffix(word, p.Name)
		}
		if why, ok := exactReason(rest); behind && ok {
			p, err := people.Find(r.tx, p.Name, r.unit) // there may be two of the name
			return p, why, err
		}
	}
	return people.Person{}, "", r.notHere(word)
}

// notHere says of a name that it is not of the unit, and what is known of it.
func (r *reading) notHere(word string) error {
	elsewhere, err := people.Find(r.tx, word, "")
	var mistake *store.UserError
	var several *people.Ambiguous
	switch {
	case err == nil:
		return store.Errorf("“%s”不是%s的人（%s）。未作登记。", elsewhere.Name, r.unit, elsewhere.Unit)
	case errors.As(err, &several):
		return store.Errorf("“%s”不是%s的人。未作登记。", word, r.unit)
	case !errors.As(err, &mistake):
		return err
	}
	for _, p := range r.roll {
		if oneOff(word, p.Name) {
			return store.Errorf("%s没有“%s”这个人，是不是%s？未作登记。", r.unit, word, p.Name)
		}
	}
	return store.Errorf("%s没有“%s”这个人。未作登记。", r.unit, word)
}

// oneOff says whether a typed name differs from a real one in one character:
// another one, one too many, or one too few.
func oneOff(typed, name string) bool {
	a, b := []rune(typed), []rune(name)
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b) < 2 || len(b)-len(a) > 1 || len(a) < 2 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) == len(b) {
		return slices.Equal(a[min(i+1, len(a)):], b[min(i+1, len(b)):])
	}
	return slices.Equal(a[i:], b[i+1:])
}
