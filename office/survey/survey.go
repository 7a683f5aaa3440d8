package survey

import (
	"fmt"
	"slices"
	"time"

	"yunzhuan/office/people"
	"yunzhuan/store"
)

// Survey is a survey that was published. Its template is a copy: the file may
// change or go.
type Survey struct {
	No          uint64    `json:"no"`
	Template    Template  `json:"template"`
	Audience    string    `json:"audience"` // as the office named it
	Asked       int       `json:"asked"`    // how many people it went to
	By          people.ID `json:"by"`
	PublishedAt time.Time `json:"published_at"`
	ClosesAt    time.Time `json:"closes_at"`
	// ClosedAt is set once the survey was closed for good, by the office or after
	// its time (Close). Whether it takes answers is Open's to say.
	ClosedAt time.Time `json:"closed_at,omitzero"`
}

// ID is the number as shown: S7.
func (s Survey) ID() string { return fmt.Sprintf("S%d", s.No) }

// Title is the survey's title.
func (s Survey) Title() string { return s.Template.Title }

// Open says whether the survey takes answers.
func (s Survey) Open(now time.Time) bool { return s.ClosedAt.IsZero() && now.Before(s.ClosesAt) }

// End is when the survey closed or will close.
func (s Survey) End() time.Time {
	if !s.ClosedAt.IsZero() {
		return s.ClosedAt
	}
	return s.ClosesAt
}

// target is a person a survey went to, with the unit of that day.
type target struct {
	Person people.ID `json:"person"`
	Unit   string    `json:"unit"`
}

var (
	surveys = store.NewTable("surveys", store.Schema[Survey]{Version: 1,
		Indexes: map[string]func(Survey) []string{
			"open": func(s Survey) []string {
				if s.ClosedAt.IsZero() {
					return []string{"open"}
				}
				return nil
			},
		}})

	// targets follow from the survey's audience, which the audit line of the
	// survey has; a line of some hundred people more would say nothing.
	targets = store.NewTable("survey_targets", store.Schema[target]{Version: 1, Private: true})
)

func surveyKey(no uint64) string { return fmt.Sprintf("%06d", no) }

// prefix is what the keys of everything that belongs to the survey begin with.
func (s Survey) prefix() string { return surveyKey(s.No) + "/" }

func (s Survey) key(id people.ID) string { return s.prefix() + string(id) }

// Get reads a survey; that there is none is the user's mistake.
func Get(tx *store.Tx, no uint64) (Survey, error) {
	s, ok, err := surveys.Get(tx, surveyKey(no))
	if err == nil && !ok {
		err = store.Errorf("没有 S%d 这份问卷。", no)
	}
	return s, err
}

// Current lists the surveys that were not closed for good yet, by number. One
// whose time is over may be among them until Close has seen to it.
func Current(tx *store.Tx) ([]Survey, error) { return surveys.AllBy(tx, "open", "open") }

// IsFor says whether the survey went to a person.
func (s Survey) IsFor(tx *store.Tx, id people.ID) (bool, error) {
	_, ok, err := targets.Get(tx, s.key(id))
	return ok, err
}

// Waiting lists the open surveys that a person was asked and has not answered,
// what closes first in front.
func Waiting(tx *store.Tx, id people.ID) ([]Survey, error) {
	waiting, _, err := Mine(tx, id)
	return waiting, err
}

// Mine lists the open surveys of a person: those that wait for an answer, and
// those that were answered; what closes first in front.
func Mine(tx *store.Tx, id people.ID) (waiting, answered []Survey, err error) {
	all, err := Current(tx)
	if err != nil {
		return nil, nil, err
	}
	slices.SortStableFunc(all, func(a, b Survey) int { return a.ClosesAt.Compare(b.ClosesAt) })
	for _, s := range all {
		mine, err := s.IsFor(tx, id)
		if err != nil {
			return nil, nil, err
		}
		if !mine || !s.Open(tx.Now()) {
			continue
		}
		done, err := s.Answered(tx, id)
		if err != nil {
			return nil, nil, err
		}
		if done {
			answered = append(answered, s)
		} else {
			waiting = append(waiting, s)
		}
	}
	return waiting, answered, nil
}

// Answerable reads a survey for a person who wants to answer it. A survey that
// went to others or takes no answers any more is the user's mistake.
func Answerable(tx *store.Tx, no uint64, id people.ID) (Survey, error) {
	s, err := Get(tx, no)
	if err != nil {
		return s, err
	}
	mine, err := s.IsFor(tx, id)
	switch {
	case err != nil:
		return s, err
	case !mine:
		return s, store.Errorf("%s 没有发给您，不能填写。", s.ID())
	case !s.Open(tx.Now()):
		return s, store.Errorf("%s《%s》已经截止，不再收答卷。", s.ID(), s.Title())
	}
	return s, nil
}

// Close ends a survey for good: half-filled forms go, and the ballots of an
// anonymous survey get new random keys, all in one transaction. After that no
// code opens a ballot any more, and not even a database's own bookkeeping of
// transactions tells which ballot came with which participation.
func Close(tx *store.Tx, s Survey) (Survey, error) {
	if !s.ClosedAt.IsZero() {
		return s, store.Errorf("%s 已经截止了。", s.ID())
	}
	s.ClosedAt = s.ClosesAt
	if tx.Now().Before(s.ClosesAt) {
		s.ClosedAt = tx.Now()
	}
	if err := surveys.Put(tx, surveyKey(s.No), s); err != nil {
		return s, err
	}
	if err := dropForms(tx, s); err != nil {
		return s, err
	}
	return s, seal(tx, s)
}

// Overdue lists the surveys whose time is over and that Close has not seen.
func Overdue(tx *store.Tx) ([]Survey, error) {
	all, err := Current(tx)
	return slices.DeleteFunc(all, func(s Survey) bool { return s.Open(tx.Now()) }), err
}
