package report_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"yunzhuan/internal/bottest"
	"yunzhuan/office/attendance"
	"yunzhuan/office/bulletin"
	"yunzhuan/office/calendar"
	"yunzhuan/office/patrol"
	"yunzhuan/office/people"
	"yunzhuan/report"
	"yunzhuan/report/document"
	"yunzhuan/store"
)

// BenchmarkBulletin compiles a bulletin with 60 units and 100 findings and renders
// it in each form; x-compile is how many times as long as compiling it alone.
func BenchmarkBulletin(b *testing.B) {
	office := bigOffice(b)
	compile := func() (out bulletin.Bulletin) {
		office.View(func(tx *store.Tx) (err error) {
			out, err = bulletin.Preview(tx, "2026-11-23")
			return err
		})
		return out
	}
	if n := len(compile().Findings); n != 100 {
		b.Fatalf("%d findings", n)
	}
	var alone time.Duration
	for _, form := range []struct {
		name   string
		render func(bulletin.Bulletin) (bytes int, err error)
	}{
		{"compile", func(bulletin.Bulletin) (int, error) { return 0, nil }},
		{"text", func(l bulletin.Bulletin) (int, error) { return len(bottest.Text(report.Bulletin(l, true))), nil }},
		{"picture", paperOf(cards)},
		{"docx", paperOf(document.Document.DOCX)},
		{"pdf", paperOf(document.Document.PDF)},
	} {
		b.Run(form.name, func(b *testing.B) {
			size := 0
			for b.Loop() {
				n, err := form.render(compile())
				if err != nil {
					b.Fatal(err)
				}
				size = n
			}
			each := b.Elapsed() / time.Duration(b.N)
			if form.name == "compile" {
				alone = each
			}
			b.ReportMetric(float64(size), "bytes")
			b.ReportMetric(float64(each)/float64(alone), "x-compile")
		})
	}
}

func cards(d document.Document) ([]byte, error) {
	all, err := d.Cards()
	return bytes.Join(all, nil), err
}

func paperOf(render func(document.Document) ([]byte, error)) func(bulletin.Bulletin) (int, error) {
	return func(l bulletin.Bulletin) (int, error) {
		data, err := render(report.BulletinDocument(l, true))
		return len(data), err
	}
}

// bigOffice has 60 units that reported, and 100 findings of the day, 30 of them in
// one unit.
func bigOffice(t testing.TB) *bottest.Bot {
	b := bottest.New(t, "2026-11-23 10:00")
	err := b.Store.Update(context.Background(), func(tx *store.Tx) error {
		by, _, err := people.Get(tx, "J1087")
		if err != nil {
			return err
		}
		units, err := people.OfficeUnits(tx)
		if err != nil {
			return err
		}
		names := make([]string, 0, 60)
		for _, u := range units {
			names = append(names, u.Name)
		}
		for i := len(names); i < 60; i++ {
			name := fmt.Sprintf("第%d农村义务教育学生营养改善办公室", i)
			if err := people.PutUnit(tx, people.Unit{Name: name, Kind: people.Affiliated, Order: 1000 + i}); err != nil {
				return err
			}
			head := people.Person{ID: people.ID(fmt.Sprintf("K%d", i)), Name: "欧阳喆堃", Unit: name, Roles: []people.Role{people.Head}}
			if err := people.Put(tx, head); err != nil {
				return err
			}
			names = append(names, name)
		}
		return busyDay(tx, by, names)
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// busyDay has the units report, and 100 findings recorded.
func busyDay(tx *store.Tx, by people.Person, names []string) error {
	today := calendar.Day(tx.Today())
	office, _, err := people.Get(tx, "J1006")
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, err := attendance.Save(tx, office, attendance.Claim{Unit: name, Day: today}); err != nil {
			return err
		}
	}
	for i := range 100 {
		unit := names[i%len(names)]
		if i < 30 || unit == by.Unit {
			unit = "人事科"
		}
		staff, err := people.OfUnit(tx, unit)
		if err != nil {
			return err
		}
		f := patrol.Finding{Unit: unit, Kind: patrol.Kinds[1+i%(len(patrol.Kinds)-1)], Note: "走廊堆放杂物，已当场提醒整改"}
		if f.Kind.OfPersons() {
			f.Persons = []people.ID{staff[i%len(staff)].ID}
		}
		if _, err := patrol.Offices.Record(tx, by, f); err != nil {
			return err
		}
	}
	return nil
}
