// Package survey is the office's asking before deciding: a template is read from
// a file and checked (Parse), published to the people it is for, answered step by
// step or in one line, and counted.
//
// A survey is named or anonymous, and the two are kept apart from the first
// record on: a named ballot is filed under its person; of an anonymous survey one
// table says who has taken part and another holds the ballots under random keys,
// with nothing in common. See docs/adr/0006-anonymous-surveys.md.
package survey

import (
	"slices"
	"strconv"
)

// Kind is what sort of answer a question takes.
type Kind string

// The kinds of question.
const (
	Single   Kind = "single"   // one option
	Multiple Kind = "multiple" // several options, Min to Max of them
	Scale    Kind = "scale"    // a whole number from Min to Max, 1 to 5 unless said otherwise
	Number   Kind = "number"   // a number, from Min to Max where they are set
	Text     Kind = "text"     // a line of text
	LongText Kind = "longtext" // a paragraph of text
)

// kindTitles are the kinds as the office calls them; a table file uses them.
var kindTitles = map[Kind]string{
	Single: "单选", Multiple: "多选", Scale: "量表", Number: "数字", Text: "短文字", LongText: "长文字",
}

var kinds = []Kind{Single, Multiple, Scale, Number, Text, LongText}

// Title is the kind's Chinese name.
func (k Kind) Title() string { return kindTitles[k] }

// chosen says whether answers of the kind are choices among options.
func (k Kind) chosen() bool { return k == Single || k == Multiple }

// Template is a survey as its file describes it, checked by Parse.
type Template struct {
	Title     string     `json:"title"`
	Category  string     `json:"category,omitempty"`
	Anonymous bool       `json:"anonymous,omitempty"`
	Intro     string     `json:"intro,omitempty"`
	Questions []Question `json:"questions"`
}

// Question is one question. Min and Max bound what the kind counts: the options
// chosen, the value of a scale or number; of a text they are not set.
type Question struct {
	ID       string   `json:"id"`
	Kind     Kind     `json:"kind"`
	Text     string   `json:"text"`
	Options  []string `json:"options,omitempty"`
	Required bool     `json:"required,omitempty"`
	Min      *float64 `json:"min,omitempty"`
	Max      *float64 `json:"max,omitempty"`
	// When lists the conditions under which the question is asked; all must hold.
	When []Condition `json:"when,omitempty"`
}

// Condition holds when an earlier question was answered with one of the values:
// texts of its options, or numbers of its scale.
type Condition struct {
	Question string   `json:"question"`
	Values   []string `json:"values"`
}

// Letter is the letter under which option i is shown and answered, from A.
func Letter(i int) string { return string(rune('A' + i)) }

// find returns the index of the question with an id, or -1.
func (t *Template) find(id string) int {
	return slices.IndexFunc(t.Questions, func(q Question) bool { return q.ID == id })
}

// Asked says whether the question at index i is asked of somebody who answered
// the others so. A question that is not asked has no answer, whatever was given
// for it, so that what depends on it is not asked either.
func (t *Template) Asked(i int, given map[string]Answer) bool {
	for _, c := range t.Questions[i].When {
		j := t.find(c.Question)
		if j < 0 || j >= i || !t.Asked(j, given) {
			return false
		}
		a, ok := given[c.Question]
		if !ok || !a.isOneOf(t.Questions[j], c.Values) {
			return false
		}
	}
	return true
}

// Minutes is about how long it takes to answer, at least 1.
func (t *Template) Minutes() int {
	seconds := 0
	for _, q := range t.Questions {
		switch q.Kind {
		case Text:
			seconds += 30
		case LongText:
			seconds += 60
		default:
			seconds += 15
		}
	}
	return max(1, (seconds+30)/60)
}

// HasConditions says whether some of the questions depend on others.
func (t *Template) HasConditions() bool {
	return slices.ContainsFunc(t.Questions, func(q Question) bool { return len(q.When) > 0 })
}

// Range is a scale's lowest and highest value.
func (q Question) Range() (low, high int) { return int(*q.Min), int(*q.Max) }

func plain(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
