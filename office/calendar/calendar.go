package calendar

import (
	"embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"

	"yunzhuan/store"
)

// Calendar is the working calendar: which days are worked. A day of a year it
// does not know is worked from Monday to Friday. The zero Calendar knows none.
type Calendar struct {
	years map[int]Year
	days  map[Day]Special
}

// years holds what was imported, by year ("2027").
var years = store.NewTable[Year]("calendar_years", store.Schema[Year]{Version: 1})

//go:embed data/*.yaml
var data embed.FS

// embedded reads the years that come with the program. A fault in them is a
// fault of the program, and a test reads them all.
var embedded = sync.OnceValue(func() []Year {
	files, err := data.ReadDir("data")
	if err != nil {
		panic(err)
	}
	var all []Year
	for _, f := range files {
		raw, err := data.ReadFile("data/" + f.Name())
		if err != nil {
			panic(err)
		}
		y, err := ParseFile(f.Name(), raw)
		if err != nil {
			panic(fmt.Sprintf("embedded calendar %s: %v", f.Name(), err))
		}
		all = append(all, y)
	}
	return all
})

// New makes a calendar of the given years; of two for the same year the later
// one counts.
func New(list ...Year) Calendar {
	c := Calendar{years: map[int]Year{}, days: map[Day]Special{}}
	for _, y := range list {
		c.years[y.Year] = y
	}
	for _, y := range c.years {
		for _, s := range y.Days {
			c.days[s.Day] = s
		}
	}
	return c
}

// Embedded returns the calendar of the years that come with the program.
func Embedded() Calendar { return New(embedded()...) }

// embeddedCalendar is Embedded, made once: a Calendar is never changed.
var embeddedCalendar = sync.OnceValue(Embedded)

// Load returns the calendar of the embedded and the imported years; an imported
// year replaces the embedded one.
func Load(tx *store.Tx) (Calendar, error) {
	imported, err := years.All(tx, "")
	if err != nil {
		return Calendar{}, fmt.Errorf("load calendar: %w", err)
	}
	if len(imported) == 0 {
		return embeddedCalendar(), nil
	}
	return New(append(slices.Clone(embedded()), imported...)...), nil
}

// Save stores an imported year.
func Save(tx *store.Tx, y Year) error {
	if err := years.Put(tx, strconv.Itoa(y.Year), y); err != nil {
		return fmt.Errorf("save calendar: %w", err)
	}
	return nil
}

// Known reports whether the holidays of a year are loaded.
func (c Calendar) Known(year int) bool {
	_, ok := c.years[year]
	return ok
}

// Year returns a loaded year.
func (c Calendar) Year(year int) (Year, bool) {
	y, ok := c.years[year]
	return y, ok
}

// Years lists the loaded years in order.
func (c Calendar) Years() []int { return slices.Sorted(maps.Keys(c.years)) }

// IsWorkday reports whether d is worked. When known is false, the year of d is
// not loaded and the answer goes by Monday to Friday alone, which whoever shows
// it should say.
func (c Calendar) IsWorkday(d Day) (workday, known bool) {
	// The holiday of New Year may begin in the December before its year.
	if s, ok := c.days[d]; ok {
		return s.Work, true
	}
	return d.Valid() && !d.IsWeekend(), c.Known(d.Year())
}

// Name says what makes a day special: "春节", "补班" for a make-up workday,
// "周末" for an ordinary Saturday or Sunday; an ordinary workday has none.
func (c Calendar) Name(d Day) string {
	s, special := c.days[d]
	switch {
	case special && s.Work:
		return "补班"
	case special:
		return s.Name
	case d.IsWeekend():
		return "周末"
	}
	return ""
}

// AddWorkdays returns the nth workday after d: with n = 3, the last day of a
// term of three working days that begins the day after d. d itself need not be
// worked; n = 0 returns d.
func (c Calendar) AddWorkdays(d Day, n int) Day {
	for ; n > 0; n-- {
		d = c.NextWorkday(d)
	}
	return d
}

// NextWorkday returns the first workday after d.
func (c Calendar) NextWorkday(d Day) Day {
	if !d.Valid() {
		return ""
	}
	for {
		d = d.AddDays(1)
		if work, _ := c.IsWorkday(d); work {
			return d
		}
	}
}

// LastWorkdayOfWeek returns the last workday of a week; a week that is all
// holidays has none.
func (c Calendar) LastWorkdayOfWeek(w Week) (d Day, ok bool) {
	for d = w.To; d >= w.From && d.Valid(); d = d.AddDays(-1) {
		if work, _ := c.IsWorkday(d); work {
			return d, true
		}
	}
	return "", false
}

// FirstWorkdayOfMonth returns the first workday of a month.
func (c Calendar) FirstWorkdayOfMonth(m Month) Day {
	return c.NextWorkday(m.First().AddDays(-1))
}
