package bot_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"yunzhuan/bot"
	"yunzhuan/chat"
	"yunzhuan/push"
	"yunzhuan/store"
)

// shelf is a bot.Taker that keeps what it is given, and counts how often each was
// said to be kept.
type shelf struct {
	mu      sync.Mutex
	kept    map[string]string // content by what it is for
	times   map[string]int
	failed  []string
	refuse  string // what is not taken
	gone    bool   // nothing is wanted any more
	settled error  // of the transaction that ends a fetch
}

func (s *shelf) Wanted(*store.Tx, bot.Fetch) (bool, error) { return !s.gone, nil }

func (s *shelf) Take(_ context.Context, f bot.Fetch, content io.Reader) (func(*store.Tx) error, error) {
	data, err := io.ReadAll(content)
	switch {
	case err != nil:
		return nil, fmt.Errorf("keep: %w", err)
	case string(data) == s.refuse:
		return nil, fmt.Errorf("keep: %w", store.Errorf("不收。"))
	}
	return func(*store.Tx) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		if err := s.settled; err != nil {
			s.settled = nil
			return err
		}
		if s.kept == nil {
			s.kept, s.times = map[string]string{}, map[string]int{}
		}
		s.kept[f.For] = string(data)
		s.times[f.For]++
		return nil
	}, nil
}

func (s *shelf) Failed(_ *store.Tx, f bot.Fetch, why string) error {
	s.failed = append(s.failed, fmt.Sprintf("%s %s %s %v %s %s", f.For, f.Person, f.Conv, f.Group, f.From, why))
	return nil
}

// drawer is a platform that hands out attachments, as fail says.
type drawer struct {
	platform
	tries int
	times []time.Duration // of the tries, from the beginning
	began time.Time
	fail  func(try int) (io.Reader, error)
}

func (d *drawer) Download(ctx context.Context, a chat.Attachment) (io.ReadCloser, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tries++
	d.times = append(d.times, time.Since(d.began))
	content, err := d.fail(d.tries)
	if err != nil {
		return nil, err
	}
	if content == nil {
		content = strings.NewReader("content of " + a.Ref)
	}
	return io.NopCloser(content), nil
}

// taking is a command that has the pictures of its message fetched.
var taking = &bot.Command{
	Name: "收", Allow: bot.Everyone(),
	Run: func(_ context.Context, r *bot.Request) error {
		for _, a := range r.Pictures() {
			if err := r.Fetch(a, "for "+a.Ref); err != nil {
				return err
			}
		}
		return nil
	},
}

// fetching runs an engine and a Fetcher in simulated time.
type fetching struct {
	*bot.Engine
	t     *testing.T
	store *store.Store
	n     int
}

func newFetching(t *testing.T, s *store.Store) *fetching {
	return &fetching{bot.NewEngine(s, &push.Pusher{}, quietLog, &counts{}, []*bot.Command{taking}), t, s, 0}
}

func (f *fetching) send(refs ...string) {
	f.t.Helper()
	f.n++
	m := chat.Message{Channel: "test", ID: chat.MessageID(fmt.Sprint("m", f.n)), Conv: "c", Group: true, From: "u", Text: "/收"}
	for _, r := range refs {
		m.Attachments = append(m.Attachments, chat.Attachment{Kind: chat.AttachmentPicture, Ref: r})
	}
	m.Attachments = append(m.Attachments, chat.Attachment{Kind: chat.AttachmentFile, Ref: "no picture"})
	if err := chat.AcceptWait(f.t.Context(), f, m); err != nil {
		f.t.Fatal(err)
	}
}

// run runs a Fetcher until stop.
func (f *fetching) run(taker bot.Taker, ch chat.Channel) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- bot.NewFetcher(f.Engine, quietLog, taker, ch).Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			f.t.Error(err)
		}
	}
}

// left is how many fetches are not settled.
func (f *fetching) left() (n int) {
	f.t.Helper()
	err := f.store.View(f.t.Context(), func(tx *store.Tx) (err error) {
		n, err = bot.Fetching(tx)
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return n
}

var (
	busy = &chat.SendError{Kind: chat.Temporary, Err: errors.New("503")}
	gone = &chat.SendError{Kind: chat.Final, Err: errors.New("expired")}
)

func TestFetch(t *testing.T) {
	t.Parallel()
	brokenRead := func() io.Reader { return io.MultiReader(strings.NewReader("half"), failingReader{}) }
	for name, c := range map[string]struct {
		fail   func(try int) (io.Reader, error)
		shelf  *shelf
		kept   bool
		failed string
		tries  int // 0: many
	}{
		"at once":       {func(int) (io.Reader, error) { return nil, nil }, &shelf{}, true, "", 1},
		"at the fourth": {func(n int) (io.Reader, error) { return nil, until(n, 4, busy) }, &shelf{}, true, "", 4},
		"expired":       {func(int) (io.Reader, error) { return nil, gone }, &shelf{}, false, "for r1  c true u ", 1},
		"never":         {func(int) (io.Reader, error) { return nil, busy }, &shelf{}, false, "for r1  c true u ", 0},
		"not taken":     {func(int) (io.Reader, error) { return nil, nil }, &shelf{refuse: "content of r1"}, false, "for r1  c true u 不收。", 1},
		"torn, then whole": {func(n int) (io.Reader, error) {
			if n == 1 {
				return brokenRead(), nil
			}
			return nil, nil
		}, &shelf{}, true, "", 2},
		"store fails once":   {func(int) (io.Reader, error) { return nil, nil }, &shelf{settled: errors.New("disk full")}, true, "", 2},
		"not wanted anymore": {func(int) (io.Reader, error) { return nil, nil }, &shelf{gone: true}, false, "", -1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, s *store.Store) {
				f, d, shelf := newFetching(t, s), &drawer{fail: c.fail, began: time.Now()}, c.shelf
				stop := f.run(shelf, d)
				f.send("r1")
				time.Sleep(2 * time.Hour)
				synctest.Wait()
				stop()
				if n := f.left(); n != 0 {
					t.Errorf("%d are left", n)
				}
				if got := shelf.kept["for r1"]; (got == "content of r1") != c.kept || shelf.times["for r1"] > 1 {
					t.Errorf("kept %q, %d times", got, shelf.times["for r1"])
				}
				if got := strings.Join(shelf.failed, "|"); got != c.failed {
					t.Errorf("failed: %q", got)
				}
				if c.tries != 0 && d.tries != max(c.tries, 0) || c.tries == 0 && (d.tries < 8 || d.tries > 40) {
					t.Errorf("%d tries: %v", d.tries, d.times)
				}
				if last := d.times; len(last) > 0 && last[len(last)-1] > 36*time.Minute {
					t.Errorf("still tried after %v", last[len(last)-1])
				}
			})
		})
	}
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) {
	return 0, errors.New("Get https://host/?sign=secret: broken")
}

func until(n, good int, err error) error {
	if n < good {
		return err
	}
	return nil
}

// What an earlier process did not fetch is fetched by the next, once; and nothing
// is fetched for a message that was not kept.
func TestFetchAfterARestart(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *store.Store) {
		shelf := &shelf{}
		f := newFetching(t, s)
		down := &drawer{fail: func(int) (io.Reader, error) { return nil, busy }}
		stop := f.run(shelf, down)
		f.send("r1", "r2")
		f.send() // nothing to fetch
		time.Sleep(time.Minute)
		stop()
		if f.left() != 2 || down.tries < 4 {
			t.Fatalf("%d are left after %d tries", f.left(), down.tries)
		}
		f = newFetching(t, s)
		f.n = 10
		up := &drawer{fail: func(int) (io.Reader, error) { return nil, nil }}
		stop = f.run(shelf, up)
		synctest.Wait()
		f.send("r3")
		synctest.Wait()
		stop()
		if f.left() != 0 || up.tries != 3 || len(shelf.kept) != 3 || len(shelf.failed) != 0 {
			t.Errorf("%d are left, %d tries, kept %v, failed %v", f.left(), up.tries, shelf.kept, shelf.failed)
		}
	})
}

// A platform that hands nothing out fails at once, and as many as may are fetched
// at a time.
func TestFetchBounds(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *store.Store) {
		f, shelf := newFetching(t, s), &shelf{}
		stop := f.run(shelf, &platform{})
		f.send("r1")
		synctest.Wait()
		stop()
		if f.left() != 0 || len(shelf.failed) != 1 {
			t.Errorf("%d are left, failed %q", f.left(), shelf.failed)
		}
		slow := &slowDrawer{}
		stop = f.run(shelf, slow)
		f.send("r1", "r2", "r3", "r4", "r5", "r6", "r7")
		time.Sleep(time.Hour)
		stop()
		if slow.most != 4 || len(shelf.kept) != 7 {
			t.Errorf("%d at once, kept %d", slow.most, len(shelf.kept))
		}
	})
}

// slowDrawer takes a while over each, and counts how many are under way.
type slowDrawer struct {
	platform
	now, most int
}

func (d *slowDrawer) Download(context.Context, chat.Attachment) (io.ReadCloser, error) {
	d.mu.Lock()
	d.now++
	d.most = max(d.most, d.now)
	d.mu.Unlock()
	time.Sleep(10 * time.Second)
	d.mu.Lock()
	d.now--
	d.mu.Unlock()
	return io.NopCloser(strings.NewReader("x")), nil
}

// A photo is read when it goes; one that cannot be read does not hold up the rest.
func TestSenderReadsPhotos(t *testing.T) {
	t.Parallel()
	bubble(t, func(t *testing.T, s *store.Store) {
		show := &bodies{}
		sender := bot.NewSender(s, quietLog, &counts{}, show)
		sender.Photo = func(name string) ([]byte, error) {
			if name != "a.jpg" {
				return nil, errors.New("no such file")
			}
			return []byte("data"), nil
		}
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- sender.Run(ctx) }()
		body := chat.Text("照片").Picture(chat.Picture{Name: "1.jpg", Alt: "一", Photo: "a.jpg"}).Picture(chat.Picture{Name: "2.jpg", Photo: "b.jpg"})
		enqueue(t, s, chat.Outgoing{Target: chat.Target{Channel: "bodies", User: "a"}, Body: body})
		synctest.Wait()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if len(show.got) != 1 {
			t.Fatalf("%d messages", len(show.got))
		}
		blocks := show.got[0].Blocks
		if p := blocks[1].Picture; p == nil || string(p.Data) != "data" || p.Alt != "一" {
			t.Errorf("photo: %+v", p)
		}
		if blocks[2].Picture != nil || len(blocks[2].Lines) != 1 {
			t.Errorf("a photo that is gone: %+v", blocks[2])
		}
	})
}
