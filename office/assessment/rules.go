package assessment

import (
	"encoding/json"
	"fmt"
	"slices"

	"yunzhuan/office/calendar"
	"yunzhuan/office/patrol"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// Rule is what a finding of one kind is worth: to each person it is about, and to
// the unit for each of them, at least once.
type Rule struct {
	Person Points `json:"person,omitempty"`
	Unit   Points `json:"unit,omitempty"`
}

// Repeated says that what takes points takes Times as many from the From-th time on
// that it is found of the same person, or the same unit, within a Period.
type Repeated struct {
	Period string `json:"period"` // month, quarter or year
	From   int    `json:"from"`
	Times  int    `json:"times"`
}

// Version is the rules that hold from a day on, until the next version.
type Version struct {
	From   calendar.Day         `json:"from"`
	Note   string               `json:"note,omitempty"`
	Points map[patrol.Kind]Rule `json:"points"`
	// UnitTypes are the kinds that are worth something else in units of a type.
	UnitTypes map[people.Kind]map[patrol.Kind]Rule `json:"unit_types,omitempty"`
	Repeated  Repeated                             `json:"repeated,omitzero"` // zero: nothing is multiplied
}

// Rule is what a finding is worth in a unit of a type.
func (v Version) Rule(k patrol.Kind, in people.Kind) Rule {
	if r, ok := v.UnitTypes[in][k]; ok {
		return r
	}
	return v.Points[k]
}

// period is within which repetition counts for a finding of day d.
func (v Version) period(d calendar.Day) calendar.Period {
	switch v.Repeated.Period {
	case "quarter":
		return calendar.QuarterOf(d)
	case "year":
		return calendar.YearOf(d)
	}
	return d.Month().Period()
}

// times is by how much points are multiplied the n-th time.
func (v Version) times(p Points, n int) int {
	if p < 0 && v.Repeated.Times > 0 && n >= v.Repeated.From {
		return v.Repeated.Times
	}
	return 1
}

// Rules are the versions, the oldest first.
type Rules []Version

// At is the version that holds on a day; ok is false before the first.
func (r Rules) At(d calendar.Day) (v Version, ok bool) {
	for _, one := range r {
		if one.From > d {
			break
		}
		v, ok = one, true
	}
	return v, ok
}

var versions = store.NewTable("assessment_rules", store.Schema[Version]{Version: 1,
	Copy: func(v Version) Version { return v }}) // nobody changes the maps of a version

// Current reads the rules that hold.
func Current(tx *store.Tx) (Rules, error) { return versions.All(tx, "") }

// scored is up to which day findings have been scored: until there, the rules stand.
type scored struct {
	Day calendar.Day `json:"day"`
}

var state = store.NewTable("assessment_state", store.Schema[scored]{Version: 1})

const stateKey = "scored"

// Adopt makes the versions of a file the rules. What has been scored by a version
// stands: one that reaches back to a scored day must be as it was. It says whether
// anything changed; a mistake is a *store.UserError.
func Adopt(tx *store.Tx, from Rules) (changed bool, err error) {
	old, err := Current(tx)
	if err != nil {
		return false, err
	}
	s, _, err := state.Get(tx, stateKey)
	if err != nil {
		return false, err
	}
	for _, v := range from {
		i := slices.IndexFunc(old, func(o Version) bool { return o.From == v.From })
		same := i >= 0 && encoded(old[i]) == encoded(v)
		switch {
		case same:
		case v.From <= s.Day:
			return false, store.Errorf("从 %s 起的这一版不能改，也不能补：到 %s 的记录已经按原来的规则记了分。请另加一版，from 写 %s 或以后的日子。",
				v.From, s.Day, s.Day.AddDays(1))
		default:
			changed = true
			if err := versions.Put(tx, string(v.From), v); err != nil {
				return false, err
			}
		}
	}
	for _, o := range old { // one to come that the file has no more
		if o.From > s.Day && !slices.ContainsFunc(from, func(v Version) bool { return v.From == o.From }) {
			changed = true
			if err := versions.Delete(tx, string(o.From)); err != nil {
				return false, err
			}
		}
	}
	return changed, nil
}

// AdoptBuiltIn makes the built-in rules the rules, unless there are any.
func AdoptBuiltIn(tx *store.Tx) (changed bool, err error) {
	now, err := Current(tx)
	if err != nil || len(now) > 0 {
		return false, err
	}
	rules, err := ParseFile("", BuiltIn)
	if err != nil {
		return false, err
	}
	return Adopt(tx, rules)
}

// encoded is a version as the store has it, in which what is empty and what is
// missing are one.
func encoded(v Version) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // texts and numbers
	}
	return string(b)
}

// Summary is the version in a line, for whoever imports it.
func (v Version) Summary() string {
	text := fmt.Sprintf("%s 起：%d 种情形记分", v.From, len(v.Points))
	if n := len(v.UnitTypes); n > 0 {
		text += fmt.Sprintf("，%d 类单位另有规定", n)
	}
	if v.Repeated.Times > 0 {
		text += "，" + v.Repeated.String()
	}
	if v.Note != "" {
		text += "（" + v.Note + "）"
	}
	return text
}

// periods are the periods of repetition and their Chinese names.
var periods = map[string]string{"month": "一个月", "quarter": "一个季度", "year": "一年"}

func (r Repeated) String() string {
	return fmt.Sprintf("%s里同一情形第 %d 次起按 %d 倍扣分", periods[r.Period], r.From, r.Times)
}
