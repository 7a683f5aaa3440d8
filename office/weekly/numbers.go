package weekly

import (
	"yunzhuan/office/attendance"
	"yunzhuan/office/bulletin"
	"yunzhuan/office/calendar"
	"yunzhuan/office/patrol"
	"yunzhuan/store"
)

// trendWeeks is how many weeks the trend has, the check's own included.
const trendWeeks = 8

// Numbers are a week in numbers.
type Numbers struct {
	Week calendar.Week `json:"week"`
	// Recorded is false for a week of which nothing is known of a patrol (无记录):
	// its numbers mean nothing, but for the Turnout.
	Recorded bool `json:"recorded"`
	Units    int  `json:"units,omitempty"` // there were; 0 if that is not known
	Walked   int  `json:"walked"`          // of them
	patrol.Count
	Turnout Turnout `json:"turnout"`
}

// Turnout is the attendance of a time in numbers.
type Turnout struct {
	Reports  int `json:"reports"` // 0: nothing is known (无记录)
	Expected int `json:"expected"`
	Present  int `json:"present"`
}

// Rate is the rate of attendance, 0 to 1. It means nothing without reports.
func (t Turnout) Rate() float64 {
	return attendance.Tally{Expected: t.Expected, Present: t.Present}.Rate()
}

func (t *Turnout) add(o Turnout) {
	t.Reports += o.Reports
	t.Expected += o.Expected
	t.Present += o.Present
}

// Day is a day's attendance: of how many units, and which have not reported.
type Day struct {
	Day calendar.Day `json:"day"`
	Turnout
	Units   int      `json:"units"`
	Missing []string `json:"missing,omitempty"`
}

// daysOf sums up the attendance of a week's workdays up to a day.
func daysOf(tx *store.Tx, w calendar.Week, upTo calendar.Day) ([]Day, error) {
	var out []Day
	for _, day := range w.Days() {
		if day > upTo {
			break
		}
		s, err := attendance.Summarize(tx, day)
		if err != nil {
			return nil, err
		}
		if !s.Workday && s.Reported == 0 {
			continue
		}
		out = append(out, Day{
			Day: day, Units: len(s.Units), Missing: s.Missing(),
			Turnout: Turnout{Reports: s.Reported, Expected: s.Total.Expected, Present: s.Total.Present},
		})
	}
	return out, nil
}

func turnoutOf(days []Day) (t Turnout) {
	for _, d := range days {
		t.add(d.Turnout)
	}
	return t
}

// addTrend sums up the week and those before it.
func (c *Check) addTrend(tx *store.Tx) error {
	for n := 1 - trendWeeks; n < 0; n++ {
		before, err := numbersOf(tx, c.Week.Add(n))
		if err != nil {
			return err
		}
		c.Trend = append(c.Trend, before)
	}
	var found []patrol.Finding
	for _, f := range c.Findings {
		found = append(found, f.Finding)
	}
	c.Trend = append(c.Trend, Numbers{
		Week: c.Week, Recorded: true, Units: len(c.Units.Seen) + len(c.Units.Unseen), Walked: len(c.Units.Seen),
		Count: patrol.CountOf(found), Turnout: turnoutOf(c.Days),
	})
	return nil
}

// numbersOf are the numbers of an earlier week: as its check has them, or else, if
// there was none, by its bulletins and reports.
func numbersOf(tx *store.Tx, w calendar.Week) (Numbers, error) {
	c, out, err := Get(tx, w)
	if err != nil {
		return Numbers{}, err
	}
	if out {
		return c.Now(), nil
	}
	n := Numbers{Week: w}
	walked, err := patrol.Offices.Covered(tx, w.From, w.To)
	if err != nil {
		return n, err
	}
	n.Walked = len(walked.Seen)
	var found []patrol.Finding
	for _, day := range w.Days() {
		b, published, err := bulletin.OfDay(tx, day)
		if err != nil {
			return n, err
		}
		n.Recorded = n.Recorded || published
		for _, f := range b.Findings {
			found = append(found, f.Finding)
		}
	}
	n.Count = patrol.CountOf(found)
	n.Recorded = n.Recorded || n.Walked > 0
	days, err := daysOf(tx, w, w.To)
	n.Turnout = turnoutOf(days)
	return n, err
}
