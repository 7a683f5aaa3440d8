// Package bulletin is the numbered bulletin 《机关巡查信息》: compiled from a day's
// attendance and patrol, published once, and never changed afterwards. Numbers
// run without a gap from 1 each year.
package bulletin

import (
	"errors"
	"fmt"
	"time"

	"yunzhuan/office/attendance"
	"yunzhuan/office/calendar"
	"yunzhuan/office/duty"
	"yunzhuan/office/patrol"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// Title is the bulletin's name.
const Title = "机关巡查信息"

// Bulletin is one issue as it was published, or as it would be (a preview). It
// holds all it says, so that it reads the same for good.
type Bulletin struct {
	Year        int                `json:"year"`
	No          int                `json:"no"`
	Day         calendar.Day       `json:"day"`
	PublishedAt time.Time          `json:"published_at"`
	By          people.ID          `json:"by,omitempty"` // empty: by schedule
	Late        bool               `json:"late,omitempty"`
	Leader      Person             `json:"leader,omitzero"`
	Members     []Person           `json:"members,omitempty"`
	Attendance  attendance.Summary `json:"attendance"`
	Findings    []Finding          `json:"findings,omitempty"`
	Corrections []attendance.Late  `json:"corrections,omitempty"` // 补报 since the issue before
}

// Person is somebody as named in a bulletin.
type Person struct {
	ID   people.ID `json:"id"`
	Name string    `json:"name"`
	Unit string    `json:"unit"`
	Post string    `json:"post,omitempty"`
}

// Finding is a finding with the names of those concerned.
type Finding struct {
	patrol.Finding
	UnitKind people.Kind `json:"unit_kind"`
	Names    []string    `json:"names,omitempty"`
}

// Number is the issue as shown: 2026年第37期.
func (b Bulletin) Number() string { return fmt.Sprintf("%d年第%d期", b.Year, b.No) }

var table = store.NewTable("bulletins", store.Schema[Bulletin]{Version: 1,
	Indexes: map[string]func(Bulletin) []string{
		"day": func(b Bulletin) []string { return []string{string(b.Day)} },
	}})

// hold is a bulletin that the office holds back.
type hold struct {
	Day calendar.Day `json:"day"`
	By  people.ID    `json:"by"`
	At  time.Time    `json:"at"`
}

var holds = store.NewTable("bulletin_holds", store.Schema[hold]{Version: 1})

func key(year, no int) string { return fmt.Sprintf("%04d-%06d", year, no) }

// Reasons why there is nothing to publish; none of them is a failure.
var (
	ErrPublished = errors.New("published already")
	ErrHeld      = errors.New("held back")
	ErrNoPatrol  = errors.New("no patrol")
)

// Get reads an issue; year 0 is the present one, or the one before if the number
// has not been reached yet.
func Get(tx *store.Tx, year, no int) (Bulletin, error) {
	years := []int{year}
	if year == 0 {
		now := tx.Now().Year()
		years = []int{now, now - 1}
	}
	for _, y := range years {
		b, ok, err := table.Get(tx, key(y, no))
		if err != nil || ok {
			return b, err
		}
	}
	return Bulletin{}, store.Errorf("还没有第%d期。", no)
}

// OfDay reads the issue of a day.
func OfDay(tx *store.Tx, day calendar.Day) (Bulletin, bool, error) {
	all, err := table.AllBy(tx, "day", string(day))
	if err != nil || len(all) == 0 {
		return Bulletin{}, false, err
	}
	return all[len(all)-1], true, nil
}

// Latest reads the last issue.
func Latest(tx *store.Tx) (Bulletin, bool, error) {
	for _, year := range []int{tx.Now().Year(), tx.Now().Year() - 1} {
		no, err := tx.Last(counter(year))
		if err != nil {
			return Bulletin{}, false, err
		}
		if no > 0 {
			return table.Get(tx, key(year, int(no)))
		}
	}
	return Bulletin{}, false, nil
}

func counter(year int) string { return fmt.Sprintf("bulletin-%d", year) }

// Hold keeps the bulletin of a day back from its schedule, or lets it go again.
func Hold(tx *store.Tx, day calendar.Day, by people.ID, held bool) error {
	if _, published, err := OfDay(tx, day); err != nil || published {
		if err != nil {
			return err
		}
		return store.Errorf("%s的通报已经发布，不能暂缓。", day.Short())
	}
	if !held {
		return holds.Delete(tx, string(day))
	}
	return holds.Put(tx, string(day), hold{Day: day, By: by, At: tx.Now()})
}

// Held says whether the bulletin of a day is held back.
func Held(tx *store.Tx, day calendar.Day) (bool, error) {
	_, ok, err := holds.Get(tx, string(day))
	return ok, err
}

// HasPatrol says whether a day has a finding for its bulletin.
func HasPatrol(tx *store.Tx, day calendar.Day) (bool, error) {
	found, err := patrol.Unpublished(tx, day)
	return len(found) > 0, err
}

// Preview compiles the bulletin of a day as it would be published now.
func Preview(tx *store.Tx, day calendar.Day) (Bulletin, error) {
	year := day.Time(tx.Now().Location()).Year()
	last, err := tx.Last(counter(year))
	if err != nil {
		return Bulletin{}, err
	}
	found, err := patrol.Unpublished(tx, day)
	if err != nil {
		return Bulletin{}, err
	}
	b := Bulletin{Year: year, No: int(last) + 1, Day: day}
	return b, b.compile(tx, patrol.Number(found, year, b.No))
}

// Publish compiles and keeps the bulletin of a day under the next number.
// ErrPublished, ErrHeld (unless forced) and ErrNoPatrol (unless forced) say that
// there is nothing to publish, and change nothing.
func Publish(tx *store.Tx, day calendar.Day, by people.ID, late, forced bool) (Bulletin, error) {
	if _, ok, err := OfDay(tx, day); err != nil {
		return Bulletin{}, err
	} else if ok {
		return Bulletin{}, ErrPublished
	}
	found, err := patrol.Unpublished(tx, day)
	if err != nil {
		return Bulletin{}, err
	}
	if !forced {
		if held, err := Held(tx, day); err != nil {
			return Bulletin{}, err
		} else if held {
			return Bulletin{}, ErrHeld
		}
		if len(found) == 0 {
			return Bulletin{}, ErrNoPatrol
		}
	}
	year := day.Time(tx.Now().Location()).Year()
	no, err := tx.Next(counter(year))
	if err != nil {
		return Bulletin{}, err
	}
	b := Bulletin{Year: year, No: int(no), Day: day, PublishedAt: tx.Now(), By: by, Late: late}
	if found, err = patrol.Publish(tx, found, year, b.No); err != nil {
		return Bulletin{}, err
	}
	if err := b.compile(tx, found); err != nil {
		return Bulletin{}, err
	}
	if err := attendance.MarkPublished(tx, day); err != nil {
		return Bulletin{}, err
	}
	return b, table.Put(tx, key(b.Year, b.No), b)
}

// compile fills in what the bulletin says.
func (b *Bulletin) compile(tx *store.Tx, found []patrol.Finding) error {
	var err error
	if b.Attendance, err = attendance.Summarize(tx, b.Day); err != nil {
		return fmt.Errorf("summarize attendance: %w", err)
	}
	if err := b.addDuty(tx); err != nil {
		return err
	}
	for _, f := range found {
		line := Finding{Finding: f}
		u, _, err := people.GetUnit(tx, f.Unit)
		if err != nil {
			return err
		}
		line.UnitKind = u.Kind
		for _, id := range f.Persons {
			p, err := named(tx, id)
			if err != nil {
				return err
			}
			line.Names = append(line.Names, p.Name)
		}
		b.Findings = append(b.Findings, line)
	}
	last, ok, err := Latest(tx)
	if err != nil {
		return err
	}
	if ok {
		b.Corrections, err = attendance.LateReports(tx, last.PublishedAt)
	}
	return err
}

func (b *Bulletin) addDuty(tx *store.Tx) error {
	d, ok, err := duty.Of(tx, calendar.WeekOf(b.Day))
	if err != nil || !ok {
		return err
	}
	if b.Leader, err = named(tx, d.Leader); err != nil {
		return err
	}
	for _, id := range d.Members {
		p, err := named(tx, id)
		if err != nil {
			return err
		}
		b.Members = append(b.Members, p)
	}
	return nil
}

func named(tx *store.Tx, id people.ID) (Person, error) {
	p, _, err := people.Get(tx, id)
	return Person{ID: id, Name: p.Name, Unit: p.Unit, Post: p.Post}, err
}
