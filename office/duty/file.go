package duty

import (
	"errors"
	"slices"
	"strings"

	"yunzhuan/office/calendar"
	"yunzhuan/office/people"
	"yunzhuan/office/sheet"
	"yunzhuan/store"
)

// Header is the first line of a roster file. A week is written as its number or one
// of its days; members are separated by 、 or another mark.
var Header = []string{"周", "带班领导", "成员"}

const (
	maxRows = 1000 // weeks of a roster file
	maxCell = 200  // characters of a cell
)

// FileRow is one week of a roster file, as it is written there.
type FileRow struct {
	Line    int
	Week    string
	Leader  string
	Members []string
}

// ParseFile reads a roster file (see sheet.Read). What its words mean is Import's
// matter.
func ParseFile(name string, data []byte) ([]FileRow, error) {
	return sheet.Read(name, data, sheet.Kind{Name: "值班表", Rows: maxRows}, func(lines []sheet.Row) ([]FileRow, error) {
		lines, err := sheet.Body(lines, Header, "排班")
		if err != nil {
			return nil, err
		}
		var faults sheet.Faults
		var rows []FileRow
		for _, l := range lines {
			r := FileRow{Line: l.Line, Week: l.Date(0), Leader: l.At(1), Members: strings.FieldsFunc(l.At(2), isBetween)}
			switch {
			case r.Week == "":
				faults.Add(l.Line, "没有写哪一周")
			case r.Leader == "":
				faults.Add(l.Line, "没有写带班领导")
			case len(l.At(0)) > maxCell || len(l.At(1)) > maxCell || len(l.At(2)) > 3*maxCell:
				faults.Add(l.Line, "有一格太长")
			}
			rows = append(rows, r)
		}
		return rows, faults.Err()
	})
}

// isBetween says whether a character stands between names.
func isBetween(r rune) bool { return strings.ContainsRune("、，,；;/ \t\r\n　", r) }

// Change is what an import changes.
type Change struct {
	Week   calendar.Week
	Duty   Duty
	Before bool // there was another roster
}

// Import sets the rosters of a file, all or none, and returns those that it
// changes. A week that is past may be added, for it counts in the draws of its
// year, but not changed; nor may one whose people were told already.
func Import(tx *store.Tx, rows []FileRow) ([]Change, error) {
	var faults sheet.Faults
	var out []Change
	lines := map[string]int{}
	for _, r := range rows {
		c, changed, err := readRow(tx, r)
		if n := lines[c.Duty.Week]; err == nil && n > 0 {
			err = store.Errorf("和第 %d 行是同一周", n)
		}
		var mistake *store.UserError
		switch {
		case errors.As(err, &mistake):
			faults.Add(r.Line, "%s", strings.ReplaceAll(strings.TrimRight(mistake.Text, "。"), "\n", "；"))
		case err != nil:
			return nil, err
		default:
			lines[c.Duty.Week] = r.Line
			if changed {
				out = append(out, c)
			}
		}
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	for _, c := range out {
		if err := table.Put(tx, c.Duty.Week, c.Duty); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func readRow(tx *store.Tx, r FileRow) (c Change, changed bool, err error) {
	if c.Week, err = calendar.ParseWeek(r.Week, calendar.Day(tx.Today())); err != nil {
		return c, false, err
	}
	leader, err := people.Find(tx, r.Leader, "")
	if err != nil {
		return c, false, err
	}
	var members []people.Person
	for _, name := range r.Members {
		p, err := people.Find(tx, name, "")
		if err != nil {
			return c, false, err
		}
		members = append(members, p)
	}
	if c.Duty, err = compose(c.Week, leader, members); err != nil {
		return c, false, err
	}
	before, set, err := Of(tx, c.Week)
	if err != nil || set && before.Leader == c.Duty.Leader && slices.Equal(before.Members, c.Duty.Members) {
		return c, false, err
	}
	c.Before = set
	noticed, err := Noticed(tx, c.Week)
	switch past := c.Week.To < calendar.Day(tx.Today()); {
	case err != nil:
		return c, false, err
	case past && set:
		return c, false, store.Errorf("%s这一周已经过去，排过班，不能再改", c.Week.Label())
	case noticed && !past:
		return c, false, store.Errorf("%s的值班已经通知到人，请在聊天里用 /值班 排 修改，有变动的人会收到通知", c.Week.Label())
	}
	return c, true, nil
}
