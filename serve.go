package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"yunzhuan/bot"
	"yunzhuan/chat"
	"yunzhuan/internal/control"
	"yunzhuan/internal/obs"
	"yunzhuan/office/runs"
	"yunzhuan/store"
)

const (
	headerTimeout   = 10 * time.Second
	shutdownTimeout = 5 * time.Second
	upkeepEvery     = time.Hour
)

// serve runs the bot until ctx ends.
func (c *command) serve(ctx context.Context) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	log, err := obs.NewLogger(c.errOut, cfg.Log.Level, cfg.Log.Format)
	if err != nil {
		return usageError{err}
	}
	for _, w := range cfg.Warnings {
		log.Warn("configuration", "key", w.Key, "problem", w.Message)
	}
	if !cfg.Demo && !cfg.AnyPlatform() {
		return usageError{errors.New("没有配置任何聊天平台。请在 config.yaml 里填一个平台（例如 dingtalk.client_id），或者去掉配置文件试用演示环境。")}
	}
	// The port is taken first: with the demo running twice, this is what tells.
	listener, err := net.Listen("tcp", cfg.HTTP.Listen)
	if err != nil {
		return fmt.Errorf("监听 %s 失败（是不是已经有一个在运行？可用 YUNZHUAN_HTTP_LISTEN 换端口）: %w", cfg.HTTP.Listen, err)
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
			c.welcome(listener.Addr())
		}
		err = a.run(ctx, listener)
	}
	return errors.Join(err, s.Close())
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

// run runs every part until ctx ends or one fails, then stops them in order:
// no more messages in, what runs is finished, the outbox is flushed.
func (a *app) run(ctx context.Context, listener net.Listener) error {
	began := a.store.Now()
	if err := a.store.Update(ctx, func(tx *store.Tx) error { return runs.Began(tx, began) }); err != nil {
		return fmt.Errorf("note start: %w", err)
	}
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	var inbound, outbound sync.WaitGroup
	part := func(wg *sync.WaitGroup, ctx context.Context, name string, run func(context.Context) error) {
		wg.Go(func() {
			if err := run(ctx); err != nil {
				fail(fmt.Errorf("%s: %w", name, err))
			}
		})
	}
	// The sender ends after everything that could still give it something.
	sendCtx, stopSending := context.WithCancel(context.WithoutCancel(ctx))
	defer stopSending()
	part(&outbound, sendCtx, "sender", a.sender.Run)
	for _, ch := range a.channels {
		part(&inbound, ctx, string(ch.ID()), func(ctx context.Context) error { return ch.Run(ctx, a.engine) })
	}
	part(&inbound, ctx, "schedule", a.scheduler.Run)
	part(&inbound, ctx, "control", a.serveControl)
	part(&inbound, ctx, "upkeep", a.upkeep)
	part(&inbound, ctx, "http", func(ctx context.Context) error { return a.serveHTTP(ctx, listener) })
	part(&inbound, ctx, "ready", func(ctx context.Context) error { a.announce(ctx, listener.Addr()); return nil })

	<-ctx.Done()
	a.log.Info("stopping")
	inbound.Wait()
	a.engine.Wait()
	stopSending()
	outbound.Wait()
	err := a.store.Update(context.WithoutCancel(ctx), func(tx *store.Tx) error { return runs.Ended(tx, began) })
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		err = errors.Join(cause, err)
	}
	a.log.Info("stopped")
	return err
}

// announce logs the one line that says the bot is ready, once every platform is
// connected.
func (a *app) announce(ctx context.Context, addr net.Addr) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !a.connected() {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
	a.log.Info("ready", "http", addr.String(), "version", versionString(), "demo", a.cfg.Demo)
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

func (a *app) serveHTTP(ctx context.Context, listener net.Listener) error {
	mux := http.NewServeMux()
	mux.Handle("/healthz", obs.Healthz())
	mux.Handle("/readyz", obs.Readyz(a.log, a.checks()))
	a.metrics.Watch(obs.Sources{Outbox: a.outboxDepth, StoreSize: a.store.db.Size, Connections: a.connections})
	mux.Handle("/metrics", a.metrics.Handler())
	if a.demo != nil {
		mux.Handle("/", a.demo.Handler())
	}
	// No WriteTimeout: the web chat's event stream stays open.
	srv := &http.Server{
		Handler: mux, ReadHeaderTimeout: headerTimeout,
		ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelWarn),
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := srv.Shutdown(stop); err != nil {
		return srv.Close()
	}
	return nil
}

// checks are the components that /readyz asks.
func (a *app) checks() map[string]obs.Check {
	checks := map[string]obs.Check{
		"store": func(ctx context.Context) error {
			return a.store.Update(ctx, func(tx *store.Tx) error { return tx.Probe() })
		},
	}
	for _, ch := range a.channels {
		if h, ok := ch.(chat.Health); ok {
			checks[string(ch.ID())] = func(context.Context) error {
				if s := h.Status(); !s.Connected {
					return errors.New(s.Detail)
				}
				return nil
			}
		}
	}
	return checks
}

func (a *app) outboxDepth() (depth int, oldest time.Duration, err error) {
	now := a.store.Now()
	err = a.store.View(context.Background(), func(tx *store.Tx) error {
		depth, oldest = 0, 0
		return tx.Pending(0, func(e store.Entry) (bool, error) {
			depth++
			// What is held back on purpose is not late.
			if !e.NotBefore.After(now) {
				oldest = max(oldest, now.Sub(e.At))
			}
			return true, nil
		})
	})
	return depth, oldest, err
}

// upkeep prunes what has done its work, at the start and every hour.
func (a *app) upkeep(ctx context.Context) error {
	keep := store.DefaultRetention()
	keep.Audit = time.Duration(a.cfg.Privacy.KeepAuditDays) * 24 * time.Hour
	tick := time.NewTicker(upkeepEvery)
	defer tick.Stop()
	for {
		n, err := a.store.Prune(ctx, keep)
		if err == nil {
			err = a.store.Update(ctx, func(tx *store.Tx) error {
				return errors.Join(bot.PruneDialogs(tx), runs.Prune(tx))
			})
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

// serveControl answers the other commands of the binary while this one holds the
// store.
func (a *app) serveControl(ctx context.Context) error {
	path, err := storePath(a.cfg)
	if err != nil {
		return err
	}
	err = control.Serve(ctx, path, a.controlHandler())
	if errors.Is(err, os.ErrPermission) {
		a.log.Warn("control socket not opened: other commands cannot reach this process", "error", err)
		<-ctx.Done()
		return nil
	}
	return err
}
