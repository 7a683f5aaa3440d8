package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"yunzhuan/internal/control"
	"yunzhuan/internal/obs"
	"yunzhuan/office/calendar"
	"yunzhuan/office/duty"
	"yunzhuan/office/people"
	"yunzhuan/office/survey"
	"yunzhuan/report"
	"yunzhuan/store"
)

// operation is what a command does with the store, wherever that is open. What it
// has to say or to give goes to out.
type operation func(ctx context.Context, s storage, q url.Values, in []byte, out io.Writer) error

// operations are found by the path under which a running serve does them.
var operations = map[string]operation{
	"people/import":   opPeopleImport,
	"people/export":   opPeopleExport,
	"people/sync":     opPeopleSync,
	"group/members":   opGroupMembers,
	"group/bind":      opGroupBind,
	"duty/import":     opDutyImport,
	"assessment/try":  opAssessmentTry,
	"calendar/import": opCalendarImport,
	"calendar/show":   opCalendarShow,
	"audit/verify":    opAuditVerify,
	"audit/export":    opAuditExport,
	"backup":          opBackup,
}

// makesStore are the operations that may be the first on a store.
var makesStore = map[string]bool{"people/import": true, "calendar/import": true}

// Switches of commands and their operations.
const (
	dryRun = "dry-run"
	force  = "force"
)

type importOptions struct {
	onlyIfChanged bool // since the last import at a start
	dryRun        bool
	force         bool
	hash          string // of the file, for onlyIfChanged
}

// errDryRun undoes what was only tried.
var errDryRun = errors.New("dry run")

// importPeople brings a directory file into the store, all or nothing, and says
// what it changes. A refused one says so as well.
func importPeople(ctx context.Context, s *store.Store, name string, data []byte, o importOptions) (summary string, changed bool, err error) {
	hash := people.HashOf(data)
	if o.onlyIfChanged {
		same, err := importedBefore(ctx, s, hash)
		if same || err != nil {
			return "", false, err
		}
	}
	rows, err := people.ParseFile(name, data)
	if err != nil {
		return "", false, err
	}
	o.hash = hash
	return importRows(ctx, s, "people import", o, func(*store.Tx) ([]people.Row, error) { return rows, nil })
}

// importRows brings rows of a directory into the store, all or nothing.
func importRows(ctx context.Context, s *store.Store, command string, o importOptions, rowsIn func(*store.Tx) ([]people.Row, error)) (summary string, changed bool, err error) {
	err = s.Update(ctx, func(tx *store.Tx) error {
		summary, changed = "", false
		tx.SetActor(store.Actor{Command: command})
		rows, err := rowsIn(tx)
		if err != nil {
			return err
		}
		diff, err := people.Plan(tx, rows)
		if err != nil {
			return err
		}
		summary, changed, diff.Force = diff.Summary(), !diff.Empty(), o.force
		if err := people.Apply(tx, diff); err != nil {
			return err
		}
		switch {
		case o.dryRun:
			return errDryRun
		case o.onlyIfChanged:
			return people.SetImportedHash(tx, o.hash)
		}
		return nil
	})
	if err != nil && !errors.Is(err, errDryRun) {
		if summary != "" {
			err = fmt.Errorf("%s\n%w", summary, err)
		}
		return "", false, err
	}
	return summary, changed, nil
}

// importedBefore says whether the file of this hash was the last that was
// imported at a start.
func importedBefore(ctx context.Context, s *store.Store, hash string) (same bool, err error) {
	err = s.View(ctx, func(tx *store.Tx) error {
		last, err := people.ImportedHash(tx)
		same = last == hash
		return err
	})
	return same, err
}

func opPeopleImport(ctx context.Context, s storage, q url.Values, in []byte, out io.Writer) error {
	o := importOptions{dryRun: q.Has(dryRun), force: q.Has(force)}
	summary, changed, err := importPeople(ctx, s.Store, q.Get("name"), in, o)
	if err != nil || !changed {
		return say(out, summary, err)
	}
	return say(out, summary+"\n"+imported(o.dryRun), nil)
}

// say writes text, unless there is an error.
func say(out io.Writer, text string, err error) error {
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, text)
	return err
}

func imported(dry bool) string {
	if dry {
		return "以上只是预演，没有写入。去掉 --dry-run 就导入。"
	}
	return "已导入。"
}

func opPeopleExport(ctx context.Context, s storage, q url.Values, _ []byte, out io.Writer) error {
	return s.View(ctx, func(tx *store.Tx) error {
		data, err := people.Export(tx, q.Get("name"))
		if err != nil {
			return err
		}
		_, err = out.Write(data)
		return err
	})
}

// opDutyImport brings a roster file into the store, all or nothing.
func opDutyImport(ctx context.Context, s storage, q url.Values, in []byte, out io.Writer) error {
	rows, err := duty.ParseFile(q.Get("name"), in)
	if err != nil {
		return err
	}
	var summary string
	changed := false
	err = s.Update(ctx, func(tx *store.Tx) error {
		tx.SetActor(store.Actor{Command: "duty import"})
		changes, err := duty.Import(tx, rows)
		if err != nil {
			return err
		}
		changed = len(changes) > 0
		summary, err = report.DutyChanges(tx, changes)
		if err == nil && q.Has(dryRun) {
			err = errDryRun
		}
		return err
	})
	if err != nil && !errors.Is(err, errDryRun) {
		return err
	}
	if changed {
		summary += "\n" + imported(q.Has(dryRun))
	}
	return say(out, summary, nil)
}

func opCalendarImport(ctx context.Context, s storage, q url.Values, in []byte, out io.Writer) error {
	year, err := calendar.ParseFile(q.Get("name"), in)
	if err == nil && !q.Has(dryRun) {
		err = s.Update(ctx, func(tx *store.Tx) error {
			tx.SetActor(store.Actor{Command: "calendar import"})
			return calendar.Save(tx, year)
		})
	}
	return say(out, year.Summary()+"\n"+imported(q.Has(dryRun)), err)
}

func opCalendarShow(ctx context.Context, s storage, q url.Values, _ []byte, out io.Writer) error {
	year, err := parseYear(q.Get("year"))
	if err != nil {
		return err
	}
	return s.View(ctx, func(tx *store.Tx) error {
		cal, err := calendar.Load(tx)
		return showYear(out, cal, year, err)
	})
}

// showYear draws a year, and says so if its holidays are not known.
func showYear(out io.Writer, cal calendar.Calendar, year int, err error) error {
	text := strings.TrimRight(cal.Picture(year), "\n")
	if !cal.Known(year) {
		text += fmt.Sprintf("\n%d 年的节假日还没有导入，按周一至周五算工作日。", year)
	}
	return say(out, text, err)
}

func parseYear(s string) (int, error) {
	t, err := time.Parse("2006", strings.TrimSuffix(s, "年"))
	if err != nil {
		return 0, fmt.Errorf("“%s”不是年份，请写成 2026", s)
	}
	return t.Year(), nil
}

func opAuditVerify(ctx context.Context, s storage, _ url.Values, _ []byte, out io.Writer) error {
	rep, err := s.VerifyAudit(ctx)
	switch {
	case err != nil:
		return fmt.Errorf("操作记录不完整，有缺失或改动：%w", err)
	case rep.Last == 0:
		return say(out, "操作记录完整：还没有记录。", nil)
	}
	return say(out, fmt.Sprintf("操作记录完整：第 %d 条至第 %d 条，没有缺失和改动。\n末条校验值 %s（抄在别处，以后可以核对）", rep.First, rep.Last, rep.Head), nil)
}

func opAuditExport(ctx context.Context, s storage, _ url.Values, _ []byte, out io.Writer) error {
	_, err := s.ExportAudit(ctx, out)
	return err
}

func opBackup(_ context.Context, s storage, _ url.Values, _ []byte, out io.Writer) error {
	_, err := s.db.WriteTo(out)
	return err
}

// checkSurvey reads a survey template, and says what is wrong in it.
func (c *command) checkSurvey(file string) error {
	data, err := readInput(file)
	if err != nil {
		return err
	}
	t, err := survey.Parse(filepath.Base(file), data)
	if err != nil {
		return err
	}
	kind := "记名"
	if t.Anonymous {
		kind = "不记名"
	}
	return say(c.out, fmt.Sprintf("%s：没有问题。《%s》%s，%d 题。", file, t.Title, kind, len(t.Questions)), nil)
}

// runJob fires a job in the running serve, or here.
func (c *command) runJob(cmd *cobra.Command, name, at string) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	loc, err := cfg.Location()
	if err != nil {
		return usageError{err}
	}
	slot, err := slotTime(at, time.Now().In(loc))
	if err != nil {
		return wrongUsage(cmd, "%v", err)
	}
	ctx := cmd.Context()
	sent := "消息正在发出。"
	err = c.reach(cfg, false, func(serve *control.Client) error {
		q := url.Values{"name": {name}, "at": {strconv.FormatInt(slot.Unix(), 10)}}
		return serve.Post(ctx, "/run-job?"+q.Encode(), nil, nil)
	}, func(s storage) error {
		sent = "服务没有在运行，消息会在下次启动后发出。"
		a, err := newApp(ctx, cfg, s, discard(), obs.NewMetrics(versionString()))
		if err != nil {
			return err
		}
		return a.scheduler.Fire(ctx, name, slot)
	})
	return say(c.out, name+" 已执行。"+sent, err)
}

// slotTime reads --at: a full time, or a time of today; now if it is empty.
func slotTime(at string, now time.Time) (time.Time, error) {
	if at == "" {
		return now, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04", "2006-01-02T15:04"} {
		if t, err := time.ParseInLocation(layout, at, now.Location()); err == nil {
			return t, nil
		}
	}
	clock, err := calendar.ParseClock(at)
	if err != nil {
		return time.Time{}, fmt.Errorf("--at “%s” 没有看懂，请写成 17:30 或 \"2026-11-23 17:30\"", at)
	}
	return clock.At(calendar.DayOf(now), now.Location()), nil
}
