package cron_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"yunzhuan/cron"
	"yunzhuan/internal/bottest"
	"yunzhuan/office/people"
	"yunzhuan/office/survey"
	"yunzhuan/store"
	shipped "yunzhuan/surveys"
)

// surveyBench is a bot with a survey of 人事科 that closes on 11月27日 18:00.
type surveyBench struct {
	*bottest.Bot
	t    *testing.T
	jobs *cron.Scheduler
	s    survey.Survey
}

func newSurveyBench(t *testing.T, template string) *surveyBench {
	t.Helper()
	b := &surveyBench{Bot: bottest.New(t, "2026-11-23 09:00"), t: t}
	job := cron.Job{
		Name: "survey-reminder", Title: "问卷催办", Specs: []string{"*/15 7-21 * * *"}, Days: cron.Any,
		Run: cron.SurveyReminder(b.Push),
	}
	var err error
	if b.jobs, err = cron.New(b.Store, []cron.Job{job}, cron.Options{Log: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	file, data, err := survey.File(shipped.Files, template)
	if err != nil {
		t.Fatal(err)
	}
	tpl, err := survey.Parse(file, data)
	if err != nil {
		t.Fatal(err)
	}
	b.Update(func(tx *store.Tx) error {
		a, err := survey.FindAudience(tx, "人事科")
		if err != nil {
			return err
		}
		closes := time.Date(2026, 11, 27, 18, 0, 0, 0, tx.Now().Location())
		p, err := survey.NewPlan(tx, "J1006", *tpl, a, closes, 5)
		if err != nil {
			return err
		}
		b.s, _, err = survey.Publish(tx, p, "J1006")
		return err
	})
	return b
}

func (b *surveyBench) answer(id people.ID, lines ...survey.Line) {
	b.t.Helper()
	b.Update(func(tx *store.Tx) error {
		f, err := survey.OpenForm(tx, b.s, id)
		if err != nil {
			return err
		}
		f.SetAll(&b.s.Template, lines)
		_, err = survey.Submit(tx, b.s, id, f)
		return err
	})
}

// run lets the job look, and says who was reminded.
func (b *surveyBench) run(slot string) (reminded string) {
	b.t.Helper()
	b.Run(b.jobs, "survey-reminder", slot)
	var who []string
	for _, id := range []string{"J1017", "J1018", "J1019", "J1020", "J1021", "J1022", "J1023"} {
		for _, text := range b.Pushed(id) {
			if !strings.Contains(text, "问卷还没填写") || !strings.Contains(text, "[现在填写](/问卷 1)") {
				b.t.Errorf("%s got at %s: %s", id, slot, text)
			}
			who = append(who, strings.TrimPrefix(id, "J10"))
		}
	}
	return strings.Join(who, " ")
}

var careAnswers = []survey.Line{{No: 1, Text: "A"}, {No: 3, Text: "5"}, {No: 4, Text: "A"}, {No: 5, Text: "A"}}

func TestSurveyReminder(t *testing.T) {
	t.Parallel()
	b := newSurveyBench(t, "职工关怀")
	expect := func(slot, want string) {
		t.Helper()
		if got := b.run(slot); got != want {
			t.Errorf("at %s reminded %q, want %q", slot, got, want)
		}
	}
	expect("2026-11-24 17:45", "")
	expect("2026-11-24 18:00", "17 18 19 20 21 22")
	expect("2026-11-24 18:15", "")
	b.answer("J1017", careAnswers...)
	expect("2026-11-26 17:45", "")
	expect("2026-11-26 18:00", "18 19 20 21 22")
	b.answer("J1018", careAnswers...)
	b.answer("J1019", careAnswers...)
	expect("2026-11-27 15:00", "20 21 22")
	expect("2026-11-27 15:15", "")
	expect("2026-11-27 17:45", "")
	if got := b.PushedTo("办公室群"); len(got) != 0 {
		t.Errorf("the office was told early: %v", got)
	}
	expect("2026-11-27 18:00", "")
	got := b.PushedTo("办公室群")
	if len(got) != 1 || !strings.Contains(got[0], "S1 职工关怀需求调查　已截止\n已答 3/6（50.0%）") || !strings.Contains(got[0], "/问卷 结果 1") {
		t.Errorf("the office was told: %q", got)
	}
	expect("2026-11-27 18:15", "")
	if got := b.PushedTo("办公室群"); len(got) != 0 {
		t.Errorf("the office was told twice: %v", got)
	}
}

// Three reminders are all there is, whoever sent them.
func TestSurveyReminderCountsWhatTheOfficeSent(t *testing.T) {
	t.Parallel()
	b := newSurveyBench(t, "职工关怀")
	for range 2 {
		b.Update(func(tx *store.Tx) error { return b.s.NoteReminder(tx, "J1017") })
	}
	if got := b.run("2026-11-24 18:00"); got != "17 18 19 20 21 22" {
		t.Errorf("reminded %q", got)
	}
	if got := b.run("2026-11-26 18:00"); got != "18 19 20 21 22" {
		t.Errorf("reminded %q", got)
	}
}

// A reminder that could not go before the survey closed does not go at all.
func TestSurveyReminderExpires(t *testing.T) {
	t.Parallel()
	b := newSurveyBench(t, "教师培训需求")
	b.Clock.Set("2026-11-27 15:00")
	b.Update(func(tx *store.Tx) error {
		p, _, err := people.Get(tx, "J1017")
		if err != nil {
			return err
		}
		p.Quiet = "14:00-19:00"
		return people.Put(tx, p)
	})
	if got := b.run("2026-11-27 15:00"); got != "18 19 20 21 22" {
		t.Errorf("reminded %q", got)
	}
	b.Clock.Set("2026-11-27 19:30")
	if got := b.Pushed("J1017"); len(got) != 0 {
		t.Errorf("reminded after the close: %v", got)
	}
}

// Without an office group the one who published the survey is told.
func TestSurveyClosedWithoutOfficeGroup(t *testing.T) {
	t.Parallel()
	b := newSurveyBench(t, "职工关怀")
	b.Update(func(tx *store.Tx) error {
		return people.PutGroup(tx, people.Group{Channel: string(bottest.Channel), Conv: "办公室群", Layer: people.OfficeLayer, Gone: true})
	})
	b.Run(b.jobs, "survey-reminder", "2026-11-27 18:00")
	if got := b.Pushed("J1006"); len(got) != 1 || !strings.Contains(got[0], "已截止") {
		t.Errorf("the publisher was told: %v", got)
	}
}
