package monthly

import (
	"fmt"
	"time"

	"yunzhuan/office/bulletin"
	"yunzhuan/office/calendar"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// Correction is a line that corrects an earlier check.
type Correction struct {
	Month calendar.Month `json:"month"` // the check it corrects
	Text  string         `json:"text"`
}

// pending is a correction, until and after a check holds it.
type pending struct {
	Seq uint64 `json:"seq"`
	Correction
	By people.ID      `json:"by"`
	At time.Time      `json:"at"`
	In calendar.Month `json:"in,omitempty"` // the check that holds it; none while it waits
}

var corrections = store.NewTable("monthly_corrections", store.Schema[pending]{Version: 1,
	Indexes: map[string]func(pending) []string{
		"open": func(p pending) []string {
			if p.In != "" {
				return nil
			}
			return []string{"open"}
		},
	}})

// Correct writes a correction of a published check; it stands in the next one. It
// is read in the groups: unless they may see names (withNames), it has none.
func Correct(tx *store.Tx, of Check, by people.ID, text string, withNames bool) error {
	text, err := bulletin.CheckCorrection(tx, text, withNames)
	if err != nil {
		return err
	}
	seq, err := tx.Next("monthly-correction")
	if err != nil {
		return err
	}
	return putCorrection(tx, pending{Seq: seq, Correction: Correction{Month: of.Month, Text: text}, By: by, At: tx.Now()})
}

func putCorrection(tx *store.Tx, p pending) error {
	return corrections.Put(tx, fmt.Sprintf("%010d", p.Seq), p)
}

func (c *Check) addCorrections(tx *store.Tx) error {
	open, err := corrections.AllBy(tx, "open", "open")
	for _, p := range open {
		c.Corrections = append(c.Corrections, p.Correction)
	}
	return err
}

// closeCorrections notes that a check holds the corrections that waited.
func closeCorrections(tx *store.Tx, c Check) error {
	open, err := corrections.AllBy(tx, "open", "open")
	for _, p := range open {
		p.In = c.Month
		if err := putCorrection(tx, p); err != nil {
			return err
		}
	}
	return err
}
