package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"yunzhuan/chat"
	"yunzhuan/internal/config"
	"yunzhuan/office/people"
	"yunzhuan/office/survey"
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

// fault notes what is wrong, with what there is to do about it.
func (u *checkup) fault(what string, err error, remedy string) {
	u.faults++
	fmt.Fprintf(u.out, "不对　%s　%s\n", what, explain(err))
	if remedy != "" {
		fmt.Fprintf(u.out, "　　　%s\n", remedy)
	}
}

// check looks at everything it can, and fails if anything is wrong. Warnings are
// no failure. It changes nothing.
func (c *command) check(ctx context.Context) error {
	u := &checkup{out: c.out}
	cfg, err := c.load()
	if err != nil {
		u.fault("配置", err, "")
		return errSilent
	}
	u.config(c.configFile(), cfg)
	u.platforms(ctx, cfg)
	st, err := storeStatus(ctx, cfg)
	if err != nil {
		u.fault("数据", err, "")
	} else {
		u.store(cfg, st)
		u.photos(st.Photos)
	}
	u.directory(cfg, st)
	u.surveys(cfg)
	u.assessment(cfg, time.Now())
	if err == nil {
		u.calendar(st)
	}
	u.disks(cfg)
	u.jobs(st)
	if u.faults > 0 {
		fmt.Fprintf(c.out, "有 %d 项不对。\n", u.faults)
		return errSilent
	}
	return say(c.out, "检查通过。", nil)
}

func (u *checkup) config(file string, cfg *config.Config) {
	switch {
	case file != "":
		u.ok("配置", "%s", file)
	case cfg.Demo:
		u.ok("配置", "没有配置文件，是演示环境")
	default:
		u.ok("配置", "没有配置文件，用环境变量")
	}
	for _, w := range cfg.Warnings {
		u.warn("配置", "%s", w)
	}
}

// prober is a channel that can try its credentials.
type prober interface {
	// Probe logs in, with no effect on any chat, and returns the platform's
	// clock; the zero Time if there was nothing to try.
	Probe(ctx context.Context) (time.Time, error)
}

const (
	probeTimeout = 15 * time.Second
	clockLimit   = 2 * time.Minute // callbacks more than five minutes off are refused
)

// platforms tries the credentials of every platform, and this machine's clock
// against theirs.
func (u *checkup) platforms(ctx context.Context, cfg *config.Config) {
	channels, err := connect(cfg, discard())
	if err != nil {
		u.fault("平台", err, "")
		return
	}
	if err := needPlatform(cfg); err != nil {
		u.fault("平台", err, "")
	}
	compared := false
	for _, ch := range channels {
		compared = u.platform(ctx, ch) || compared
	}
	if loc, err := cfg.Location(); err == nil && !compared {
		u.ok("时钟", "%s（没有平台可以对时）", time.Now().In(loc).Format("2006-01-02 15:04:05 MST"))
	}
}

// platform says whether the clock could be compared.
func (u *checkup) platform(ctx context.Context, ch chat.Channel) bool {
	p, ok := ch.(prober)
	if !ok {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	theirs, err := p.Probe(ctx)
	switch {
	case err != nil:
		u.fault("凭证 "+string(ch.ID()), err, "请核对应用的凭证，以及本机能否访问平台的接口")
		return false
	case theirs.IsZero():
		u.ok("凭证 "+string(ch.ID()), "没有需要登录的应用，或平台没有给出时间")
		return false
	}
	u.ok("凭证 "+string(ch.ID()), "登录成功")
	u.clock(time.Since(theirs))
	return true
}

func (u *checkup) clock(off time.Duration) {
	if off.Abs() > clockLimit {
		u.fault("时钟", fmt.Errorf("本机与平台相差 %s", off.Abs().Round(time.Second)), "请开启网络对时（timedatectl set-ntp true）")
		return
	}
	u.ok("时钟", "与平台一致")
}

func (u *checkup) store(cfg *config.Config, st status) {
	switch {
	case st.Missing:
		u.ok("数据", "还没有，第一次启动时建立")
		return
	case st.Running:
		u.ok("数据", "%.1f MB，%d 条记录都读得出，服务正在运行", float64(st.Size)/(1<<20), st.Records)
	default:
		u.ok("数据", "%.1f MB，%d 条记录都读得出，服务没有在运行", float64(st.Size)/(1<<20), st.Records)
	}
	for name, up := range st.Platforms {
		if st.Running && !up {
			u.fault("连接", fmt.Errorf("%s 没有连上", name), "请看服务的日志")
		}
	}
	if st.Unsent > 0 {
		u.warn("数据", "%d 条消息等着发出", st.Unsent)
	}
}

// directory looks at the directory file, which serve imports at its start.
func (u *checkup) directory(cfg *config.Config, st status) {
	if cfg.Demo {
		return
	}
	data, err := readInput(cfg.People)
	if errors.Is(err, os.ErrNotExist) {
		if st.People == 0 {
			u.warn("名册", "还没有人。请准备 %s，或执行 yunzhuan people import", cfg.People)
		} else {
			u.ok("名册", "%d 人", st.People)
		}
		return
	}
	var rows []people.Row
	if err == nil {
		rows, err = people.ParseFile(cfg.People, data)
	}
	switch {
	case err != nil && st.People > 0:
		u.fault("名册", err, fmt.Sprintf("改好之前，服务沿用现有的 %d 人", st.People))
		return
	case err != nil:
		u.fault("名册", err, "改好之前，服务启动不了")
		return
	}
	u.ok("名册", "%s %d 人，现有 %d 人", cfg.People, len(rows), st.People)
}

// surveys looks at the templates of the configured folder.
func (u *checkup) surveys(cfg *config.Config) {
	folder := surveyFolder(cfg)()
	names := survey.Names(folder)
	bad := 0
	for _, name := range names {
		file, data, err := survey.File(folder, name)
		if err == nil {
			_, err = survey.Parse(file, data)
		}
		if err != nil {
			bad++
			u.fault("问卷", err, "")
		}
	}
	if bad == 0 {
		u.ok("问卷", "%d 个模板", len(names))
	}
}

func (u *checkup) calendar(st status) {
	year := st.Now.Year()
	if slices.Contains(st.Years, year) {
		u.ok("日历", "%d 年节假日已载入", year)
	} else {
		u.warn("日历", "%d 年节假日没有载入，按周一至周五算工作日。请执行 yunzhuan calendar import", year)
	}
	if !slices.Contains(st.Years, year+1) && st.Now.Month() >= time.November {
		u.warn("日历", "%d 年节假日还没有载入。国务院办公厅的通知发布后请执行 yunzhuan calendar import", year+1)
	}
}

const (
	diskWarn  = 1 << 30 // bytes
	diskFault = 100 << 20
)

// disks looks at the folders in which serve writes.
func (u *checkup) disks(cfg *config.Config) {
	path, err := storePath(cfg)
	if err != nil {
		return // said already
	}
	store, backups := nearestFolder(filepath.Dir(path)), nearestFolder(cfg.Backups.Dir)
	u.folder(store)
	if backups != store {
		u.folder(backups)
	}
}

// nearestFolder is dir, or the folder in which it would be made.
func nearestFolder(dir string) string {
	for {
		if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) || dir == filepath.Dir(dir) {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}

func (u *checkup) folder(dir string) {
	if err := writable(dir); err != nil {
		u.fault("磁盘", fmt.Errorf("%s 里写不了：%w", dir, err), "")
		return
	}
	free, err := freeSpace(dir)
	switch {
	case errors.Is(err, errors.ErrUnsupported):
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
	if len(st.Jobs) == 0 {
		return
	}
	fmt.Fprintln(u.out, "接下来会自动做：")
	for _, j := range st.Jobs {
		fmt.Fprintf(u.out, "　%s　%s（%s）\n", j.At.Format("01-02 15:04"), j.Title, j.Name)
	}
}
