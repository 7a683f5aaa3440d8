package bot_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"yunzhuan/bot"
	"yunzhuan/chat"
	"yunzhuan/office/people"
	"yunzhuan/store"
	"yunzhuan/store/kv"
)

var notes = store.NewTable("bot_test_notes", store.Schema[string]{Version: 1})

// keep is a command that keeps its text under the sender's number.
func keep() *bot.Command {
	return &bot.Command{
		Name: "记", Aliases: []string{"keep"}, Summary: "记一句", Usage: []string{"/记 <文字>"},
		Examples: []string{"/记 你好"}, Allow: bot.Members(),
		Run: func(_ context.Context, r *bot.Request) error {
			n, err := r.Tx.Next("notes")
			if err != nil {
				return err
			}
			if err := notes.Put(r.Tx, fmt.Sprintf("%s/%05d", r.Person.ID, n), r.Args.Rest(0)); err != nil {
				return err
			}
			if r.Args.Len() == 0 {
				return store.WithHint(store.Errorf("请写要记的文字。"), "例：/记 你好")
			}
			return r.Replyf("记下了：%s", r.Args.Rest(0))
		},
	}
}

func kept(e *engine, person string) (texts []string) {
	e.view(func(tx *store.Tx) (err error) {
		texts, err = notes.All(tx, person+"/")
		return err
	})
	return texts
}

func TestAMessageActsOnceHoweverOftenItComes(t *testing.T) {
	t.Parallel()
	e := newEngine(t, keep())
	m := e.message("J2", "/记 一")
	if got := e.deliver(m); !slices.Equal(got, []string{"记下了：一"}) {
		t.Fatalf("replies: %q", got)
	}
	for range 3 {
		if got := e.deliver(m); got != nil {
			t.Errorf("replies to a duplicate: %q", got)
		}
	}
	if got := kept(e, "J2"); !slices.Equal(got, []string{"一"}) {
		t.Errorf("kept %q", got)
	}
	if e.counts.get("message duplicate") != 3 || e.counts.get("message done") != 1 {
		t.Errorf("counted %v", e.counts.n)
	}
}

func TestAMistakeUndoesTheHandlerAndKeepsTheMark(t *testing.T) {
	t.Parallel()
	e := newEngine(t, keep())
	m := e.message("J2", "/记")
	if got := e.deliver(m); !slices.Equal(got, []string{"请写要记的文字。例：/记 你好"}) {
		t.Fatalf("replies: %q", got)
	}
	if got := kept(e, "J2"); got != nil {
		t.Errorf("kept %q", got)
	}
	if got := e.deliver(m); got != nil {
		t.Errorf("the mark was not kept: %q", got)
	}
}

func TestWhoMayAndWhere(t *testing.T) {
	t.Parallel()
	only := func(name string, scope bot.Scope, allow bot.Policy) *bot.Command {
		return &bot.Command{Name: name, Summary: "试", Usage: []string{"/" + name}, Scope: scope, Allow: allow,
			Run: func(_ context.Context, r *bot.Request) error { return r.Replyf("好") }}
	}
	boss := only("主管", bot.Anywhere, bot.Roles(people.Office))
	boss.Subs = []*bot.Command{only("查", bot.Anywhere, bot.Members())}
	e := newEngine(t, boss, only("单聊", bot.DirectOnly, bot.Members()), only("群里", bot.GroupOnly, bot.Members()))
	for _, c := range []struct {
		name, from, text string
		group            bool
		want             string
	}{
		{"a role that may", "J1", "/主管", false, "好"},
		{"a role that may not", "J2", "/主管", false, "您没有“/主管”的权限"},
		{"a sub with a policy of its own", "J2", "/主管 查", false, "好"},
		{"an outsider", "", "/主管", false, "还不认识您"},
		{"direct only, in a group", "J2", "/单聊", true, "请在与我的单聊里发"},
		{"group only, direct", "J2", "/群里", false, "请在工作群里发"},
		{"group only, in a group", "J2", "/群里", true, "好"},
		{"without the slash, direct", "J2", "单聊", false, "好"},
		{"mistyped", "J2", "/主官 查", false, "[/主管 查]"},
		{"unknown", "J2", "/xyzzy", false, "没有“xyzzy”这个命令"},
		{"free text", "J2", "今天天气不错", false, "没有看懂"},
		{"a lone slash", "J2", "/", false, "斜杠后面请写命令"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := e.message(c.from, c.text)
			m.ID = chat.MessageID(c.name)
			m.Group = c.group
			if got := strings.Join(e.deliver(m), "|"); !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestHelpShowsWhatThisPersonMayDo(t *testing.T) {
	t.Parallel()
	secret := &bot.Command{Name: "密", Summary: "内部", Allow: bot.Roles(people.Leader), Run: func(context.Context, *bot.Request) error { return nil }}
	e := newEngine(t, keep(), secret)
	all := strings.Join(e.say("J2", "/帮助"), "")
	if !strings.Contains(all, "/记") || strings.Contains(all, "/密") {
		t.Errorf("help: %s", all)
	}
	if got := strings.Join(e.say("J2", "/帮助 记"), ""); !strings.Contains(got, "例：/记 你好") || !strings.Contains(got, "/keep") {
		t.Errorf("help on one: %s", got)
	}
	if got := strings.Join(e.say("J2", "/帮助 密"), ""); !strings.Contains(got, "没有您能用的") {
		t.Errorf("help on what one may not: %s", got)
	}
}

func TestOrderWithinAConversation(t *testing.T) {
	t.Parallel()
	e := newEngine(t, keep())
	const n = 500
	var wg sync.WaitGroup
	for i := range n {
		wg.Add(1)
		m := e.message("J2", fmt.Sprintf("/记 %d", i))
		m.ID = chat.MessageID(fmt.Sprint("m", i))
		e.Accept(t.Context(), m, func(err error) {
			if err != nil {
				t.Error(err)
			}
			wg.Done()
		})
	}
	wg.Wait()
	got := kept(e, "J2")
	if len(got) != n {
		t.Fatalf("%d kept", len(got))
	}
	for i, text := range got {
		if text != fmt.Sprint(i) {
			t.Fatalf("message %s stands at place %d", text, i)
		}
	}
}

// flaky fails commits as long as told.
type flaky struct {
	kv.DB
	bad atomic.Int32 // how many commits to fail
}

func (f *flaky) Update(ctx context.Context, fn func(kv.Tx) error) error {
	return f.DB.Update(ctx, func(tx kv.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		if f.bad.Add(-1) >= 0 {
			return errors.New("disk full")
		}
		return nil
	})
}

// alone is a flaky database that nobody else writes to.
type alone struct{ *flaky }

func (alone) Exclusive() {}

func TestOurOwnFailureIsTriedAgainThenKept(t *testing.T) {
	t.Parallel()
	for name, wrap := range map[string]func(*flaky) kv.DB{
		"a failed commit is tried again, in order":                          func(f *flaky) kv.DB { return f },
		"so it is with what has run on top of it, where nobody else writes": func(f *flaky) kv.DB { return alone{f} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := &flaky{DB: openBolt(t, filepath.Join(t.TempDir(), "s.db"))}
			e := newEngineOn(t, wrap(db), keep())
			db.bad.Store(2)
			const n = 200
			var wg sync.WaitGroup
			var want []string
			for i := range n {
				wg.Add(1)
				m := e.message("J2", fmt.Sprintf("/记 %d", i))
				m.ID = chat.MessageID(fmt.Sprint("m", i))
				want = append(want, fmt.Sprint(i))
				e.Accept(t.Context(), m, func(err error) {
					if err != nil {
						t.Error(err)
					}
					wg.Done()
				})
			}
			wg.Wait()
			if got := kept(e, "J2"); !slices.Equal(got, want) {
				t.Errorf("kept %q", got)
			}
		})
	}
	t.Run("a disk that stays full: the platform is not told that it was kept", func(t *testing.T) {
		t.Parallel()
		db := &flaky{DB: openBolt(t, filepath.Join(t.TempDir(), "s.db"))}
		e := newEngineOn(t, db, keep())
		db.bad.Store(1 << 20)
		if err := chat.AcceptWait(t.Context(), e, e.message("J2", "/记 一")); err == nil {
			t.Fatal("acknowledged")
		}
		db.bad.Store(0)
		if got := e.say("J2", "/记 二"); !slices.Equal(got, []string{"记下了：二"}) {
			t.Errorf("after there is room again: %q", got)
		}
	})
	t.Run("a handler that keeps panicking: a dead letter, and the office knows", func(t *testing.T) {
		t.Parallel()
		var broken atomic.Bool
		broken.Store(true)
		bug := &bot.Command{Name: "坏", Summary: "坏", Allow: bot.Members(), Run: func(_ context.Context, r *bot.Request) error {
			if err := notes.Put(r.Tx, "J2/00001", r.Args.Rest(0)); err != nil {
				return err
			}
			if broken.Load() {
				panic("bug")
			}
			return r.Replyf("好了")
		}}
		replay := &bot.Command{Name: "重放", Summary: "重放", Allow: bot.Members(), Run: func(ctx context.Context, r *bot.Request) error {
			d, _, err := bot.GetDeadLetter(r.Tx, 1)
			if err != nil {
				return err
			}
			return r.Replay(ctx, d)
		}}
		e := newEngine(t, bug, replay)
		got := strings.Join(e.say("J2", "/坏 文字"), "|")
		if !strings.Contains(got, "编号 E-1") || !strings.Contains(got, "有一条消息处理失败") {
			t.Errorf("told: %s", got)
		}
		if kept(e, "J2") != nil || e.counts.get("panic 坏") != 3 || e.counts.get("dead letter") != 1 {
			t.Errorf("kept %q, counted %v", kept(e, "J2"), e.counts.n)
		}
		if got := strings.Join(e.say("J1", "/重放"), "|"); !strings.Contains(got, "仍然处理不了") {
			t.Errorf("replay while it is still broken: %s", got)
		}
		broken.Store(false)
		if got := strings.Join(e.say("J1", "/重放"), "|"); !strings.Contains(got, "好了") {
			t.Errorf("replay: %s", got)
		}
		if got := kept(e, "J2"); !slices.Equal(got, []string{"文字"}) {
			t.Errorf("kept after replay: %q", got)
		}
		e.view(func(tx *store.Tx) error {
			open, err := bot.OpenDeadLetters(tx)
			if len(open) != 0 {
				t.Errorf("still open: %v", open)
			}
			return err
		})
	})
}

func TestDialogSurvivesARestart(t *testing.T) {
	t.Parallel()
	quiz := &bot.Command{Name: "问", Summary: "问", Allow: bot.Members(),
		Run: func(_ context.Context, r *bot.Request) error {
			return errors.Join(r.Ask([]string{}, time.Hour), r.Replyf("第一题"))
		},
		Continue: func(_ context.Context, r *bot.Request, raw json.RawMessage) error {
			answers, err := bot.DialogState[[]string](raw)
			if err != nil {
				return err
			}
			if answers = append(answers, r.Msg.Text); len(answers) == 2 {
				return errors.Join(r.EndDialog(), r.Replyf("答了 %s", strings.Join(answers, "、")))
			}
			return errors.Join(r.Ask(answers, time.Hour), r.Replyf("第二题"))
		},
	}
	path := filepath.Join(t.TempDir(), "s.db")
	first := newEngineOn(t, openBolt(t, path), quiz, keep())
	for _, step := range [][2]string{{"/问", "第一题"}, {"甲", "第二题"}, {"/记 中间", "记下了：中间"}} {
		if got := first.say("J2", step[0]); !slices.Equal(got, []string{step[1]}) {
			t.Fatalf("%s: %q", step[0], got)
		}
	}
	if got := first.say("J3", "乙"); !strings.Contains(got[0], "没有看懂") {
		t.Errorf("another person was taken into the dialog: %q", got)
	}
	if err := first.store.Close(); err != nil {
		t.Fatal(err)
	}
	second := newEngineOn(t, openBolt(t, path), quiz, keep())
	second.n = 100
	if got := second.say("J2", "记"); !slices.Equal(got, []string{"答了 甲、记"}) {
		t.Errorf("after the restart: %q", got)
	}
	if got := second.say("J2", "丁"); !strings.Contains(got[0], "没有看懂") {
		t.Errorf("the dialog did not end: %q", got)
	}
}

func TestGroupEvents(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	m := chat.Message{Channel: "test", ID: "ev1", Event: chat.EventBotAdded, Conv: "g9", Group: true, ConvTitle: "新群"}
	if got := strings.Join(e.deliver(m), ""); !strings.Contains(got, "/绑定群") {
		t.Errorf("welcome: %q", got)
	}
	m.ID, m.Event = "ev2", chat.EventBotRemoved
	if got := e.deliver(m); got != nil {
		t.Errorf("said something into a group it was removed from: %q", got)
	}
	e.view(func(tx *store.Tx) error {
		g, ok, err := people.GetGroup(tx, "test", "g9")
		if !ok || !g.Gone || g.Title != "新群" {
			t.Errorf("group: %+v", g)
		}
		return err
	})
}
