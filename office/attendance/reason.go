package attendance

import (
	"slices"
	"strings"
)

// Reason is why somebody is not, or not all day, at their place.
type Reason string

// The reasons.
const (
	Sick      Reason = "病假"
	Personal  Reason = "事假"
	Annual    Reason = "年假"
	Maternity Reason = "产假"
	Errand    Reason = "公差"
	Training  Reason = "培训"
	Out       Reason = "外出"
	LateIn    Reason = "迟到"
	EarlyOut  Reason = "早退"
	Truant    Reason = "旷工"
	Unexcused Reason = "未到" // no reason was given
)

// Reasons lists the reasons in the order in which they are shown.
var Reasons = []Reason{Sick, Personal, Annual, Maternity, Errand, Training, Out, Unexcused, Truant, LateIn, EarlyOut}

// Group is a column of the table of attendance.
type Group string

// The groups of reasons.
const (
	Leave   Group = "请假"
	Duty    Group = "公差" // away on the office's business
	Missing Group = "未到"
	Noted   Group = "到岗" // late or early: at their place, but noted
)

var groupOf = map[Reason]Group{
	Sick: Leave, Personal: Leave, Annual: Leave, Maternity: Leave,
	Errand: Duty, Training: Duty, Out: Duty,
	Unexcused: Missing, Truant: Missing,
	LateIn: Noted, EarlyOut: Noted,
}

// Group is the column a reason counts in.
func (r Reason) Group() Group { return groupOf[r] }

// Present says whether somebody with this reason counts as present: who came late
// or left early was there.
func (r Reason) Present() bool { return r.Group() == Noted }

// synonyms are other words people write for a reason.
var synonyms = map[string]Reason{
	"病": Sick, "生病": Sick, "请病假": Sick, "住院": Sick,
	"事": Personal, "有事": Personal, "请事假": Personal,
	"年休": Annual, "年休假": Annual, "公休": Annual, "公休假": Annual, "休年假": Annual,
	"休产假": Maternity,
	"出差":  Errand, "公出": Errand, "因公外出": Errand, "公务": Errand,
	"学习": Training, "参训": Training,
	"外勤": Out,
	"缺勤": Unexcused, "缺岗": Unexcused, "没到": Unexcused, "没来": Unexcused, "未来": Unexcused, "不在": Unexcused,
}

// ParseReason reads a note such as 病假, 出差 or 病假（半天）: the reason it is or
// begins with, and the rest as a remark. An empty note is Unexcused.
func ParseReason(note string) (r Reason, remark string, ok bool) {
	note = strings.TrimSpace(note)
	if note == "" {
		return Unexcused, "", true
	}
	if r, ok := exactReason(note); ok {
		return r, "", true
	}
	for _, r := range Reasons {
		if rest, found := strings.CutPrefix(note, string(r)); found {
			return r, strings.Trim(rest, " ,，、;；:：()（）"), true
		}
	}
	return "", "", false
}

// IsReason says whether a word is a reason and nothing else.
func IsReason(word string) bool {
	_, ok := exactReason(word)
	// One character may as well be somebody's name.
	return ok && len([]rune(word)) > 1
}

func exactReason(word string) (Reason, bool) {
	if slices.Contains(Reasons, Reason(word)) {
		return Reason(word), true
	}
	r, ok := synonyms[word]
	return r, ok
}
