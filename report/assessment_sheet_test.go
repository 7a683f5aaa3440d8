package report_test

import (
	"bytes"
	"context"
	"math"
	"strconv"
	"testing"

	"github.com/xuri/excelize/v2"

	"yunzhuan/chat"
	"yunzhuan/internal/bottest"
	"yunzhuan/office/assessment"
	"yunzhuan/office/calendar"
	"yunzhuan/office/patrol"
	"yunzhuan/office/people"
	"yunzhuan/report"
	"yunzhuan/store"
)

// The formulas of the workbook, worked out, are the sums of the ledger: also of
// somebody who was found in two units, and where an entry was taken back.
func TestAssessmentSheet(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, "2026-11-23 10:00")
	err := b.Store.Update(context.Background(), func(tx *store.Tx) error {
		by, err := people.Find(tx, "J1087", "")
		if err != nil {
			return err
		}
		var found []patrol.Finding
		for i, f := range []patrol.Finding{
			{Unit: "人事科", Kind: patrol.Absent, Persons: []people.ID{"J1019", "J1020"}},
			{Unit: "人事科", Kind: patrol.Late, Persons: []people.ID{"J1019"}},
			{Unit: "人事科", Kind: patrol.Praise, Persons: []people.ID{"J1020"}},
			{Unit: "计财科", Kind: patrol.Reception},
		} {
			if f, err = patrol.Offices.Record(tx, by, f); err != nil {
				return err
			}
			f.Year, f.Issue, f.Line = 2026, 1, i+1
			if err := patrol.Put(tx, f); err != nil {
				return err
			}
			found = append(found, f)
		}
		if err := assessment.Settle(tx, found, "第1期"); err != nil {
			return err
		}
		struck, err := patrol.Strike(tx, found[1])
		if err != nil {
			return err
		}
		return assessment.Settle(tx, []patrol.Finding{struck}, "申诉 A1 采纳")
	})
	if err != nil {
		t.Fatal(err)
	}
	var table assessment.Table
	var body chat.Body
	b.View(func(tx *store.Tx) (err error) {
		if table, err = assessment.All(tx, calendar.Month("2026-11").Period()); err != nil {
			return err
		}
		body, err = report.AssessmentSheet(tx, table)
		return err
	})
	f, err := excelize.OpenReader(bytes.NewReader(body.Blocks[1].File.Data))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got, want := len(f.GetSheetList()), 2+len(table.Units); got != want {
		t.Fatalf("%d sheets, want %d", got, want)
	}
	value := func(sheet string, col string, row int) assessment.Points {
		at := col + strconv.Itoa(row)
		if fx, err := f.GetCellFormula(sheet, at); err != nil || fx == "" {
			t.Fatalf("%s %s is no formula: %v", sheet, at, err)
		}
		text, err := f.CalcCellValue(sheet, at)
		if err != nil {
			t.Fatalf("%s %s: %v", sheet, at, err)
		}
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatalf("%s %s is %q", sheet, at, text)
		}
		return assessment.Points(math.Round(n * 100))
	}
	var total assessment.Points
	for i, u := range table.Units {
		name, err := f.GetCellValue("汇总", "A"+strconv.Itoa(i+2))
		if err != nil || name != u.Name {
			t.Fatalf("line %d is %q, want %s (%v)", i+2, name, u.Name, err)
		}
		if minus, plus, sum := value("汇总", "C", i+2), value("汇总", "D", i+2), value("汇总", "E", i+2); minus != u.Minus || plus != u.Plus || sum != u.Total() {
			t.Errorf("%s: %s %s %s, want %s %s %s", u.Name, minus, plus, sum, u.Minus, u.Plus, u.Total())
		}
		total += u.Total()
	}
	if got := value("汇总", "E", len(table.Units)+2); got != total || total == 0 {
		t.Errorf("total %s, want %s", got, total)
	}
	for i, p := range table.Persons {
		if got := value("个人", "C", i+2); got != p.Total() {
			t.Errorf("%s: %s, want %s", p.Name, got, p.Total())
		}
	}
	if len(table.Persons) != 2 {
		t.Errorf("%d persons", len(table.Persons))
	}
}
