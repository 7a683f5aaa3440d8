package duty

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"yunzhuan/office/attendance"
	"yunzhuan/office/calendar"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// Lot is one person's part in a draw: all that decided whether they were drawn.
type Lot struct {
	Person people.ID `json:"person"`
	Unit   string    `json:"unit"`
	Turns  int       `json:"turns,omitempty"`  // see turnsOf
	Beside bool      `json:"beside,omitempty"` // on duty the week before or after
	Off    bool      `json:"off,omitempty"`    // takes no part this time
	Lot    string    `json:"lot"`              // see lotOf
}

// Draw is how a week's roster was drawn. It holds everything the result follows
// from, so that anybody can draw it again from the seed and compare.
type Draw struct {
	Week    string    `json:"week"` // calendar.Week.Key
	No      int       `json:"no"`   // of the week's draws, from 1
	Seed    string    `json:"seed"`
	Leaders []Lot     `json:"leaders,omitempty"` // none when the leader was not drawn
	Members []Lot     `json:"members"`
	Size    int       `json:"size"` // members to draw
	Result  Duty      `json:"result"`
	By      people.ID `json:"by"`
	At      time.Time `json:"at"`
	Why     string    `json:"why,omitempty"` // why it was drawn anew
}

var draws = store.NewTable("duty_draws", store.Schema[Draw]{Version: 1})

// DrawSize is how many members are drawn unless it is said.
const DrawSize = 2

const maxDraw = 10

// Request is what a draw is asked for.
type Request struct {
	Week   calendar.Week
	Size   int            // members to draw
	Leader *people.Person // who is on duty; nil for the one on the roster, or one who is drawn
	Off    []people.Person
	Why    string // why a roster that stands is drawn anew
}

// MakeDraw draws a week's roster and sets it. Those with the fewest turns come
// first, so nobody has a second before all had their first; among those, people
// who are not on duty the week before or after, then people of a unit that is not
// drawn yet (nobody may record a finding on their own unit), then the smaller lot.
//
// A draw cannot be taken back, and a roster that stands is drawn anew only with a
// reason, which is kept: else one could draw until one likes the result.
func MakeDraw(tx *store.Tx, by people.Person, q Request) (Draw, error) {
	today := calendar.Day(tx.Today())
	switch {
	case q.Week.To < today:
		return Draw{}, store.Errorf("%s这一周已经过去了。", q.Week.Label())
	case q.Size < 1 || q.Size > maxDraw:
		return Draw{}, store.Errorf("成员可以抽 1 到 %d 人。", maxDraw)
	}
	standing, _, err := Of(tx, q.Week)
	if err != nil {
		return Draw{}, err
	}
	before, err := Draws(tx, q.Week)
	if err != nil {
		return Draw{}, err
	}
	if (len(before) > 0 || len(standing.Members) > 0) && q.Why == "" {
		return Draw{}, store.Errorf("%s已经排好了。要重新抽签，请写明理由，理由会公示。", q.Week.Label())
	}
	d := Draw{Week: q.Week.Key(), No: len(before) + 1, Size: q.Size, By: by.ID, At: tx.Now(), Why: q.Why}
	d.Seed = seedOf(d)
	leader := standing.Leader
	if q.Leader != nil {
		leader = q.Leader.ID
	}
	if err := d.gather(tx, q, leader == ""); err != nil {
		return Draw{}, err
	}
	if d.Result, err = d.result(leader); err != nil {
		return Draw{}, err
	}
	if err := setByID(tx, q.Week, d.Result); err != nil {
		return Draw{}, err
	}
	return d, draws.Put(tx, drawKey(q.Week, d.No), d)
}

// Draws lists the draws of a week, the one that counts last.
func Draws(tx *store.Tx, w calendar.Week) ([]Draw, error) { return draws.All(tx, w.Key()+"/") }

func drawKey(w calendar.Week, no int) string { return fmt.Sprintf("%s/%03d", w.Key(), no) }

// Holds says whether the draw, made again from its seed, gives what it gave.
func (d Draw) Holds() bool {
	for _, l := range slices.Concat(d.Leaders, d.Members) {
		if l.Lot != lotOf(d.Seed, l.Person) {
			return false
		}
	}
	again, err := d.result(d.Result.Leader)
	return err == nil && again.Leader == d.Result.Leader && slices.Equal(again.Members, d.Result.Members)
}

// seedOf makes the seed of a draw out of the moment in which it is asked for.
// Nobody chooses that to the nanosecond, and a transaction that runs twice must
// draw the same.
func seedOf(d Draw) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%d/%d", d.Week, d.No, d.At.UnixNano()))
	return hex.EncodeToString(sum[:4])
}

// lotOf is a person's lot: the first eight hex digits of the SHA-256 of
// "<seed>/<person>", which everyone can work out without this program.
func lotOf(seed string, id people.ID) string {
	sum := sha256.Sum256([]byte(seed + "/" + string(id)))
	return hex.EncodeToString(sum[:4])
}

// gather puts in everyone who may be on duty.
func (d *Draw) gather(tx *store.Tx, q Request, leaders bool) error {
	all, err := people.All(tx)
	if err != nil {
		return err
	}
	year, err := table.All(tx, q.Week.Key()[:5])
	if err != nil {
		return err
	}
	// The week that is drawn counts for nobody, whatever stood there.
	year = slices.DeleteFunc(year, func(o Duty) bool { return o.Week == d.Week })
	led, walked := turnsOf(year, leaderOf), turnsOf(year, membersOf)
	for _, p := range all {
		turns := walked
		switch {
		case p.Has(people.Leader) && leaders:
			turns = led
		case p.Has(people.Leader) || mayWalk(p) != nil:
			continue
		}
		l := Lot{Person: p.ID, Unit: p.Unit, Turns: turns.of(p.ID), Lot: lotOf(d.Seed, p.ID)}
		if l.Beside, err = besides(tx, q.Week, p.ID); err != nil {
			return err
		}
		if l.Off, err = takesNoPart(tx, q, p); err != nil {
			return err
		}
		if p.Has(people.Leader) {
			d.Leaders = append(d.Leaders, l)
		} else {
			d.Members = append(d.Members, l)
		}
	}
	return nil
}

// takesNoPart says whether somebody is left out of a draw: the office said so, or
// their unit reported today that they are on leave, and the week has begun.
func takesNoPart(tx *store.Tx, q Request, p people.Person) (bool, error) {
	if slices.ContainsFunc(q.Off, func(o people.Person) bool { return o.ID == p.ID }) {
		return true, nil
	}
	today := calendar.Day(tx.Today())
	if !q.Week.Contains(today) {
		return false, nil
	}
	r, _, err := attendance.Get(tx, today, p.Unit)
	return slices.ContainsFunc(r.Absences, func(a attendance.Absence) bool {
		return a.Person == p.ID && a.Reason.Group() == attendance.Leave
	}), err
}

func besides(tx *store.Tx, w calendar.Week, id people.ID) (bool, error) {
	for _, n := range []int{-1, 1} {
		d, _, err := Of(tx, w.Add(n))
		if d.Has(id) || err != nil {
			return true, err
		}
	}
	return false, nil
}

// turns are how often each was on duty in a year.
type turns struct {
	each map[people.ID]int
	most int
}

// of is a person's turns. Whoever was away or came late in the year has at most one
// turn to make up, before the others go on: not one week after the other.
func (t turns) of(id people.ID) int { return max(t.each[id], t.most-2) }

// turnsOf counts the turns of those whom who names, week by week in the order of
// time.
func turnsOf(year []Duty, who func(Duty) []people.ID) turns {
	t := turns{each: map[people.ID]int{}}
	for _, d := range year {
		most := t.most
		for _, id := range who(d) {
			t.each[id] = t.of(id) + 1
			most = max(most, t.each[id])
		}
		t.most = most
	}
	return t
}

func leaderOf(d Duty) []people.ID  { return []people.ID{d.Leader} }
func membersOf(d Duty) []people.ID { return d.Members }

// result draws.
func (d Draw) result(leader people.ID) (Duty, error) {
	r := Duty{Week: d.Week, Leader: leader}
	if len(d.Leaders) > 0 {
		l, ok := next(d.Leaders, nil)
		if !ok {
			return r, store.Errorf("没有可以带班的委领导：都不参加。")
		}
		r.Leader = l.Person
	}
	if r.Leader == "" {
		return r, store.Errorf("人员名册里没有委领导，不能排带班。")
	}
	var drawn []Lot
	for range d.Size {
		l, ok := next(d.Members, drawn)
		if !ok {
			return r, store.Errorf("能抽的成员只有 %d 人，不够 %d 人。", len(drawn), d.Size)
		}
		drawn = append(drawn, l)
		r.Members = append(r.Members, l.Person)
	}
	return r, nil
}

// next is who is drawn after those who were.
func next(lots, drawn []Lot) (Lot, bool) {
	left := slices.DeleteFunc(slices.Clone(lots), func(l Lot) bool {
		return l.Off || slices.ContainsFunc(drawn, func(d Lot) bool { return d.Person == l.Person })
	})
	if len(left) == 0 {
		return Lot{}, false
	}
	sameUnit := func(l Lot) bool {
		return slices.ContainsFunc(drawn, func(d Lot) bool { return d.Unit == l.Unit })
	}
	return slices.MinFunc(left, func(a, b Lot) int {
		return cmp.Or(cmp.Compare(a.Turns, b.Turns), falseFirst(a.Beside, b.Beside),
			falseFirst(sameUnit(a), sameUnit(b)), strings.Compare(a.Lot, b.Lot), cmp.Compare(a.Person, b.Person))
	}), true
}

func falseFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
