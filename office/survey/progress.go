package survey

import (
	"slices"
	"strings"
	"time"

	"yunzhuan/office/people"
	"yunzhuan/store"
)

// UnitProgress is how far a unit is.
type UnitProgress struct {
	Unit            string
	Asked, Answered int
}

// Progress is how far a survey is. Who has left without answering is not counted.
type Progress struct {
	Asked, Answered int
	Units           []UnitProgress // in the directory's order
	Missing         []people.Person
}

// Progress counts who has answered. It says nothing of what was answered.
func (s Survey) Progress(tx *store.Tx) (Progress, error) {
	var p Progress
	all, err := targets.All(tx, s.prefix())
	if err != nil {
		return p, err
	}
	units := map[string]*UnitProgress{}
	for _, t := range all {
		done, err := s.Answered(tx, t.Person)
		if err != nil {
			return p, err
		}
		who, ok, err := people.Get(tx, t.Person)
		if err != nil {
			return p, err
		}
		if !done && (!ok || who.Left) {
			continue
		}
		u := units[t.Unit]
		if u == nil {
			u = &UnitProgress{Unit: t.Unit}
			units[t.Unit] = u
		}
		p.Asked++
		u.Asked++
		if done {
			p.Answered++
			u.Answered++
		} else {
			p.Missing = append(p.Missing, who)
		}
	}
	for _, u := range units {
		p.Units = append(p.Units, *u)
	}
	order, err := unitOrder(tx)
	slices.SortFunc(p.Units, func(a, b UnitProgress) int { return order(a.Unit, b.Unit) })
	slices.SortStableFunc(p.Missing, func(a, b people.Person) int { return order(a.Unit, b.Unit) })
	return p, err
}

// unitOrder compares units by their place in the directory; closed ones go last.
func unitOrder(tx *store.Tx) (func(a, b string) int, error) {
	open, err := people.Units(tx)
	place := map[string]int{}
	for i, u := range open {
		place[u.Name] = i + 1
	}
	return func(a, b string) int {
		pa, pb := place[a], place[b]
		switch {
		case pa == pb:
			return strings.Compare(a, b)
		case pa == 0:
			return 1
		case pb == 0:
			return -1
		}
		return pa - pb
	}, err
}

// MaxReminders is how often a person is reminded of one survey, by itself and by
// the office together.
const MaxReminders = 3

// minBetween is how far apart two reminders are at least, so that a button tapped
// twice does not use up two.
const minBetween = time.Hour

// reminded is how often a person was reminded of a survey.
type reminded struct {
	Times int       `json:"times"`
	Last  time.Time `json:"last"`
}

// rounds is how many of the moments before the close are behind a survey.
type rounds struct {
	Passed int `json:"passed"`
}

var (
	reminders = store.NewTable("survey_reminders", store.Schema[reminded]{Version: 1, Private: true})
	rounding  = store.NewTable("survey_rounds", store.Schema[rounds]{Version: 1, Private: true})
)

// leads are how long before its close a survey reminds by itself.
var leads = []time.Duration{72 * time.Hour, 24 * time.Hour, 3 * time.Hour}

// grace is how late a round of reminders may be: the night, or the bot, was
// between.
const grace = 12 * time.Hour

// Remindable are the people who have not answered and may be reminded now; spent
// is how many of the others were reminded MaxReminders times already.
func (s Survey) Remindable(tx *store.Tx) (due []people.Person, spent int, err error) {
	p, err := s.Progress(tx)
	if err != nil {
		return nil, 0, err
	}
	for _, who := range p.Missing {
		r, _, err := reminders.Get(tx, s.key(who.ID))
		if err != nil {
			return nil, 0, err
		}
		switch {
		case r.Times >= MaxReminders:
			spent++
		case r.Last.IsZero() || tx.Now().Sub(r.Last) >= minBetween:
			due = append(due, who)
		}
	}
	return due, spent, nil
}

// NoteReminder counts a reminder that went to a person.
func (s Survey) NoteReminder(tx *store.Tx, id people.ID) error {
	r, _, err := reminders.Get(tx, s.key(id))
	if err != nil {
		return err
	}
	r.Times, r.Last = r.Times+1, tx.Now()
	return reminders.Put(tx, s.key(id), r)
}

// TakeRound says whether a round of reminders is due, and notes it, so that each
// of the moments 3 days, 1 day and 3 hours before the close brings one at most.
// A moment before the survey was published brings none, nor does one that is long
// past because the bot was down.
func TakeRound(tx *store.Tx, s Survey) (bool, error) {
	now := tx.Now()
	passed, last := 0, time.Time{}
	for _, lead := range leads {
		if at := s.ClosesAt.Add(-lead); !at.After(now) {
			passed, last = passed+1, at
		}
	}
	r, _, err := rounding.Get(tx, surveyKey(s.No))
	if err != nil || passed <= r.Passed {
		return false, err
	}
	if err := rounding.Put(tx, surveyKey(s.No), rounds{Passed: passed}); err != nil {
		return false, err
	}
	return last.After(s.PublishedAt) && now.Sub(last) <= grace && s.Open(now), nil
}
