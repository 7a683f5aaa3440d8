package attendance

import (
	"cmp"
	"slices"
	"time"

	"yunzhuan/office/calendar"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// Tally is a report in numbers. Expected is Present + Leave + Duty + Missing; who
// was late or left early is among those present.
type Tally struct {
	Expected int `json:"expected"`
	Present  int `json:"present"`
	Leave    int `json:"leave,omitempty"`
	Duty     int `json:"duty,omitempty"`
	Missing  int `json:"missing,omitempty"`
	Late     int `json:"late,omitempty"`
	Early    int `json:"early,omitempty"`
}

// Tally counts a version.
func (v Version) Tally() Tally {
	t := Tally{Expected: v.Expected, Present: v.Expected}
	for _, a := range v.Absences {
		switch a.Reason.Group() {
		case Leave:
			t.Leave++
		case Duty:
			t.Duty++
		case Missing:
			t.Missing++
		}
		switch a.Reason {
		case LateIn:
			t.Late++
		case EarlyOut:
			t.Early++
		}
	}
	t.Present -= t.Leave + t.Duty + t.Missing
	return t
}

// add sums two tallies.
func (t Tally) add(o Tally) Tally {
	return Tally{
		Expected: t.Expected + o.Expected, Present: t.Present + o.Present, Leave: t.Leave + o.Leave,
		Duty: t.Duty + o.Duty, Missing: t.Missing + o.Missing, Late: t.Late + o.Late, Early: t.Early + o.Early,
	}
}

// Rate is the rate of attendance (出勤率), 0 to 1: those present of those expected.
// Whoever is on leave or away on business is not present. It is 1 where nobody is
// expected.
func (t Tally) Rate() float64 {
	if t.Expected == 0 {
		return 1
	}
	return float64(t.Present) / float64(t.Expected)
}

// UnitSummary is one unit's line of a day's attendance. What was not reported has
// no numbers.
type UnitSummary struct {
	Unit     string      `json:"unit"`
	Kind     people.Kind `json:"kind"`
	Reported bool        `json:"reported"`
	Tally    Tally       `json:"tally"`
	By       people.ID   `json:"by,omitempty"`
	At       time.Time   `json:"at,omitzero"`
	Late     bool        `json:"late,omitempty"` // reported after the bulletin
}

// Summary is a day's attendance.
type Summary struct {
	Day      calendar.Day  `json:"day"`
	Workday  bool          `json:"workday"`
	Units    []UnitSummary `json:"units"` // in the order of the directory
	Total    Tally         `json:"total"` // of the units that reported
	Reported int           `json:"reported"`
}

// Missing lists the units that have not reported.
func (s Summary) Missing() []string {
	var out []string
	for _, u := range s.Units {
		if !u.Reported {
			out = append(out, u.Unit)
		}
	}
	return out
}

// Summarize sums up a day over the units that report daily, and any other that
// did report.
func Summarize(tx *store.Tx, day calendar.Day) (Summary, error) {
	s := Summary{Day: day}
	cal, err := calendar.Load(tx)
	if err != nil {
		return s, err
	}
	s.Workday, _ = cal.IsWorkday(day)
	all, err := reports.All(tx, string(day)+"/")
	if err != nil {
		return s, err
	}
	byUnit := map[string]Report{}
	for _, r := range all {
		byUnit[r.Unit] = r
	}
	units, err := people.OfficeUnits(tx)
	if err != nil {
		return s, err
	}
	for _, u := range units {
		r, ok := byUnit[u.Name]
		s.addUnit(u.Name, u.Kind, r, ok)
		delete(byUnit, u.Name)
	}
	for _, r := range all { // closed since
		if _, left := byUnit[r.Unit]; left {
			u, _, err := people.GetUnit(tx, r.Unit)
			if err != nil {
				return s, err
			}
			s.addUnit(r.Unit, u.Kind, r, true)
		}
	}
	return s, nil
}

func (s *Summary) addUnit(unit string, kind people.Kind, r Report, reported bool) {
	u := UnitSummary{Unit: unit, Kind: kind, Reported: reported}
	if reported {
		u.Tally, u.By, u.At, u.Late = r.Tally(), r.By, r.At, r.Late
		s.Total = s.Total.add(u.Tally)
		s.Reported++
	}
	s.Units = append(s.Units, u)
}

func sortLate(all []Late) {
	slices.SortStableFunc(all, func(a, b Late) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Unit, b.Unit))
	})
}

// Record is one day on which a person was named.
type Record struct {
	Day    calendar.Day
	Reason Reason
	Remark string
}

// Own is a person's attendance of a month.
type Own struct {
	Month    calendar.Month
	Reported int      // days their unit reported
	Records  []Record // in order; a day without one is 到岗
}

// Present is on how many of the reported days the person was present.
func (o Own) Present() int {
	n := o.Reported
	for _, r := range o.Records {
		if !r.Reason.Present() {
			n--
		}
	}
	return n
}

// OfPerson reads a person's own attendance of a month.
func OfPerson(tx *store.Tx, p people.Person, m calendar.Month) (Own, error) {
	own := Own{Month: m}
	days := map[calendar.Day]bool{}
	err := reports.By(tx, "unit", unitKey(p.Unit, m), func(_ string, r Report) (bool, error) {
		days[r.Day] = true
		return true, nil
	})
	if err != nil {
		return own, err
	}
	err = reports.By(tx, "person", personKey(p.ID, m), func(_ string, r Report) (bool, error) {
		days[r.Day] = true
		for _, a := range r.Absences {
			if a.Person == p.ID {
				own.Records = append(own.Records, Record{r.Day, a.Reason, a.Remark})
			}
		}
		return true, nil
	})
	own.Reported = len(days)
	return own, err
}
