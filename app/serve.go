package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"yunzhuan/bot"
	"yunzhuan/chat"
	"yunzhuan/internal/config"
	"yunzhuan/internal/control"
	"yunzhuan/internal/obs"
	"yunzhuan/office/patrol"
	"yunzhuan/office/runs"
	"yunzhuan/push"
	"yunzhuan/store"
)

// gcPercent lets the heap grow to five times what is alive before it is swept: the
// bot keeps little in memory, and sweeping would be a tenth of its work.
const gcPercent = 400

// relaxGC sets gcPercent, unless whoever runs the bot has set GOGC.
func relaxGC() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}

// serve runs the bot until ctx ends.
func (c *command) serve(ctx context.Context) error {
	relaxGC()
	cfg, err := c.load()
	if err != nil {
		return err
	}
	log, err := obs.NewLogger(c.errOut, cfg.Log.Level, cfg.Log.Format)
	if err != nil {
		return usageError{err}
	}
	if err := needPlatform(cfg); err != nil {
		return usageError{err}
	}
	for _, w := range cfg.Warnings {
		log.Warn("configuration", "key", w.Key, "problem", w.Message)
	}
	// The port is taken first: with the demo running twice, this is what tells.
	listener, err := net.Listen("tcp", cfg.HTTP.Listen)
	if err != nil {
		return fmt.Errorf("监听 %s 失败，是不是已经有一个运转在运行？\n要换端口：%s\n（%w）", cfg.HTTP.Listen, otherPort(cfg), err)
	}
	defer listener.Close()
	metrics := obs.NewMetrics(versionString())
	s, err := openStore(cfg, metrics.Commit)
	if err != nil {
		return err
	}
	a, err := newApp(ctx, cfg, s, log, metrics)
	if err == nil {
		if cfg.Demo {
			a.onReady = c.welcome
		}
		err = a.run(ctx, listener)
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = nil // it was stopped while it started
	}
	return errors.Join(err, s.Close())
}

// otherPort is how to listen somewhere else. A demo without configuration is one
// no more once there is a setting, hence the word for it.
func otherPort(cfg *config.Config) string {
	if cfg.Demo {
		return "YUNZHUAN_DEMO=true YUNZHUAN_HTTP_LISTEN=127.0.0.1:8643 yunzhuan serve"
	}
	return "改 config.yaml 的 http.listen"
}

// welcome is the first screen of the demo.
func (c *command) welcome(addr net.Addr) {
	fmt.Fprintf(c.out, `
  运转 演示环境已启动

  用浏览器打开   http://%s
  左边选一个身份，右边“五步试一试”带您走一遍：报考勤、记巡查、发问卷、转文稿、发通报。
  先发一句 /帮助 也可以。数据存在本机 ./data 文件夹，删掉它就从头开始。按 Ctrl+C 停止。

`, addr)
}

// run runs every part until ctx ends or one fails, then stops them in order: no
// more messages are taken, what runs is finished, the outbox is flushed while the
// platforms are still connected, and the connections are closed.
func (a *app) run(ctx context.Context, listener net.Listener) error {
	socket, err := a.listenControl(ctx)
	if err != nil {
		return err
	}
	began := a.store.Now()
	if err := a.store.Update(ctx, func(tx *store.Tx) error { return runs.Began(tx, began) }); err != nil {
		return fmt.Errorf("note start: %w", err)
	}

	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)

	sending := newStage(ctx, fail)
	sending.start("sender", a.sender.Run)
	work := newStage(ctx, fail)
	work.start("schedule", a.scheduler.Run)
	work.start("upkeep", a.upkeep)
	work.start("fetcher", a.fetcher.Run)
	work.start("recalls", a.recaller.Run)
	services := newStage(ctx, fail)
	services.start("http", func(ctx context.Context) error { return a.serveHTTP(ctx, listener) })
	if socket != nil {
		work.start("control", func(ctx context.Context) error { return control.Serve(ctx, socket, a.controlHandler()) })
	}
	channels := newStage(ctx, fail)
	for _, ch := range a.channels {
		channels.start(string(ch.ID()), func(ctx context.Context) error { return ch.Run(ctx, a.engine) })
	}
	services.start("ready", func(ctx context.Context) error { a.announce(ctx, listener.Addr()); return nil })

	<-ctx.Done()
	a.log.Info("stopping")
	a.engine.Close()
	work.stop()
	sending.stop()
	channels.stop() // which ends the web chat's streams, on which http would wait
	services.stop()
	err = a.store.Update(context.WithoutCancel(ctx), func(tx *store.Tx) error { return runs.Ended(tx, began) })
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		err = errors.Join(cause, err)
	}
	a.log.Info("stopped")
	return err
}

// stage is the parts that run, and are stopped, together.
type stage struct {
	ctx    context.Context
	cancel context.CancelFunc
	fail   context.CancelCauseFunc // ends the whole bot
	parts  sync.WaitGroup
}

// newStage makes a stage that outlives ctx until it is stopped.
func newStage(ctx context.Context, fail context.CancelCauseFunc) *stage {
	s := &stage{fail: fail}
	s.ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	return s
}

func (s *stage) start(name string, run func(context.Context) error) {
	s.parts.Go(func() {
		if err := run(s.ctx); err != nil {
			s.fail(fmt.Errorf("%s: %w", name, err))
		}
	})
}

func (s *stage) stop() {
	s.cancel()
	s.parts.Wait()
}

// readyPoll is how often it is looked whether every platform is connected.
const readyPoll = 5 * time.Millisecond

// announce logs the one line that says the bot is ready, once every platform is
// connected.
func (a *app) announce(ctx context.Context, addr net.Addr) {
	tick := time.NewTicker(readyPoll)
	defer tick.Stop()
	for !a.connected() {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
	a.log.Info("ready", "http", addr.String(), "version", versionString(), "demo", a.cfg.Demo)
	if a.onReady != nil {
		a.onReady(addr)
	}
}

func (a *app) connected() bool {
	for _, up := range a.connections() {
		if !up {
			return false
		}
	}
	return true
}

// connections says of every platform whether it is connected.
func (a *app) connections() map[string]bool {
	out := map[string]bool{}
	for _, ch := range a.channels {
		h, ok := ch.(chat.Health)
		out[string(ch.ID())] = !ok || h.Status().Connected
	}
	return out
}

// upkeepEvery is how often what has done its work is removed.
const upkeepEvery = time.Hour

// upkeep prunes what has done its work, at the start and every hour.
func (a *app) upkeep(ctx context.Context) error {
	keep := store.DefaultRetention()
	keep.Audit = time.Duration(a.cfg.Privacy.KeepAuditDays) * 24 * time.Hour
	stray := strays{}
	tick := time.NewTicker(upkeepEvery)
	defer tick.Stop()
	for {
		n, err := a.store.Prune(ctx, keep)
		if err == nil {
			err = a.store.Update(ctx, func(tx *store.Tx) error {
				return errors.Join(bot.PruneDialogs(tx), push.Prune(tx), runs.Prune(tx), patrol.PrunePhotos(tx))
			})
		}
		if err == nil {
			err = a.sweepPhotos(ctx, stray, time.Now())
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			a.log.Error("upkeep failed", "error", err)
		case n > 0:
			a.log.Info("pruned", "records", n)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
