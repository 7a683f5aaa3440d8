package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"yunzhuan/internal/config"
	"yunzhuan/internal/obs"
	"yunzhuan/office/bulletin"
	"yunzhuan/office/calendar"
	"yunzhuan/office/patrol"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// TestAssessmentFile: the built-in rules are printed to be changed; a faulty file is
// named by line and keeps the bot from starting; a changed one can be tried on a
// month, and what was scored stands.
func TestAssessmentFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	writeSample(t, dir)
	rules := filepath.Join(dir, "assessment.yaml")
	env := append(filesEnv(dir), "YUNZHUAN_ASSESSMENT_RULES="+rules)
	run := func(args ...string) (int, string) { return yunzhuan(t, dir, env, args...) }

	if code, printed := run("people", "import", "people.csv"); code != exitOK {
		t.Fatalf("exit code %d:\n%s", code, printed)
	}
	code, builtIn := run("assessment", "rules")
	if code != exitOK || !strings.Contains(builtIn, "缺岗: {person: -1, unit: -0.5}") {
		t.Fatalf("exit code %d:\n%s", code, builtIn)
	}
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(rules, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(strings.Replace(builtIn, "person: -1,", "person: minus one,", 1))
	code, printed := run("assessment", "check", rules)
	if code != exitFail {
		t.Errorf("exit code %d", code)
	}
	wantAll(t, printed, "assessment.yaml 有 1 处不对：", "行：缺岗 的 person 要写数字，最多两位小数，不超过 100，现为“minus one”")
	if code, printed = run("run-job", "backup"); code != exitUsage {
		t.Errorf("faulty rules: exit code %d\n%s", code, printed)
	}
	code, printed = run("check")
	if code != exitFail {
		t.Errorf("exit code %d", code)
	}
	wantAll(t, printed, "不对　考核规则　assessment.yaml 有 1 处不对", "改好之前，服务启动不了")

	write(builtIn)
	if code, printed = run("assessment", "check", rules); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	wantAll(t, printed, "没有问题，1 版规则。", "2026-01-01 起：8 种情形记分，1 类单位另有规定，一个月里同一情形第 3 次起按 2 倍扣分（机关巡查记分（内置））")

	today := scored(t, env)
	write(strings.Replace(builtIn, "缺岗: {person: -1, unit: -0.5}", "缺岗: {person: -2, unit: -0.5}", 1))
	if code, printed = run("assessment", "try", rules); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	wantAll(t, printed, today.Month().Label()+"　现在的记分 → 按这个文件记分\n", "人事科　-0.5 → -0.5\n", "卢涵贵（人事科）　-1 → -2　（-1）\n", "共 2 个单位和个人，其中 1 个有变化。")
	if code, printed = run("assessment", "try", rules, "--month", "十三月"); code != exitFail || !strings.Contains(printed, "没看懂月份“十三月”") {
		t.Errorf("exit code %d\n%s", code, printed)
	}
	if code, printed = run("run-job", "backup"); code != exitUsage {
		t.Errorf("rules that reach back: exit code %d", code)
	}
	wantAll(t, printed, fmt.Sprintf("从 2026-01-01 起的这一版不能改，也不能补：到 %s 的记录已经按原来的规则记了分。请另加一版，from 写 %s 或以后的日子。", today, today.AddDays(1)))
	write(builtIn + "  - from: " + string(today.AddDays(1)) + "\n    points: {缺岗: {person: -2}}\n")
	if code, printed = run("run-job", "backup"); code != exitOK {
		t.Errorf("rules to come: exit code %d\n%s", code, printed)
	}
	if code, printed = run("check"); !strings.Contains(printed, "正常　考核规则　2026-01-01 起：8 种情形记分") {
		t.Errorf("exit code %d\n%s", code, printed)
	}
}

// scored publishes a bulletin of today with somebody of 人事科 in it.
func scored(t *testing.T, env []string) (today calendar.Day) {
	t.Helper()
	cfg, err := config.Load("", env, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := openStore(cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := newApp(t.Context(), cfg, s, discard(), obs.NewMetrics("test"))
	if err != nil {
		t.Fatal(err)
	}
	err = a.store.Update(t.Context(), func(tx *store.Tx) error {
		today = calendar.Day(tx.Today())
		by, _, err := people.Get(tx, "J1087")
		if err != nil {
			return err
		}
		f := patrol.Finding{Unit: "人事科", Kind: patrol.Absent, Persons: []people.ID{"J1019"}}
		if _, err := patrol.Offices.Record(tx, by, f); err != nil {
			return err
		}
		_, err = bulletin.Publish(tx, bulletin.How{Day: today})
		return err
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	return today
}
