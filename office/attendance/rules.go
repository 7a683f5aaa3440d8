package attendance

import (
	"fmt"
	"slices"
	"strings"

	"yunzhuan/office/calendar"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

const (
	// headDays is how many workdays back a unit may report by itself, officeDays
	// how many days back the office may for it.
	headDays   = 3
	officeDays = 31
)

// clerk is a unit's attendance officer (考勤员).
type clerk struct {
	Unit   string    `json:"unit"`
	Person people.ID `json:"person"`
	By     people.ID `json:"by"`
}

var clerks = store.NewTable("attendance_clerks", store.Schema[clerk]{Version: 1})

// ClerkOf returns the unit's attendance officer; false for none, and for one who
// has left or moved to another unit.
func ClerkOf(tx *store.Tx, unit string) (people.Person, bool, error) {
	c, ok, err := clerks.Get(tx, unit)
	if err != nil || !ok {
		return people.Person{}, false, err
	}
	p, ok, err := people.Get(tx, c.Person)
	return p, ok && !p.Left && p.Unit == unit, err
}

// SetClerk names the attendance officer of a unit, one of its people; nil names
// nobody. The head of the unit and the office may.
func SetClerk(tx *store.Tx, by people.Person, unit string, p *people.Person) error {
	if !by.Has(people.Office) && (!by.Has(people.Head) || by.Unit != unit) {
		return store.Errorf("%s的考勤员由本单位负责人或办公室指定。", unit)
	}
	if p == nil {
		return clerks.Delete(tx, unit)
	}
	if p.Unit != unit {
		return store.Errorf("%s是%s的，不能做%s的考勤员。", p.Name, p.Unit, unit)
	}
	return clerks.Put(tx, unit, clerk{Unit: unit, Person: p.ID, By: by.ID})
}

// Reporters lists who is asked for a unit's report: its heads and its attendance
// officer.
func Reporters(tx *store.Tx, unit string) ([]people.Person, error) {
	out, err := people.HeadsOf(tx, unit)
	if err != nil {
		return nil, err
	}
	c, ok, err := ClerkOf(tx, unit)
	if err != nil {
		return nil, err
	}
	if ok && !slices.ContainsFunc(out, func(p people.Person) bool { return p.ID == c.ID }) {
		out = append(out, c)
	}
	return out, nil
}

// MayReport says whether a person may report for a unit: its head, its attendance
// officer, the office.
func MayReport(tx *store.Tx, p people.Person, unit string) (bool, error) {
	if p.Has(people.Office) || p.Has(people.Head) && p.Unit == unit {
		return true, nil
	}
	c, ok, err := ClerkOf(tx, unit)
	return ok && c.ID == p.ID, err
}

// mayReportOn checks who, for which unit and for which day.
func mayReportOn(tx *store.Tx, by people.Person, unit string, day calendar.Day) error {
	u, ok, err := people.GetUnit(tx, unit)
	if err != nil {
		return err
	}
	if ok {
		if ok, err = u.InOffice(tx); err != nil {
			return err
		}
	}
	switch {
	case u.Kind == people.School:
		return store.Errorf("机关考勤只报科室和直属单位，%s不用报。", unit)
	case !ok:
		return store.Errorf("%s不在考勤范围内。", unit)
	}
	may, err := MayReport(tx, by, unit)
	if err != nil {
		return err
	}
	switch {
	case !may && by.Unit == unit:
		return store.Errorf("%s的考勤由负责人或考勤员登记。查自己的记录发 /考勤 我。", unit)
	case !may:
		return store.Errorf("您只能登记本单位的考勤，%s由该单位或办公室登记。", unit)
	}
	return checkDay(tx, by, day)
}

func checkDay(tx *store.Tx, by people.Person, day calendar.Day) error {
	cal, err := calendar.Load(tx)
	if err != nil {
		return fmt.Errorf("load calendar: %w", err)
	}
	today := calendar.Day(tx.Today())
	office := by.Has(people.Office)
	if day.After(today) {
		return store.Errorf("%s还没到，不能登记。", day.Short())
	}
	if work, _ := cal.IsWorkday(day); !work && !office {
		return store.Errorf("%s（%s）不上班，不用登记考勤。", day.Short(), offName(cal, day))
	}
	if office {
		if today.Sub(day) > officeDays {
			return store.Errorf("%s已超过 %d 天，不能再登记。", day.Short(), officeDays)
		}
		return nil
	}
	if cal.AddWorkdays(day, headDays) < today {
		return store.Errorf("%s已超过 %d 个工作日，请由办公室补登记。", day.Short(), headDays)
	}
	return nil
}

func offName(cal calendar.Calendar, day calendar.Day) string {
	if name := cal.Name(day); name != "" && name != "周末" {
		return name
	}
	return day.WeekdayName()
}

// agree checks a claim against the roll and in itself.
func agree(tx *store.Tx, c Claim, roll []people.Person) error {
	var away, noted []string // names
	seen := map[people.ID]bool{}
	for _, a := range c.Absences {
		p, _, err := people.Get(tx, a.Person)
		if err != nil {
			return err
		}
		switch {
		case p.Unit != c.Unit || p.Left:
			return store.Errorf("“%s”不是%s的人（%s）。未作登记。", p.Name, c.Unit, p.Unit)
		case seen[a.Person]:
			return store.Errorf("%s写了两次。未作登记。", p.Name)
		case a.Reason.Present():
			noted = append(noted, p.Name)
		default:
			away = append(away, p.Name)
		}
		seen[a.Person] = true
	}
	if !c.Numbers {
		return nil
	}
	return store.WithHint(agreeNumbers(c, len(roll), away, noted), numbersHint(c, len(roll)))
}

// numbersHint is a line that would be right: the unit's roll, as many present as
// were typed if that can be, and names for the rest.
func numbersHint(c Claim, roll int) string {
	short := min(max(c.Expected-c.Present, 0), roll, 3)
	hint := fmt.Sprintf("例：/考勤 应到 %d 实到 %d", roll, roll-short)
	if short > 0 {
		hint += " 缺 " + strings.Join([]string{"甲(病假)", "乙", "丙(公差)"}[:short], " ")
	}
	return hint
}

// agreeNumbers says exactly how typed numbers differ from the roll and the names.
func agreeNumbers(c Claim, roll int, away, noted []string) error {
	short := c.Expected - c.Present
	switch {
	case c.Expected != roll:
		return store.Errorf("人数对不上：%s在册 %d 人，报的应到是 %d 人，%s。未作登记。人员有变动请告诉办公室。",
			c.Unit, roll, c.Expected, moreOrLess(c.Expected-roll))
	case short < 0:
		return store.Errorf("人数对不上：应到 %d、实到 %d，实到多于应到。未作登记。", c.Expected, c.Present)
	case short == len(away):
		return nil
	case len(away) == 0 && len(noted) == 0:
		return store.Errorf("人数对不上：应到 %d、实到 %d，应有 %d 人缺勤，没有列出是谁。未作登记。", c.Expected, c.Present, short)
	case len(away) == 0:
		return store.Errorf("人数对不上：应到 %d、实到 %d，应有 %d 人缺勤；列出的%s是迟到或早退，算到岗。未作登记。",
			c.Expected, c.Present, short, strings.Join(noted, "、"))
	}
	verb := "只列了"
	if len(away) > short {
		verb = "却列了"
	}
	text := fmt.Sprintf("人数对不上：应到 %d、实到 %d，应有 %d 人缺勤，%s %d 人（%s）",
		c.Expected, c.Present, short, verb, len(away), strings.Join(away, "、"))
	if len(noted) > 0 {
		text += "；" + strings.Join(noted, "、") + "是迟到或早退，算到岗"
	}
	return store.Errorf("%s。未作登记。", text)
}

func moreOrLess(n int) string {
	if n > 0 {
		return fmt.Sprintf("多了 %d 人", n)
	}
	return fmt.Sprintf("少了 %d 人", -n)
}
