package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"yunzhuan/chat"
	"yunzhuan/cron"
	"yunzhuan/internal/config"
	"yunzhuan/internal/control"
	"yunzhuan/internal/obs"
	"yunzhuan/office/calendar"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// status is what check wants to know of a store and its schedule.
type status struct {
	Running   bool
	Now       time.Time
	Years     []int // of which the holidays are loaded
	People    int
	Jobs      []cron.Upcoming
	Platforms map[string]bool // connected, when Running
	Size      int64           // of the store, bytes
}

// status reads it from the running parts.
func (a *app) status(ctx context.Context) (status, error) {
	st := status{Now: a.store.Now(), Jobs: a.scheduler.Next()}
	var err error
	if st.Size, err = a.store.db.Size(); err != nil {
		return st, err
	}
	err = a.store.View(ctx, func(tx *store.Tx) error {
		cal, err := calendar.Load(tx)
		if err != nil {
			return err
		}
		st.Years = cal.Years()
		st.People, err = people.Count(tx)
		return err
	})
	st.Platforms = a.connections()
	return st, err
}

// prober is a channel that can try its credentials.
type prober interface {
	// Probe logs in and returns the platform's clock; the zero Time if it gave none.
	Probe(ctx context.Context) (time.Time, error)
}

const (
	probeTimeout = 15 * time.Second
	clockLimit   = 2 * time.Minute // callbacks more than five minutes off are refused
	diskWarn     = 1 << 30         // bytes
	diskFault    = 100 << 20
)

// checkup prints one line for each thing it looked at.
type checkup struct {
	out    io.Writer
	faults int
}

func (u *checkup) ok(what, format string, args ...any) {
	fmt.Fprintf(u.out, "正常　%s　%s\n", what, fmt.Sprintf(format, args...))
}

func (u *checkup) warn(what, format string, args ...any) {
	fmt.Fprintf(u.out, "提醒　%s　%s\n", what, fmt.Sprintf(format, args...))
}

func (u *checkup) fault(what string, err error, remedy string) {
	u.faults++
	fmt.Fprintf(u.out, "不对　%s　%v\n", what, err)
	if remedy != "" {
		fmt.Fprintf(u.out, "　　　%s\n", remedy)
	}
}

func (c *command) checkCommand() *cobra.Command {
	return &cobra.Command{
		Use: "check", Short: "检查配置、凭证、时钟、日历、数据和磁盘，列出各项任务下次执行的时间", Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.check(cmd.Context()) },
	}
}

// check looks at everything it can, and fails if anything is wrong. Warnings are
// no failure.
func (c *command) check(ctx context.Context) error {
	u := &checkup{out: c.out}
	cfg, err := c.load()
	if err != nil {
		u.fault("配置", err, "")
		return errSilent
	}
	u.ok("配置", "%s", configSource(c.config, cfg))
	for _, w := range cfg.Warnings {
		u.warn("配置", "%s", w)
	}
	u.platforms(ctx, cfg)
	st, err := c.storeStatus(ctx, cfg)
	if err != nil {
		u.fault("数据", err, "")
	} else {
		u.store(cfg, st)
		u.calendar(st)
	}
	u.disk(cfg)
	if err == nil {
		u.jobs(st)
	}
	if u.faults > 0 {
		fmt.Fprintf(c.out, "有 %d 项不对。\n", u.faults)
		return errSilent
	}
	_, err = fmt.Fprintln(c.out, "检查通过。")
	return err
}

func configSource(path string, cfg *config.Config) string {
	switch {
	case cfg.Demo:
		return "演示环境（没有配置文件）"
	case path == "":
		return defaultConfig + " 或环境变量"
	default:
		return path
	}
}

// platforms tries the credentials of every platform, and this machine's clock
// against theirs.
func (u *checkup) platforms(ctx context.Context, cfg *config.Config) {
	channels, err := connect(cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		u.fault("平台", err, "")
		return
	}
	if len(channels) == 0 && !cfg.Demo {
		u.fault("平台", errors.New("没有配置任何聊天平台"), "例如在 config.yaml 里填 dingtalk.client_id 和 client_secret")
	}
	for _, ch := range channels {
		u.platform(ctx, ch)
	}
	if len(channels) == 0 {
		u.ok("时钟", "%s（没有平台可以对时）", time.Now().Format("2006-01-02 15:04:05 MST"))
	}
}

func (u *checkup) platform(ctx context.Context, ch chat.Channel) {
	p, ok := ch.(prober)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	theirs, err := p.Probe(ctx)
	if err != nil {
		u.fault("凭证 "+string(ch.ID()), err, "核对应用的凭证，以及本机能否访问平台的接口")
		return
	}
	u.ok("凭证", "%s", ch.ID())
	if theirs.IsZero() {
		return
	}
	if off := time.Since(theirs).Abs(); off > clockLimit {
		u.fault("时钟", fmt.Errorf("本机与平台相差 %s", off.Round(time.Second)), "请开启网络对时（timedatectl set-ntp true）")
		return
	}
	u.ok("时钟", "与平台一致")
}

// storeStatus asks the running serve, or opens the store itself.
func (c *command) storeStatus(ctx context.Context, cfg *config.Config) (status, error) {
	var st status
	path, err := storePath(cfg)
	if err != nil {
		return st, err
	}
	client, err := control.Dial(path)
	if err == nil {
		defer client.Close()
		err = client.Post(ctx, "/status", nil, &st)
		st.Running = true
		return st, err
	}
	if !errors.Is(err, control.ErrNotRunning) {
		return st, err
	}
	s, err := openStore(cfg, nil)
	if err != nil {
		return st, err
	}
	a := &app{cfg: cfg, log: slog.New(slog.DiscardHandler), metrics: obs.NewMetrics(versionString()), store: s}
	if err = a.wire(); err == nil {
		st, err = a.status(ctx)
	}
	return st, errors.Join(err, s.Close())
}

func (u *checkup) store(cfg *config.Config, st status) {
	path, err := storePath(cfg)
	if err != nil {
		u.fault("数据", err, "")
		return
	}
	state := "服务没有在运行"
	if st.Running {
		state = "服务正在运行"
	}
	u.ok("数据", "%s　%.1f MB　%d 人　%s", path, float64(st.Size)/(1<<20), st.People, state)
	for name, up := range st.Platforms {
		if st.Running && !up {
			u.fault("连接", fmt.Errorf("%s 没有连上", name), "看服务的日志")
		}
	}
	if st.People == 0 && !cfg.Demo {
		u.warn("名册", "还没有人。请准备 %s，或执行 yunzhuan people import", cfg.People)
	}
}

func (u *checkup) calendar(st status) {
	year := st.Now.Year()
	known := map[int]bool{}
	for _, y := range st.Years {
		known[y] = true
	}
	if known[year] {
		u.ok("日历", "%d 年节假日已载入", year)
	} else {
		u.warn("日历", "%d 年节假日没有载入，按周一至周五算工作日。请执行 yunzhuan calendar import", year)
	}
	if !known[year+1] && st.Now.Month() >= time.November {
		u.warn("日历", "%d 年节假日还没有载入。国务院办公厅的通知发布后请执行 yunzhuan calendar import", year+1)
	}
}

func (u *checkup) disk(cfg *config.Config) {
	path, err := storePath(cfg)
	if err != nil {
		return
	}
	dir := filepath.Dir(path)
	if _, err := os.Stat(dir); err != nil {
		dir = "."
	}
	free, err := freeSpace(dir)
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		return
	case err != nil:
		u.fault("磁盘", err, "")
	case free < diskFault:
		u.fault("磁盘", fmt.Errorf("%s 只剩 %d MB", dir, free>>20), "请清理磁盘，否则新消息将无法记录")
	case free < diskWarn:
		u.warn("磁盘", "%s 只剩 %d MB", dir, free>>20)
	default:
		u.ok("磁盘", "%s 还有 %.1f GB", dir, float64(free)/(1<<30))
	}
}

func (u *checkup) jobs(st status) {
	fmt.Fprintln(u.out, "接下来会自动做：")
	for _, j := range st.Jobs {
		fmt.Fprintf(u.out, "　%s　%s（%s）\n", j.At.Format("01-02 15:04"), j.Title, j.Name)
	}
}
