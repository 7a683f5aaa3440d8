package survey_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yunzhuan/internal/bottest"
	"yunzhuan/office/people"
	"yunzhuan/office/survey"
	"yunzhuan/store"
)

const named = `title: 培训需求
anonymous: false
questions:
  - {id: q1, type: single, text: 形式, options: [面授, 线上], required: true}
  - {id: q2, type: text, text: 建议, when: {q1: [线上]}}
`

var anonymous = strings.Replace(named, "false", "true", 1)

// publish publishes a survey to an audience for three days.
func publish(t *testing.T, b *bottest.Bot, file, audience string) (s survey.Survey) {
	t.Helper()
	tpl, err := survey.Parse("s.yaml", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	b.Update(func(tx *store.Tx) error {
		a, err := survey.FindAudience(tx, audience)
		if err != nil {
			return err
		}
		p, err := survey.NewPlan(tx, "J1006", *tpl, a, tx.Now().Add(72*time.Hour), 5)
		if err != nil {
			return err
		}
		if p, err = survey.TakePlan(tx, p.No); err != nil {
			return err
		}
		s, _, err = survey.Publish(tx, p, "J1006")
		return err
	})
	return s
}

// submit answers for a person; in an anonymous survey it returns the code.
func submit(t *testing.T, b *bottest.Bot, s survey.Survey, id people.ID, lines ...survey.Line) (code string) {
	t.Helper()
	b.Update(func(tx *store.Tx) error {
		f, err := survey.OpenForm(tx, s, id)
		if err != nil {
			return err
		}
		if _, mistakes := f.SetAll(&s.Template, lines); len(mistakes) > 0 {
			return errors.Join(mistakes...)
		}
		code, err = survey.Submit(tx, s, id, f)
		return err
	})
	return code
}

func TestFindAudience(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, "2026-11-23 09:00")
	count := func(keep func(people.Person, people.Unit) bool) int {
		n := 0
		b.View(func(tx *store.Tx) error {
			n = 0
			all, err := people.All(tx)
			for _, p := range all {
				u, _, err := people.GetUnit(tx, p.Unit)
				if err != nil {
					return err
				}
				if keep(p, u) {
					n++
				}
			}
			return err
		})
		if n == 0 {
			t.Fatal("the sample county has nobody of the kind")
		}
		return n
	}
	role := func(r people.Role) int { return count(func(p people.Person, _ people.Unit) bool { return p.Has(r) }) }
	everyone := count(func(people.Person, people.Unit) bool { return true })
	personnel := count(func(p people.Person, _ people.Unit) bool { return p.Unit == "人事科" })
	finance := count(func(p people.Person, _ people.Unit) bool { return p.Unit == "计财科" })
	tests := []struct {
		text   string
		want   int
		layers []string
	}{
		{"人事科", personnel, nil},
		{"人事科、计财科，人事科", personnel + finance, nil},
		{"校长", role(people.Principal), nil},
		{"全体教师", role(people.Teacher), nil},
		{"职工", role(people.Staff), nil},
		{"委领导", count(func(p people.Person, _ people.Unit) bool { return p.Unit == "委领导" }), nil},
		{"办公室", count(func(p people.Person, _ people.Unit) bool { return p.Unit == "办公室" }), nil},
		{"各科室", count(func(_ people.Person, u people.Unit) bool { return u.Kind == people.Section }), nil},
		{"直属单位", count(func(_ people.Person, u people.Unit) bool { return u.Kind == people.Affiliated }), nil},
		{"城区学区", count(func(_ people.Person, u people.Unit) bool { return u.District == "城区" }), nil},
		{"城区校长", count(func(p people.Person, u people.Unit) bool { return u.District == "城区" && p.Has(people.Principal) }), nil},
		{"人事科的负责人", count(func(p people.Person, u people.Unit) bool { return u.Name == "人事科" && p.Has(people.Head) }), nil},
		{"校长群", role(people.Principal), []string{"校长群"}},
		{"机关中层群", count(func(p people.Person, u people.Unit) bool { return p.Has(people.Head) && u.Kind != people.School }), []string{"机关中层群"}},
		{"全体", everyone, nil},
		{"J1017、周一", 1, nil},
		{"周一 人事科", personnel, nil},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			var a survey.Audience
			b.View(func(tx *store.Tx) (err error) {
				a, err = survey.FindAudience(tx, tt.text)
				return err
			})
			if len(a.People) != tt.want || !slices.Equal(a.Layers, tt.layers) {
				t.Errorf("%d people and layers %v, want %d and %v", len(a.People), a.Layers, tt.want, tt.layers)
			}
			counts, _ := a.Counts()
			sum := 0
			for _, c := range counts {
				sum += c.N
			}
			if sum != tt.want {
				t.Errorf("counts %v make %d", counts, sum)
			}
		})
	}
	b.View(func(tx *store.Tx) error {
		_, err := survey.FindAudience(tx, "人事科、火星、月球")
		if err == nil || err.Error() != "没有找到“火星”、“月球”：不是单位、角色、学区、群类型，也不是人名。" {
			t.Errorf("error is %v", err)
		}
		return nil
	})
}

func TestPlanIsRefused(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, "2026-11-23 09:00")
	tests := []struct {
		name, file, audience string
		run                  time.Duration
		want                 string
	}{
		{"over already", named, "校长", -time.Hour, "已经过了或太近"},
		{"too far", named, "校长", 400 * 24 * time.Hour, "最长一年"},
		{"anonymous for four people", anonymous, "J1017、J1018、J1019、J1020", time.Hour, "至少要发给 5 人"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tpl, err := survey.Parse("s.yaml", []byte(tt.file))
			if err != nil {
				t.Fatal(err)
			}
			err = b.Store.Update(t.Context(), func(tx *store.Tx) error {
				a, err := survey.FindAudience(tx, tt.audience)
				if err != nil {
					return err
				}
				_, err = survey.NewPlan(tx, "J1006", *tpl, a, tx.Now().Add(tt.run), 5)
				return err
			})
			var mistake *store.UserError
			if !errors.As(err, &mistake) || !strings.Contains(mistake.Text, tt.want) {
				t.Errorf("error is %v, want %q in it", err, tt.want)
			}
		})
	}
}

// The moments 3 days, 1 day and 3 hours before the close bring one round each,
// whenever the job looks; not those before the survey, and not those long past.
func TestRounds(t *testing.T) {
	t.Parallel()
	type look struct {
		before time.Duration // how long before the close
		want   bool
	}
	const day = 24 * time.Hour
	tests := []struct {
		name  string
		run   time.Duration
		looks []look
	}{
		{"all three", 7 * day, []look{{5 * day, false}, {3 * day, true}, {3*day - time.Minute, false}, {25 * time.Hour, false},
			{day, true}, {4 * time.Hour, false}, {3 * time.Hour, true}, {time.Hour, false}, {0, false}}},
		{"published within the last day", 20 * time.Hour, []look{{19 * time.Hour, false}, {3 * time.Hour, true}}},
		{"published two days before", 2 * day, []look{{47 * time.Hour, false}, {day, true}, {3 * time.Hour, true}}},
		{"late in the night", 7 * day, []look{{3*day - 10*time.Hour, true}}},
		{"the bot was down for long", 7 * day, []look{{2 * day, false}, {day, true}}},
		{"two moments while it was down", 7 * day, []look{{day - time.Hour, true}, {day - 2*time.Hour, false}}},
		{"after the close", 7 * day, []look{{-time.Minute, false}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := bottest.New(t, "2026-11-23 09:00")
			s := publish(t, b, named, "人事科")
			s.ClosesAt = b.Clock.Now().Add(tt.run)
			start := b.Clock.Now()
			for _, l := range tt.looks {
				b.Clock.Advance(s.ClosesAt.Add(-l.before).Sub(b.Clock.Now()))
				var got bool
				b.Update(func(tx *store.Tx) (err error) {
					got, err = survey.TakeRound(tx, s)
					return err
				})
				if got != l.want {
					t.Errorf("%v after publishing, %v before the close: %v, want %v", b.Clock.Now().Sub(start), l.before, got, l.want)
				}
			}
		})
	}
}

func TestRemindableIsBounded(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, "2026-11-23 09:00")
	s := publish(t, b, named, "人事科")
	submit(t, b, s, "J1018", survey.Line{No: 1, Text: "A"})
	remind := func() (n, spent int) {
		b.Update(func(tx *store.Tx) error {
			due, over, err := s.Remindable(tx)
			for _, p := range due {
				if p.ID == "J1018" {
					t.Error("who has answered is reminded")
				}
				if err == nil {
					err = s.NoteReminder(tx, p.ID)
				}
			}
			n, spent = len(due), over
			return err
		})
		return n, spent
	}
	for i := range survey.MaxReminders {
		if n, spent := remind(); n != 5 || spent != 0 {
			t.Fatalf("round %d: %d reminded, %d spent", i+1, n, spent)
		}
		if n, _ := remind(); n != 0 {
			t.Errorf("round %d: a second tap reminds %d again", i+1, n)
		}
		b.Clock.Advance(2 * time.Hour)
	}
	if n, spent := remind(); n != 0 || spent != 5 {
		t.Errorf("the fourth time: %d reminded, %d spent", n, spent)
	}
}

func TestProgressLeavesOutWhoHasLeft(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, "2026-11-23 09:00")
	s := publish(t, b, named, "人事科、计财科")
	submit(t, b, s, "J1017", survey.Line{No: 1, Text: "A"})
	leave := func(id people.ID) {
		b.Update(func(tx *store.Tx) error {
			p, _, err := people.Get(tx, id)
			p.Left = true
			return errors.Join(err, people.Put(tx, p))
		})
	}
	leave("J1017") // has answered: the answer counts
	leave("J1018")
	var p survey.Progress
	b.View(func(tx *store.Tx) (err error) {
		p, err = s.Progress(tx)
		return err
	})
	want := []survey.UnitProgress{{Unit: "人事科", Asked: 5, Answered: 1}, {Unit: "计财科", Asked: 9}}
	if d := cmp.Diff(want, p.Units); d != "" {
		t.Error(d)
	}
	if p.Asked != 14 || p.Answered != 1 || len(p.Missing) != 13 {
		t.Errorf("%d of %d, %d missing", p.Answered, p.Asked, len(p.Missing))
	}
}

// A result for fewer than five people is not shown: not of the survey, and not of
// a question that fewer answered.
func TestAnonymousResultNeedsAGroup(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, "2026-11-23 09:00")
	s := publish(t, b, anonymous, "计财科")
	result := func() (r survey.Result, err error) {
		b.View(func(tx *store.Tx) error {
			r, err = s.Result(tx, 5)
			return nil
		})
		return r, err
	}
	for i := range 4 {
		submit(t, b, s, people.ID(fmt.Sprintf("J%d", 1023+i)), survey.Line{No: 1, Text: "B"}, survey.Line{No: 2, Text: "慢"})
	}
	if _, err := result(); err == nil || !strings.Contains(err.Error(), "截止（11月26日 09:00）后才能看结果") {
		t.Errorf("before the close: %v", err)
	}
	b.Clock.Advance(72 * time.Hour)
	if _, err := result(); err == nil || !strings.Contains(err.Error(), "少于 5 份") {
		t.Errorf("with four ballots: %v", err)
	}

	b.Clock.Advance(-72 * time.Hour)
	submit(t, b, s, "J1027", survey.Line{No: 1, Text: "A"})
	b.Clock.Advance(72 * time.Hour)
	r, err := result()
	if err != nil {
		t.Fatal(err)
	}
	if r.Answered != 5 || !slices.Equal(r.Questions[0].Counts, []int{1, 4}) {
		t.Errorf("result %+v", r)
	}
	if q := r.Questions[1]; !q.Hidden || q.Answered != 0 || q.Texts != nil {
		t.Errorf("a question that four answered is shown: %+v", q)
	}
}

// After the close a code opens nothing, no ballot stands under its old key, and
// half-filled forms are gone.
func TestClose(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, "2026-11-23 09:00")
	s := publish(t, b, anonymous, "计财科")
	var codes []string
	for i := range 6 {
		codes = append(codes, submit(t, b, s, people.ID(fmt.Sprintf("J%d", 1023+i)), survey.Line{No: 1, Text: "A"}))
	}
	b.Update(func(tx *store.Tx) error {
		return survey.SaveForm(tx, s, "J1030", survey.Form{Answers: map[string]survey.Answer{"q1": {Choices: []int{1}}}})
	})
	keys := func() (out []string) {
		b.View(func(tx *store.Tx) error {
			return tx.Raw("survey_anonymous_ballots", func(key string, _ []byte) (bool, error) {
				out = append(out, key)
				return true, nil
			})
		})
		return out
	}
	before := keys()
	b.Update(func(tx *store.Tx) error {
		_, _, err := survey.Change(tx, s, codes[0], []survey.Line{{No: 1, Text: "B"}})
		return err
	})
	b.Update(func(tx *store.Tx) (err error) {
		s, err = survey.Close(tx, s)
		return err
	})
	after := keys()
	if len(before) != 6 || len(after) != 6 || slices.ContainsFunc(after, func(k string) bool { return slices.Contains(before, k) }) {
		t.Errorf("keys %v, then %v", before, after)
	}
	err := b.Store.Update(t.Context(), func(tx *store.Tx) error {
		_, _, err := survey.Change(tx, s, codes[0], []survey.Line{{No: 1, Text: "A"}})
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "改答码不对") {
		t.Errorf("the code after the close: %v", err)
	}
	b.View(func(tx *store.Tx) error {
		if has, err := survey.HasForm(tx, s, "J1030"); has || err != nil {
			t.Errorf("a form is left (%v)", err)
		}
		r, err := s.Result(tx, 5)
		if err == nil && !slices.Equal(r.Questions[0].Counts, []int{5, 1}) {
			t.Errorf("counts %v", r.Questions[0].Counts)
		}
		return err
	})
	err = b.Store.Update(t.Context(), func(tx *store.Tx) error {
		_, err := survey.Close(tx, s)
		return err
	})
	if err == nil {
		t.Error("closed twice")
	}
}
