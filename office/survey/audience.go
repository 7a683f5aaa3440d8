package survey

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"golang.org/x/text/width"

	"yunzhuan/office/people"
	"yunzhuan/store"
)

// Audience is whom a survey goes to.
type Audience struct {
	Text   string          // as it was named
	People []people.Person // each once, by unit and number
	Layers []string        // the layers whose groups get a notice

	unitOf func(people.Person) people.Unit
}

// FindAudience resolves what the office wrote: units, roles (校长, 教师, 职工,
// 负责人 …), kinds of unit (科室, 学校 …), school districts, layers of groups,
// 全体, a place and a role together (城区校长), or people by name or number,
// several with 、 between them. What cannot be resolved is the user's mistake and
// named all at once; a name that several bear is a *people.Ambiguous.
func FindAudience(tx *store.Tx, text string) (Audience, error) {
	f, err := newFinder(tx)
	if err != nil {
		return Audience{}, err
	}
	var unknown []string
	found := map[people.ID]bool{}
	a := Audience{unitOf: f.unitOf}
	terms := strings.FieldsFunc(width.Fold.String(text), isBetween)
	for _, term := range terms {
		who, ok, err := f.find(tx, term)
		if err != nil {
			return Audience{}, err
		}
		if !ok {
			unknown = append(unknown, "“"+store.Brief(term)+"”")
			continue
		}
		if slices.Contains(people.Layers, term) && !slices.Contains(a.Layers, term) {
			a.Layers = append(a.Layers, term)
		}
		for _, p := range who {
			if !found[p.ID] {
				found[p.ID] = true
				a.People = append(a.People, p)
			}
		}
	}
	switch {
	case len(unknown) > 0:
		return Audience{}, store.Errorf("没有找到%s：不是单位、角色、学区、群类型，也不是人名。", strings.Join(unknown, "、"))
	case len(a.People) == 0:
		return Audience{}, store.Errorf("“%s”里没有人。", store.Brief(text))
	}
	a.Text = strings.Join(terms, "、")
	slices.SortFunc(a.People, func(p, q people.Person) int {
		return cmp.Or(f.order[p.Unit]-f.order[q.Unit], strings.Compare(p.Unit, q.Unit), strings.Compare(string(p.ID), string(q.ID)))
	})
	return a, nil
}

// finder is the directory while an audience is looked up.
type finder struct {
	all   []people.Person
	units map[string]people.Unit // by folded name, as what was typed is folded
	order map[string]int
}

// unitOf is a person's unit.
func (f *finder) unitOf(p people.Person) people.Unit { return f.units[width.Fold.String(p.Unit)] }

func newFinder(tx *store.Tx) (*finder, error) {
	all, err := people.All(tx)
	if err != nil {
		return nil, err
	}
	units, err := people.Units(tx)
	if err != nil {
		return nil, err
	}
	f := &finder{all: all, units: map[string]people.Unit{}, order: map[string]int{}}
	for i, u := range units {
		f.units[width.Fold.String(u.Name)], f.order[u.Name] = u, i
	}
	return f, nil
}

// belongs says whether a person belongs to a part of the audience.
type belongs func(people.Person) bool

func (f *finder) find(tx *store.Tx, term string) ([]people.Person, bool, error) {
	if in := f.group(term); in != nil {
		return slices.DeleteFunc(slices.Clone(f.all), func(p people.Person) bool { return !in(p) }), true, nil
	}
	p, err := people.Find(tx, term, "")
	var several *people.Ambiguous
	var mistake *store.UserError
	switch {
	case err == nil:
		return []people.Person{p}, true, nil
	case !errors.As(err, &several) && errors.As(err, &mistake):
		return nil, false, nil
	}
	return nil, false, err
}

// group finds a part of the audience that is no single person, nil for none.
func (f *finder) group(term string) belongs {
	if in := f.place(term); in != nil {
		return in
	}
	if in := roleWords[term]; in != nil {
		return f.withRole(in)
	}
	for _, all := range []string{"全体", "全部", "所有", "各"} {
		if rest, ok := strings.CutPrefix(term, all); ok {
			if rest == "" || rest == "人" || rest == "人员" {
				return func(people.Person) bool { return true }
			}
			return f.group(rest)
		}
	}
	for _, word := range roleSuffixes {
		if place, ok := strings.CutSuffix(term, word); ok {
			if in := f.place(strings.TrimSuffix(place, "的")); in != nil {
				has := f.withRole(roleWords[word])
				return func(p people.Person) bool { return in(p) && has(p) }
			}
		}
	}
	return nil
}

// place finds a unit, a kind of unit or a school district.
func (f *finder) place(term string) belongs {
	if u, ok := f.units[term]; ok {
		return func(p people.Person) bool { return p.Unit == u.Name }
	}
	district := strings.TrimSuffix(strings.TrimSuffix(term, "学区"), "片区")
	for _, u := range f.units {
		switch {
		case string(u.Kind) == term:
			return func(p people.Person) bool { return string(f.unitOf(p).Kind) == term }
		case u.District != "" && (u.District == term || u.District == district):
			want := u.District
			return func(p people.Person) bool { return f.unitOf(p).District == want }
		}
	}
	return nil
}

// roleRule is who is meant by a word for a role, given the kind of their unit.
type roleRule func(p people.Person, kind people.Kind) bool

func anyWith(r people.Role) roleRule {
	return func(p people.Person, _ people.Kind) bool { return p.Has(r) }
}

// roleWords are the words for roles and layers. The middle layer (中层) is that
// of the commission: heads of schools are principals.
var roleWords = func() map[string]roleRule {
	middle := func(p people.Person, k people.Kind) bool { return p.Has(people.Head) && k != people.School }
	words := map[string]roleRule{
		"校长": anyWith(people.Principal), "园长": anyWith(people.Principal), "校长群": anyWith(people.Principal),
		"教师": anyWith(people.Teacher), "老师": anyWith(people.Teacher), "教师群": anyWith(people.Teacher),
		"职工": anyWith(people.Staff), "机关职工群": anyWith(people.Staff),
		"负责人": anyWith(people.Head), "中层": middle, "机关中层": middle, "机关中层群": middle,
		"领导": anyWith(people.Leader), "委领导群": anyWith(people.Leader),
		"办公室群": anyWith(people.Office), "巡查组员": anyWith(people.Inspector),
	}
	for _, r := range people.Roles {
		words[r.Title()] = anyWith(r)
	}
	return words
}()

// roleSuffixes are the words that may follow a place.
var roleSuffixes = []string{"校长", "园长", "教师", "老师", "职工", "负责人"}

func (f *finder) withRole(rule roleRule) belongs {
	return func(p people.Person) bool { return rule(p, f.unitOf(p).Kind) }
}

// Count is how many people of the audience belong somewhere.
type Count struct {
	Name string
	N    int
}

// manyUnits is the number of units from which schools are counted by district.
const manyUnits = 20

// Counts says who the audience is: the people of each unit in the directory's
// order, or, where that would be a long list, of the schools of each district
// together.
func (a Audience) Counts() (counts []Count, units int) {
	perUnit := countBy(a.People, func(p people.Person) string { return p.Unit })
	if len(perUnit) <= manyUnits {
		return perUnit, len(perUnit)
	}
	return countBy(a.People, func(p people.Person) string {
		if u := a.unitOf(p); u.District != "" {
			return u.District + "学校"
		}
		return p.Unit
	}), len(perUnit)
}

// countBy counts people by a name, in the order in which the names first come.
func countBy(list []people.Person, name func(people.Person) string) []Count {
	var out []Count
	for _, p := range list {
		n := name(p)
		i := slices.IndexFunc(out, func(c Count) bool { return c.Name == n })
		if i < 0 {
			i, out = len(out), append(out, Count{Name: n})
		}
		out[i].N++
	}
	return out
}
