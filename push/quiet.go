package push

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/width"

	"yunzhuan/store"
)

// Quiet are quiet hours, from a time of day to another, which may lie past
// midnight. The zero Quiet is none.
type Quiet struct{ From, To time.Duration }

// NeverQuiet is the text of a person's quiet hours who wants none, not even the
// default ones.
const NeverQuiet = "关"

// ParseQuiet reads "22:00-07:00" (also with full-width signs, 至 or ~); "" and
// NeverQuiet are none.
func ParseQuiet(s string) (Quiet, error) {
	s = strings.NewReplacer("—", "-", "–", "-", "~", "-", "至", "-", "到", "-", " ", "").Replace(width.Fold.String(s))
	if s == "" || s == NeverQuiet {
		return Quiet{}, nil
	}
	from, to, ok := strings.Cut(s, "-")
	f, err1 := clock(from)
	t, err2 := clock(to)
	if !ok || err1 != nil || err2 != nil || f == t {
		return Quiet{}, store.Errorf("没有看懂“%s”。请写成 22:00-7:00 的样子。", s)
	}
	return Quiet{From: f, To: t}, nil
}

func clock(s string) (time.Duration, error) {
	t, err := time.Parse("15:04", s)
	if err != nil {
		return 0, fmt.Errorf("parse time of day %q: %w", s, err)
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
}

// String is the form that ParseQuiet reads.
func (q Quiet) String() string {
	if q == (Quiet{}) {
		return ""
	}
	f := func(d time.Duration) string { return fmt.Sprintf("%02d:%02d", int(d.Hours()), int(d.Minutes())%60) }
	return f(q.From) + "-" + f(q.To)
}

// End says whether now is within the quiet hours and when they end.
func (q Quiet) End(now time.Time) (time.Time, bool) {
	if q == (Quiet{}) {
		return time.Time{}, false
	}
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	at := now.Sub(midnight)
	switch {
	case q.From < q.To && at >= q.From && at < q.To:
		return midnight.Add(q.To), true
	case q.From > q.To && at >= q.From:
		return midnight.AddDate(0, 0, 1).Add(q.To), true
	case q.From > q.To && at < q.To:
		return midnight.Add(q.To), true
	}
	return time.Time{}, false
}
