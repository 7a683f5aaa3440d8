package cron

import (
	"fmt"
	"time"

	"yunzhuan/office/calendar"
	"yunzhuan/store"
)

// State is what became of a slot.
type State string

// What may become of a slot.
const (
	Fired  State = "fired"  // on time
	Late   State = "late"   // caught up on, 补发
	Failed State = "failed" // given up on, or what came after the commit failed
	Missed State = "missed" // passed unseen, and too late to matter
)

// Outcome is a slot that did not go as it should; slots that fired on time leave
// none.
type Outcome struct {
	Job   string    `json:"job"`
	Title string    `json:"title"`
	Slot  time.Time `json:"slot"`
	State State     `json:"state"` // Late, Failed or Missed
	At    time.Time `json:"at"`    // when that was settled
}

// outcomes are filed by slot, then job.
var outcomes = store.NewTable("job_outcomes", store.Schema[Outcome]{
	Version: 1,
	Indexes: map[string]func(Outcome) []string{
		"day": func(o Outcome) []string { return []string{string(calendar.DayOf(o.At))} },
	},
	Private: true,
})

// keepOutcomes is how many days an outcome is kept.
const keepOutcomes = 90

// OutcomesOn lists what was caught up on, given up or missed on a day, by slot.
func OutcomesOn(tx *store.Tx, day calendar.Day) ([]Outcome, error) {
	all, err := outcomes.AllBy(tx, "day", string(day))
	if err != nil {
		return nil, fmt.Errorf("list outcomes: %w", err)
	}
	loc := tx.Now().Location()
	for i := range all {
		all[i].Slot, all[i].At = all[i].Slot.In(loc), all[i].At.In(loc)
	}
	return all, nil
}

// putOutcome records what became of a slot, and drops records past their time.
func putOutcome(tx *store.Tx, j *job, slot time.Time, state State) error {
	oldest := outcomeKey(tx.Now().AddDate(0, 0, -keepOutcomes), "")
	var old []string
	err := outcomes.Scan(tx, "", func(key string, _ Outcome) (bool, error) {
		if key < oldest {
			old = append(old, key)
		}
		return key < oldest, nil
	})
	if err != nil {
		return fmt.Errorf("prune outcomes: %w", err)
	}
	for _, key := range old {
		if err := outcomes.Delete(tx, key); err != nil {
			return err
		}
	}
	o := Outcome{Job: j.Name, Title: j.Title, Slot: slot, State: state, At: tx.Now()}
	return outcomes.Put(tx, outcomeKey(slot, j.Name), o)
}

func outcomeKey(slot time.Time, name string) string {
	return slot.UTC().Format("20060102150405") + name
}

// state is how far the slots are settled.
type state struct {
	Settled time.Time `json:"settled"` // every slot up to here is fired, missed or given up
}

var states = store.NewTable[state]("cron_state", store.Schema[state]{Version: 1, Private: true})

// stateKey is the one key of states.
const stateKey = "settled"
