// Package attendance is who of a unit is at their place on a day: reported once a
// day by each unit's head or attendance officer (考勤员), or by the office for any
// unit. A day without a report is 未报, never absence.
package attendance

import (
	"slices"
	"time"

	"yunzhuan/office/calendar"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// Absence is one person who is named in a report.
type Absence struct {
	Person people.ID `json:"person"`
	Reason Reason    `json:"reason"`
	Remark string    `json:"remark,omitempty"`
}

// Version is one report of a unit for a day.
type Version struct {
	Expected int       `json:"expected"` // 应到: the unit's people at that time
	Absences []Absence `json:"absences,omitempty"`
	By       people.ID `json:"by"`
	At       time.Time `json:"at"`
	// Late says that it came after the day's bulletin was out (补报).
	Late bool `json:"late,omitempty"`
	// Out says that a bulletin holds it, so that it can no longer be undone.
	Out bool `json:"out,omitempty"`
}

// Report is what a unit reported for a day: the version that counts, and the
// earlier ones that it replaced, oldest first.
type Report struct {
	Day  calendar.Day `json:"day"`
	Unit string       `json:"unit"`
	Version
	Earlier []Version `json:"earlier,omitempty"`
}

var reports = store.NewTable("attendance_reports", store.Schema[Report]{Version: 1,
	Indexes: map[string]func(Report) []string{
		// By person and month, for one's own records.
		"person": func(r Report) []string {
			var out []string
			for _, a := range r.Absences {
				out = append(out, personKey(a.Person, r.Day.Month()))
			}
			return out
		},
		"unit": func(r Report) []string { return []string{unitKey(r.Unit, r.Day.Month())} },
		// What came after its bulletin, by the day on which it came.
		"late": func(r Report) []string {
			if !r.Late {
				return nil
			}
			return []string{string(calendar.DayOf(r.At))}
		},
	}})

func reportKey(day calendar.Day, unit string) string { return string(day) + "/" + unit }

func personKey(id people.ID, m calendar.Month) string { return string(id) + "/" + string(m) }

func unitKey(unit string, m calendar.Month) string { return unit + "/" + string(m) }

// Get reads a unit's report of a day; false for 未报.
func Get(tx *store.Tx, day calendar.Day, unit string) (Report, bool, error) {
	return reports.Get(tx, reportKey(day, unit))
}

// Claim is what somebody reports.
type Claim struct {
	Unit     string
	Day      calendar.Day
	Absences []Absence
	// Numbers says that Expected and Present were typed and must agree with the
	// roll and with the names.
	Numbers           bool
	Expected, Present int
}

// Saved is what became of a claim.
type Saved struct {
	Report
	Before *Version // the version it replaces, nil for none
	Same   bool     // it says what was reported already: nothing was recorded
}

// Save records a claim by a person who may report for the unit. What does not
// agree is a *store.UserError, and nothing is recorded.
func Save(tx *store.Tx, by people.Person, c Claim) (Saved, error) {
	if err := mayReportOn(tx, by, c.Unit, c.Day); err != nil {
		return Saved{}, err
	}
	roll, err := people.OfUnit(tx, c.Unit)
	if err != nil {
		return Saved{}, err
	}
	if err := agree(tx, c, roll); err != nil {
		return Saved{}, err
	}
	late, err := Published(tx, c.Day)
	if err != nil {
		return Saved{}, err
	}
	r, had, err := Get(tx, c.Day, c.Unit)
	if err != nil {
		return Saved{}, err
	}
	now := Version{Expected: len(roll), Absences: c.Absences, By: by.ID, At: tx.Now(), Late: late}
	s := Saved{Report: r}
	if had {
		old := r.Version
		s.Before = &old
		if s.Same = old.says(now); s.Same {
			return s, nil
		}
		r.Earlier = append(r.Earlier, old)
	}
	r.Day, r.Unit, r.Version = c.Day, c.Unit, now
	s.Report = r
	return s, reports.Put(tx, reportKey(c.Day, c.Unit), r)
}

// says reports whether two versions say the same, whoever said it when and in
// whatever order.
func (v Version) says(o Version) bool {
	return v.Expected == o.Expected && len(v.Absences) == len(o.Absences) &&
		!slices.ContainsFunc(v.Absences, func(a Absence) bool { return !slices.Contains(o.Absences, a) })
}

// published notes the days whose bulletin is out.
var published = store.NewTable("attendance_published", store.Schema[time.Time]{Version: 1})

// MarkPublished notes that the bulletin with a day's attendance, and with what was
// reported late today, is out: what is reported for the day from now on is late,
// and what the bulletin holds cannot be undone.
func MarkPublished(tx *store.Tx, day calendar.Day) error {
	held, err := reports.All(tx, string(day)+"/")
	if err != nil {
		return err
	}
	late, err := reports.AllBy(tx, "late", tx.Today())
	if err != nil {
		return err
	}
	for _, r := range append(held, late...) {
		r.Out = true
		if err := reports.Put(tx, reportKey(r.Day, r.Unit), r); err != nil {
			return err
		}
	}
	return published.Put(tx, string(day), tx.Now())
}

// Published says whether the bulletin with a day's attendance is out.
func Published(tx *store.Tx, day calendar.Day) (bool, error) {
	_, ok, err := published.Get(tx, string(day))
	return ok, err
}

// Late is a report that came after the bulletin of its day (补报): a correction
// for the next one.
type Late struct {
	Day   calendar.Day `json:"day"`
	Unit  string       `json:"unit"`
	At    time.Time    `json:"at"`
	Tally Tally        `json:"tally"`
	// Was is what the bulletin said, nil for 未报.
	Was *Tally `json:"was,omitempty"`
}

// lateLookback bounds how far back LateReports looks, in days.
const lateLookback = 400

// LateReports lists the reports that came after since and after their day's
// bulletin, in the order of their days. Of several for one unit and day the last
// counts.
func LateReports(tx *store.Tx, since time.Time) ([]Late, error) {
	today := calendar.Day(tx.Today())
	from := calendar.DayOf(since.In(tx.Now().Location()))
	if today.Sub(from) > lateLookback {
		from = today.AddDays(-lateLookback)
	}
	var out []Late
	for day := from; day <= today; day = day.AddDays(1) {
		err := reports.By(tx, "late", string(day), func(_ string, r Report) (bool, error) {
			if r.At.After(since) {
				out = append(out, lateOf(r))
			}
			return true, nil
		})
		if err != nil {
			return nil, err
		}
	}
	sortLate(out)
	return out, nil
}

func lateOf(r Report) Late {
	l := Late{Day: r.Day, Unit: r.Unit, At: r.At, Tally: r.Tally()}
	for _, v := range r.Earlier {
		if !v.Late {
			was := v.Tally()
			l.Was = &was
		}
	}
	return l
}
