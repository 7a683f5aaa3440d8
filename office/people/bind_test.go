package people_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"yunzhuan/internal/bottest"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// code makes a binding code for a person.
func code(t *testing.T, b *bottest.Bot, id people.ID) (code string) {
	t.Helper()
	b.Update(func(tx *store.Tx) error {
		p, _, err := people.Get(tx, id)
		if err != nil {
			return err
		}
		code, err = people.NewCode(tx, p, "J1006")
		return err
	})
	return code
}

func bind(t *testing.T, b *bottest.Bot, account, code string) (got people.Bound, err error) {
	t.Helper()
	err = b.Store.Update(t.Context(), func(tx *store.Tx) (err error) {
		got, err = people.Bind(tx, "wechat", account, code)
		return err
	})
	return got, err
}

func TestBind(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		do   func(b *bottest.Bot) string // the code to be typed
		want people.ID
	}{
		{"a fresh code", func(b *bottest.Bot) string { return code(t, b, "J1017") }, "J1017"},
		{"small letters and spaces", func(b *bottest.Bot) string {
			c := strings.ToLower(code(t, b, "J1017"))
			return c[:3] + " " + c[3:]
		}, "J1017"},
		{"just in time", func(b *bottest.Bot) string {
			c := code(t, b, "J1017")
			b.Clock.Advance(people.CodeTTL - time.Second)
			return c
		}, "J1017"},
		{"too late", func(b *bottest.Bot) string {
			c := code(t, b, "J1017")
			b.Clock.Advance(people.CodeTTL)
			return c
		}, ""},
		{"ended by a newer one", func(b *bottest.Bot) string {
			c := code(t, b, "J1017")
			b.Clock.Advance(time.Second)
			code(t, b, "J1017")
			return c
		}, ""},
		{"used before", func(b *bottest.Bot) string {
			c := code(t, b, "J1017")
			if _, err := bind(t, b, "someone", c); err != nil {
				t.Error(err)
			}
			return c
		}, ""},
		{"none", func(*bottest.Bot) string { return "AAAAAA" }, ""},
	} {
		b := bottest.New(t, "2026-11-23 08:00")
		got, err := bind(t, b, "openid", c.do(b))
		if err != nil || got.Person.ID != c.want {
			t.Errorf("%s: got %q, %v", c.name, got.Person.ID, err)
		}
	}
}

func TestWrongCodesAreLimited(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, "2026-11-23 08:00")
	for left := 4; left >= 0; left-- {
		got, err := bind(t, b, "openid", "WRONG2")
		if err != nil || got.Left != left {
			t.Fatalf("%d left: %+v, %v", left, got, err)
		}
	}
	right := code(t, b, "J1017")
	_, err := bind(t, b, "openid", right)
	var mistake *store.UserError
	if !errors.As(err, &mistake) {
		t.Fatalf("the sixth try: %v", err)
	}
	if got, err := bind(t, b, "another", "WRONG2"); err != nil || got.Left != 4 {
		t.Errorf("another account: %+v, %v", got, err)
	}
	b.Clock.Advance(10 * time.Minute)
	if got, err := bind(t, b, "openid", code(t, b, "J1017")); err != nil || got.Person.ID != "J1017" {
		t.Errorf("ten minutes later: %+v, %v", got, err)
	}
}

func TestAnAccountMoves(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, "2026-11-23 08:00")
	if _, err := bind(t, b, "openid", code(t, b, "J1017")); err != nil {
		t.Fatal(err)
	}
	got, err := bind(t, b, "openid", code(t, b, "J1018"))
	if err != nil || got.Person.ID != "J1018" || got.From.ID != "J1017" || got.Old {
		t.Errorf("moved: %+v, %v", got, err)
	}
	if p := b.Person("J1017"); p.Accounts["wechat"] != "" {
		t.Errorf("still bound: %v", p.Accounts)
	}
	got, err = bind(t, b, "new phone", code(t, b, "J1018"))
	if err != nil || !got.Old || got.From.Known() {
		t.Errorf("second account: %+v, %v", got, err)
	}
	b.View(func(tx *store.Tx) error {
		p, err := people.ByAccount(tx, "wechat", "openid")
		if p.Known() {
			t.Errorf("the old account is still %s's", p.ID)
		}
		return err
	})
}

func TestTheCodeIsKeptNowhere(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, "2026-11-23 08:00")
	c := code(t, b, "J1017")
	var trail bytes.Buffer
	if _, err := b.Store.ExportAudit(t.Context(), &trail); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(trail.String(), `"people_invitations"`) {
		t.Error("no audit line says that a code was made")
	}
	b.View(func(tx *store.Tx) error {
		for _, table := range store.Tables() {
			err := tx.Raw(table, func(key string, raw []byte) (bool, error) {
				if strings.Contains(key+string(raw), c) {
					t.Errorf("in table %s", table)
				}
				return true, nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if strings.Contains(trail.String(), c) {
		t.Error("in the audit chain")
	}
}

func TestCodesDiffer(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, "2026-11-23 08:00")
	seen := map[string]bool{}
	for range 20 {
		c := code(t, b, "J1017")
		if len(c) != 6 || strings.Trim(c, "23456789ABCDEFGHJKMNPQRSTUVWXYZ") != "" || seen[c] {
			t.Errorf("code %q", c)
		}
		seen[c] = true
	}
}

func TestBindConfigured(t *testing.T) {
	t.Parallel()
	b := bottest.New(t, "2026-11-23 08:00")
	layer := func(conv string) (l string) {
		b.View(func(tx *store.Tx) error {
			g, _, err := people.GetGroup(tx, "dingtalk", conv)
			l = g.Layer
			return err
		})
		return l
	}
	list := []people.Group{{Channel: "dingtalk", Conv: "cid1", Layer: "办公室群"}}
	b.Update(func(tx *store.Tx) error {
		if err := people.BindConfigured(tx, list); err != nil {
			return err
		}
		_, err := people.BindGroup(tx, "dingtalk", "cid1", "某群", "校长群")
		return err
	})
	if got := layer("cid1"); got != "校长群" {
		t.Errorf("bound in chat: %q", got)
	}
	b.Update(func(tx *store.Tx) error { return people.BindConfigured(tx, list) })
	if got := layer("cid1"); got != "办公室群" {
		t.Errorf("at the next start: %q", got)
	}
	err := b.Store.Update(t.Context(), func(tx *store.Tx) error {
		return people.BindConfigured(tx, []people.Group{{Channel: "dingtalk", Conv: "cid2", Layer: "全体群"}})
	})
	var mistake *store.UserError
	if !errors.As(err, &mistake) {
		t.Errorf("unknown layer: %v", err)
	}
}
