package patrol

import (
	"yunzhuan/office/calendar"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// Find reads a finding of the book by its day and its number in it.
func (b Book) Find(tx *store.Tx, day calendar.Day, seq int) (Finding, error) {
	f, ok, err := b.table().Get(tx, key(day, seq))
	switch {
	case err != nil:
		return f, err
	case !ok:
		return f, store.Errorf("%s没有第 %d 条%s记录。", day.Short(), seq, b.Title())
	case f.Withdrawn:
		return f, store.Errorf("%s第 %d 条已经撤销。", day.Short(), seq)
	}
	return f, nil
}

// mayChange says whether a person may change or withdraw a finding: whoever
// recorded it, or the office, never on their own unit, and until it is
// published. What was published is corrected, not changed.
func mayChange(tx *store.Tx, by people.Person, f Finding) error {
	switch {
	case f.Published():
		return store.Errorf("这条记录已载入通报（%s），不能再改。需要更正的请办公室发：%s %s 更正内容", f.ID(), f.correction(), f.ID())
	case by.Unit == f.Unit:
		return store.Errorf("%s是您所在的单位，这条记录请由别的同志处理。", f.Unit)
	case by.ID != f.By && !by.Has(people.Office):
		return store.Errorf("这条记录不是您记的，请记录人或办公室处理。")
	}
	return nil
}

// Change puts another finding in the place of one that is not published yet. Who
// recorded it first, and when, stays.
func Change(tx *store.Tx, by people.Person, old, f Finding) (Finding, error) {
	if err := mayChange(tx, by, old); err != nil {
		return f, err
	}
	f.Ref, f.Day, f.Seq, f.By, f.At = old.Ref, old.Day, old.Seq, old.By, old.At
	if err := f.examine(tx, by); err != nil {
		return f, err
	}
	return f, Put(tx, f)
}

// Withdraw takes a finding back that is not published yet.
func Withdraw(tx *store.Tx, by people.Person, f Finding) error {
	if err := mayChange(tx, by, f); err != nil {
		return err
	}
	f.Withdrawn = true
	return Put(tx, f)
}
