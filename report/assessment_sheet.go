package report

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"

	"yunzhuan/chat"
	"yunzhuan/office/assessment"
	"yunzhuan/office/calendar"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// AssessmentSheet is a period's assessment as a workbook: a sheet with all units, one
// with the persons, and one a unit with its entries. Sums are formulas, so that
// whoever gets the workbook can follow them.
func AssessmentSheet(tx *store.Tx, t assessment.Table) (chat.Body, error) {
	w := workbook{tx: tx, period: t.Period, f: excelize.NewFile(), sheets: map[string]string{}}
	defer w.f.Close()
	data, err := w.bytes(t)
	if err != nil {
		return chat.Body{}, fmt.Errorf("write the assessment of %s: %w", t.Period.Label, err)
	}
	return chat.Titled("考核表　" + t.Period.Label).Para("每个单位一张表，合计都是公式。内有个人记分，请勿外传。").
		File(chat.File{Name: fileName("考核表 "+t.Period.Label) + ".xlsx", Data: data}), nil
}

type workbook struct {
	tx     *store.Tx
	period calendar.Period
	f      *excelize.File
	sheets map[string]string // the sheet of each unit
}

const (
	allUnits   = "汇总"
	allPersons = "个人"
	ownEntry   = "单位" // in the column of whom an entry is for

	entriesRow = 5 // of a unit: above it are its sums and the header
)

func (w *workbook) bytes(t assessment.Table) ([]byte, error) {
	if err := w.f.SetSheetName("Sheet1", allUnits); err != nil {
		return nil, err
	}
	if _, err := w.f.NewSheet(allPersons); err != nil {
		return nil, err
	}
	entries := entriesByUnit(t)
	for _, u := range t.Units {
		w.sheets[u.Name] = sheetName(u.Name, len(w.sheets)+1)
	}
	write := []func() error{func() error { return w.units(t.Units) }, func() error { return w.persons(t.Persons) }}
	for _, u := range t.Units {
		write = append(write, func() error { return w.unit(u.Name, entries[u.Name]) })
	}
	for _, do := range write {
		if err := do(); err != nil {
			return nil, err
		}
	}
	yes := true
	if err := w.f.SetCalcProps(&excelize.CalcPropsOptions{FullCalcOnLoad: &yes}); err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	_, err := w.f.WriteTo(&buf)
	return buf.Bytes(), err
}

// entriesByUnit are all entries by the unit of the finding: those of the unit, then
// those of persons.
func entriesByUnit(t assessment.Table) map[string][]assessment.Entry {
	out := map[string][]assessment.Entry{}
	for _, u := range t.Units {
		out[u.Name] = append(out[u.Name], u.Entries...)
	}
	for _, p := range t.Persons {
		for _, e := range p.Entries {
			out[e.In] = append(out[e.In], e)
		}
	}
	return out
}

// sheetName is a name that Excel takes, and no other sheet has.
func sheetName(unit string, n int) string {
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]'`, r) {
			return -1
		}
		return r
	}, unit)
	if r := []rune(name); len(r) > 24 {
		name = string(r[:24])
	}
	return fmt.Sprintf("%02d %s", n, name)
}

// personKey names a person so that no two are one.
func personKey(p people.Person) string { return p.Name + "（" + string(p.ID) + "）" }

// units is the sheet of all units; each line looks at the unit's own sheet.
func (w *workbook) units(all []assessment.UnitSum) error {
	rows := table{{"单位", "类型", "扣分", "加分", "合计"}}
	for _, u := range all {
		sheet := "'" + w.sheets[u.Name] + "'!"
		rows = append(rows, []any{u.Name, string(u.Kind), formula(sheet + "B2"), formula(sheet + "D2"), formula(sheet + "F2")})
	}
	n := len(rows)
	rows = append(rows, []any{"总计", "", formula(fmt.Sprintf("SUM(C2:C%d)", n)), formula(fmt.Sprintf("SUM(D2:D%d)", n)), formula(fmt.Sprintf("SUM(E2:E%d)", n))})
	return rows.write(w.f, allUnits, 1, map[string]float64{"A": 28, "B": 10})
}

// persons is the sheet of the persons; each line sums up what stands for them on the
// sheets of units.
func (w *workbook) persons(all []assessment.PersonSum) error {
	rows := table{{"姓名（工号）", "单位", "合计"}}
	for _, p := range all {
		var parts []string
		seen := map[string]bool{}
		for _, e := range p.Entries {
			sheet, ok := w.sheets[e.In]
			if ok && !seen[sheet] {
				seen[sheet] = true
				parts = append(parts, fmt.Sprintf("SUMIF('%[1]s'!A%[2]d:A%[3]d,A%[4]d,'%[1]s'!J%[2]d:J%[3]d)", sheet, entriesRow, lastRow, len(rows)+1))
			}
		}
		rows = append(rows, []any{personKey(p.Person), p.Person.Unit, formula(strings.Join(parts, "+"))})
	}
	return rows.write(w.f, allPersons, 1, map[string]float64{"A": 24, "B": 28})
}

// lastRow is below every entry that a year can have in a unit.
const lastRow = 5000

// unit is the sheet of a unit: its sums, and its entries. What an entry takes back of
// an earlier one counts on the side of that one.
func (w *workbook) unit(unit string, entries []assessment.Entry) error {
	sum := func(kind string) formula {
		return formula(fmt.Sprintf("SUMIFS(J%[1]d:J%[2]d,A%[1]d:A%[2]d,\"%[3]s\"%[4]s)", entriesRow, lastRow, ownEntry, kind))
	}
	kinds := fmt.Sprintf(",D%d:D%d,", entriesRow, lastRow)
	rows := table{
		{unit + "　" + w.period.Label},
		{"单位扣分", sum(kinds + `"<>表扬"`), "单位加分", sum(kinds + `"表扬"`), "单位合计", sum("")},
		{},
		{"记给", "记录号", "日期", "情形", "第几次", "倍数", "规则", "记录人", "来由", "分值"},
	}
	for _, e := range entries {
		whose := ownEntry
		if e.Person != "" {
			p, _, err := people.Get(w.tx, e.Person)
			if err != nil {
				return err
			}
			whose = personKey(p)
		}
		finder, _, err := people.Get(w.tx, e.Finder)
		if err != nil {
			return err
		}
		rows = append(rows, []any{whose, e.Number, string(e.Day), string(e.Kind), e.Nth, e.Times, string(e.Rule), finder.Name, e.Cause, e.Points.Float()})
	}
	return rows.write(w.f, w.sheets[unit], entriesRow-1, map[string]float64{"A": 20, "B": 12, "C": 12, "D": 12, "E": 12, "G": 12, "I": 20})
}
