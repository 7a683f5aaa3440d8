package bulletin

import (
	"fmt"
	"strings"
	"time"

	"yunzhuan/office/attendance"
	"yunzhuan/office/patrol"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// Correction is a line that corrects an earlier issue: what the office wrote, or a
// unit's attendance that came after its bulletin (补报).
type Correction struct {
	Year int              `json:"year"` // the issue it corrects
	No   int              `json:"no"`
	Text string           `json:"text,omitempty"`
	Late *attendance.Late `json:"late,omitempty"`
}

// pending is a correction as the office wrote it, until and after a bulletin
// holds it.
type pending struct {
	Seq  uint64    `json:"seq"`
	Year int       `json:"year"` // the issue it corrects
	No   int       `json:"no"`
	Text string    `json:"text"`
	By   people.ID `json:"by"`
	At   time.Time `json:"at"`
	// InYear and InNo are the issue that holds it; 0 while it waits.
	InYear int `json:"in_year,omitempty"`
	InNo   int `json:"in_no,omitempty"`
}

var corrections = store.NewTable("bulletin_corrections", store.Schema[pending]{Version: 1,
	Indexes: map[string]func(pending) []string{
		"open": func(p pending) []string {
			if p.InNo != 0 {
				return nil
			}
			return []string{"open"}
		},
	}})

const maxCorrection = 200 // runes

// Correct writes a correction of a published issue; it stands in the next one.
// It is read in the groups: unless they may see names (withNames), it has none.
func Correct(tx *store.Tx, of Bulletin, by people.ID, text string, withNames bool) error {
	if err := of.mustStand(tx); err != nil {
		return err
	}
	text, err := CheckCorrection(tx, text, withNames)
	if err != nil {
		return err
	}
	seq, err := tx.Next("bulletin-correction")
	if err != nil {
		return err
	}
	p := pending{Seq: seq, Year: of.Year, No: of.No, Text: text, By: by, At: tx.Now()}
	return corrections.Put(tx, correctionKey(seq), p)
}

// CheckCorrection makes a text one line and says whether it may be a correction.
func CheckCorrection(tx *store.Tx, text string, withNames bool) (string, error) {
	text = strings.Join(strings.Fields(text), " ")
	switch n := len([]rune(text)); {
	case n == 0:
		return "", store.Errorf("请写更正的内容。")
	case n > maxCorrection:
		return "", store.Errorf("更正有 %d 个字，请压到 %d 个字以内。", n, maxCorrection)
	}
	if !withNames {
		named, err := patrol.NamesAnyone(tx, text)
		if err != nil {
			return "", err
		}
		if named {
			return "", store.Errorf("更正会发到各群，请不要写姓名，写单位和记录号。")
		}
	}
	return text, nil
}

func correctionKey(seq uint64) string { return fmt.Sprintf("%010d", seq) }

// addCorrections gathers the corrections that no issue holds yet.
func (b *Bulletin) addCorrections(tx *store.Tx) error {
	written, err := corrections.AllBy(tx, "open", "open")
	if err != nil {
		return err
	}
	for _, p := range written {
		b.Corrections = append(b.Corrections, Correction{Year: p.Year, No: p.No, Text: p.Text})
	}
	last, ok, err := Latest(tx)
	if err != nil || !ok {
		return err
	}
	late, err := attendance.LateReports(tx, last.PublishedAt)
	if err != nil {
		return err
	}
	for _, l := range late {
		of, _, err := OfDay(tx, l.Day)
		if err != nil {
			return err
		}
		b.Corrections = append(b.Corrections, Correction{Year: of.Year, No: of.No, Late: &l})
	}
	return nil
}

// closeCorrections notes that an issue holds the corrections that waited.
func closeCorrections(tx *store.Tx, b Bulletin) error {
	written, err := corrections.AllBy(tx, "open", "open")
	if err != nil {
		return err
	}
	for _, p := range written {
		p.InYear, p.InNo = b.Year, b.No
		if err := corrections.Put(tx, correctionKey(p.Seq), p); err != nil {
			return err
		}
	}
	return nil
}
