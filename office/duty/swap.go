package duty

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"yunzhuan/office/calendar"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// SwapState is what became of a proposal to swap.
type SwapState string

// The states of a proposal.
const (
	SwapOpen     SwapState = "open"
	SwapAgreed   SwapState = "agreed"
	SwapDeclined SwapState = "declined" // by whoever was asked
	SwapTaken    SwapState = "taken"    // back, by whoever asked
)

// Swap is a proposal to swap duty: Other takes Asker's place in Week, and Asker
// takes Other's in Return. It holds once both agree.
type Swap struct {
	No     int       `json:"no"`
	Week   string    `json:"week"` // calendar.Week.Key
	Asker  people.ID `json:"asker"`
	Other  people.ID `json:"other"`
	Return string    `json:"return,omitempty"` // "" when Asker takes nothing over
	State  SwapState `json:"state"`
	At     time.Time `json:"at"`
	Ended  time.Time `json:"ended,omitzero"`
}

var swaps = store.NewTable("duty_swaps", store.Schema[Swap]{Version: 1,
	Indexes: map[string]func(Swap) []string{
		"open": func(s Swap) []string {
			if s.State != SwapOpen {
				return nil
			}
			return []string{string(s.Asker), string(s.Other)}
		},
	}})

func swapKey(no int) string { return fmt.Sprintf("%06d", no) }

// weekOf reads the key of a week that the store holds; "" is no week.
func weekOf(key string) calendar.Week {
	w, err := calendar.ParseWeek(key, "")
	if err != nil {
		return calendar.Week{}
	}
	return w
}

// Weeks are the weeks that the swap changes.
func (s Swap) Weeks() []calendar.Week {
	if s.Return == "" {
		return []calendar.Week{weekOf(s.Week)}
	}
	return []calendar.Week{weekOf(s.Week), weekOf(s.Return)}
}

// Propose asks other to take asker's place in a week, for other's place in ret,
// if that is a week. Nothing changes before other agrees.
func Propose(tx *store.Tx, asker people.Person, w calendar.Week, other people.Person, ret calendar.Week) (Swap, error) {
	s := Swap{Week: w.Key(), Asker: asker.ID, Other: other.ID, Return: ret.Key(), State: SwapOpen, At: tx.Now()}
	if asker.ID == other.ID {
		return s, store.Errorf("不能和自己换。")
	}
	if _, err := s.swapped(tx); err != nil {
		return s, err
	}
	open, err := OpenSwaps(tx, asker.ID)
	if err != nil {
		return s, err
	}
	for _, o := range open {
		if o.Asker == asker.ID && o.Week == s.Week {
			return s, store.Errorf("您这一周已经有一个换班请求（%d 号）在等对方回复。先收回再提：/值班 不换 %d", o.No, o.No)
		}
	}
	no, err := tx.Next("duty_swaps")
	if err != nil {
		return s, err
	}
	s.No = int(no)
	return s, swaps.Put(tx, swapKey(s.No), s)
}

// swapped is what the swap makes of the rosters of its weeks. It fails if it
// cannot be done, or no longer.
func (s Swap) swapped(tx *store.Tx) ([]Duty, error) {
	asker, _, err := people.Get(tx, s.Asker)
	if err != nil {
		return nil, err
	}
	other, _, err := people.Get(tx, s.Other)
	if err != nil {
		return nil, err
	}
	if other.Left {
		return nil, store.Errorf("%s已不在名册里，不能换。", other.Name)
	}
	if s.Return == s.Week {
		return nil, store.Errorf("换的是同一周，不用换。")
	}
	there, err := replaced(tx, weekOf(s.Week), asker, other)
	if err != nil || s.Return == "" {
		return []Duty{there}, err
	}
	back, err := replaced(tx, weekOf(s.Return), other, asker)
	return []Duty{there, back}, err
}

// replaced is the roster of a week with one person in another's place.
func replaced(tx *store.Tx, w calendar.Week, out, in people.Person) (Duty, error) {
	d, _, err := Of(tx, w)
	switch {
	case err != nil:
		return d, err
	case w.To < calendar.Day(tx.Today()):
		return d, store.Errorf("%s这一周已经过去了。", w.Label())
	case !d.Has(out.ID):
		return d, store.Errorf("%s这一周没有排%s值班。", w.Label(), out.Name)
	case d.Has(in.ID):
		return d, store.Errorf("%s这一周%s本来就值班。", w.Label(), in.Name)
	case d.Leader == out.ID:
		d.Leader = in.ID
		return d, mayLead(in)
	}
	d.Members = slices.Clone(d.Members)
	for i, id := range d.Members {
		if id == out.ID {
			d.Members[i] = in.ID
		}
	}
	return d, mayWalk(in)
}

// OpenSwaps lists the proposals that a person made or was made and that are not
// settled; those whose week is over are left out.
func OpenSwaps(tx *store.Tx, id people.ID) ([]Swap, error) {
	all, err := swaps.AllBy(tx, "open", string(id))
	return slices.DeleteFunc(all, func(s Swap) bool { return weekOf(s.Week).To < calendar.Day(tx.Today()) }), err
}

// FindSwap reads a proposal by the number a person typed. Whoever has no part in it
// does not learn that there is one.
func FindSwap(tx *store.Tx, by people.ID, number string) (Swap, error) {
	no, err := strconv.Atoi(number)
	if err != nil || no < 1 || no > 999999 {
		return Swap{}, store.Errorf("没看懂换班号“%s”。", number)
	}
	s, ok, err := swaps.Get(tx, swapKey(no))
	if err == nil && (!ok || by != s.Asker && by != s.Other) {
		err = store.Errorf("没有您的 %d 号换班请求。", no)
	}
	return s, err
}

// Agree carries a swap out: by whom it was proposed to, if it can still be done.
func Agree(tx *store.Tx, by people.ID, s Swap) (Swap, []Duty, error) {
	if err := s.mustBeOpen(); err != nil {
		return s, nil, err
	}
	if by != s.Other {
		return s, nil, store.Errorf("要等对方同意。不换了可以收回：/值班 不换 %d", s.No)
	}
	after, err := s.swapped(tx)
	if err != nil {
		return s, nil, err
	}
	for _, d := range after {
		if err := table.Put(tx, d.Week, d); err != nil {
			return s, nil, err
		}
	}
	s.State, s.Ended = SwapAgreed, tx.Now()
	return s, after, swaps.Put(tx, swapKey(s.No), s)
}

// Decline ends a proposal: whoever was asked declines, whoever asked takes it back.
func Decline(tx *store.Tx, by people.ID, s Swap) (Swap, error) {
	if err := s.mustBeOpen(); err != nil {
		return s, err
	}
	s.State, s.Ended = SwapDeclined, tx.Now()
	if by == s.Asker {
		s.State = SwapTaken
	}
	return s, swaps.Put(tx, swapKey(s.No), s)
}

func (s Swap) mustBeOpen() error {
	switch s.State {
	case SwapAgreed:
		return store.Errorf("%d 号换班已经换好了。", s.No)
	case SwapDeclined:
		return store.Errorf("%d 号换班对方没有同意，已经作罢。", s.No)
	case SwapTaken:
		return store.Errorf("%d 号换班请求已经收回。", s.No)
	}
	return nil
}
