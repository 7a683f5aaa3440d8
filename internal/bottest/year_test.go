package bottest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"yunzhuan/cron"
	"yunzhuan/handlers"
	"yunzhuan/internal/bottest"
	"yunzhuan/office/bulletin"
	"yunzhuan/office/calendar"
	"yunzhuan/office/patrol"
	"yunzhuan/office/people"
	"yunzhuan/report"
	"yunzhuan/store"
)

// TestYear lives through 250 workdays of the office: reports of attendance, some of
// them late, findings, changes, corrections, appeals, recalls, the jobs of each day,
// and a bot that fails to commit, is killed, or is given a message twice. At the end
// the sums of the ledger are those of a recount from what was published, numbers run
// without a gap, nothing went out twice, and every bulletin reads as when it was
// published.
func TestYear(t *testing.T) {
	t.Parallel()
	workdays := 250
	if raceEnabled || testing.Short() {
		workdays = 30
	}
	y := newYear(t)
	day := calendar.Day("2026-01-05")
	for n := 0; n < workdays; day = day.AddDays(1) {
		if work, _ := y.cal.IsWorkday(day); work {
			n++
			y.live(day)
			if n%checkEvery == 0 {
				y.checkSums()
			}
		}
	}
	y.check()
	t.Logf("%d workdays to %s: %d messages, %d findings published, %d bulletins (%d recalled), %d appeals (%d upheld), %d entries, %d crashes",
		workdays, day, y.said, y.lines, len(y.published), y.recalls, y.appeals, y.upheld, y.entries, y.crashes)
}

// checkEvery is after how many workdays the sums are recounted, beside at the end.
const checkEvery = 25

// year is the office during a simulated year.
type year struct {
	*bottest.Bot
	t                *testing.T
	rng              *rand.Rand
	cal              calendar.Calendar
	jobs             *cron.Scheduler
	offices, schools []staff
	walkers          []people.Person // who may record and decide

	recount   string           // the program
	published map[string]issue // by number
	open      map[string]bool  // appeals that wait
	times     map[string]int   // how often a bulletin went to a group

	said, crashes, lines, appeals, upheld, recalls, entries int
}

// staff is a unit with its people.
type staff struct {
	name string
	head people.Person
	all  []people.Person
}

// issue is a bulletin as it was published.
type issue struct {
	raw, full, public []byte
	bulletin          bulletin.Bulletin
	recalled          bool
}

func newYear(t *testing.T) *year {
	y := &year{
		t: t, rng: rand.New(rand.NewPCG(7, 11)), published: map[string]issue{}, open: map[string]bool{}, times: map[string]int{},
		Bot: bottest.New(t, "2026-01-05 08:00", handlers.All(handlers.Deps{Push: bottest.Push(), PublicFindings: "unit", MinGroup: 5})...),
	}
	y.recount = filepath.Join(t.TempDir(), "recount")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", y.recount, "./recount").CombinedOutput(); err != nil {
		t.Fatalf("build recount: %v\n%s", err, out)
	}
	y.schedule()
	y.View(func(tx *store.Tx) (err error) {
		if y.cal, err = calendar.Load(tx); err != nil {
			return err
		}
		if y.offices, err = staffOf(tx, people.OfficeUnits); err != nil {
			return err
		}
		if y.schools, err = staffOf(tx, people.Schools); err != nil {
			return err
		}
		all, err := people.All(tx)
		for _, p := range all {
			if p.Has(people.Office, people.Inspector) {
				y.walkers = append(y.walkers, p)
			}
		}
		return err
	})
	return y
}

func staffOf(tx *store.Tx, units func(*store.Tx) ([]people.Unit, error)) ([]staff, error) {
	all, err := units(tx)
	if err != nil {
		return nil, err
	}
	var out []staff
	for _, u := range all {
		s := staff{name: u.Name}
		if s.all, err = people.OfUnit(tx, u.Name); err != nil {
			return nil, err
		}
		heads, err := people.HeadsOf(tx, u.Name)
		if err != nil {
			return nil, err
		}
		s.head = heads[0]
		out = append(out, s)
	}
	return out, nil
}

// schedule makes the jobs, which belong to one start of the bot.
func (y *year) schedule() {
	list, err := (cron.Parts{Push: y.Push}).Jobs()
	if err != nil {
		y.t.Fatal(err)
	}
	if y.jobs, err = cron.New(y.Store, list, cron.Options{Log: slog.New(slog.DiscardHandler)}); err != nil {
		y.t.Fatal(err)
	}
}

func (y *year) chance(p float64) bool { return y.rng.Float64() < p }

func pick[T any](y *year, from []T) T { return from[y.rng.IntN(len(from))] }

// say has somebody write, on a bad day of the bot.
func (y *year) say(p people.Person, line string) string {
	y.said++
	switch {
	case y.chance(0.02):
		y.FailCommits(1 + y.rng.IntN(2)) // it is tried again
	case y.chance(0.01):
		y.crash()
	}
	reply := y.Say(string(p.ID), line)
	if y.chance(0.02) {
		if y.chance(0.5) {
			y.crash()
		}
		if again := y.Again(); again != "" {
			y.t.Errorf("%q was answered twice: %s", line, again)
		}
	}
	return reply
}

func (y *year) crash() {
	y.crashes++
	y.Crash()
	y.schedule()
}

// run fires a job, and now and then once more after a crash.
func (y *year) run(job, at string) {
	y.Run(y.jobs, job, at)
	if y.chance(0.05) {
		y.crash()
		slot, err := time.ParseInLocation("2006-01-02 15:04", at, y.Clock.Now().Location())
		if err != nil {
			y.t.Fatal(err)
		}
		if err := y.jobs.Fire(y.t.Context(), job, slot); !errors.Is(err, cron.ErrAlreadyFired) {
			y.t.Errorf("%s at %s once more: %v", job, at, err)
		}
	}
}

// live is one workday.
func (y *year) live(day calendar.Day) {
	first := day == y.cal.FirstWorkdayOfMonth(day.Month())
	last, _ := y.cal.LastWorkdayOfWeek(calendar.WeekOf(day))
	y.Clock.Set(string(day) + " 08:30")
	if first {
		y.run("monthly-check", string(day)+" 09:00")
	}
	y.report(day)
	y.decide()
	if y.chance(0.7) {
		y.patrol(day)
	}
	y.appeal(day)
	y.Clock.Set(string(day) + " 16:30")
	y.publish(day)
	if day == last {
		y.run("weekly-check", string(day)+" 17:30")
	}
	y.deliveries()
}

// report has the units report their attendance, and now and then that of an earlier
// day.
func (y *year) report(day calendar.Day) {
	for _, u := range y.offices {
		switch {
		case y.chance(0.75):
			y.say(u.head, "考勤 全勤")
		case y.chance(0.7):
			y.say(u.head, "/考勤 缺 "+string(pick(y, u.all).ID)+"(病假)")
		}
	}
	if y.chance(0.15) {
		u := pick(y, y.offices)
		y.say(u.head, "/考勤 "+string(day.AddDays(-1-y.rng.IntN(3)))+" 缺 "+string(pick(y, u.all).ID)+"(事假)")
	}
}

var firstLine = regexp.MustCompile(`第 (\d+) 条`)

// patrol has somebody walk the offices, and perhaps schools.
func (y *year) patrol(day calendar.Day) {
	y.Clock.Set(string(day) + " 10:00")
	for range 2 + y.rng.IntN(8) {
		who, u := pick(y, y.walkers), pick(y, y.offices)
		y.record(who, "/巡查 ", u)
	}
	for range y.rng.IntN(3) {
		y.record(pick(y, y.walkers), "/校务 ", pick(y, y.schools))
	}
}

func (y *year) record(who people.Person, command string, u staff) {
	line := command + u.name + " " + y.finding(u)
	if y.chance(0.1) {
		line += "\n" + u.name + " " + y.finding(u)
	}
	reply := y.say(who, line)
	if strings.Contains(reply, "[照记]") {
		reply = y.say(who, line+" 照记")
	}
	m := firstLine.FindStringSubmatch(reply)
	switch {
	case m == nil: // one's own unit
	case y.chance(0.08):
		y.say(who, command+"改 "+m[1]+" "+u.name+" "+y.finding(u))
	case y.chance(0.05):
		y.say(who, command+"撤 "+m[1])
	}
}

// finding is what somebody saw in a unit.
func (y *year) finding(u staff) string {
	k := pick(y, patrol.Kinds)
	words := []string{string(k)}
	if k.OfPersons() || k == patrol.Praise && y.chance(0.5) {
		for range y.rng.IntN(3) {
			if id := string(pick(y, u.all).ID); !slices.Contains(words, id) {
				words = append(words, id)
			}
		}
	}
	if k != patrol.InOrder && y.chance(0.1) {
		words = append(words, "未核实")
	}
	if k == patrol.Other || y.chance(0.3) {
		words = append(words, "备注 走廊堆放杂物")
	}
	return strings.Join(words, " ")
}

// publish brings the day's bulletin out: by schedule, by hand, or not at all.
func (y *year) publish(day calendar.Day) {
	office := y.Person("J1006")
	switch {
	case y.chance(0.08):
		y.want(y.say(office, "/通报 暂缓"), "已暂缓")
	case y.chance(0.15):
		y.want(y.say(office, "/通报 发布"), "已发布", "没有巡查记录")
		y.note(day)
	}
	y.run("bulletin-preview", string(day)+" 17:00")
	y.run("bulletin", string(day)+" 17:30")
	y.note(day)
	if y.chance(0.12) {
		y.recall(day, office)
	}
	if b, ok := y.latest(); ok && y.chance(0.05) {
		y.want(y.say(office, "/通报 更正 第"+strconv.Itoa(b.No)+"期 一处笔误，予以更正"), "更正已记下")
	}
}

// recall takes the day's bulletin back, before or after it has arrived, and perhaps
// publishes the day anew.
func (y *year) recall(day calendar.Day, office people.Person) {
	b, ok := y.latest()
	if !ok || b.Day != day {
		return
	}
	if y.chance(0.5) {
		y.deliveries()
	}
	reply := y.say(office, "/通报 撤回 第"+strconv.Itoa(b.No)+"期 确认 附件有误")
	if strings.Contains(reply, "发布已超过 10 分钟") { // by hand, an hour ago
		return
	}
	y.want(reply, b.Number()+"已撤回")
	i := y.published[b.Number()]
	i.recalled = true
	y.published[b.Number()] = i
	y.recalls++
	y.checkSums() // at once: a later issue would put right what this left wrong
	// What waits again may be changed, or taken back.
	for _, f := range b.Findings {
		if f.Line == 0 || f.Day != day || !y.chance(0.4) {
			continue
		}
		seq, by := strconv.Itoa(f.Seq), y.Person(string(f.By))
		if y.chance(0.5) {
			y.say(by, "/巡查 撤 "+seq)
		} else {
			y.say(by, "/巡查 改 "+seq+" "+f.Unit+" "+y.finding(y.staff(f.Unit)))
		}
	}
	if y.chance(0.7) {
		y.want(y.say(office, "/通报 发布"), "已发布", "没有巡查记录")
		y.note(day)
	}
}

// want says that a reply has one of some words in it.
func (y *year) want(reply string, words ...string) {
	y.t.Helper()
	if !slices.ContainsFunc(words, func(w string) bool { return strings.Contains(reply, w) }) {
		y.t.Errorf("want %q in: %s", words, reply)
	}
}

func (y *year) latest() (b bulletin.Bulletin, ok bool) {
	y.View(func(tx *store.Tx) (err error) {
		b, ok, err = bulletin.Latest(tx)
		return err
	})
	return b, ok
}

// note keeps what was published that day.
func (y *year) note(day calendar.Day) {
	b, ok := y.latest()
	if _, known := y.published[b.Number()]; !ok || known || b.Day != day {
		return
	}
	y.published[b.Number()] = y.asPublished(b)
	for _, f := range b.Findings {
		if f.Line > 0 {
			y.lines++
		}
	}
}

// asPublished is a bulletin in every form in which it could differ.
func (y *year) asPublished(b bulletin.Bulletin) issue {
	i := issue{bulletin: b}
	y.View(func(tx *store.Tx) error {
		return tx.Raw("bulletins", func(key string, raw []byte) (bool, error) {
			if key == fmt.Sprintf("%04d-%06d", b.Year, b.No) {
				i.raw = bytes.Clone(raw)
			}
			return true, nil
		})
	})
	i.full, i.public = y.forms(b, true), y.forms(b, false)
	return i
}

func (y *year) forms(b bulletin.Bulletin, names bool) []byte {
	text, err := json.Marshal(report.Bulletin(b, names))
	if err != nil {
		y.t.Fatal(err)
	}
	word, err := report.BulletinDocument(b, names).DOCX()
	if err != nil {
		y.t.Fatal(err)
	}
	return append(text, word...)
}

// appeal has people appeal against what was published lately.
func (y *year) appeal(day calendar.Day) {
	b, ok := y.latest()
	if !ok || day > b.ObjectBy {
		return
	}
	for _, f := range b.Findings {
		if f.Line == 0 || !y.chance(0.12) {
			continue
		}
		by := y.staff(f.Unit).head
		if len(f.Persons) > 0 && y.chance(0.5) {
			by = y.Person(string(f.Persons[0]))
		}
		reply := y.say(by, "/申诉 "+f.ID()+" 当时在会议室开会")
		if m := regexp.MustCompile(`申诉已收到　(A\d+)`).FindStringSubmatch(reply); m != nil {
			y.open[m[1]] = true
			y.appeals++
		}
	}
}

func (y *year) staff(unit string) staff {
	i := slices.IndexFunc(y.offices, func(s staff) bool { return s.name == unit })
	return y.offices[i]
}

// decide has somebody decide on appeals, who may.
func (y *year) decide() {
	var waiting []string
	for a := range y.open {
		waiting = append(waiting, a)
	}
	sort.Strings(waiting)
	for _, a := range waiting {
		if y.chance(0.3) {
			continue // another day
		}
		word := pick(y, []string{"采纳", "驳回"})
		for range 10 {
			reply := y.say(pick(y, y.walkers), "/申诉 处理 "+a+" "+word+" 经核实")
			if strings.Contains(reply, "申诉"+word) {
				delete(y.open, a)
				if word == "采纳" {
					y.upheld++
				}
				break
			}
		}
	}
}
