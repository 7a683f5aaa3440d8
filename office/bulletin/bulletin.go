// Package bulletin is the numbered bulletin 《机关巡查信息》: compiled from a day's
// attendance and patrol, published once, and never changed afterwards. Numbers
// run without a gap from 1 each year.
package bulletin

import (
	"errors"
	"fmt"
	"time"

	"yunzhuan/office/assessment"
	"yunzhuan/office/attendance"
	"yunzhuan/office/calendar"
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
	Issuer      string             `json:"issuer"` // 县教委办公室
	Leader      Person             `json:"leader,omitzero"`
	Members     []Person           `json:"members,omitempty"`
	Attendance  attendance.Summary `json:"attendance"`
	Findings    []Finding          `json:"findings,omitempty"`
	Corrections []Correction       `json:"corrections,omitempty"`
	// ObjectBy is the last day on which a finding can be objected to.
	ObjectBy calendar.Day `json:"object_by,omitempty"`
	// Replaces are the recalled issues in whose place it is published.
	Replaces []IssueNo `json:"replaces,omitempty"`
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
	Names []string `json:"names,omitempty"`
	// NoteNames says that the note has somebody's name in it.
	NoteNames bool `json:"note_names,omitempty"`
}

// Number is the issue as shown: 2026年第37期.
func (b Bulletin) Number() string { return fmt.Sprintf("%d年第%d期", b.Year, b.No) }

var table = store.NewTable("bulletins", store.Schema[Bulletin]{Version: 1,
	Indexes: map[string]func(Bulletin) []string{
		"day": func(b Bulletin) []string { return []string{string(b.Day)} },
	}})

func key(year, no int) string { return fmt.Sprintf("%04d-%06d", year, no) }

func counter(year int) string { return fmt.Sprintf("bulletin-%d", year) }

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
	if year != 0 {
		return Bulletin{}, store.Errorf("没有 %d年第%d期。", year, no)
	}
	return Bulletin{}, store.Errorf("还没有第%d期。", no)
}

// OfDay reads the issue of a day that was not recalled.
func OfDay(tx *store.Tx, day calendar.Day) (Bulletin, bool, error) {
	all, err := table.AllBy(tx, "day", string(day))
	if err == nil {
		all, err = standing(tx, all)
	}
	if err != nil || len(all) == 0 {
		return Bulletin{}, false, err
	}
	return all[len(all)-1], true, nil
}

// Latest reads the last issue that was not recalled.
func Latest(tx *store.Tx) (Bulletin, bool, error) {
	for _, year := range []int{tx.Now().Year(), tx.Now().Year() - 1} {
		no, err := tx.Last(counter(year))
		if err != nil {
			return Bulletin{}, false, err
		}
		for ; no > 0; no-- {
			_, gone, err := RecallOf(tx, year, int(no))
			if err != nil {
				return Bulletin{}, false, err
			}
			if !gone {
				return table.Get(tx, key(year, int(no)))
			}
		}
	}
	return Bulletin{}, false, nil
}

// HasPatrol says whether a day was patrolled: only then it has a bulletin.
func HasPatrol(tx *store.Tx, day calendar.Day) (bool, error) {
	found, err := patrol.Offices.On(tx, day)
	return len(found) > 0, err
}

// Preview compiles the bulletin of a day as it would be published now.
func Preview(tx *store.Tx, day calendar.Day) (Bulletin, error) {
	last, err := tx.Last(counter(day.Year()))
	if err != nil {
		return Bulletin{}, err
	}
	found, err := patrol.Offices.Unpublished(tx, day)
	if err != nil {
		return Bulletin{}, err
	}
	b := Bulletin{Year: day.Year(), No: int(last) + 1, Day: day}
	return b, b.compile(tx, patrol.Number(found, b.Year, b.No))
}

// How says how a bulletin is published.
type How struct {
	Day    calendar.Day
	By     people.ID // empty: by schedule
	Late   bool      // caught up on: marked 补发
	Forced bool      // by hand: although held back
}

// Publish compiles and keeps the bulletin of a day under the next number.
// ErrPublished, ErrHeld and ErrNoPatrol say that there is nothing to publish, and
// change nothing.
func Publish(tx *store.Tx, how How) (Bulletin, error) {
	if _, ok, err := OfDay(tx, how.Day); err != nil {
		return Bulletin{}, err
	} else if ok {
		return Bulletin{}, ErrPublished
	}
	if walked, err := HasPatrol(tx, how.Day); err != nil {
		return Bulletin{}, err
	} else if !walked {
		return Bulletin{}, ErrNoPatrol
	}
	if held, err := Held(tx, how.Day); err != nil {
		return Bulletin{}, err
	} else if held && !how.Forced {
		return Bulletin{}, ErrHeld
	}
	b, err := Preview(tx, how.Day) // before the number is taken, for it looks at the last issue
	if err != nil {
		return Bulletin{}, err
	}
	if _, err := tx.Next(counter(b.Year)); err != nil {
		return Bulletin{}, err
	}
	b.PublishedAt, b.By, b.Late = tx.Now(), how.By, how.Late
	if err := b.settle(tx); err != nil {
		return Bulletin{}, err
	}
	return b, table.Put(tx, key(b.Year, b.No), b)
}

// settle notes in what the bulletin holds that it is published, and has it scored.
func (b Bulletin) settle(tx *store.Tx) error {
	var found []patrol.Finding
	for _, f := range b.Findings {
		if err := patrol.Put(tx, f.Finding); err != nil {
			return err
		}
		found = append(found, f.Finding)
	}
	if err := assessment.Settle(tx, found, fmt.Sprintf("第%d期", b.No)); err != nil {
		return err
	}
	if err := closeCorrections(tx, b); err != nil {
		return err
	}
	if err := closeReplaced(tx, b); err != nil {
		return err
	}
	if err := holds.Delete(tx, string(b.Day)); err != nil {
		return err
	}
	return attendance.MarkPublished(tx, b.Day)
}
