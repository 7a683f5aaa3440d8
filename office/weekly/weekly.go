// Package weekly is the weekly check of the offices (政务督查): what the week's
// bulletins and attendance come to, compiled once and never changed afterwards.
package weekly

import (
	"errors"
	"time"

	"yunzhuan/office/bulletin"
	"yunzhuan/office/calendar"
	"yunzhuan/office/patrol"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// Title is the name of what is published.
const Title = "政务督查周报"

// Check is the weekly check as it was published. It holds all it says, so that it
// reads the same for good.
type Check struct {
	Week        calendar.Week   `json:"week"`
	On          calendar.Day    `json:"on"` // the day on which it is published
	PublishedAt time.Time       `json:"published_at"`
	Late        bool            `json:"late,omitempty"`
	Issuer      string          `json:"issuer"` // 县教委办公室
	Units       patrol.Coverage `json:"units"`  // walked in the week, and not
	// Bulletins are those since the last weekly check, or of the week if there was
	// none: each is in one weekly check, also if it came after its week's.
	Bulletins []Bulletin `json:"bulletins,omitempty"`
	// Findings are those of the bulletins that have a number and still stand.
	Findings []bulletin.Finding `json:"findings,omitempty"`
	ByUnit   []UnitCount        `json:"by_unit,omitempty"` // in the order of the findings
	// Revoked are the numbers of those that an appeal has undone.
	Revoked []string `json:"revoked,omitempty"`
	// Waiting is how many findings of the week no bulletin holds yet.
	Waiting int   `json:"waiting,omitempty"`
	Days    []Day `json:"days,omitempty"` // the workdays, with their attendance
	// Trend is the last weeks in numbers, the earliest first; the last one is this
	// week.
	Trend []Numbers `json:"trend"`
}

// Bulletin names a bulletin of the week.
type Bulletin struct {
	Year int          `json:"year"`
	No   int          `json:"no"`
	Day  calendar.Day `json:"day"`
}

// UnitCount is a unit's findings in numbers.
type UnitCount struct {
	Unit string `json:"unit"`
	patrol.Count
}

var table = store.NewTable("weekly_checks", store.Schema[Check]{Version: 1})

// ErrPublished says that the check of a week is out; it is no failure.
var ErrPublished = errors.New("published already")

// Now are the week's own numbers.
func (c Check) Now() Numbers { return c.Trend[len(c.Trend)-1] }

// Before are the numbers of the week before.
func (c Check) Before() Numbers { return c.Trend[len(c.Trend)-2] }

// Empty says that nobody walked the offices and no bulletin came out: such a check
// is for the office and the leaders alone.
func (c Check) Empty() bool { return len(c.Units.Seen)+len(c.Bulletins) == 0 }

// Get reads the check of a week.
func Get(tx *store.Tx, w calendar.Week) (Check, bool, error) { return table.Get(tx, w.Key()) }

// Latest reads the last check.
func Latest(tx *store.Tx) (Check, bool, error) {
	all, err := table.All(tx, "")
	if err != nil || len(all) == 0 {
		return Check{}, false, err
	}
	return all[len(all)-1], true, nil
}

// How says how a check is published.
type How struct {
	Week calendar.Week
	Late bool // caught up on: marked 补发
}

// Publish compiles and keeps the check of a week, up to today. ErrPublished says
// that it is out, and changes nothing.
func Publish(tx *store.Tx, how How) (Check, error) {
	if _, out, err := Get(tx, how.Week); err != nil {
		return Check{}, err
	} else if out {
		return Check{}, ErrPublished
	}
	c := Check{Week: how.Week, On: calendar.Day(tx.Today()), PublishedAt: tx.Now(), Late: how.Late}
	var err error
	if c.Issuer, err = people.Issuer(tx); err != nil {
		return c, err
	}
	if err := c.compile(tx); err != nil {
		return c, err
	}
	return c, table.Put(tx, c.Week.Key(), c)
}
