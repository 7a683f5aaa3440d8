package survey

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"yunzhuan/office/people"
	"yunzhuan/store"
)

// Result is what a survey brought.
type Result struct {
	Survey    Survey
	Asked     int
	Answered  int
	Questions []QuestionResult
}

// QuestionResult is what was answered to one question.
type QuestionResult struct {
	No       int
	Question Question
	// Hidden says that fewer answered than an anonymous survey may show: then
	// everything below is empty.
	Hidden   bool
	Answered int
	// Counts are how many chose each option, or each value of a scale from the
	// lowest on.
	Counts          []int
	Mean, Low, High float64 // of a scale or number
	Texts           []Opinion
}

// Opinion is an answer in words. Name is empty in an anonymous survey.
type Opinion struct {
	Name, Text string
}

// Result counts a survey. That of an anonymous one is shown once it has closed
// and not before, because two looks at running totals would show the answers that
// came in between; and only if at least minGroup people have answered, the survey
// and, again, each question. Why it cannot be shown is the user's mistake.
func (s Survey) Result(tx *store.Tx, minGroup int) (Result, error) {
	out := Result{Survey: s, Asked: s.Asked}
	if s.Template.Anonymous && s.Open(tx.Now()) {
		return out, store.Errorf("%s 不记名，截止（%s）后才能看结果；现在只能看进度。", s.ID(), s.ClosesAt.Format("1月2日 15:04"))
	}
	ballots, names, err := s.ballots(tx)
	if err != nil {
		return out, err
	}
	out.Answered = len(ballots)
	if s.Template.Anonymous && len(ballots) < minGroup {
		return out, store.Errorf("%s 不记名，收到的答卷少于 %d 份，不显示结果。", s.ID(), minGroup)
	}
	for i, q := range s.Template.Questions {
		r := QuestionResult{No: i + 1, Question: q}
		r.count(ballots, names)
		if s.Template.Anonymous && r.Answered < minGroup {
			r = QuestionResult{No: i + 1, Question: q, Hidden: true}
		}
		out.Questions = append(out.Questions, r)
	}
	return out, nil
}

// ballots reads all ballots; names are their authors' in a named survey.
func (s Survey) ballots(tx *store.Tx) (ballots []Ballot, names []string, err error) {
	if s.Template.Anonymous {
		ballots, err = anonymousBallots.All(tx, s.prefix())
		return ballots, make([]string, len(ballots)), err
	}
	err = namedBallots.Scan(tx, s.prefix(), func(key string, b Ballot) (bool, error) {
		id := people.ID(strings.TrimPrefix(key, s.prefix()))
		who, _, err := people.Get(tx, id)
		ballots, names = append(ballots, b), append(names, cmp.Or(who.Name, string(id)))
		return true, err
	})
	return ballots, names, err
}

func (r *QuestionResult) count(ballots []Ballot, names []string) {
	q := r.Question
	low := 0
	switch {
	case q.Kind.chosen():
		r.Counts = make([]int, len(q.Options))
	case q.Kind == Scale:
		l, high := q.Range()
		low, r.Counts = l, make([]int, high-l+1)
	}
	sum := 0.0
	for i, b := range ballots {
		a, ok := b.Answers[q.ID]
		if !ok {
			continue
		}
		r.Answered++
		for _, c := range a.Choices {
			if c < len(r.Counts) {
				r.Counts[c]++
			}
		}
		if a.Number != nil {
			n := *a.Number
			if r.Answered == 1 {
				r.Low, r.High = n, n
			}
			r.Low, r.High, sum = min(r.Low, n), max(r.High, n), sum+n
			if at := int(n) - low; q.Kind == Scale && at >= 0 && at < len(r.Counts) {
				r.Counts[at]++
			}
		}
		if a.Text != "" {
			r.Texts = append(r.Texts, Opinion{Name: names[i], Text: a.Text})
		}
	}
	if r.Answered > 0 {
		r.Mean = sum / float64(r.Answered)
	}
	r.shuffle()
}

// shuffle puts the texts into an order of their own, by a hash with the question
// in it: it is neither that of coming in nor the same from question to question.
func (r *QuestionResult) shuffle() {
	hash := func(o Opinion) string {
		return fmt.Sprintf("%x", sha256.Sum256([]byte(r.Question.ID+"\x00"+o.Text)))
	}
	slices.SortFunc(r.Texts, func(a, b Opinion) int {
		return cmp.Or(strings.Compare(hash(a), hash(b)), strings.Compare(a.Name, b.Name))
	})
}
