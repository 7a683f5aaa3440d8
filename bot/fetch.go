package bot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"yunzhuan/chat"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// Fetch is an attachment that is to be brought from its platform. It is kept with
// the message, and stays until it is settled, whatever happens to the process.
type Fetch struct {
	No         uint64          `json:"no"`
	Channel    chat.ChannelID  `json:"channel"`
	Attachment chat.Attachment `json:"attachment"`
	For        string          `json:"for"` // what it is, in the Taker's words
	Conv       chat.ConvID     `json:"conv"`
	Group      bool            `json:"group,omitempty"`
	From       chat.UserID     `json:"from"`
	Person     people.ID       `json:"person"`
	Until      time.Time       `json:"until"` // it is not tried after this
}

// Taker is what attachments are fetched for.
type Taker interface {
	// Wanted says whether the attachment is still wanted. It runs in a transaction.
	Wanted(tx *store.Tx, f Fetch) (bool, error)
	// Take reads the content, outside of any transaction, and keeps it; it may be
	// called again for the same Fetch. A *store.UserError says that no other try can
	// help. The function it returns runs in the transaction that ends the fetch.
	Take(ctx context.Context, f Fetch, content io.Reader) (kept func(tx *store.Tx) error, err error)
	// Failed runs in the transaction that ends a fetch that brought nothing: why is a
	// sentence for whoever sent it, "" where there is nothing to be said but that.
	Failed(tx *store.Tx, f Fetch, why string) error
}

// fetches are what is to be brought. Private: the handle in it is the platform's
// own, and of no use later.
var fetches = store.NewTable("fetches", store.Schema[Fetch]{Version: 1, Private: true})

func (f Fetch) key() string { return fmt.Sprintf("%014d", f.No) }

// fetchTime is how long a fetch is tried. The platforms do not say how long their
// handles are good for; what has not come after half an hour is sent anew.
const fetchTime = 30 * time.Minute

// Fetch has an attachment of the message brought from its platform once the
// transaction is durable; forWhat names it for the Taker.
func (r *Request) Fetch(a chat.Attachment, forWhat string) error {
	no, err := r.Tx.Next("fetch")
	if err != nil {
		return err
	}
	f := Fetch{
		No: no, Channel: r.Msg.Channel, Attachment: a, For: forWhat, Conv: r.Msg.Conv, Group: r.Msg.Group, From: r.Msg.From,
		Person: r.Person.ID, Until: r.Tx.Now().Add(fetchTime),
	}
	r.Tx.AfterCommit(r.engine.fetchWanted)
	return fetches.Put(r.Tx, f.key(), f)
}

// fetchWanted wakes the Fetcher, if there is one.
func (e *Engine) fetchWanted() {
	select {
	case e.fetchWake <- struct{}{}:
	default:
	}
}

const (
	maxFetching  = 4           // downloads at once
	fetchTimeout = time.Minute // for one try
)

// Fetcher brings attachments from their platforms, outside of any transaction.
type Fetcher struct {
	store    *store.Store
	log      *slog.Logger
	taker    Taker
	channels map[chat.ChannelID]chat.Channel
	wake     <-chan struct{}
	slots    chan struct{}
	work     sync.WaitGroup
}

// NewFetcher makes a Fetcher for what an engine's commands ask for.
func NewFetcher(e *Engine, log *slog.Logger, t Taker, channels ...chat.Channel) *Fetcher {
	f := &Fetcher{
		store: e.store, log: log, taker: t, channels: map[chat.ChannelID]chat.Channel{},
		wake: e.fetchWake, slots: make(chan struct{}, maxFetching),
	}
	for _, c := range channels {
		f.channels[c.ID()] = c
	}
	return f
}

// Run fetches until ctx ends: what an earlier process left first. What it has not
// settled then waits for the next.
func (f *Fetcher) Run(ctx context.Context) error {
	defer f.work.Wait()
	begun := ""
	for {
		fresh, err := f.after(ctx, begun)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return fmt.Errorf("read fetches: %w", err)
		}
		for _, job := range fresh {
			begun = job.key()
			f.work.Go(func() { f.fetch(ctx, job) })
		}
		select {
		case <-ctx.Done():
			return nil
		case <-f.wake:
		}
	}
}

// after lists what came after the fetch of that key.
func (f *Fetcher) after(ctx context.Context, begun string) (fresh []Fetch, err error) {
	err = f.store.View(ctx, func(tx *store.Tx) error {
		fresh = nil
		return fetches.From(tx, begun, func(key string, job Fetch) (bool, error) {
			if key > begun {
				fresh = append(fresh, job)
			}
			return true, nil
		})
	})
	return fresh, err
}

// fetch tries until the attachment is settled, or ctx ends.
func (f *Fetcher) fetch(ctx context.Context, job Fetch) {
	for attempts := 0; ; attempts++ {
		end, err := f.try(ctx, job)
		if end != nil {
			err = f.settle(ctx, job, end)
		}
		if ctx.Err() != nil || err == nil {
			return
		}
		wait := backoff(attempts)
		var fault *chat.SendError
		if errors.As(err, &fault) {
			wait = max(wait, fault.RetryAfter)
		}
		f.log.Warn("attachment not fetched, tried again", "fetch", job.No, "channel", job.Channel, "wait", wait.Round(time.Second), "error", err)
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// try makes one try, and returns what ends the fetch; with an error there may be
// another.
func (f *Fetcher) try(ctx context.Context, job Fetch) (end func(*store.Tx) error, err error) {
	select {
	case f.slots <- struct{}{}:
		defer func() { <-f.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	wanted := false
	err = f.store.View(ctx, func(tx *store.Tx) (err error) {
		wanted, err = f.taker.Wanted(tx, job)
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case !wanted:
		return func(*store.Tx) error { return nil }, nil
	}
	kept, err := f.bring(ctx, job)
	var mistake *store.UserError
	switch {
	case err == nil:
		return kept, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.As(err, &mistake):
		return f.failed(job, mistake.Text), nil
	case chat.KindOf(err) == chat.Final || f.store.Now().After(job.Until):
		f.log.Warn("attachment not to be had", "fetch", job.No, "channel", job.Channel, "error", err)
		return f.failed(job, ""), nil
	}
	return nil, err
}

func (f *Fetcher) failed(job Fetch, why string) func(*store.Tx) error {
	return func(tx *store.Tx) error { return f.taker.Failed(tx, job, why) }
}

// errNoDownloads is why nothing comes from a platform that hands nothing out.
var errNoDownloads = &chat.SendError{Kind: chat.Final, Err: errors.New("the platform hands out no attachments")}

// bring downloads the attachment and hands it to the Taker.
func (f *Fetcher) bring(ctx context.Context, job Fetch) (func(*store.Tx) error, error) {
	d, ok := f.channels[job.Channel].(chat.Downloader)
	if !ok {
		return nil, errNoDownloads
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	content, err := d.Download(ctx, job.Attachment)
	if err != nil {
		return nil, err
	}
	defer func() { _ = content.Close() }() // was only read
	return f.taker.Take(ctx, job, &quietReader{content})
}

// quietReader keeps the address, which a failed read may name, out of errors.
type quietReader struct{ io.Reader }

var errCutShort = errors.New("the download was cut short")

func (r *quietReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = errCutShort
	}
	return n, err
}

// settle ends a fetch, once.
func (f *Fetcher) settle(ctx context.Context, job Fetch, end func(*store.Tx) error) error {
	return f.store.Update(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		if _, ok, err := fetches.Get(tx, job.key()); err != nil || !ok {
			return err
		}
		wanted, err := f.taker.Wanted(tx, job)
		if err != nil {
			return err
		}
		if wanted {
			tx.SetActor(store.Actor{Channel: string(job.Channel), Conv: string(job.Conv), Command: "fetch"})
			if err := end(tx); err != nil {
				return err
			}
		}
		return fetches.Delete(tx, job.key())
	})
}

// Fetching counts what is still to be brought.
func Fetching(tx *store.Tx) (n int, err error) {
	err = fetches.Scan(tx, "", func(string, Fetch) (bool, error) { n++; return true, nil })
	return n, err
}
