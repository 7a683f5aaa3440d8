package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"yunzhuan/internal/config"
	"yunzhuan/internal/control"
	"yunzhuan/internal/obs"
	"yunzhuan/office/survey"
	"yunzhuan/store/bolt"
)

func (c *command) peopleCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "people", Short: "导入、导出人员名册", Args: usageArgs(cobra.NoArgs), RunE: needSub}
	var o importOptions
	imp := &cobra.Command{
		Use: "import 文件", Short: "导入名册（.csv 或 .xlsx）：先列出会改什么，有一行不对就一行都不导入",
		Example: "  yunzhuan people import people.csv --dry-run\n  yunzhuan people import people.csv",
		Args:    usageArgs(cobra.ExactArgs(1)),
		RunE:    func(cmd *cobra.Command, args []string) error { return c.importPeople(cmd.Context(), args[0], o) },
	}
	imp.Flags().BoolVar(&o.dryRun, "dry-run", false, "只看会改什么，不写入")
	imp.Flags().BoolVar(&o.force, "force", false, "名册少了两成以上的人也导入")
	exp := &cobra.Command{
		Use: "export 文件", Short: "导出名册（.csv 或 .xlsx，按文件名）", Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return c.exportPeople(cmd.Context(), args[0]) },
	}
	cmd.AddCommand(imp, exp)
	return cmd
}

// needSub answers a command that lacks its sub-command.
func needSub(cmd *cobra.Command, _ []string) error {
	return usageError{fmt.Errorf("“%s”后面还要写做什么，见 %s --help", cmd.Name(), cmd.CommandPath())}
}

func (c *command) importPeople(ctx context.Context, file string, o importOptions) error {
	data, err := readInput(file)
	if err != nil {
		return err
	}
	name := filepath.Base(file)
	var summary string
	err = c.reach(ctx, func(_ *config.Config, cl *control.Client) error {
		var out said
		path := flag(flag(query("/people/import", "name", name), "dry-run", o.dryRun), "force", o.force)
		err := cl.Post(ctx, path, bytes.NewReader(data), &out)
		summary = out.Text
		return err
	}, func(_ *config.Config, s storage) (err error) {
		summary, _, err = importPeople(ctx, s.Store, name, data, o)
		return err
	})
	if err != nil {
		return err
	}
	return c.done(summary, o.dryRun)
}

// done prints what was, or would be, changed.
func (c *command) done(summary string, dryRun bool) error {
	end := "已导入。"
	if dryRun {
		end = "以上只是预演，没有写入。去掉 --dry-run 就导入。"
	}
	_, err := fmt.Fprintf(c.out, "%s\n%s\n", summary, end)
	return err
}

func (c *command) exportPeople(ctx context.Context, file string) error {
	var data bytes.Buffer
	name := filepath.Base(file)
	err := c.reach(ctx, func(_ *config.Config, cl *control.Client) error {
		return cl.Get(ctx, query("/people/export", "name", name), &data)
	}, func(_ *config.Config, s storage) error {
		out, err := exportPeople(ctx, s.Store, name)
		data.Write(out)
		return err
	})
	if err != nil {
		return err
	}
	// Personal data: readable by whoever exported it alone.
	if err := os.WriteFile(file, data.Bytes(), 0o600); err != nil {
		return fmt.Errorf("写文件 %s：%w", file, err)
	}
	_, err = fmt.Fprintf(c.out, "名册已导出到 %s，内有手机号，请妥善保管。\n", file)
	return err
}

func (c *command) calendarCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "calendar", Short: "工作日历：导入节假日安排、显示一年", Args: usageArgs(cobra.NoArgs), RunE: needSub}
	var dryRun bool
	imp := &cobra.Command{
		Use: "import 文件", Short: "导入国务院办公厅的节假日安排（通知原文 .txt，或 .yaml、.csv）",
		Example: "  yunzhuan calendar import 2027年放假通知.txt --dry-run",
		Args:    usageArgs(cobra.ExactArgs(1)),
		RunE:    func(cmd *cobra.Command, args []string) error { return c.importCalendar(cmd.Context(), args[0], dryRun) },
	}
	imp.Flags().BoolVar(&dryRun, "dry-run", false, "只看读出了什么，不写入")
	show := &cobra.Command{
		Use: "show 年份", Short: "显示一年的工作日历", Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return c.showCalendar(cmd.Context(), args[0]) },
	}
	cmd.AddCommand(imp, show)
	return cmd
}

func (c *command) importCalendar(ctx context.Context, file string, dryRun bool) error {
	data, err := readInput(file)
	if err != nil {
		return err
	}
	name := filepath.Base(file)
	var summary string
	err = c.reach(ctx, func(_ *config.Config, cl *control.Client) error {
		var out said
		err := cl.Post(ctx, flag(query("/calendar/import", "name", name), "dry-run", dryRun), bytes.NewReader(data), &out)
		summary = out.Text
		return err
	}, func(_ *config.Config, s storage) (err error) {
		summary, err = importCalendar(ctx, s.Store, name, data, dryRun)
		return err
	})
	if err != nil {
		return err
	}
	return c.done(summary, dryRun)
}

func (c *command) showCalendar(ctx context.Context, arg string) error {
	year, err := parseYear(arg)
	if err != nil {
		return err
	}
	var picture string
	err = c.reach(ctx, func(_ *config.Config, cl *control.Client) error {
		var out said
		err := cl.Post(ctx, query("/calendar/show", "year", strconv.Itoa(year)), nil, &out)
		picture = out.Text
		return err
	}, func(_ *config.Config, s storage) (err error) {
		picture, err = showCalendar(ctx, s.Store, year)
		return err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(c.out, picture)
	return err
}

func (c *command) surveyCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "survey", Short: "检查问卷模板", Args: usageArgs(cobra.NoArgs), RunE: needSub}
	cmd.AddCommand(&cobra.Command{
		Use: "check 文件", Short: "检查一个问卷模板，逐行指出不对的地方", Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			data, err := readInput(args[0])
			if err != nil {
				return err
			}
			t, err := survey.Parse(args[0], data)
			if err != nil {
				return err
			}
			kind := "记名"
			if t.Anonymous {
				kind = "不记名"
			}
			_, err = fmt.Fprintf(c.out, "%s：没有问题。《%s》%s，%d 题。\n", args[0], t.Title, kind, len(t.Questions))
			return err
		},
	})
	return cmd
}

func (c *command) runJobCommand() *cobra.Command {
	var at string
	cmd := &cobra.Command{
		Use: "run-job 名称", Short: "立即执行一次定时任务，如同到点（服务在运行时由它执行）",
		Example: "  yunzhuan run-job digest\n  yunzhuan run-job bulletin --at 17:30",
		Args:    usageArgs(cobra.ExactArgs(1)),
		RunE:    func(cmd *cobra.Command, args []string) error { return c.runJob(cmd.Context(), args[0], at) },
	}
	cmd.Flags().StringVar(&at, "at", "", `当作哪个时刻执行，如 17:30 或 "2026-11-23 17:30"；不写就是现在`)
	return cmd
}

func (c *command) runJob(ctx context.Context, name, at string) error {
	sent := "消息正在发出。"
	err := c.reach(ctx, func(_ *config.Config, cl *control.Client) error {
		return cl.Post(ctx, query("/run-job", "name", name, "at", at), nil, nil)
	}, func(cfg *config.Config, s storage) error {
		sent = "服务没有在运行，消息会在下次启动后发出。"
		a, err := newApp(ctx, cfg, s, slog.New(slog.DiscardHandler), obs.NewMetrics(versionString()))
		if err != nil {
			return err
		}
		t, err := slotTime(at, s.Now())
		if err != nil {
			return err
		}
		return a.scheduler.Fire(ctx, name, t)
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, "%s 已执行。%s\n", name, sent)
	return err
}

func (c *command) backupCommand() *cobra.Command {
	return &cobra.Command{
		Use: "backup 文件", Short: "备份数据（服务运行时也可以），备份写完会先校验", Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, file := cmd.Context(), args[0]
			cfg, err := c.load()
			if err != nil {
				return err
			}
			path, err := storePath(cfg)
			if err != nil {
				return err
			}
			if err := backup(ctx, path, file); err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.out, "已备份到 %s，校验无误。\n", file)
			return err
		},
	}
}

func backup(ctx context.Context, path, file string) error {
	client, err := control.Dial(path)
	if err == nil {
		defer client.Close()
		return bolt.Save(file, func(w io.Writer) error { return client.Get(ctx, "/backup", w) })
	}
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("没有可以备份的数据：%w", err)
	}
	db, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		return err
	}
	if err := bolt.Backup(db, file); err != nil {
		_ = db.Close() // the error that matters is the first
		return err
	}
	return db.Close()
}

func (c *command) restoreCommand() *cobra.Command {
	return &cobra.Command{
		Use: "restore 文件", Short: "用备份恢复数据：先校验备份，原有数据改名保留；服务须先停止", Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			cfg, err := c.load()
			if err != nil {
				return err
			}
			path, err := storePath(cfg)
			if err != nil {
				return err
			}
			if err := bolt.Restore(args[0], path); err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.out, "已用 %s 恢复到 %s，原有数据改名保留在旁边（.before-restore-…）。\n", args[0], path)
			return err
		},
	}
}

func (c *command) auditCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "audit", Short: "核对、导出审计记录", Args: usageArgs(cobra.NoArgs), RunE: needSub}
	cmd.AddCommand(&cobra.Command{
		Use: "verify", Short: "核对审计链：一条也没有少、没有改", Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			var text string
			err := c.reach(ctx, func(_ *config.Config, cl *control.Client) error {
				var out said
				err := cl.Post(ctx, "/audit/verify", nil, &out)
				text = out.Text
				return err
			}, func(_ *config.Config, s storage) (err error) {
				text, err = verifyAudit(ctx, s.Store)
				return err
			})
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(c.out, text)
			return err
		},
	}, &cobra.Command{
		Use: "export 文件", Short: "导出审计记录（每行一条 JSON）", Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return c.exportAudit(cmd.Context(), args[0]) },
	})
	return cmd
}

func (c *command) exportAudit(ctx context.Context, file string) (err error) {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("写文件 %s：%w", file, err)
	}
	err = c.reach(ctx, func(_ *config.Config, cl *control.Client) error {
		return cl.Get(ctx, "/audit/export", f)
	}, func(_ *config.Config, s storage) error {
		_, err := s.ExportAudit(ctx, f)
		return err
	})
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, "审计记录已导出到 %s。\n", file)
	return err
}
