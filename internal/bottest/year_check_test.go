package bottest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"sort"
	"strings"

	"yunzhuan/internal/bottest"
	"yunzhuan/office/assessment"
	"yunzhuan/office/bulletin"
	"yunzhuan/office/calendar"
	"yunzhuan/store"
)

// deliveries counts what went to the groups.
func (y *year) deliveries() {
	for _, d := range y.PushedAnywhere() {
		to, text := d[0], d[1]
		if rest, ok := strings.CutPrefix(text, "机关巡查信息"); ok && slices.Contains(bottest.Groups, to) {
			_, number, _ := strings.Cut(rest, "\n")
			number, _, _ = strings.Cut(number, "　")
			y.times[to+" "+number]++
		}
	}
}

func (y *year) check() {
	y.checkNumbers()
	for number, was := range y.published {
		var b bulletin.Bulletin
		y.View(func(tx *store.Tx) (err error) {
			b, err = bulletin.Get(tx, was.bulletin.Year, was.bulletin.No)
			return err
		})
		now := y.asPublished(b)
		if !bytes.Equal(now.raw, was.raw) || !bytes.Equal(now.full, was.full) || !bytes.Equal(now.public, was.public) {
			y.t.Errorf("%s reads otherwise than when it was published", number)
		}
	}
	y.checkSums()
	if y.entries < 100 {
		y.t.Errorf("only %d entries", y.entries)
	}
}

// checkNumbers: each year's numbers run from 1 without a gap, and each issue went to
// each of its groups once.
func (y *year) checkNumbers() {
	numbers := map[int][]int{}
	y.View(func(tx *store.Tx) error {
		return tx.Raw("bulletins", func(key string, _ []byte) (bool, error) {
			var year, no int
			_, err := fmt.Sscanf(key, "%d-%d", &year, &no)
			numbers[year] = append(numbers[year], no)
			return true, err
		})
	})
	total := 0
	for year, all := range numbers {
		for i, no := range all {
			if no != i+1 {
				y.t.Errorf("the numbers of %d have a gap: %v", year, all)
				break
			}
		}
		total += len(all)
	}
	if total != len(y.published) || total == 0 {
		y.t.Errorf("%d bulletins kept, %d seen when they were published", total, len(y.published))
	}
	for number, i := range y.published {
		for _, group := range []string{"机关中层群", "机关职工群", "委领导群", "办公室群"} {
			if n := y.times[group+" "+number]; n > 1 || n == 0 && !i.recalled {
				y.t.Errorf("%s went to %s %d times", number, group, n)
			}
		}
	}
}

// checkSums: what the ledger sums up to, month by month, is what another program
// counts from the records of what was published.
func (y *year) checkSums() {
	var records bytes.Buffer
	var ledger []string
	y.entries = 0
	y.View(func(tx *store.Tx) error {
		records.Reset()
		ledger = nil
		for _, table := range []string{"bulletins", "bulletin_recalls", "monthly_checks", "appeals", "assessment_rules"} {
			err := tx.Raw(table, func(_ string, raw []byte) (bool, error) {
				var envelope struct{ R json.RawMessage }
				if err := json.Unmarshal(raw, &envelope); err != nil {
					return false, err
				}
				line, err := json.Marshal(map[string]any{"table": table, "record": envelope.R})
				records.Write(append(line, '\n'))
				return true, err
			})
			if err != nil {
				return err
			}
		}
		for _, year := range []calendar.Day{"2026-01-01", "2027-01-01"} {
			for _, m := range calendar.YearOf(year).Months() {
				all, err := assessment.All(tx, m.Period())
				if err != nil {
					return err
				}
				ledger = append(ledger, sums(all, m)...)
				for _, u := range all.Units {
					y.entries += len(u.Entries)
				}
				for _, p := range all.Persons {
					y.entries += len(p.Entries)
				}
			}
		}
		return nil
	})
	sort.Strings(ledger)
	cmd := exec.CommandContext(y.t.Context(), y.recount)
	cmd.Stdin = &records
	out, err := cmd.CombinedOutput()
	if err != nil {
		y.t.Fatalf("recount: %v\n%s", err, out)
	}
	recounted := strings.Split(strings.TrimSpace(string(out)), "\n")
	for _, line := range ledger {
		if !slices.Contains(recounted, line) {
			y.t.Errorf("the ledger has %s", line)
		}
	}
	for _, line := range recounted {
		if !slices.Contains(ledger, line) {
			y.t.Errorf("recounted %s", line)
		}
	}
}

// sums writes the sums of a month as the recount does.
func sums(t assessment.Table, m calendar.Month) (out []string) {
	for _, u := range t.Units {
		if u.Total() != 0 {
			out = append(out, fmt.Sprintf("u/%s %s %d", u.Name, m, u.Total()))
		}
	}
	for _, p := range t.Persons {
		if p.Total() != 0 {
			out = append(out, fmt.Sprintf("p/%s %s %d", p.ID, m, p.Total()))
		}
	}
	return out
}
