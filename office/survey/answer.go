package survey

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"

	"yunzhuan/store"
)

// How long an answer in words may be, in characters.
const (
	maxText     = 200
	maxLongText = 2000
)

// Answer is what was answered to one question. Which field is set follows from
// the kind of the question.
type Answer struct {
	Choices []int    `json:"choices,omitempty"` // indexes of options, rising
	Number  *float64 `json:"number,omitempty"`
	Text    string   `json:"text,omitempty"`
}

// isOneOf says whether an answer to q is among the values of a condition.
func (a Answer) isOneOf(q Question, values []string) bool {
	if q.Kind == Scale {
		return a.Number != nil && slices.Contains(values, plain(*a.Number))
	}
	return slices.ContainsFunc(a.Choices, func(i int) bool {
		return i < len(q.Options) && slices.Contains(values, q.Options[i])
	})
}

// Show is an answer as its author reads it.
func (q Question) Show(a Answer) string {
	switch {
	case q.Kind.chosen():
		var parts []string
		for _, i := range a.Choices {
			if i < len(q.Options) {
				parts = append(parts, Letter(i)+" "+q.Options[i])
			}
		}
		return strings.Join(parts, "、")
	case a.Number != nil:
		return plain(*a.Number)
	}
	return a.Text
}

// Read understands what a person typed as the answer to q: letters, numbers or
// texts of options (BD, b、d, 会议多), a value, or words. What cannot be the
// answer is a *store.UserError.
func (q Question) Read(typed string) (Answer, error) {
	typed = strings.TrimSpace(typed)
	if typed == "" {
		return Answer{}, store.Errorf("没有写答案")
	}
	switch q.Kind {
	case Single, Multiple:
		chosen, err := q.readChoices(typed)
		if err != nil {
			return Answer{}, err
		}
		return Answer{Choices: chosen}, q.checkCount(chosen)
	case Scale, Number:
		return q.readNumber(typed)
	case Text:
		return readText(typed, maxText)
	default:
		return readText(typed, maxLongText)
	}
}

func (q Question) readChoices(typed string) ([]int, error) {
	folded := tidy(typed)
	if i, ok := q.option(folded); ok {
		return []int{i}, nil
	}
	var chosen []int
	for _, part := range strings.FieldsFunc(andBetween.ReplaceAllString(folded, "$1 $2"), isBetween) {
		got, err := q.choicePart(part)
		if err != nil {
			return nil, err
		}
		chosen = append(chosen, got...)
	}
	if len(chosen) == 0 {
		return nil, q.misread(typed)
	}
	slices.Sort(chosen)
	return slices.Compact(chosen), nil
}

// choicePart reads one piece between separators: an option's text, letters, an
// option's number, or a letter with the text behind it.
func (q Question) choicePart(part string) ([]int, error) {
	if i, ok := q.option(part); ok {
		return []int{i}, nil
	}
	part = strings.TrimPrefix(part, "选")
	letters := part
	if len(part) > 1 && isLetter(part[0]) {
		if i, ok := q.option(strings.TrimLeft(part[1:], ".)-")); ok && q.letterIndex(part[0]) == i {
			return []int{i}, nil
		}
	}
	var out []int
	for i := range len(letters) {
		if !isLetter(letters[i]) {
			out = nil
			break
		}
		n := q.letterIndex(letters[i])
		if n >= len(q.Options) {
			return nil, store.Errorf("没有选项 %s，本题是 A 到 %s", strings.ToUpper(letters[i:i+1]), Letter(len(q.Options)-1))
		}
		out = append(out, n)
	}
	if len(out) > 0 {
		return out, nil
	}
	if n, err := strconv.Atoi(part); err == nil && n >= 1 && n <= len(q.Options) {
		return []int{n - 1}, nil
	}
	return nil, q.misread(part)
}

func (q Question) letterIndex(b byte) int { return int(b|0x20) - 'a' }

func (q Question) misread(typed string) error {
	example := "A"
	if q.Kind == Multiple && *q.Max > 1 {
		example = "AB"
	}
	return store.Errorf("没有看懂“%s”，请回复选项的字母，例如 %s", store.Brief(typed), example)
}

// option finds the option of a text.
func (q Question) option(text string) (int, bool) {
	i := slices.IndexFunc(q.Options, func(o string) bool { return sameText(o, text) })
	return i, i >= 0
}

// checkCount checks how many options were chosen.
func (q Question) checkCount(chosen []int) error {
	switch n := len(chosen); {
	case q.Kind == Single && n > 1:
		return store.Errorf("只能选一项，您选了 %d 项", n)
	case q.Kind == Multiple && n < int(*q.Min):
		return store.Errorf("至少选 %s 项，您选了 %d 项", plain(*q.Min), n)
	case q.Kind == Multiple && n > int(*q.Max):
		return store.Errorf("最多选 %s 项，您选了 %d 项", plain(*q.Max), n)
	}
	return nil
}

var goodNumber = regexp.MustCompile(`^[-+]?\d{1,12}(\.\d{1,4})?$`)

func (q Question) readNumber(typed string) (Answer, error) {
	text := strings.TrimSuffix(tidy(typed), "分")
	text = strings.NewReplacer(",", "", " ", "", "−", "-").Replace(text)
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || !goodNumber.MatchString(text) {
		return Answer{}, store.Errorf("“%s”不是一个数，%s", store.Brief(typed), q.wanted())
	}
	if q.Kind == Scale && !whole(f) || q.Min != nil && f < *q.Min || q.Max != nil && f > *q.Max {
		return Answer{}, store.Errorf("%s 不在范围内，%s", plain(f), q.wanted())
	}
	return Answer{Number: &f}, nil
}

// wanted says which numbers answer q.
func (q Question) wanted() string {
	switch {
	case q.Kind == Scale:
		return "请回复 " + plain(*q.Min) + " 到 " + plain(*q.Max) + " 的整数"
	case q.Min != nil && q.Max != nil:
		return "请回复 " + plain(*q.Min) + " 到 " + plain(*q.Max) + " 的数"
	case q.Min != nil:
		return "请回复不小于 " + plain(*q.Min) + " 的数"
	case q.Max != nil:
		return "请回复不大于 " + plain(*q.Max) + " 的数"
	}
	return "请回复一个数"
}

func readText(typed string, most int) (Answer, error) {
	text := strings.Map(func(r rune) rune {
		if r != '\n' && (unicode.IsControl(r) || r == utf8.RuneError) {
			return -1
		}
		return r
	}, typed)
	text = strings.TrimSpace(text)
	n := utf8.RuneCountInString(text)
	switch {
	case n == 0:
		return Answer{}, store.Errorf("没有写答案")
	case n > most:
		return Answer{}, store.Errorf("太长了（%d 字），最多 %d 字", n, most)
	}
	return Answer{Text: text}, nil
}

// tidy folds full-width forms and takes off the punctuation at the end.
func tidy(s string) string {
	return strings.TrimRight(strings.TrimSpace(width.Fold.String(s)), "。.!?、,; ")
}

// sameText compares what people may type in several ways.
func sameText(a, b string) bool {
	squeeze := func(s string) string { return strings.Join(strings.Fields(width.Fold.String(s)), "") }
	return strings.EqualFold(squeeze(a), squeeze(b))
}

func isBetween(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune("、,;/+&", r)
}

// andBetween is the 和 of “A和C”; that of an option's text stays.
var andBetween = regexp.MustCompile(`([A-Za-z])和([A-Za-z])`)
