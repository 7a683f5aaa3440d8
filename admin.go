package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"yunzhuan/internal/config"
	"yunzhuan/internal/control"
	"yunzhuan/office/calendar"
	"yunzhuan/office/people"
	"yunzhuan/store"
	"yunzhuan/store/bolt"
)

// What the commands of the binary do with the store, they do in one of two ways:
// through the serve that holds it, or on the file itself when none runs. The
// functions here are what is done; reach finds the way.

// reach calls remote with a client of the running serve, or local with the store.
func (c *command) reach(ctx context.Context, remote func(*config.Config, *control.Client) error, local func(*config.Config, storage) error) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	path, err := storePath(cfg)
	if err != nil {
		return err
	}
	client, err := control.Dial(path)
	if err == nil {
		defer client.Close()
		return remote(cfg, client)
	}
	if !errors.Is(err, control.ErrNotRunning) {
		return err
	}
	s, err := openStore(cfg, nil)
	if err != nil {
		return err
	}
	return errors.Join(local(cfg, s), s.Close())
}

type importOptions struct {
	onlyIfChanged bool
	dryRun        bool
	force         bool
}

// importPeople brings a directory file into the store, all or nothing, and says
// what it changes.
func importPeople(ctx context.Context, s *store.Store, name string, data []byte, o importOptions) (summary string, changed bool, err error) {
	rows, err := people.ParseFile(name, data)
	if err != nil {
		return "", false, err
	}
	err = s.Update(ctx, func(tx *store.Tx) error {
		changed = false
		hash := people.HashOf(data)
		if o.onlyIfChanged {
			if last, err := people.ImportedHash(tx); err != nil || last == hash {
				return err
			}
		}
		tx.SetActor(store.Actor{Command: "people import"})
		diff, err := people.Plan(tx, rows)
		if err != nil {
			return err
		}
		summary, diff.Force = diff.Summary(), o.force
		if o.dryRun {
			return nil
		}
		changed = !diff.Empty()
		return errors.Join(people.Apply(tx, diff), people.SetImportedHash(tx, hash))
	})
	return summary, changed, err
}

// importCalendar keeps a year of the working calendar.
func importCalendar(ctx context.Context, s *store.Store, name string, data []byte, dryRun bool) (string, error) {
	year, err := calendar.ParseFile(name, data)
	if err != nil || dryRun {
		return year.Summary(), err
	}
	err = s.Update(ctx, func(tx *store.Tx) error {
		tx.SetActor(store.Actor{Command: "calendar import"})
		return calendar.Save(tx, year)
	})
	return year.Summary(), err
}

func showCalendar(ctx context.Context, s *store.Store, year int) (string, error) {
	var picture string
	err := s.View(ctx, func(tx *store.Tx) error {
		cal, err := calendar.Load(tx)
		picture = cal.Picture(year)
		return err
	})
	return picture, err
}

func exportPeople(ctx context.Context, s *store.Store, name string) (data []byte, err error) {
	err = s.View(ctx, func(tx *store.Tx) error {
		data, err = people.Export(tx, name)
		return err
	})
	return data, err
}

// backupName is the file of a day's backup.
func backupName(t time.Time) string { return "yunzhuan-" + t.Format("20060102-150405") + ".db" }

// dailyBackup copies the store into the folder of backups and removes the oldest
// beyond those that are kept.
func (a *app) dailyBackup(context.Context) error {
	dir := a.cfg.Backups.Dir
	file := filepath.Join(dir, backupName(a.store.Now()))
	if err := bolt.Backup(a.store.db, file); err != nil {
		return err
	}
	kept, err := filepath.Glob(filepath.Join(dir, "yunzhuan-????????-??????.db"))
	if err != nil {
		return fmt.Errorf("list backups: %w", err)
	}
	slices.Sort(kept)
	for _, old := range kept[:max(0, len(kept)-a.cfg.Backups.Keep)] {
		if err := os.Remove(old); err != nil {
			return fmt.Errorf("remove old backup: %w", err)
		}
	}
	return nil
}

// maxUpload bounds a file that is handed to a running serve, in bytes.
const maxUpload = 16 << 20

// controlHandler is what other commands of the binary may ask of this process.
func (a *app) controlHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /backup", func(w http.ResponseWriter, r *http.Request) {
		if _, err := a.store.db.WriteTo(w); err != nil {
			a.log.Error("backup broke off", "error", err)
			panic(http.ErrAbortHandler)
		}
	})
	mux.HandleFunc("POST /run-job", func(w http.ResponseWriter, r *http.Request) {
		at, err := slotTime(r.FormValue("at"), a.store.Now())
		if err == nil {
			err = a.scheduler.Fire(r.Context(), r.FormValue("name"), at)
		}
		answer(w, "", err)
	})
	mux.HandleFunc("POST /people/import", upload(func(ctx context.Context, q url.Values, data []byte) (string, error) {
		summary, _, err := importPeople(ctx, a.store.Store, q.Get("name"), data, importOptions{dryRun: q.Has("dry-run"), force: q.Has("force")})
		return summary, err
	}))
	mux.HandleFunc("GET /people/export", func(w http.ResponseWriter, r *http.Request) {
		data, err := exportPeople(r.Context(), a.store.Store, r.FormValue("name"))
		if err != nil {
			answer(w, "", err)
			return
		}
		_, _ = w.Write(data) // the other end of the socket is gone; it knows
	})
	mux.HandleFunc("POST /calendar/import", upload(func(ctx context.Context, q url.Values, data []byte) (string, error) {
		return importCalendar(ctx, a.store.Store, q.Get("name"), data, q.Has("dry-run"))
	}))
	mux.HandleFunc("POST /calendar/show", upload(func(ctx context.Context, q url.Values, _ []byte) (string, error) {
		year, err := parseYear(q.Get("year"))
		if err != nil {
			return "", err
		}
		return showCalendar(ctx, a.store.Store, year)
	}))
	mux.HandleFunc("POST /audit/verify", upload(func(ctx context.Context, _ url.Values, _ []byte) (string, error) {
		return verifyAudit(ctx, a.store.Store)
	}))
	mux.HandleFunc("GET /audit/export", func(w http.ResponseWriter, r *http.Request) {
		if _, err := a.store.ExportAudit(r.Context(), w); err != nil {
			panic(http.ErrAbortHandler)
		}
	})
	mux.HandleFunc("POST /status", func(w http.ResponseWriter, r *http.Request) {
		status, err := a.status(r.Context())
		if err != nil {
			answer(w, "", err)
			return
		}
		control.WriteJSON(w, status)
	})
	return mux
}

// said is the answer of what ends in a few lines for whoever asked.
type said struct{ Text string }

func answer(w http.ResponseWriter, text string, err error) {
	if err != nil {
		control.WriteError(w, http.StatusUnprocessableEntity, err.Error())
		return
	}
	control.WriteJSON(w, said{text})
}

// upload makes a handler of what takes a file and answers with a text.
func upload(fn func(ctx context.Context, q url.Values, data []byte) (string, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxUpload))
		if err != nil {
			control.WriteError(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("文件太大，最多 %d MB。", maxUpload>>20))
			return
		}
		text, err := fn(r.Context(), r.URL.Query(), data)
		answer(w, text, err)
	}
}

// slotTime reads --at: a full time, or a time of today; empty is the zero Time.
func slotTime(at string, now time.Time) (time.Time, error) {
	if at == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04", "2006-01-02T15:04"} {
		if t, err := time.ParseInLocation(layout, at, now.Location()); err == nil {
			return t, nil
		}
	}
	clock, err := calendar.ParseClock(at)
	if err != nil {
		return time.Time{}, usageError{fmt.Errorf("--at “%s” 没有看懂，请写成 17:30 或 \"2026-11-23 17:30\"", at)}
	}
	return clock.At(calendar.DayOf(now), now.Location()), nil
}

func verifyAudit(ctx context.Context, s *store.Store) (string, error) {
	rep, err := s.VerifyAudit(ctx)
	if err != nil {
		return "", fmt.Errorf("审计链不完整：%w", err)
	}
	if rep.Last == 0 {
		return "审计链完整：还没有记录。", nil
	}
	return fmt.Sprintf("审计链完整：第 %d 条至第 %d 条，没有缺失和改动。\n末条校验值 %s（抄在别处，以后可以核对）", rep.First, rep.Last, rep.Head), nil
}

// query makes the path of a control call.
func query(path string, kv ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(kv); i += 2 {
		q.Set(kv[i], kv[i+1])
	}
	return path + "?" + q.Encode()
}

// flag adds a switch to a control call.
func flag(path, name string, on bool) string {
	if !on {
		return path
	}
	return path + "&" + name + "=1"
}

// readInput reads a file that a command was given.
func readInput(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("打不开文件 %s：%w", path, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxUpload+1))
	if err != nil {
		return nil, fmt.Errorf("读文件 %s：%w", path, err)
	}
	if len(data) > maxUpload {
		return nil, fmt.Errorf("文件 %s 太大，最多 %d MB", path, maxUpload>>20)
	}
	return data, nil
}

func parseYear(s string) (int, error) {
	t, err := time.Parse("2006", strings.TrimSuffix(s, "年"))
	if err != nil {
		return 0, usageError{fmt.Errorf("“%s”不是年份，请写成 2026", s)}
	}
	return t.Year(), nil
}
