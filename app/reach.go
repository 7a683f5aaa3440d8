package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"yunzhuan/internal/config"
	"yunzhuan/internal/control"
)

// One process has the store. Other commands reach it in one of two ways: through
// the serve that has it, over its control socket, or by opening the file while
// none runs. Here are both ends of that.

// reach calls there with the running serve, or here with the store. Where there
// is no store, it is an errNoStore unless it may be made.
func (c *command) reach(cfg *config.Config, mayMake bool, there func(*control.Client) error, here func(storage) error) error {
	path, err := storePath(cfg)
	if err != nil {
		return err
	}
	client, err := control.Dial(path)
	if err == nil {
		defer client.Close()
		return there(client)
	}
	if !errors.Is(err, control.ErrNotRunning) {
		return err
	}
	if _, err := os.Stat(path); !mayMake && errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("open store %s: %w", path, errNoStore)
	}
	s, err := openStore(cfg, nil)
	if err != nil {
		return err
	}
	return errors.Join(here(s), s.Close())
}

// do does an operation, wherever the store is.
func (c *command) do(ctx context.Context, name string, q url.Values, in []byte, out io.Writer) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	if q.Has(dryRun) {
		drop, err := onTrial(cfg)
		if err != nil {
			return err
		}
		defer drop()
	}
	return c.reach(cfg, makesStore[name], func(serve *control.Client) error {
		return serve.Post(ctx, "/"+name+"?"+q.Encode(), bytes.NewReader(in), out)
	}, func(s storage) error {
		return operations[name](ctx, s, q, in, out)
	})
}

// onTrial gives a dry run that finds no store one to be thrown away: nothing is
// left of it, not even an empty store.
func onTrial(cfg *config.Config) (drop func(), err error) {
	path, err := storePath(cfg)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		return func() {}, nil
	}
	dir, err := os.MkdirTemp("", "yunzhuan-dry-run-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the dry run: %w", err)
	}
	cfg.Store = config.SecretURL("bolt://" + filepath.Join(dir, filepath.Base(path)))
	return func() { _ = os.RemoveAll(dir) }, nil
}

// discard is the log of a command that only does one thing: its errors are its
// answer.
func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

// listenControl opens the control socket. Where that is not allowed, the bot runs
// without.
func (a *app) listenControl(ctx context.Context) (net.Listener, error) {
	path, err := storePath(a.cfg)
	if err != nil {
		return nil, err
	}
	l, err := control.Listen(ctx, path)
	if errors.Is(err, os.ErrPermission) {
		a.log.Warn("control socket not opened: other commands cannot reach this process", "error", err)
		return nil, nil
	}
	return l, err
}

// controlHandler is what other commands may ask of this process.
func (a *app) controlHandler() http.Handler {
	mux := http.NewServeMux()
	for name, op := range operations {
		mux.HandleFunc("POST /"+name, func(w http.ResponseWriter, r *http.Request) { a.operate(w, r, op) })
	}
	mux.HandleFunc("POST /run-job", func(w http.ResponseWriter, r *http.Request) {
		slot, err := strconv.ParseInt(r.FormValue("at"), 10, 64)
		if err == nil {
			err = a.scheduler.Fire(r.Context(), r.FormValue("name"), time.Unix(slot, 0))
		}
		if err != nil {
			refuse(w, err)
		}
	})
	mux.HandleFunc("POST /status", func(w http.ResponseWriter, r *http.Request) {
		status, err := a.status(r.Context())
		if err != nil {
			refuse(w, err)
			return
		}
		control.WriteJSON(w, status)
	})
	return mux
}

// operate does an operation for another command. An answer that has begun is
// broken off where it fails, so that nobody takes it for whole.
func (a *app) operate(w http.ResponseWriter, r *http.Request, op operation) {
	in, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxUpload))
	if err != nil {
		refuse(w, err)
		return
	}
	out := &begun{Writer: w}
	switch err := op(r.Context(), a.store, r.URL.Query(), in, out); {
	case err == nil:
	case out.yes:
		a.log.Error("answer to another command broke off", "path", r.URL.Path, "error", err)
		panic(http.ErrAbortHandler)
	default:
		refuse(w, err)
	}
}

// begun notes whether anything was written.
type begun struct {
	io.Writer
	yes bool
}

func (b *begun) Write(p []byte) (int, error) {
	b.yes = true
	return b.Writer.Write(p)
}

// refuse answers with what there is to do about an error.
func refuse(w http.ResponseWriter, err error) {
	control.WriteError(w, http.StatusUnprocessableEntity, explain(err))
}
