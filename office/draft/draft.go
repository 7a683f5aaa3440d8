// Package draft is the way of a document (文稿): from its writer through the
// reviews to signature, printing, proofreading and the archive. A draft has one
// holder at any moment, and every move is kept with who, when and why.
package draft

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"yunzhuan/office/calendar"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// Stage is where a draft is on its way.
type Stage string

// The stages of a draft, in order, and the two ends.
const (
	Writing      Stage = "拟稿"
	FirstReview  Stage = "科室审核"
	SecondReview Stage = "办公室核稿"
	Consultation Stage = "会商" // of a major draft only
	Signature    Stage = "签发"
	Printing     Stage = "印制"
	Proofreading Stage = "校对"
	Archived     Stage = "已归档"
	Withdrawn    Stage = "已撤销"
)

// Stages lists the stages of a draft on its way, in order.
var Stages = []Stage{Writing, FirstReview, SecondReview, Consultation, Signature, Printing, Proofreading}

// limits are the workdays that a draft may lie at a stage.
var limits = map[Stage]int{
	Writing: 3, FirstReview: 1, SecondReview: 1, Consultation: 3, Signature: 2, Printing: 1, Proofreading: 1,
}

// Ended says whether nothing more happens to a draft of this stage.
func (s Stage) Ended() bool { return s == Archived || s == Withdrawn }

// Limit is the number of workdays that a draft may lie at a stage.
func (s Stage) Limit() int { return limits[s] }

// Action is what a move was.
type Action string

// The actions.
const (
	Created    Action = "新建"
	HandedOn   Action = "交"
	SentBack   Action = "退"
	PassedOver Action = "转"
	Filed      Action = "归档"
	Cancelled  Action = "撤"
)

// Move is one step of a draft, kept for good.
type Move struct {
	At     time.Time `json:"at"`
	By     people.ID `json:"by"`
	Action Action    `json:"action"`
	Stage  Stage     `json:"stage"`            // the stage it came to
	Holder people.ID `json:"holder,omitempty"` // who has it since
	Note   string    `json:"note,omitempty"`
}

// Desk is a stage a draft went through and who held it there.
type Desk struct {
	Stage  Stage     `json:"stage"`
	Holder people.ID `json:"holder"`
}

// Draft is a document on its way.
type Draft struct {
	Year    int          `json:"year"`
	No      int          `json:"no"`
	Title   string       `json:"title"`
	Unit    string       `json:"unit"` // the writer's
	Writer  people.ID    `json:"writer"`
	Major   bool         `json:"major,omitempty"`
	Due     calendar.Day `json:"due,omitempty"`
	Stage   Stage        `json:"stage"`
	Holder  people.ID    `json:"holder,omitempty"` // empty once it has ended
	Since   time.Time    `json:"since"`            // when it came to the holder
	Returns int          `json:"returns,omitempty"`
	// Path is the way to the present desk, which is its last: sending back goes
	// to the desk before.
	Path   []Desk  `json:"path"`
	Moves  []Move  `json:"moves"`
	Voices []Voice `json:"voices,omitempty"`
	Faults []Fault `json:"faults,omitempty"`
}

// Voice is an opinion in the consultation of a major draft.
type Voice struct {
	At    time.Time `json:"at"`
	By    people.ID `json:"by"`
	Agree bool      `json:"agree,omitempty"`
	Text  string    `json:"text,omitempty"`
}

// Fault is a mistake that was found, laid to the stage that let it through
// (差错).
type Fault struct {
	At    time.Time `json:"at"`
	By    people.ID `json:"by"`
	Stage Stage     `json:"stage"`
	// Holder is who had the draft at that stage last.
	Holder people.ID `json:"holder"`
	Text   string    `json:"text"`
}

// ID is the number as shown: W2026-031.
func (d Draft) ID() string { return fmt.Sprintf("W%d-%03d", d.Year, d.No) }

func key(year, no int) string { return fmt.Sprintf("%04d-%06d", year, no) }

const tableName = "drafts"

var table = store.NewTable(tableName, store.Schema[Draft]{Version: 1,
	Indexes: map[string]func(Draft) []string{
		// Those on their way are few: who holds or wrote one is found among them. An
		// index by person would cost every move two pages of the store.
		"open": func(d Draft) []string {
			if d.Stage.Ended() {
				return nil
			}
			return []string{"open"}
		},
	}})

const maxTitle = 80 // runes; more than a line of a list is no title

// New begins a draft at the desk of its writer.
func New(tx *store.Tx, writer people.Person, title string, major bool, due calendar.Day) (Draft, error) {
	title = strings.Join(strings.Fields(title), " ") // one line
	switch n := utf8.RuneCountInString(title); {
	case n == 0:
		return Draft{}, store.Errorf("请写文稿的标题。")
	case n > maxTitle:
		return Draft{}, store.Errorf("标题有 %d 个字，请压到 %d 个字以内。", n, maxTitle)
	}
	if due != "" && due < calendar.Day(tx.Today()) {
		return Draft{}, store.Errorf("期限 %s 已经过去了。", due.Short())
	}
	year := tx.Now().Year()
	no, err := tx.Next(fmt.Sprintf("draft-%d", year))
	if err != nil {
		return Draft{}, err
	}
	d := Draft{Year: year, No: int(no), Title: title, Unit: writer.Unit, Writer: writer.ID, Major: major, Due: due}
	d.Path = []Desk{{Writing, writer.ID}}
	d.arrive(tx, writer.ID, Created, "")
	return d, d.put(tx)
}

// arrive notes that the draft came to the last desk of its path.
func (d *Draft) arrive(tx *store.Tx, by people.ID, a Action, note string) {
	desk := d.Path[len(d.Path)-1]
	d.Stage, d.Holder, d.Since = desk.Stage, desk.Holder, tx.Now()
	d.Moves = append(slices.Clone(d.Moves), Move{At: tx.Now(), By: by, Action: a, Stage: d.Stage, Holder: d.Holder, Note: note})
}

func (d Draft) put(tx *store.Tx) error { return table.Put(tx, key(d.Year, d.No), d) }
