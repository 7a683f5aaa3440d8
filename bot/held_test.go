package bot_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"yunzhuan/bot"
	"yunzhuan/chat"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

var errHeld = &chat.SendError{Kind: chat.Held, Err: errors.New("the person must speak first")}

// onlyAnswers is a platform on which the bot may only answer.
func onlyAnswers() *platform {
	return &platform{fail: func(out chat.Outgoing, _ int) error {
		if out.Target.Reply.Addr == "" {
			return errHeld
		}
		return nil
	}}
}

func answer(user, text string) chat.Outgoing {
	out := person(user, text)
	out.Target.Reply = chat.ReplyToken{Addr: "slot", ExpiresAt: time.Now().Add(5 * time.Second)}
	return out
}

// What may not go yet waits without a try a minute, and comes with the answer to
// what the person says next: after it, in one message.
func TestHeldComesWithTheNextAnswer(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *store.Store) {
		p := onlyAnswers()
		stop := running(t, s, p)
		enqueue(t, s, person("a", "提醒一"), person("a", "提醒二"), person("b", "别人的"))
		time.Sleep(48 * time.Hour)
		if got := p.arrived(); len(got) != 0 {
			t.Fatalf("arrived: %q", got)
		}
		if tries := len(p.tries); tries > 2 {
			t.Errorf("%d entries were tried, want the head of each lane", tries)
		}
		enqueue(t, s, answer("a", "答"))
		synctest.Wait()
		stop()
		if diff := cmp.Diff([]string{"a: 答———— 以下是之前没能送到的 ————提醒一提醒二"}, p.arrived()); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

// An answer that is in the lane already when a push turns out to be held does not
// wait behind it.
func TestAnswerIsNotStuckBehindWhatIsHeld(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *store.Store) {
		p := onlyAnswers()
		enqueue(t, s, person("a", "提醒"), answer("a", "答"))
		stop := running(t, s, p)
		synctest.Wait()
		time.Sleep(time.Second)
		stop()
		if diff := cmp.Diff([]string{"a: 答———— 以下是之前没能送到的 ————提醒"}, p.arrived()); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

// What is held stays so over a restart, and ends after a month at the latest.
func TestHeldOverARestartAndForAMonth(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *store.Store) {
		p := onlyAnswers()
		enqueue(t, s, person("a", "提醒"))
		stop := running(t, s, p)
		time.Sleep(time.Minute)
		stop()
		stop = running(t, s, p)
		time.Sleep(time.Hour)
		if p.tries["p1/0"] != 1 {
			t.Errorf("tried %d times", p.tries["p1/0"])
		}
		time.Sleep(31 * 24 * time.Hour)
		if _, err := s.Prune(context.Background(), store.DefaultRetention()); err != nil {
			t.Fatal(err)
		}
		enqueue(t, s, answer("a", "答"))
		synctest.Wait()
		time.Sleep(time.Second)
		stop()
		if diff := cmp.Diff([]string{"a: 答"}, p.arrived()); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		view(t, s, func(tx *store.Tx) error {
			e, _, err := tx.SettledEntry(1)
			if e.State != store.Expired {
				t.Errorf("settled as %+v", e)
			}
			return err
		})
	})
}

// other is a second platform.
type other struct{ platform }

func (*other) ID() chat.ChannelID { return "other" }

// What cannot be brought to a person on one platform goes to the next, once; and
// what may have arrived goes nowhere else.
func TestFallback(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err      error
		wantHere []string
		want     []string
		state    store.State
	}{
		"held":       {errHeld, nil, []string{"b: 一"}, store.Diverted},
		"final":      {&chat.SendError{Kind: chat.Final, Err: errors.New("left")}, nil, []string{"b: 一"}, store.Diverted},
		"gives up":   {&chat.SendError{Kind: chat.Temporary, Err: errors.New("down")}, nil, []string{"b: 一"}, store.Diverted},
		"unknown":    {&chat.SendError{Kind: chat.Unknown, Err: errors.New("silence")}, nil, nil, store.Unknown},
		"it is fine": {nil, []string{"a: 一"}, nil, store.Delivered},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, s *store.Store) {
				here, there := &platform{fail: func(chat.Outgoing, int) error { return c.err }}, &other{}
				stop := running(t, s, here, there)
				err := s.Update(context.Background(), func(tx *store.Tx) error {
					_, err := tx.Enqueue(person("a", "一"), store.Fallback(chat.Target{Channel: "other", User: "b"}))
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(26 * time.Hour)
				stop()
				if diff := cmp.Diff(c.wantHere, here.arrived()); diff != "" {
					t.Errorf("first platform (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(c.want, there.arrived()); diff != "" {
					t.Errorf("second platform (-want +got):\n%s", diff)
				}
				view(t, s, func(tx *store.Tx) error {
					e, _, err := tx.SettledEntry(1)
					if e.State != c.state {
						t.Errorf("settled as %+v", e)
					}
					return err
				})
			})
		})
	}
}

// A code to scan is made by its platform and becomes a picture; where none can be
// had, the text stands alone, and what fails for the time being is tried again.
func TestScan(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fail func(try int) error
		want bool
	}{
		"drawn":            {func(int) error { return nil }, true},
		"drawn at last":    {func(try int) error { return temporaryUntil(try, 3) }, true},
		"never to be made": {func(int) error { return &chat.SendError{Kind: chat.Final, Err: errors.New("no")} }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, s *store.Store) {
				maker := &scanMaker{fail: c.fail}
				show := &bodies{}
				stop := running(t, s, maker, show)
				out := chat.Outgoing{
					Target: chat.Target{Channel: "bodies", User: "a"},
					Body:   chat.Text("发 /绑定 K7M2QX").Scan(chat.Scan{Channel: "test", Line: "/bind K7M2QX", Alt: "码"}),
				}
				enqueue(t, s, out)
				time.Sleep(time.Hour)
				stop()
				if len(show.got) != 1 {
					t.Fatalf("%d messages", len(show.got))
				}
				p := show.got[0].Blocks[1].Picture
				if (p != nil) != c.want {
					t.Fatalf("block: %+v", show.got[0].Blocks[1])
				}
				if c.want && (p.Alt != "码" || !strings.HasPrefix(string(p.Data), "\x89PNG")) {
					t.Errorf("picture: %q, %d bytes", p.Alt, len(p.Data))
				}
			})
		})
	}
}

func temporaryUntil(try, n int) error {
	if try < n {
		return &chat.SendError{Kind: chat.Temporary, Err: errors.New("busy")}
	}
	return nil
}

type scanMaker struct {
	platform
	fail func(try int) error
	n    int
}

func (m *scanMaker) ScanLink(_ context.Context, s chat.Scan) (string, error) {
	m.n++
	return "http://weixin.qq.com/q/" + strings.TrimPrefix(s.Line, "/bind "), m.fail(m.n)
}

// bodies is a platform that keeps what it is given.
type bodies struct{ got []chat.Body }

func (*bodies) ID() chat.ChannelID                         { return "bodies" }
func (*bodies) Run(ctx context.Context, _ chat.Sink) error { <-ctx.Done(); return nil }
func (b *bodies) Send(_ context.Context, out chat.Outgoing) (chat.Receipt, error) {
	b.got = append(b.got, out.Body)
	return chat.Receipt{}, nil
}

// While a platform is crowded, pushes to many wait; answers and pushes to a few do
// not.
func TestPeak(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *store.Store) {
		peak := func(now time.Time) time.Duration {
			return max(0, now.Truncate(30*time.Minute).Add(2*time.Minute).Sub(now))
		}
		p := &platform{limits: chat.Limits{Peak: peak}}
		time.Sleep(time.Until(time.Now().Truncate(30 * time.Minute).Add(30 * time.Minute)))
		began := time.Now()
		stop := running(t, s, p)
		var outs []chat.Outgoing
		for i := range 30 {
			outs = append(outs, person(string(rune('A'+i)), "通知"))
		}
		enqueue(t, s, append(outs, answer("z", "答"))...)
		time.Sleep(time.Minute)
		if diff := cmp.Diff([]string{"z: 答"}, p.arrived()); diff != "" {
			t.Errorf("during the peak (-want +got):\n%s", diff)
		}
		time.Sleep(2 * time.Minute)
		stop()
		if n := len(p.arrived()); n != 31 {
			t.Errorf("%d of 31 arrived", n)
		}
		for i, at := range p.at[1:] {
			if at.Sub(began) < 2*time.Minute {
				t.Errorf("push %d after %v", i, at.Sub(began))
			}
		}
	})
}

// Following greets, a line that comes along is said, and whoever unfollows is not
// written to until they are back.
func TestFollow(t *testing.T) {
	t.Parallel()
	e := newEngine(t, &bot.Command{Name: "绑定", Aliases: []string{"bind"}, Allow: bot.Everyone(),
		Run: func(_ context.Context, r *bot.Request) error { return r.Replyf("绑定 %s", r.Args.Rest(0)) }})
	event := func(from, text string, ev chat.Event) []string {
		m := e.message(from, text)
		m.Event = ev
		return e.deliver(m)
	}
	if got := event("stranger", "", chat.EventFollowed); len(got) != 1 || !strings.Contains(got[0], "/绑定") {
		t.Errorf("a stranger is told %q", got)
	}
	if got := event("J2", "", chat.EventFollowed); len(got) != 1 || !strings.HasPrefix(got[0], "乙，您好") {
		t.Errorf("a known person is told %q", got)
	}
	if diff := cmp.Diff([]string{"绑定 K7M2QX"}, event("stranger", "/bind K7M2QX", chat.EventFollowed)); diff != "" {
		t.Errorf("with a line (-want +got):\n%s", diff)
	}
	account := func() (user string) {
		e.view(func(tx *store.Tx) error {
			p, _, err := people.Get(tx, "J2")
			user = p.Account("test")
			return err
		})
		return user
	}
	if got := event("J2", "", chat.EventUnfollowed); got != nil || account() != "" {
		t.Errorf("after leaving: told %q, account %q", got, account())
	}
	if event("J2", "", chat.EventFollowed); account() != "J2" {
		t.Errorf("back again: account %q", account())
	}
}
