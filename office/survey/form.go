package survey

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"yunzhuan/office/people"
	"yunzhuan/store"
)

// Form is a survey while a person fills it in. It is theirs like any half-filled
// paper, also in an anonymous survey, and goes when it is submitted and when the
// survey closes.
type Form struct {
	Answers map[string]Answer `json:"answers,omitempty"`
	Skipped []string          `json:"skipped,omitempty"` // ids of questions passed over
	// At is the question that was gone back to; else it is the first open one's turn.
	At string `json:"at,omitempty"`
	// Picked are the options tapped so far of the question At, one with several.
	Picked []int `json:"picked,omitempty"`
	// Steps says that the questions are asked one by one: then the form is done
	// when each was answered or skipped, not as soon as the required ones are.
	Steps bool `json:"steps,omitempty"`
}

// forms are kept under survey and person. Private: half an answer is no record.
var forms = store.NewTable("survey_forms", store.Schema[Form]{Version: 1, Private: true})

// OpenForm reads the person's form, or begins one: with the answers of the ballot
// where there is one. Who has answered an anonymous survey gets no second form.
func OpenForm(tx *store.Tx, s Survey, id people.ID) (Form, error) {
	f, ok, err := forms.Get(tx, s.key(id))
	if err != nil || ok {
		if f.Answers == nil {
			f.Answers = map[string]Answer{}
		}
		return f, err
	}
	f.Answers = map[string]Answer{}
	done, err := s.Answered(tx, id)
	switch {
	case err != nil || !done:
		return f, err
	case s.Template.Anonymous:
		return f, s.alreadyTaken()
	}
	b, _, err := s.OwnBallot(tx, id)
	if err != nil {
		return f, err
	}
	for i, q := range s.Template.Questions {
		if a, ok := b.Answers[q.ID]; ok {
			f.Answers[q.ID] = a
		} else if s.Template.Asked(i, b.Answers) {
			f.Skipped = append(f.Skipped, q.ID)
		}
	}
	return f, nil
}

// HasForm says whether a person has begun and not submitted.
func HasForm(tx *store.Tx, s Survey, id people.ID) (bool, error) {
	_, ok, err := forms.Get(tx, s.key(id))
	return ok, err
}

// SaveForm keeps a form.
func SaveForm(tx *store.Tx, s Survey, id people.ID, f Form) error {
	return forms.Put(tx, s.key(id), f)
}

// DropForm removes a form.
func DropForm(tx *store.Tx, s Survey, id people.ID) error { return forms.Delete(tx, s.key(id)) }

func dropForms(tx *store.Tx, s Survey) error {
	var keys []string
	err := forms.Scan(tx, s.prefix(), func(key string, _ Form) (bool, error) {
		keys = append(keys, key)
		return true, nil
	})
	for _, key := range keys {
		err = errors.Join(err, forms.Delete(tx, key))
	}
	return err
}

// Turn is the index of the question whose turn it is; false when each was
// answered or skipped.
func (f *Form) Turn(t *Template) (int, bool) {
	if i := t.find(f.At); i >= 0 && t.Asked(i, f.Answers) {
		return i, true
	}
	for i, q := range t.Questions {
		_, answered := f.Answers[q.ID]
		if !answered && !slices.Contains(f.Skipped, q.ID) && t.Asked(i, f.Answers) {
			return i, true
		}
	}
	return 0, false
}

// Missing are the numbers of the required questions that are asked and have no
// answer.
func (f *Form) Missing(t *Template) []int {
	var out []int
	for i, q := range t.Questions {
		if _, ok := f.Answers[q.ID]; q.Required && !ok && t.Asked(i, f.Answers) {
			out = append(out, i+1)
		}
	}
	return out
}

// Done says whether the form can go: in steps when every question had its turn,
// else when nothing required is missing.
func (f *Form) Done(t *Template) bool {
	if f.Steps {
		_, more := f.Turn(t)
		return !more
	}
	return len(f.Missing(t)) == 0
}

// Words in the place of an answer.
const (
	skipWord = "跳过" // this question need not be answered
	keepWord = "不改" // the answer it has stays
)

// Set answers question number n (from 1) with what was typed. What is wrong is
// the user's mistake, with the question's number in front.
func (f *Form) Set(t *Template, n int, typed string) error {
	if n < 1 || n > len(t.Questions) {
		return store.Errorf("没有第 %d 题，共 %d 题", n, len(t.Questions))
	}
	q := t.Questions[n-1]
	if !t.Asked(n-1, f.Answers) {
		return store.Errorf("第 %d 题不用答（%s）", n, t.why(n-1))
	}
	switch strings.TrimSpace(typed) {
	case skipWord:
		return f.skip(q, n)
	case keepWord:
		if _, ok := f.Answers[q.ID]; ok {
			f.leave(q)
			return nil
		}
	}
	a, err := q.Read(typed)
	if err != nil {
		var mistake *store.UserError
		if errors.As(err, &mistake) {
			return store.Errorf("第 %d 题：%s", n, mistake.Text)
		}
		return err
	}
	f.set(q, a)
	return nil
}

func (f *Form) set(q Question, a Answer) {
	f.Answers[q.ID] = a
	f.Skipped = slices.DeleteFunc(f.Skipped, func(id string) bool { return id == q.ID })
	f.leave(q)
}

// leave ends the turn of a question that was gone back to.
func (f *Form) leave(q Question) {
	if f.At == q.ID {
		f.At, f.Picked = "", nil
	}
}

func (f *Form) skip(q Question, n int) error {
	if q.Required {
		return store.Errorf("第 %d 题必答，不能跳过", n)
	}
	delete(f.Answers, q.ID)
	if !slices.Contains(f.Skipped, q.ID) {
		f.Skipped = append(f.Skipped, q.ID)
	}
	f.leave(q)
	return nil
}

// why says on which answer a question depends.
func (t *Template) why(i int) string {
	var parts []string
	for _, c := range t.Questions[i].When {
		parts = append(parts, fmt.Sprintf("第 %d 题选“%s”才需要", t.find(c.Question)+1, strings.Join(c.Values, "”或“")))
	}
	return strings.Join(parts, "，")
}

// Line is one answer as typed: the question's number and the answer.
type Line struct {
	No   int
	Text string
}

// SetAll answers several questions, in the order of the questions whatever order
// they were typed in, because later ones may depend on earlier ones.
func (f *Form) SetAll(t *Template, lines []Line) (kept []int, mistakes []error) {
	lines = slices.Clone(lines)
	slices.SortStableFunc(lines, func(a, b Line) int { return a.No - b.No })
	for _, l := range lines {
		if err := f.Set(t, l.No, l.Text); err != nil {
			mistakes = append(mistakes, err)
			continue
		}
		kept = append(kept, l.No)
	}
	return kept, mistakes
}

// Back goes back to the question before the one whose turn it is.
func (f *Form) Back(t *Template) error {
	turn, ok := f.Turn(t)
	if !ok {
		turn = len(t.Questions)
	}
	for i := turn - 1; i >= 0; i-- {
		if t.Asked(i, f.Answers) {
			f.goTo(t.Questions[i])
			return nil
		}
	}
	return store.Errorf("这已经是第一题了。")
}

// GoTo gives question number n its turn.
func (f *Form) GoTo(t *Template, n int) error {
	switch {
	case n < 1 || n > len(t.Questions):
		return store.Errorf("没有第 %d 题，共 %d 题。", n, len(t.Questions))
	case !t.Asked(n-1, f.Answers):
		return store.Errorf("第 %d 题不用答（%s）。", n, t.why(n-1))
	}
	f.goTo(t.Questions[n-1])
	return nil
}

func (f *Form) goTo(q Question) {
	f.At, f.Picked = q.ID, nil
	if q.Kind == Multiple {
		f.Picked = slices.Clone(f.Answers[q.ID].Choices)
	}
}

// Pick taps an option of a question with several: once it is chosen, twice it is
// not.
func (f *Form) Pick(t *Template, n int, typed string) error {
	if n < 1 || n > len(t.Questions) || f.At != t.Questions[n-1].ID {
		if err := f.GoTo(t, n); err != nil {
			return err
		}
	}
	q := t.Questions[n-1]
	if q.Kind != Multiple {
		return store.Errorf("第 %d 题不是多选题，请直接回复答案。", n)
	}
	options, err := q.readChoices(typed)
	if err != nil {
		return err
	}
	for _, o := range options {
		if i := slices.Index(f.Picked, o); i >= 0 {
			f.Picked = slices.Delete(f.Picked, i, i+1)
		} else if len(f.Picked) >= int(*q.Max) {
			return store.Errorf("第 %d 题最多选 %s 项，已经选满了。再点一次已选的可以取消。", n, plain(*q.Max))
		} else {
			f.Picked = append(f.Picked, o)
		}
	}
	slices.Sort(f.Picked)
	return nil
}

// PickDone makes what was picked the answer.
func (f *Form) PickDone(t *Template, n int) error {
	if n < 1 || n > len(t.Questions) || t.Questions[n-1].Kind != Multiple {
		return store.Errorf("没有第 %d 题，或者它不是多选题。", n)
	}
	q := t.Questions[n-1]
	picked := f.Picked
	if f.At != q.ID {
		picked = f.Answers[q.ID].Choices
	}
	if err := q.checkCount(picked); err != nil {
		return store.Errorf("第 %d 题还没选好：%s。", n, err.Error())
	}
	f.set(q, Answer{Choices: slices.Clone(picked)})
	return nil
}

// numbers lists questions: 第 1、3 题.
func numbers(list []int) string {
	var parts []string
	for _, n := range list {
		parts = append(parts, fmt.Sprint(n))
	}
	return "第 " + strings.Join(parts, "、") + " 题"
}
