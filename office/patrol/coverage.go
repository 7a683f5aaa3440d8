package patrol

import (
	"yunzhuan/office/calendar"
	"yunzhuan/store"
)

// Span is some days of a Grid.
type Span struct {
	From, To calendar.Day
	Label    string
}

// Grid is on how many days each unit of a book was seen in each of some spans.
type Grid struct {
	Spans []Span
	Units []string // in the order of the directory
	// Days by unit and span; -1 for a span that is to come.
	Days [][]int
}

// Never lists the units that were not seen in any span.
func (g Grid) Never() []string {
	var out []string
	for i, u := range g.Units {
		seen := false
		for _, n := range g.Days[i] {
			seen = seen || n > 0
		}
		if !seen {
			out = append(out, u)
		}
	}
	return out
}

// Spans cuts a period: a month into its weeks, anything longer into its months.
func Spans(p calendar.Period) []Span {
	var out []Span
	if months := p.Months(); len(months) > 1 {
		for _, m := range months {
			out = append(out, Span{m.First(), m.Last(), m.Short()})
		}
		return out
	}
	for w := calendar.WeekOf(p.From); w.From <= p.To; w = w.Add(1) {
		s := Span{From: max(w.From, p.From), To: min(w.To, p.To)}
		s.Label = calendar.Span(s.From, s.To)
		out = append(out, s)
	}
	return out
}

// Grid counts the days on which each unit was seen, in spans that follow each other.
func (b Book) Grid(tx *store.Tx, spans []Span) (Grid, error) {
	g := Grid{Spans: spans}
	units, err := b.units(tx)
	if err != nil || len(spans) == 0 {
		return g, err
	}
	found, err := b.Between(tx, spans[0].From, spans[len(spans)-1].To)
	if err != nil {
		return g, err
	}
	type visit struct {
		unit string
		day  calendar.Day
	}
	visits := map[visit]bool{}
	for _, f := range found {
		visits[visit{f.Unit, f.Day}] = true
	}
	today := calendar.Day(tx.Today())
	for _, u := range units {
		row := make([]int, len(spans))
		for i, s := range spans {
			if s.From > today {
				row[i] = -1
			}
		}
		for v := range visits {
			for i, s := range spans {
				if v.unit == u.Name && s.From <= v.day && v.day <= s.To {
					row[i]++
				}
			}
		}
		g.Units, g.Days = append(g.Units, u.Name), append(g.Days, row)
	}
	return g, nil
}
