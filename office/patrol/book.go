package patrol

import (
	"errors"
	"fmt"
	"slices"

	"yunzhuan/office/calendar"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// Book is one of the two series of findings. Each is kept in a table of its own,
// so that what is asked of one never answers with the other.
type Book string

// Books lists the books.
var Books = []Book{Offices, Schools}

// The books.
const (
	// Offices (巡查) are the sections and affiliated units; the bulletin publishes
	// what is found there.
	Offices Book = ""
	// Schools (校务) are visited every month; the monthly check publishes it.
	Schools Book = "schools"
)

// Title is what recording in the book is called.
func (b Book) Title() string {
	if b == Schools {
		return "校务检查"
	}
	return "巡查"
}

// Command is the name of the command that records in the book.
func (b Book) Command() string {
	if b == Schools {
		return "校务"
	}
	return "巡查"
}

var tables = map[Book]*store.Table[Finding]{
	Offices: newTable("findings"),
	Schools: newTable("school_findings"),
}

func newTable(name string) *store.Table[Finding] {
	return store.NewTable(name, store.Schema[Finding]{Version: 1,
		Indexes: map[string]func(Finding) []string{
			"unit": func(f Finding) []string { return []string{yearKey(f.Unit, f.Day)} },
			"person": func(f Finding) []string {
				var out []string
				for _, id := range f.Persons {
					out = append(out, yearKey(string(id), f.Day))
				}
				return out
			},
			"unpublished": func(f Finding) []string {
				if f.Published() || f.Withdrawn {
					return nil
				}
				return []string{"unpublished"}
			},
		}})
}

func (b Book) table() *store.Table[Finding] { return tables[b] }

func key(day calendar.Day, seq int) string { return fmt.Sprintf("%s/%05d", day, seq) }

// Ref is the number under which a finding is published: X37-2 is line 2 of the
// bulletin number 37, J11-2 line 2 of the monthly check of November.
type Ref struct {
	Book  Book `json:"book,omitempty"`
	Year  int  `json:"year,omitempty"`
	Issue int  `json:"issue,omitempty"` // of schools, the month
	Line  int  `json:"line,omitempty"`
}

// ID is the number as shown. It does not say the year.
func (r Ref) ID() string {
	letter := "X"
	if r.Book == Schools {
		letter = "J"
	}
	return fmt.Sprintf("%s%d-%d", letter, r.Issue, r.Line)
}

// correction is the command that corrects what published the finding.
func (r Ref) correction() string {
	if r.Book == Schools {
		return fmt.Sprintf("/校务 更正 %d月", r.Issue)
	}
	return fmt.Sprintf("/通报 更正 第%d期", r.Issue)
}

// units lists the units that the book is about, in the order of the directory.
func (b Book) units(tx *store.Tx) ([]people.Unit, error) {
	if b == Schools {
		return people.Schools(tx)
	}
	return people.OfficeUnits(tx)
}

// covers says whether the book is about a unit; if the other one is, the mistake
// says so.
func (b Book) covers(tx *store.Tx, unit string) error {
	u, _, err := people.GetUnit(tx, unit)
	if err != nil {
		return err
	}
	office, err := u.InOffice(tx)
	school := u.Kind == people.School
	switch {
	case err != nil:
		return err
	case b == Offices && school:
		return otherBook(Schools, "%s是学校，不在机关巡查范围内，请用 /校务 记。", unit)
	case b == Schools && office:
		return otherBook(Offices, "%s是%s，不在校务检查范围内，请用 /巡查 记。", unit, u.Kind)
	case b == Offices && !office, b == Schools && !school:
		return store.Errorf("%s不在%s范围内。", unit, b.Title())
	}
	return nil
}

func otherBook(right Book, format, unit string, args ...any) error {
	return store.WithHint(store.Errorf(format, append([]any{unit}, args...)...), fmt.Sprintf("例：/%s %s 正常", right.Command(), unit))
}

// FindUnit finds a unit of the book as people name it (people.FindUnit), and only
// where there is none any other, so that whoever took the wrong book is told.
func (b Book) FindUnit(tx *store.Tx, text string) (people.Unit, error) {
	u, err := people.FindUnitAmong(tx, text, func(u people.Unit) bool { return (u.Kind == people.School) == (b == Schools) })
	var mistake *store.UserError
	if !errors.As(err, &mistake) {
		return u, err
	}
	switch other, e := people.FindUnit(tx, text); {
	case e == nil:
		return other, nil
	case errors.As(e, &mistake):
		return u, err
	default:
		return u, e
	}
}

// Between lists the findings of the book from one day to another, both included,
// in the order of their days and numbers.
func (b Book) Between(tx *store.Tx, from, to calendar.Day) ([]Finding, error) {
	var out []Finding
	err := b.table().From(tx, string(from)+"/", func(_ string, f Finding) (bool, error) {
		if f.Day <= to && !f.Withdrawn {
			out = append(out, f)
		}
		return f.Day <= to, nil
	})
	return out, err
}

// On lists the findings of a day, in the order in which they were recorded.
func (b Book) On(tx *store.Tx, day calendar.Day) ([]Finding, error) { return b.Between(tx, day, day) }

// Coverage is which units were seen and which were not.
type Coverage struct {
	Seen   []string `json:"seen,omitempty"`
	Unseen []string `json:"unseen,omitempty"`
}

// Covered tells which units of the book were seen from one day to another, both
// included, in the order of the directory.
func (b Book) Covered(tx *store.Tx, from, to calendar.Day) (Coverage, error) {
	var c Coverage
	err := b.cover(tx, from, to, func(people.Unit) *Coverage { return &c })
	return c, err
}

// cover adds each unit of the book to the coverage that into names for it.
func (b Book) cover(tx *store.Tx, from, to calendar.Day, into func(people.Unit) *Coverage) error {
	found, err := b.Between(tx, from, to)
	if err != nil {
		return err
	}
	all, err := b.units(tx)
	for _, u := range all {
		c := into(u)
		if slices.ContainsFunc(found, func(f Finding) bool { return f.Unit == u.Name }) {
			c.Seen = append(c.Seen, u.Name)
		} else {
			c.Unseen = append(c.Unseen, u.Name)
		}
	}
	return err
}

// District is which schools of a district (学区) were seen.
type District struct {
	Name string `json:"name"`
	Coverage
}

// SchoolsCovered is Covered for schools, by district, in the order of the
// directory.
func SchoolsCovered(tx *store.Tx, from, to calendar.Day) ([]District, error) {
	var out []District
	err := Schools.cover(tx, from, to, func(u people.Unit) *Coverage {
		i := slices.IndexFunc(out, func(d District) bool { return d.Name == u.District })
		if i < 0 {
			i = len(out)
			out = append(out, District{Name: u.District})
		}
		return &out[i].Coverage
	})
	return out, err
}

// Unpublished lists the findings up to a day that nothing published holds yet: the
// day's own, and what was recorded after an earlier day's were published.
func (b Book) Unpublished(tx *store.Tx, upTo calendar.Day) ([]Finding, error) {
	all, err := b.table().AllBy(tx, "unpublished", "unpublished")
	return slices.DeleteFunc(all, func(f Finding) bool { return f.Day > upTo }), err
}
