package people_test

import (
	"errors"
	"strings"
	"testing"

	"yunzhuan/internal/bottest"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// imported applies a file of the sample county after its lines were edited, and
// returns the summary of what it changed.
func imported(t *testing.T, b *bottest.Bot, force bool, edit func(lines []string) []string) (summary string, err error) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(string(people.SampleCSV())), "\n")
	lines = edit(lines)
	rows, err := people.ParseFile("people.csv", []byte(strings.Join(lines, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	err = b.Store.Update(t.Context(), func(tx *store.Tx) error {
		diff, err := people.Plan(tx, rows)
		if err != nil {
			return err
		}
		summary = diff.Summary()
		diff.Force = force
		return people.Apply(tx, diff)
	})
	return summary, err
}

func same(lines []string) []string { return lines }

// without removes the lines that begin with one of the numbers.
func without(ids ...string) func([]string) []string {
	return func(lines []string) []string {
		var out []string
		for _, l := range lines {
			id, _, _ := strings.Cut(l, ",")
			keep := true
			for _, gone := range ids {
				keep = keep && id != gone
			}
			if keep {
				out = append(out, l)
			}
		}
		return out
	}
}

func replaced(old, by string) func([]string) []string {
	return func(lines []string) []string {
		return strings.Split(strings.Replace(strings.Join(lines, "\n"), old, by, 1), "\n")
	}
}

func TestImportSummary(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		edit func([]string) []string
		want string
	}{
		{"nothing new", same, "名册没有变化，共 393 人。"},
		{"someone new in a new unit", func(l []string) []string { return append(l, "J9001,新来,法规科,科室,,科长,head,,,") },
			"名册 394 人：新增 1，变动 0，离开 0，返回 0，不变 393。\n新增：J9001 新来\n新单位：法规科"},
		{"someone moves", replaced("J1018,金国兰,人事科,科室,,副科长", "J1018,金国兰,计财科,科室,,科员"),
			"名册 393 人：新增 0，变动 1，离开 0，返回 0，不变 392。\n变动：J1018 金国兰（单位、职务）"},
		{"someone leaves", without("J1018"), "名册 392 人：新增 0，变动 0，离开 1，返回 0，不变 392。\n离开（停用账号，记录保留）：J1018 金国兰"},
		{"a unit is closed", without("J1086", "J1087", "J1088", "J1089", "J1090", "J1091", "J1092"),
			"名册 386 人：新增 0，变动 0，离开 7，返回 0，不变 386。\n离开（停用账号，记录保留）：J1086 "},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := bottest.New(t, "2026-11-23 08:00")
			got, err := imported(t, b, false, c.edit)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(got, c.want) {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
			if again, err := imported(t, b, false, c.edit); err != nil || !strings.HasPrefix(again, "名册没有变化") {
				t.Errorf("a second time: %s, %v", again, err)
			}
		})
	}
}

func TestImportKeepsWhatTheFileDoesNotKnow(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, "2026-11-23 08:00")
	b.Update(func(tx *store.Tx) error {
		p, _, err := people.Get(tx, "J1017")
		if err != nil {
			return err
		}
		p.Quiet = "21:00-08:00"
		if err := people.Put(tx, p); err != nil {
			return err
		}
		code, err := people.NewCode(tx, p, "J1006")
		if err != nil {
			return err
		}
		_, err = people.Bind(tx, "dingtalk", "own-account", code)
		return err
	})
	if _, err := imported(t, b, false, replaced("J1017,周一,人事科,科室,,科长", "J1017,周一,人事科,科室,,调研员")); err != nil {
		t.Fatal(err)
	}
	p := b.Person("J1017")
	if p.Post != "调研员" || p.Quiet != "21:00-08:00" || p.Accounts["dingtalk"] != "own-account" || p.Accounts["webchat"] != "J1017" || p.Accounts["wecom"] != "wx1017" {
		t.Errorf("got %+v", p)
	}
}

// An account that someone has bound stays theirs, even if the file gives it to
// another.
func TestBoundAccountWinsOverTheFile(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, "2026-11-23 08:00")
	b.Update(func(tx *store.Tx) error {
		p, _, err := people.Get(tx, "J1017")
		if err != nil {
			return err
		}
		code, err := people.NewCode(tx, p, "J1006")
		if err != nil {
			return err
		}
		_, err = people.Bind(tx, "dingtalk", "dt1018", code) // 金国兰's of the file
		return err
	})
	summary, err := imported(t, b, false, replaced("dt1017", "dt1017b"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "名册没有变化，共 393 人。\n名册里的账号已由别人绑定，以绑定为准：J1018 金国兰"; summary != want {
		t.Errorf("summary %s", summary)
	}
	if p, q := b.Person("J1017"), b.Person("J1018"); p.Accounts["dingtalk"] != "dt1018" || q.Accounts["dingtalk"] != "" {
		t.Errorf("got %v and %v", p.Accounts, q.Accounts)
	}
}

func TestLeavingAndReturning(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, "2026-11-23 08:00")
	who := func(channel, user string) (id people.ID) {
		b.View(func(tx *store.Tx) error {
			p, err := people.ByAccount(tx, channel, user)
			id = p.ID
			return err
		})
		return id
	}
	if _, err := imported(t, b, false, without("J1018")); err != nil {
		t.Fatal(err)
	}
	if p := b.Person("J1018"); !p.Left || p.Name != "金国兰" || who("dingtalk", "dt1018") != "" || who("webchat", "J1018") != "" {
		t.Errorf("left: %+v", p)
	}
	// The account goes to somebody else meanwhile, who keeps it.
	if _, err := imported(t, b, false, func(l []string) []string {
		return append(without("J1018")(l), "J9001,新来,人事科,科室,,科员,staff,,dt1018,")
	}); err != nil {
		t.Fatal(err)
	}
	if got := who("dingtalk", "dt1018"); got != "J9001" {
		t.Errorf("account of %q", got)
	}
	summary, err := imported(t, b, false, func(l []string) []string {
		l = replaced(",dt1018,", ",,")(l)
		return append(l, "J9001,新来,人事科,科室,,科员,staff,,dt1018,")
	})
	if err != nil || !strings.Contains(summary, "返回 1") {
		t.Errorf("summary %q, %v", summary, err)
	}
	if p := b.Person("J1018"); p.Left || p.Accounts["dingtalk"] != "" || who("dingtalk", "dt1018") != "J9001" || who("webchat", "J1018") != "J1018" {
		t.Errorf("returned: %+v", p)
	}
}

func TestSafetyStop(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, "2026-11-23 08:00")
	half := func(l []string) []string { return l[:200] }
	_, err := imported(t, b, false, half)
	var mistake *store.UserError
	if !errors.As(err, &mistake) || !strings.HasPrefix(mistake.Text, "名册里少了 194 人（原有 393 人，超过两成）") {
		t.Fatalf("got %v", err)
	}
	if p := b.Person("J1300"); p.Left {
		t.Error("imported after all")
	}
	if _, err := imported(t, b, true, half); err != nil {
		t.Fatal(err)
	}
	if p := b.Person("J1300"); !p.Left {
		t.Error("forced, but not imported")
	}
	b.View(func(tx *store.Tx) error {
		u, _, err := people.GetUnit(tx, "南片第四小学")
		if !u.Closed {
			t.Errorf("unit %+v", u)
		}
		return err
	})
}

func TestImportedHash(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, "2026-11-23 08:00")
	b.Update(func(tx *store.Tx) error {
		if hash, err := people.ImportedHash(tx); err != nil || hash != "" {
			t.Errorf("before: %q, %v", hash, err)
		}
		return people.SetImportedHash(tx, people.HashOf(people.SampleCSV()))
	})
	b.View(func(tx *store.Tx) error {
		hash, err := people.ImportedHash(tx)
		if hash != people.HashOf(people.SampleCSV()) || hash == people.HashOf(nil) {
			t.Errorf("after: %q", hash)
		}
		return err
	})
}

func TestFindUnit(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, "2026-11-23 08:00")
	for _, c := range []struct{ typed, want string }{
		{"人事科", "人事科"}, {" 人 事 科 ", "人事科"}, {"人事", "人事科"}, {"基础教育", "基础教育科"}, {"基教科", "基础教育科"},
		{"装备中心", "教育技术装备中心"}, {"资助中心", "学生资助中心"}, {"纪检组", "派驻纪检组"}, {"城区一小", "城区第一小学"},
		{"教师进修", "教师进修学院"}, {"办公室", "办公室"},
		{"", "请写单位。"},
		{"科", "没有“科”这个单位。"},
		{"一小", "叫“一小”的单位有 5 个：城区第一小学、东片第一小学、西片第一小学、南片第一小学、北片第一小学。请写全称。"},
		{"第一", "叫“第一”的单位有 10 个：城区第一小学、城区第一中学、东片第一小学、东片第一中学、西片第一小学、西片第一中学等。请写全称。"},
		{"基础教学科", "没有“基础教学科”这个单位，是不是：基础教育科？"},
		{"安全维稳科", "没有“安全维稳科”这个单位，是不是：安全稳定科？"},
		{"法规科", "没有“法规科”这个单位。"},
		{"太长太长太长太长太长太长太长太长", "没有“太长太长太长太长太长太长…”这个单位。"},
	} {
		b.View(func(tx *store.Tx) error {
			u, err := people.FindUnit(tx, c.typed)
			got := u.Name
			var mistake *store.UserError
			if errors.As(err, &mistake) {
				got, err = mistake.Text, nil
			}
			if got != c.want {
				t.Errorf("%q: got %q, want %q", c.typed, got, c.want)
			}
			return err
		})
	}
}
