package app

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"yunzhuan/chat"
	"yunzhuan/chat/dingtalk/dingtalktest"
	"yunzhuan/office/attendance"
	"yunzhuan/office/calendar"
	"yunzhuan/office/people"
	"yunzhuan/store"
	"yunzhuan/store/bolt"
	"yunzhuan/store/kv"
)

// The store of BenchmarkStart: a year's reports of a large county, each with its
// audit line, and a month's messages.
const (
	benchUnits  = 250
	benchDays   = 260 // workdays
	benchSent   = 70_000
	startRounds = 9
)

// BenchmarkStart compares the bot's start on a store of 200,000 records, from the
// process to its line “ready”, with opening the store file alone.
func BenchmarkStart(b *testing.B) {
	g := dingtalktest.New()
	defer g.Close()
	dir := b.TempDir()
	env := gatewayEnv(dir, g)
	file := filepath.Join(dir, "yunzhuan.db")
	records := fillStore(b, dir, file)
	var starts, opens, raws, empty []time.Duration
	for b.Loop() {
		for range startRounds {
			opens = append(opens, timed(b, func() error { return openOnce(file) }))
			raws = append(raws, timed(b, func() error { return openRaw(file) }))
			empty = append(empty, timed(b, childCommand(dir, nil, "version").Run))
			began := time.Now()
			p, _ := startReady(b, dir, env...)
			starts = append(starts, time.Since(began))
			if code := p.stop(); code != exitOK {
				b.Fatalf("exit code %d\n%s", code, p.log())
			}
		}
	}
	info, err := os.Stat(file)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(records), "records")
	b.ReportMetric(float64(info.Size())/(1<<20), "file-MB")
	b.ReportMetric(ms(median(opens)), "open-ms")
	b.ReportMetric(ms(median(raws)), "bbolt-open-ms")
	b.ReportMetric(ms(median(empty)), "version-ms") // the process itself
	b.ReportMetric(ms(median(starts)), "start-ms")
	b.ReportMetric(float64(median(starts)-median(empty))/float64(median(opens)), "start-version/open")
	b.ReportMetric(0, "ns/op") // one iteration is all rounds: it means nothing
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func timed(b *testing.B, do func() error) time.Duration {
	b.Helper()
	began := time.Now()
	if err := do(); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}

// openOnce opens the file as the bot does, and looks into it.
func openOnce(file string) error {
	db, err := bolt.Open(file, bolt.Options{})
	if err != nil {
		return err
	}
	err = db.View(context.Background(), func(tx kv.Tx) error {
		_, _, err := tx.Get("people", []byte("J00001"))
		return err
	})
	if err != nil {
		return err
	}
	return db.Close()
}

// openRaw opens the file with the library alone, which trusts what it finds.
func openRaw(file string) error {
	db, err := bbolt.Open(file, 0o600, &bbolt.Options{FreelistType: bbolt.FreelistMapType})
	if err != nil {
		return err
	}
	if err := db.View(func(tx *bbolt.Tx) error { return nil }); err != nil {
		return err
	}
	return db.Close()
}

// fillStore makes a store as it is after a year, and returns the number of its
// records and audit lines.
func fillStore(b *testing.B, dir, file string) (records int) {
	b.Helper()
	ctx := context.Background()
	db, err := bolt.Open(file, bolt.Options{})
	if err != nil {
		b.Fatal(err)
	}
	var clock atomic.Int64
	s, err := store.Open(db, store.Options{Clock: func() time.Time { return time.Unix(clock.Load(), 0) }})
	if err != nil {
		b.Fatal(err)
	}
	today := calendar.DayOf(time.Now().In(s.Now().Location()))
	set := func(day calendar.Day, hour int) {
		clock.Store(day.Time(s.Now().Location()).Add(time.Duration(hour) * time.Hour).Unix())
	}
	set(today, 0)
	csv := largeCounty()
	if err := os.WriteFile(filepath.Join(dir, "people.csv"), csv, 0o600); err != nil {
		b.Fatal(err)
	}
	if _, _, err := importPeople(ctx, s, "people.csv", csv, importOptions{onlyIfChanged: true}); err != nil {
		b.Fatal(err)
	}
	for day, left := today.AddDays(-1), benchDays; left > 0; day = day.AddDays(-1) {
		if work, _ := calendar.Embedded().IsWorkday(day); !work {
			continue
		}
		left--
		set(day, 9)
		reportAll(b, s, day)
	}
	for sent := 0; sent < benchSent; sent += 500 {
		set(today.AddDays(-29+sent*29/benchSent), 10)
		if err := s.Update(ctx, func(tx *store.Tx) error { return sendMany(tx, sent, 500) }); err != nil {
			b.Fatal(err)
		}
	}
	err = s.View(ctx, func(tx *store.Tx) error {
		if records, err = readRecords(tx); err != nil {
			return err
		}
		return tx.AuditFrom(0, func(store.AuditLine) (bool, error) { records++; return true, nil })
	})
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		b.Fatal(err)
	}
	return records
}

// largeCounty is a directory of benchUnits units, of a head and three others.
func largeCounty() []byte {
	var csv bytes.Buffer
	csv.WriteString(strings.Join(people.Header, ",") + "\n")
	for i := range benchUnits * 4 {
		post, role := "科员", "staff"
		if i%4 == 0 {
			post, role = "科长", "head;staff"
		}
		fmt.Fprintf(&csv, "J%05d,人员%c%c,第%03d科,科室,,%s,%s,138%08d,dt%05d,\n", i, 0x4e00+i%200, 0x5e00+i/200, i/4, post, role, i, i)
	}
	return csv.Bytes()
}

// reportAll has every unit report its attendance of a day, each in a transaction
// of its own, as it comes from chat.
func reportAll(b *testing.B, s *store.Store, day calendar.Day) {
	b.Helper()
	failed := make(chan error, benchUnits)
	for unit := range benchUnits {
		head := people.ID(fmt.Sprintf("J%05d", unit*4))
		s.Submit(context.Background(), func(tx *store.Tx) error {
			p, _, err := people.Get(tx, head)
			if err != nil {
				return err
			}
			tx.SetActor(store.Actor{Person: string(head), Channel: "dingtalk", Conv: "cid" + string(head), Command: "考勤"})
			claim := attendance.Claim{Unit: p.Unit, Day: day}
			if unit%3 == 0 {
				away := people.ID(fmt.Sprintf("J%05d", unit*4+1))
				claim.Absences = []attendance.Absence{{Person: away, Reason: attendance.Sick}}
			}
			_, err = attendance.Save(tx, p, claim)
			return err
		}, func(err error) { failed <- err })
	}
	for range benchUnits {
		if err := <-failed; err != nil {
			b.Fatal(err)
		}
	}
}

// sendMany is n messages that were sent and delivered.
func sendMany(tx *store.Tx, from, n int) error {
	for i := range n {
		id, err := tx.Enqueue(chat.Outgoing{
			Target: chat.Target{Channel: "dingtalk", User: chat.UserID(fmt.Sprintf("dt%05d", (from+i)%(4*benchUnits)))},
			Body:   chat.Text("考勤还没有登记，请在 9:30 前登记。").Tap("全勤", "/考勤 全勤"),
		})
		if err != nil {
			return err
		}
		e, _, err := tx.PendingEntry(id)
		if err != nil {
			return err
		}
		if e, _, err = tx.Claim(e); err != nil {
			return err
		}
		if err := tx.Settle(e, store.Outcome{State: store.Delivered, Receipt: fmt.Sprint("msg", id)}); err != nil {
			return err
		}
	}
	return nil
}

// BenchmarkDemoMemory prints the resident memory of the demo once it is ready,
// and after a newcomer has been through all of its steps.
func BenchmarkDemoMemory(b *testing.B) {
	var ready, used, peak []float64
	for b.Loop() {
		ctx := testContext(b)
		p, addr := startReady(b, b.TempDir(), demoEnv()...)
		ready = append(ready, residentMB(b, p, "VmRSS"))
		for _, step := range demoStepsOf(b, addr) {
			var err error
			if step.Job != "" {
				err = postJSON(ctx, "http://"+addr+"/chat/jobs/"+step.Job, nil)
			} else {
				_, err = ask(ctx, addr, string(step.As), step.Send)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
		used = append(used, residentMB(b, p, "VmRSS"))
		peak = append(peak, residentMB(b, p, "VmHWM"))
		if code := p.stop(); code != exitOK {
			b.Fatalf("exit code %d", code)
		}
	}
	b.ReportMetric(slices.Max(ready), "ready-MB")
	b.ReportMetric(slices.Max(used), "used-MB")
	b.ReportMetric(slices.Max(peak), "peak-MB")
}

// residentMB reads a line of /proc/PID/status.
func residentMB(b *testing.B, p *process, name string) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		b.Skipf("the memory of a process can be read on Linux alone: %v", err)
	}
	for line := range strings.SplitSeq(string(status), "\n") {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			if err != nil {
				b.Fatal(err)
			}
			return kb / 1024
		}
	}
	b.Fatalf("no %s in %s", name, status)
	return 0
}
