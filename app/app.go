package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"yunzhuan/bot"
	"yunzhuan/chat"
	"yunzhuan/chat/dingtalk"
	"yunzhuan/chat/webchat"
	"yunzhuan/chat/wechat"
	"yunzhuan/chat/wecom"
	"yunzhuan/cron"
	"yunzhuan/handlers"
	"yunzhuan/internal/config"
	"yunzhuan/internal/obs"
	"yunzhuan/notice"
	"yunzhuan/office/people"
	"yunzhuan/office/photo"
	"yunzhuan/office/survey"
	"yunzhuan/push"
	"yunzhuan/store"
	"yunzhuan/store/bolt"
	"yunzhuan/surveys"
)

// app is the bot with all its parts, wired.
type app struct {
	cfg       *config.Config
	log       *slog.Logger
	metrics   *obs.Metrics
	store     storage
	channels  []chat.Channel
	demo      *webchat.Channel // nil unless it is the demo
	engine    *bot.Engine
	sender    *bot.Sender
	fetcher   *bot.Fetcher
	photos    *photo.Folder
	recaller  *bot.Recaller
	scheduler *cron.Scheduler
	onReady   func(http net.Addr) // nil: nobody is told
}

// storePath is the file of a bolt:// address.
func storePath(cfg *config.Config) (string, error) {
	path, ok := strings.CutPrefix(cfg.Store.Reveal(), "bolt://")
	if !ok {
		return "", usageError{errors.New("store: 目前只支持 bolt://文件路径")}
	}
	return filepath.FromSlash(path), nil
}

// storage is an open store and the file it is in.
type storage struct {
	*store.Store
	db *bolt.DB
}

// openStore opens the store of a configuration.
func openStore(cfg *config.Config, onCommit func(int, time.Duration, error)) (storage, error) {
	path, err := storePath(cfg)
	if err != nil {
		return storage{}, err
	}
	loc, err := cfg.Location()
	if err != nil {
		return storage{}, usageError{err}
	}
	db, err := bolt.Open(path, testStore)
	if err != nil {
		return storage{}, err
	}
	s, err := store.Open(db, store.Options{Clock: testClock, Location: loc, OnCommit: onCommit})
	if err != nil {
		_ = db.Close() // the error that matters is the first
		return storage{}, err
	}
	return storage{s, db}, nil
}

// What tests change of every store that is opened; empty in the program.
var (
	testStore bolt.Options     // a slow disk
	testClock func() time.Time // another time
)

// newApp wires the bot on an open store.
func newApp(ctx context.Context, cfg *config.Config, s storage, log *slog.Logger, m *obs.Metrics) (*app, error) {
	a := &app{cfg: cfg, log: log, metrics: m, store: s}
	var err error
	if a.channels, err = connect(cfg, log); err != nil {
		return nil, err
	}
	if err := a.people(ctx); err != nil {
		return nil, err
	}
	if err := a.rules(ctx); err != nil {
		return nil, err
	}
	return a, a.wire()
}

// people brings in what the configuration says of people and groups; in the demo
// it is the sample county and its web chat.
func (a *app) people(ctx context.Context) error {
	err := a.store.Update(ctx, func(tx *store.Tx) error {
		tx.SetActor(store.Actor{Command: "config"})
		return people.SetIssuer(tx, a.cfg.Issuer)
	})
	if err != nil {
		return fmt.Errorf("set issuer: %w", err)
	}
	if !a.cfg.Demo {
		if err := a.importPeople(ctx); err != nil {
			return err
		}
		return a.bindGroups(ctx)
	}
	if err := seedDemo(ctx, a.store.Store); err != nil {
		return fmt.Errorf("set up demo: %w", err)
	}
	a.demo, err = demoChat(ctx, a.store.Store, func() *cron.Scheduler { return a.scheduler }, a.log)
	if err != nil {
		return fmt.Errorf("set up demo: %w", err)
	}
	a.channels = append(a.channels, a.demo)
	return nil
}

func (a *app) wire() error {
	pusher, err := newPusher(a.cfg, a.channels)
	if err != nil {
		return err
	}
	a.engine = bot.NewEngine(a.store.Store, pusher, a.log, a.metrics, handlers.All(a.deps(pusher)))
	a.sender = bot.NewSender(a.store.Store, a.log, a.metrics, a.channels...)
	if a.photos, err = photoFolder(a.cfg); err != nil {
		return err
	}
	a.sender.Photo = a.photos.Read
	a.fetcher = bot.NewFetcher(a.engine, a.log, handlers.FetchedPhotos{Push: pusher, Folder: a.photos}, a.channels...)
	a.recaller = bot.NewRecaller(a.store.Store, a.log, notice.RecallEnded(pusher), a.channels...)
	parts := cron.Parts{
		Push: pusher, NameFindings: a.cfg.Privacy.PublicFindings == "name",
		AttendanceCloses: cron.AttendanceCloses(overrides(a.cfg)), Backup: a.dailyBackup,
	}
	jobs, err := parts.Jobs()
	if err != nil {
		return err
	}
	a.scheduler, err = cron.New(a.store.Store, jobs, cron.Options{Log: a.log, Overrides: overrides(a.cfg), Metrics: jobMetrics{a.metrics}})
	return err
}

func newPusher(cfg *config.Config, channels []chat.Channel) (*push.Pusher, error) {
	quiet, err := push.ParseQuiet(cfg.Reminders.Quiet)
	if err != nil {
		return nil, err
	}
	p := &push.Pusher{PerDay: cfg.Reminders.PerPersonPerDay, Quiet: quiet}
	for _, id := range cfg.Reminders.Order {
		if slices.ContainsFunc(channels, func(c chat.Channel) bool { return string(c.ID()) == id }) {
			p.Channels = append(p.Channels, chat.ChannelID(id))
		}
	}
	p.Groupless = []chat.ChannelID{wechat.ChannelID}
	for _, c := range channels { // those that the order leaves out come last
		if !slices.Contains(p.Channels, c.ID()) {
			p.Channels = append(p.Channels, c.ID())
		}
	}
	return p, nil
}

// deps gives the commands what they need. Survey templates come from the
// configured folder if there is one, else from those that come with the program.
func (a *app) deps(p *push.Pusher) handlers.Deps {
	templates := surveyFolder(a.cfg)
	var scan chat.ChannelID
	for _, ch := range a.channels {
		if _, ok := ch.(chat.ScanCoder); ok {
			scan = ch.ID()
		}
	}
	return handlers.Deps{
		Scan:       scan,
		Recallable: func(t chat.Target) bool { return bot.Recallable(t, a.channels...) },
		Push:       p, PublicFindings: a.cfg.Privacy.PublicFindings, MinGroup: a.cfg.Privacy.MinGroup,
		SurveyFile:  func(name string) (string, []byte, error) { return survey.File(templates(), name) },
		SurveyNames: func() []string { return survey.Names(templates()) },
	}
}

// surveyFolder finds the templates anew each time, for the office adds files
// while the bot runs.
func surveyFolder(cfg *config.Config) func() fs.FS {
	return func() fs.FS {
		if info, err := os.Stat(cfg.Surveys); !cfg.Demo && err == nil && info.IsDir() {
			return os.DirFS(cfg.Surveys)
		}
		return surveys.Files
	}
}

// overrides are the jobs' settings in the configuration.
func overrides(cfg *config.Config) map[string]cron.Override {
	out := map[string]cron.Override{}
	for name, j := range cfg.Jobs {
		out[name] = cron.Override{At: j.At, Days: j.Days, Enabled: &j.Enabled}
	}
	return out
}

// jobMetrics counts the slots of jobs.
type jobMetrics struct{ *obs.Metrics }

func (m jobMetrics) JobSettled(job string, state cron.State) { m.JobSlot(job, string(state)) }

// importPeople brings in the directory file if it changed since the last time.
func (a *app) importPeople(ctx context.Context) error {
	data, err := os.ReadFile(a.cfg.People)
	if os.IsNotExist(err) {
		a.log.Warn("directory file not found", "file", a.cfg.People)
		return nil
	}
	if err != nil {
		return fmt.Errorf("read directory: %w", err)
	}
	_, changed, err := importPeople(ctx, a.store.Store, a.cfg.People, data, importOptions{onlyIfChanged: true})
	if err != nil {
		return a.keepDirectory(ctx, err)
	}
	if changed {
		a.log.Info("directory imported", "file", a.cfg.People)
	}
	return nil
}

// keepDirectory goes on with the directory there is when the file of a new one is
// bad; without any, the bot cannot know anybody, and the fault ends the start.
func (a *app) keepDirectory(ctx context.Context, fault error) error {
	n := 0
	err := a.store.View(ctx, func(tx *store.Tx) (err error) {
		n, err = people.Count(tx)
		return err
	})
	if err != nil || n == 0 {
		return errors.Join(fault, err)
	}
	// What is wrong names people: it is for the screen of who imports, not the log.
	a.log.Error("directory not imported, the old one is kept: see yunzhuan people import --dry-run", "file", a.cfg.People)
	return nil
}

// bindGroups writes the groups of the configuration into the store.
func (a *app) bindGroups(ctx context.Context) error {
	var list []people.Group
	for _, g := range a.cfg.Groups {
		list = append(list, people.Group{Channel: g.Platform, Conv: g.ID, Layer: g.Layer})
	}
	for layer := range a.cfg.DingTalk.CustomRobots {
		list = append(list, people.Group{Channel: "dingtalk", Conv: string(dingtalk.RobotConv(layer)), Layer: layer})
	}
	for layer := range a.cfg.WeComWebhooks {
		list = append(list, people.Group{Channel: "wecom", Conv: string(wecom.WebhookConv(layer)), Layer: layer})
	}
	return a.store.Update(ctx, func(tx *store.Tx) error {
		tx.SetActor(store.Actor{Command: "config"})
		return people.BindConfigured(tx, list)
	})
}
