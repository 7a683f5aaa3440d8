package bulletin

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"yunzhuan/office/assessment"
	"yunzhuan/office/attendance"
	"yunzhuan/office/calendar"
	"yunzhuan/office/patrol"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// RecallTime is for how long after its publication an issue can be recalled.
const RecallTime = 10 * time.Minute

// Recalled notes that an issue was recalled (撤回). The issue itself stays in the
// archive as it was published, and its number stays used.
type Recalled struct {
	Year   int          `json:"year"`
	No     int          `json:"no"`
	Day    calendar.Day `json:"day"`
	At     time.Time    `json:"at"`
	By     people.ID    `json:"by"`
	Reason string       `json:"reason"`
	// InYear and InNo are the issue that was published in its place; 0 for none yet.
	InYear int `json:"in_year,omitempty"`
	InNo   int `json:"in_no,omitempty"`
}

var recalled = store.NewTable("bulletin_recalls", store.Schema[Recalled]{Version: 1,
	Indexes: map[string]func(Recalled) []string{
		"open": func(r Recalled) []string {
			if r.InNo != 0 {
				return nil
			}
			return []string{"open"}
		},
		"day": func(r Recalled) []string { return []string{string(r.Day)} },
	}})

// RecallOf reads how an issue was recalled; false if it was not.
func RecallOf(tx *store.Tx, year, no int) (Recalled, bool, error) {
	return recalled.Get(tx, key(year, no))
}

// RecalledOn lists the issues of a day that were recalled.
func RecalledOn(tx *store.Tx, day calendar.Day) ([]Recalled, error) {
	return recalled.AllBy(tx, "day", string(day))
}

// Batch names what an issue sends, in the outbox.
func (b Bulletin) Batch() string { return fmt.Sprintf("bulletin-%04d-%06d", b.Year, b.No) }

// OfBatch reads the issue whose Batch it is; false if it is none's.
func OfBatch(tx *store.Tx, batch string) (Bulletin, bool, error) {
	var year, no int
	if _, err := fmt.Sscanf(batch, "bulletin-%d-%d", &year, &no); err != nil {
		return Bulletin{}, false, nil //nolint:nilerr // something else's batch
	}
	return table.Get(tx, key(year, no))
}

// MayRecall says whether an issue can be recalled now: the last one, for RecallTime,
// once. Whether somebody has appealed against it is for the caller to see.
func MayRecall(tx *store.Tx, b Bulletin) error {
	if err := b.mustStand(tx); err != nil {
		return err
	}
	last, err := tx.Last(counter(tx.Now().Year()))
	if err != nil {
		return err
	}
	switch late := tx.Now().Sub(b.PublishedAt) > RecallTime; {
	case late:
		return store.WithHint(store.Errorf("%s发布已超过 10 分钟，不能撤回，请用更正。", b.Number()),
			fmt.Sprintf("例：/通报 更正 第%d期 X%d-1 经核实为公差，予以更正", b.No, b.No))
	case b.Year == tx.Now().Year() && b.No < int(last), b.Year < tx.Now().Year() && last > 0:
		return store.Errorf("%s之后已有新的一期，不能撤回，请用更正：/通报 更正 第%d期 更正内容", b.Number(), b.No)
	}
	return nil
}

// mustStand refuses an issue that was recalled.
func (b Bulletin) mustStand(tx *store.Tx) error {
	r, ok, err := RecallOf(tx, b.Year, b.No)
	if err != nil || !ok {
		return err
	}
	p, _, err := people.Get(tx, r.By)
	if err != nil {
		return err
	}
	return store.Errorf("%s已由%s于 %s 撤回，理由：%s。", b.Number(), p.Name, calendar.ClockOf(r.At.In(tx.Now().Location())), r.Reason)
}

const maxRecallReason = 100 // runes

// CheckRecallReason refuses a reason that the archive could not show to everyone.
func CheckRecallReason(tx *store.Tx, reason string) error {
	reason = strings.Trim(reason, " 。")
	switch n := len([]rune(reason)); {
	case n == 0:
		return store.Errorf("请写撤回的理由。")
	case n > maxRecallReason:
		return store.Errorf("撤回的理由有 %d 个字，请压到 %d 个字以内。", n, maxRecallReason)
	}
	named, err := patrol.NamesAnyone(tx, reason)
	if err == nil && named {
		err = store.Errorf("理由留在存档里大家看得到，请不要写姓名，写单位和记录号。")
	}
	return err
}

// Affected lists the findings of an issue as they were published, those that were in
// order included: a recall makes them unpublished.
func (b Bulletin) Affected() []patrol.Finding {
	var all []patrol.Finding
	for _, f := range b.Findings {
		all = append(all, f.Finding)
	}
	return all
}

// Recall takes an issue back. Its findings and its corrections wait again, its day's
// attendance is open again, and the day can be published anew under the next number.
// What was corrected of the issue itself since is void. It returns how many such
// corrections there were.
func Recall(tx *store.Tx, b Bulletin, by people.ID, reason string) (void int, err error) {
	if err := MayRecall(tx, b); err != nil {
		return 0, err
	}
	if err := CheckRecallReason(tx, reason); err != nil {
		return 0, err
	}
	reason = strings.TrimRight(strings.Join(strings.Fields(reason), " "), "。")
	r := Recalled{Year: b.Year, No: b.No, Day: b.Day, At: tx.Now(), By: by, Reason: reason}
	if err := recalled.Put(tx, key(b.Year, b.No), r); err != nil {
		return 0, err
	}
	var found []patrol.Finding
	for _, f := range b.Affected() {
		if f, err = patrol.Unpublish(tx, f); err != nil {
			return 0, err
		}
		found = append(found, f)
	}
	if err := assessment.Settle(tx, found, fmt.Sprintf("第%d期撤回", b.No)); err != nil {
		return 0, err
	}
	if void, err = b.reopenCorrections(tx); err != nil {
		return void, err
	}
	if err := b.reopenReplaced(tx); err != nil {
		return void, err
	}
	before, _, err := Latest(tx) // which this is no more
	if err != nil {
		return void, err
	}
	return void, attendance.Unpublish(tx, b.Day, b.PublishedAt, before.PublishedAt)
}

// reopenCorrections has the corrections wait again that the issue holds, and closes
// those that are of the issue itself.
func (b Bulletin) reopenCorrections(tx *store.Tx) (void int, err error) {
	all, err := corrections.All(tx, "")
	if err != nil {
		return 0, err
	}
	for _, p := range all {
		switch {
		case p.InYear == b.Year && p.InNo == b.No:
			p.InYear, p.InNo = 0, 0
		case p.InNo == 0 && p.Year == b.Year && p.No == b.No:
			p.InYear, p.InNo = b.Year, b.No
			void++
		default:
			continue
		}
		if err := corrections.Put(tx, correctionKey(p.Seq), p); err != nil {
			return void, err
		}
	}
	return void, nil
}

// reopenReplaced has the next issue stand for those, too, for which this one stood.
func (b Bulletin) reopenReplaced(tx *store.Tx) error {
	for _, i := range b.Replaces {
		r, ok, err := RecallOf(tx, i.Year, i.No)
		if err != nil || !ok {
			return err
		}
		r.InYear, r.InNo = 0, 0
		if err := recalled.Put(tx, key(r.Year, r.No), r); err != nil {
			return err
		}
	}
	return nil
}

// IssueNo is the number of an issue.
type IssueNo struct {
	Year int `json:"year"`
	No   int `json:"no"`
}

// addReplaced gathers the recalled issues that no issue stands for yet.
func (b *Bulletin) addReplaced(tx *store.Tx) error {
	open, err := recalled.AllBy(tx, "open", "open")
	for _, r := range open {
		b.Replaces = append(b.Replaces, IssueNo{r.Year, r.No})
	}
	return err
}

// closeReplaced notes for which recalled issues this one stands.
func closeReplaced(tx *store.Tx, b Bulletin) error {
	open, err := recalled.AllBy(tx, "open", "open")
	for _, r := range open {
		r.InYear, r.InNo = b.Year, b.No
		if err == nil {
			err = recalled.Put(tx, key(r.Year, r.No), r)
		}
	}
	return err
}

// standing leaves out the issues that were recalled.
func standing(tx *store.Tx, all []Bulletin) ([]Bulletin, error) {
	var fault error
	all = slices.DeleteFunc(all, func(b Bulletin) bool {
		_, gone, err := RecallOf(tx, b.Year, b.No)
		if err != nil {
			fault = err
		}
		return gone
	})
	return all, fault
}
