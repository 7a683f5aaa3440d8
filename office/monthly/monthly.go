// Package monthly is the monthly check of schools (校务督查): compiled from the
// visits of a month, published once, and never changed afterwards.
package monthly

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"yunzhuan/office/assessment"
	"yunzhuan/office/bulletin"
	"yunzhuan/office/calendar"
	"yunzhuan/office/patrol"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// Title is the name of what is published.
const Title = "校务督查通报"

// trendMonths is how many months the trend has, the check's own included.
const trendMonths = 6

// Check is the monthly check as it was published, or as it would be (a preview). It
// holds all it says, so that it reads the same for good.
type Check struct {
	Month       calendar.Month `json:"month"`
	On          calendar.Day   `json:"on"` // the day on which it is published
	PublishedAt time.Time      `json:"published_at"`
	Late        bool           `json:"late,omitempty"`
	Issuer      string         `json:"issuer"` // 县教委办公室
	// Districts are the schools that were visited in the month and those that were
	// not.
	Districts []patrol.District `json:"districts"`
	// Findings are those of the month, and what of an earlier one no check held.
	Findings    []bulletin.Finding `json:"findings,omitempty"`
	Corrections []Correction       `json:"corrections,omitempty"`
	// Trend is the last months in numbers, the earliest first; the last one is this
	// month.
	Trend []Numbers `json:"trend"`
	// ObjectBy is the last day on which a finding can be objected to.
	ObjectBy calendar.Day `json:"object_by,omitempty"`
}

// Numbers are a month in numbers.
type Numbers struct {
	Month calendar.Month `json:"month"`
	// Recorded is false for a month of which nothing is known (无记录): its numbers
	// mean nothing.
	Recorded bool `json:"recorded"`
	Schools  int  `json:"schools,omitempty"` // there were; 0 if that is not known
	Seen     int  `json:"seen"`              // of them
	patrol.Count
}

var table = store.NewTable("monthly_checks", store.Schema[Check]{Version: 1})

// ErrPublished says that the check of a month is out; it is no failure.
var ErrPublished = errors.New("published already")

// Now are the check's own numbers.
func (c Check) Now() Numbers { return c.Trend[len(c.Trend)-1] }

// Before are the numbers of the month before.
func (c Check) Before() Numbers { return c.Trend[len(c.Trend)-2] }

// Empty says that no school was visited and nothing is to be said about any: such
// a check is for the office and the leaders alone.
func (c Check) Empty() bool { return c.Now().Seen == 0 && len(c.Findings)+len(c.Corrections) == 0 }

// Issue is the check as far as its findings go.
func (c Check) Issue() bulletin.Issue {
	first := c.Month.First().Time(time.UTC)
	return bulletin.Issue{
		Ref:    patrol.Ref{Book: patrol.Schools, Year: first.Year(), Issue: int(first.Month())},
		Number: c.Month.Label(), Title: Title, ObjectBy: c.ObjectBy, Findings: c.Findings,
	}
}

// Get reads the check of a month.
func Get(tx *store.Tx, m calendar.Month) (Check, bool, error) { return table.Get(tx, string(m)) }

// OfNumber reads the check that has the findings J<month>-…; year 0 is the present
// one, or the one before if the month's check is not out yet.
func OfNumber(tx *store.Tx, year, month int) (Check, error) {
	years := []int{year}
	if year == 0 {
		now := tx.Now().Year()
		years = []int{now, now - 1}
	}
	for _, y := range years {
		c, ok, err := Get(tx, calendar.Month(fmt.Sprintf("%04d-%02d", y, month)))
		if err != nil || ok {
			return c, err
		}
	}
	if year != 0 {
		return Check{}, store.Errorf("没有 %d年%d月的《%s》。", year, month, Title)
	}
	return Check{}, store.Errorf("还没有%d月的《%s》。", month, Title)
}

// Latest reads the last check.
func Latest(tx *store.Tx) (Check, bool, error) {
	all, err := table.All(tx, "")
	if err != nil || len(all) == 0 {
		return Check{}, false, err
	}
	return all[len(all)-1], true, nil
}

// Preview compiles the check of a month as it would be published on a day with what
// is known now.
func Preview(tx *store.Tx, m calendar.Month, on calendar.Day) (Check, error) {
	c := Check{Month: m, On: on}
	cal, err := calendar.Load(tx)
	if err != nil {
		return c, err
	}
	if c.Issuer, err = people.Issuer(tx); err != nil {
		return c, err
	}
	c.ObjectBy = cal.AddWorkdays(on, bulletin.ObjectDays)
	if c.Districts, err = patrol.SchoolsCovered(tx, m.First(), m.Last()); err != nil {
		return c, err
	}
	found, err := patrol.Schools.Unpublished(tx, m.Last())
	if err != nil {
		return c, err
	}
	names, err := patrol.Namer(tx)
	if err != nil {
		return c, err
	}
	ref := c.Issue().Ref
	for _, f := range patrol.Number(found, ref.Year, ref.Issue) {
		line, err := bulletin.Compile(tx, f, names)
		if err != nil {
			return c, err
		}
		c.Findings = append(c.Findings, line)
	}
	if err := c.addTrend(tx); err != nil {
		return c, err
	}
	return c, c.addCorrections(tx)
}

// How says how a check is published.
type How struct {
	Month calendar.Month
	Late  bool // caught up on: marked 补发
}

// Publish compiles and keeps the check of a month that is over. ErrPublished says
// that it is out, and changes nothing.
func Publish(tx *store.Tx, how How) (Check, error) {
	if _, out, err := Get(tx, how.Month); err != nil {
		return Check{}, err
	} else if out {
		return Check{}, ErrPublished
	}
	if how.Month.Last() >= calendar.Day(tx.Today()) {
		return Check{}, store.Errorf("%s还没有过完，《%s》要到下个月才能发布。", how.Month.Label(), Title)
	}
	c, err := Preview(tx, how.Month, calendar.Day(tx.Today()))
	if err != nil {
		return c, err
	}
	c.PublishedAt, c.Late = tx.Now(), how.Late
	var found []patrol.Finding
	for _, f := range c.Findings {
		if err := patrol.Put(tx, f.Finding); err != nil {
			return c, err
		}
		found = append(found, f.Finding)
	}
	if err := assessment.Settle(tx, found, c.Month.Label()+"校务督查"); err != nil {
		return c, err
	}
	if err := closeCorrections(tx, c); err != nil {
		return c, err
	}
	return c, table.Put(tx, string(c.Month), c)
}

// addTrend sums up the month and those before it.
func (c *Check) addTrend(tx *store.Tx) error {
	for n := 1 - trendMonths; n < 0; n++ {
		before, err := numbersOf(tx, c.Month.Add(n))
		if err != nil {
			return err
		}
		c.Trend = append(c.Trend, before)
	}
	now := Numbers{Month: c.Month, Recorded: true}
	for _, d := range c.Districts {
		now.Seen += len(d.Seen)
		now.Schools += len(d.Seen) + len(d.Unseen)
	}
	var found []patrol.Finding
	for _, f := range c.Findings {
		found = append(found, f.Finding)
	}
	now.Count = patrol.CountOf(found)
	c.Trend = append(c.Trend, now)
	return nil
}

// numbersOf are the numbers of an earlier month: as its check has them, or else, if
// there was none, by what was recorded.
func numbersOf(tx *store.Tx, m calendar.Month) (Numbers, error) {
	c, out, err := Get(tx, m)
	if err != nil {
		return Numbers{}, err
	}
	if out {
		return c.Now(), nil
	}
	found, err := patrol.Schools.Between(tx, m.First(), m.Last())
	n := Numbers{Month: m, Recorded: len(found) > 0, Count: patrol.CountOf(found)}
	var seen []string
	for _, f := range found {
		if !slices.Contains(seen, f.Unit) {
			seen = append(seen, f.Unit)
		}
	}
	n.Seen = len(seen)
	return n, err
}
