package cron

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"yunzhuan/internal/bottest"
	"yunzhuan/office/patrol"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// county brings the sample county into the bench's store, with a group of each
// layer.
func (b *bench) county() {
	b.t.Helper()
	b.update(func(tx *store.Tx) error {
		rows, err := people.ParseFile("people.csv", people.SampleCSV())
		if err != nil {
			return err
		}
		diff, err := people.Plan(tx, rows)
		if err != nil {
			return err
		}
		for _, layer := range bottest.Groups {
			if _, err := people.BindGroup(tx, string(bottest.Channel), layer, layer, layer); err != nil {
				return err
			}
		}
		return people.Apply(tx, diff)
	})
}

func (b *bench) update(fn func(*store.Tx) error) {
	b.t.Helper()
	if err := b.store.Update(context.Background(), fn); err != nil {
		b.t.Fatal(err)
	}
}

// found records a finding by somebody of the discipline team.
func (b *bench) found(book patrol.Book, unit string) {
	b.t.Helper()
	b.update(func(tx *store.Tx) error {
		by, _, err := people.Get(tx, "J1087")
		if err != nil {
			return err
		}
		_, err = book.Record(tx, by, patrol.Finding{Unit: unit, Kind: patrol.Cleanliness, Note: "走廊堆放杂物"})
		return err
	})
}

// sent lists what waits to go to a group, by title and first line.
func (b *bench) sent(group string) (out []string) {
	b.t.Helper()
	if err := b.store.View(context.Background(), func(tx *store.Tx) error {
		return tx.Pending(0, func(e store.Entry) (bool, error) {
			if string(e.Out.Target.Conv) == group {
				out = append(out, strings.Join(strings.Split(bottest.Text(e.Out.Body), "\n")[:2], " "))
			}
			return true, nil
		})
	}); err != nil {
		b.t.Fatal(err)
	}
	return out
}

// checkJobs are the bulletin and the two checks; the first tries of the bulletin
// fail as often as failures says.
func checkJobs(t *testing.T, failures *int) []Job {
	t.Helper()
	all, err := Parts{Push: bottest.Push()}.Jobs()
	if err != nil {
		t.Fatal(err)
	}
	var out []Job
	for _, j := range all {
		switch j.Name {
		case "bulletin":
			run := j.Run
			j.Run = func(ctx context.Context, r *Run) error {
				if *failures > 0 {
					*failures--
					return errors.New("fails on purpose")
				}
				return run(ctx, r)
			}
			out = append(out, j)
		case "weekly-check", "monthly-check":
			out = append(out, j)
		}
	}
	return out
}

// TestMonthlyCheckByTheClock: on the first workday of the month, once, after the
// holidays, and late after a time in which the bot was down.
func TestMonthlyCheckByTheClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, "2026-09-29 10:00:00")
		b.county()
		b.found(patrol.Schools, "城区第一小学")
		jobs := checkJobs(t, new(int))
		b.start(jobs, Options{})
		const sept, oct = "校务督查通报 2026年9月　县教委办公室　10月8日", "校务督查通报（补发） 2026年10月　县教委办公室　11月2日"
		b.until("2026-10-08 08:59:59")
		b.expect("before the first workday", b.sent("校长群"))
		b.until("2026-10-08 09:00:00")
		b.expect("on the first workday", b.sent("校长群"), sept)
		b.found(patrol.Schools, "城区第二小学")
		b.restart(time.Minute, true)
		b.start(jobs, Options{})
		b.until("2026-10-31 12:00:00")
		b.expect("after a crash", b.sent("校长群"), sept)
		b.restart(50*time.Hour, false) // over the first workday's hour, to 14:00
		b.start(jobs, Options{})
		b.until("2026-11-02 20:00:00")
		b.expect("late", b.sent("校长群"), sept, oct)
		b.expect("outcomes", b.outcomes("2026-11-02"), "11-02 09:00 monthly-check late")
		b.until("2026-12-01 12:00:00")
		b.expect("a month without a visit, to the principals", b.sent("校长群"), sept, oct)
		leaders := b.sent("委领导群")
		b.expect("a month without a visit, to the leaders", leaders[len(leaders)-1:], "校务督查通报 2026年11月　县教委办公室　12月1日")
	})
}

// TestWeeklyCheckFollowsTheBulletin: it has the bulletin of its own minute, also
// when both are late, and when the bulletin is tried again; but it does not wait for
// one that is given up.
func TestWeeklyCheckFollowsTheBulletin(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		failures int
		down     bool
		want     []string // to 机关中层群
		line     string   // of the weekly check
	}{
		{"on time", 0, false, []string{"机关巡查信息 2026年第1期　县教委办公室　11月27日", "政务督查周报 11月23日至29日　县教委办公室　11月27日"}, "1 期：第1期（11月27日）。"},
		{"late", 0, true, []string{"机关巡查信息（补发） 2026年第1期　县教委办公室　11月27日", "政务督查周报（补发） 11月23日至29日　县教委办公室　11月27日"}, "1 期：第1期（11月27日）。"},
		{"after failures", 3, false, []string{"机关巡查信息 2026年第1期　县教委办公室　11月27日", "政务督查周报 11月23日至29日　县教委办公室　11月27日"}, "1 期：第1期（11月27日）。"},
		{"given up", 5, false, []string{"政务督查周报 11月23日至29日　县教委办公室　11月27日"}, "本周没有发布通报。"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, "2026-11-27 10:00:00")
				b.county()
				b.found(patrol.Offices, "人事科")
				failures := c.failures
				jobs := checkJobs(t, &failures)
				b.start(jobs, Options{})
				if c.down {
					b.until("2026-11-27 17:00:00")
					b.restart(2*time.Hour, false)
					b.start(jobs, Options{})
				}
				b.until("2026-11-27 20:00:00")
				b.expect("sent", b.sent("机关中层群"), c.want...)
				var text string
				b.update(func(tx *store.Tx) error {
					return tx.Pending(0, func(e store.Entry) (bool, error) {
						if strings.HasPrefix(e.Out.Body.Title, "政务督查周报") {
							text = bottest.Text(e.Out.Body)
						}
						return true, nil
					})
				})
				if !strings.Contains(text, c.line) {
					t.Errorf("want %q in:\n%s", c.line, text)
				}
				b.restart(time.Hour, true)
				b.start(jobs, Options{})
				b.until("2026-11-29 20:00:00")
				b.expect("sent after a crash", b.sent("机关中层群"), c.want...)
			})
		})
	}
}
