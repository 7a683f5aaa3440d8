package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"yunzhuan/bot/cmdline"
	"yunzhuan/cron"
	"yunzhuan/office/calendar"
	"yunzhuan/store/bolt"
)

// root is the tree of commands.
func (c *command) root() *cobra.Command {
	cobra.MousetrapHelpText = "" // a double click on Windows starts the demo
	serve := func(cmd *cobra.Command, _ []string) error { return c.serve(cmd.Context()) }
	root := &cobra.Command{
		Use:   "yunzhuan [命令]",
		Short: "运转：县教委办公室的工作群机器人",
		Long: `运转：县教委办公室的工作群机器人。

试用：不带参数运行，就用内置的样例县启动，用浏览器打开 http://127.0.0.1:8642。
正式运行：把 config.example.yaml 抄成 config.yaml 填好，先 yunzhuan check，再 yunzhuan serve。
服务在运行时，其他命令由它代办；没有运行时，直接读写数据文件。
退出码：0 正常，1 没有做成，2 用法或配置不对。
按 Tab 补全命令：source <(yunzhuan completion bash)，其他终端见 yunzhuan completion --help。`,
		SilenceErrors: true, SilenceUsage: true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return noCommand(cmd, args[0])
			}
			return nil
		},
		RunE: serve,
	}
	root.SetUsageTemplate(usageTemplate)
	root.SetHelpTemplate(helpTemplate)
	root.SetHelpCommand(helpCommand())
	root.SetFlagErrorFunc(wrongFlag)
	root.PersistentFlags().BoolP("help", "h", false, "显示用法")
	root.PersistentFlags().StringVar(&c.config, "config", "", "从 `PATH` 读配置；不写就用当前目录的 config.yaml，没有它就是试用")
	root.AddCommand(
		&cobra.Command{Use: "serve", Short: "启动机器人", RunE: serve},
		&cobra.Command{
			Use: "check", Short: "检查配置、凭证、时钟、日历、数据和磁盘，列出接下来会自动做的事",
			RunE: func(cmd *cobra.Command, _ []string) error { return c.check(cmd.Context()) },
		},
		group("people", "导入、导出人员名册，并入企业微信通讯录", c.peopleImport(), c.peopleExport(), c.peopleSync()),
		group("duty", "导入值班表", c.dutyImport()),
		group("calendar", "工作日历：导入节假日安排、显示一年", c.calendarImport(), c.calendarShow()),
		group("survey", "检查问卷模板", c.surveyCheck()),
		group("assessment", "考核规则：显示、检查、试算", c.assessmentRules(), c.assessmentCheck(), c.assessmentTry()),
		group("wecom", "企业微信：用应用建群", c.wecomGroup()),
		group("wechat", "公众号：菜单", c.wechatMenu()),
		c.runJobCommand(), c.backupCommand(), c.restoreCommand(),
		group("audit", "核对、导出操作记录", c.auditVerify(), c.auditExport()),
		c.completionCommand(),
		&cobra.Command{
			Use: "version", Short: "显示版本",
			RunE: func(*cobra.Command, []string) error {
				_, err := fmt.Fprintln(c.out, "yunzhuan", versionString())
				return err
			},
		},
	)
	finish(root)
	return root
}

// finish gives every command without a rule on arguments the rule that it takes
// none, and writes out their usage by hand: no “[flags]”.
func finish(cmd *cobra.Command) {
	cmd.DisableFlagsInUseLine = true
	if cmd.Args == nil {
		cmd.Args, cmd.ValidArgsFunction = want(), cobra.NoFileCompletions
	}
	for _, sub := range cmd.Commands() {
		finish(sub)
	}
}

func (c *command) peopleImport() *cobra.Command {
	cmd := &cobra.Command{
		Use: "import 文件 [--dry-run] [--force]", Short: "导入名册（.csv 或 .xlsx）并列出改动；有一行不对就一行都不导入",
		Example: "  yunzhuan people import people.csv --dry-run\n  yunzhuan people import people.csv",
		Args:    want("文件"),
		RunE:    func(cmd *cobra.Command, args []string) error { return c.give(cmd, "people/import", args[0]) },
	}
	cmd.Flags().Bool(dryRun, false, "只看会改什么，不写入")
	cmd.Flags().Bool(force, false, "名册少了两成以上的人也导入")
	return cmd
}

func (c *command) peopleExport() *cobra.Command {
	return &cobra.Command{
		Use: "export 文件", Short: "导出名册（.csv 或 .xlsx，按文件名）", Args: want("文件"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.take(cmd.Context(), "people/export", args[0], "名册已导出到 %s，内有手机号，请妥善保管。\n")
		},
	}
}

func (c *command) dutyImport() *cobra.Command {
	cmd := &cobra.Command{
		Use: "import 文件 [--dry-run]", Short: "导入值班表（.xlsx 或 .csv，表头 周,带班领导,成员）并列出改动；有一行不对就一行都不导入",
		Example: "  yunzhuan duty import 值班表.xlsx --dry-run\n  yunzhuan duty import 值班表.xlsx",
		Args:    want("文件"),
		RunE:    func(cmd *cobra.Command, args []string) error { return c.give(cmd, "duty/import", args[0]) },
	}
	cmd.Flags().Bool(dryRun, false, "只看会改什么，不写入")
	return cmd
}

func (c *command) calendarImport() *cobra.Command {
	cmd := &cobra.Command{
		Use: "import 文件 [--dry-run]", Short: "导入国务院办公厅的节假日安排（通知原文 .txt，或 .yaml、.csv）",
		Example: "  yunzhuan calendar import 2027年放假通知.txt --dry-run",
		Args:    want("文件"),
		RunE:    func(cmd *cobra.Command, args []string) error { return c.give(cmd, "calendar/import", args[0]) },
	}
	cmd.Flags().Bool(dryRun, false, "只看读出了什么，不写入")
	return cmd
}

// give hands a file to an operation, with the switches of the command.
func (c *command) give(cmd *cobra.Command, operation, file string) error {
	in, err := readInput(file)
	if err != nil {
		return err
	}
	q := switches(cmd)
	q.Set("name", filepath.Base(file))
	return c.do(cmd.Context(), operation, q, in, c.out)
}

// take writes what an operation gives into a file; done says that it was done.
func (c *command) take(ctx context.Context, operation, file, done string) error {
	err := writeFile(file, func(w io.Writer) error {
		return c.do(ctx, operation, url.Values{"name": {filepath.Base(file)}}, nil, w)
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, done, file)
	return err
}

func (c *command) calendarShow() *cobra.Command {
	return &cobra.Command{
		Use: "show 年份", Short: "显示一年的工作日历", Example: "  yunzhuan calendar show 2026", Args: want("年份"),
		RunE: func(cmd *cobra.Command, args []string) error {
			year, err := parseYear(args[0])
			if err != nil {
				return wrongUsage(cmd, "%v", err)
			}
			err = c.do(cmd.Context(), "calendar/show", url.Values{"year": {fmt.Sprint(year)}}, nil, c.out)
			if errors.Is(err, errNoStore) {
				return showYear(c.out, calendar.Embedded(), year, nil)
			}
			return err
		},
	}
}

func (c *command) surveyCheck() *cobra.Command {
	return &cobra.Command{
		Use: "check 文件", Short: "检查一个问卷模板（.yaml 或 .xlsx），逐行指出不对的地方", Args: want("文件"),
		RunE: func(_ *cobra.Command, args []string) error { return c.checkSurvey(args[0]) },
	}
}

func (c *command) runJobCommand() *cobra.Command {
	var at string
	var names []string
	for _, j := range cron.Table() {
		names = append(names, j.Name)
	}
	cmd := &cobra.Command{
		Use: "run-job 任务 [--at 时刻]", Short: "立即执行一次定时任务，如同到点",
		Long:      "立即执行一次定时任务，如同到点。服务在运行时由它执行；没有运行时在这里执行，消息等下次启动后发出。",
		Example:   "  yunzhuan run-job digest\n  yunzhuan run-job bulletin --at 17:30",
		ValidArgs: names, Args: want("任务"),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch near := cmdline.Suggest(args[0], names); {
			case slices.Contains(names, args[0]):
				return c.runJob(cmd, args[0], at)
			case len(near) > 0:
				return wrongUsage(cmd, "没有“%s”这个任务，是不是 %s？", args[0], strings.Join(near, "、"))
			default:
				return wrongUsage(cmd, "没有“%s”这个任务，有：%s", args[0], strings.Join(names, "、"))
			}
		},
	}
	cmd.Flags().StringVar(&at, "at", "", "当作 `TIME` 执行，如 17:30 或 \"2026-11-23 17:30\"；不写就是现在")
	return cmd
}

func (c *command) backupCommand() *cobra.Command {
	return &cobra.Command{
		Use: "backup 文件", Short: "备份数据（服务运行时也可以），写完先校验", Args: want("文件"),
		RunE: func(cmd *cobra.Command, args []string) error { return c.backup(cmd.Context(), args[0]) },
	}
}

func (c *command) restoreCommand() *cobra.Command {
	return &cobra.Command{
		Use: "restore 文件", Short: "用备份恢复数据：先校验备份，原有数据改名保留；服务须先停止", Args: want("文件"),
		RunE: func(_ *cobra.Command, args []string) error { return c.restore(args[0]) },
	}
}

func (c *command) auditVerify() *cobra.Command {
	return &cobra.Command{
		Use: "verify", Short: "核对操作记录：一条也没有少、没有改",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.do(cmd.Context(), "audit/verify", nil, nil, c.out)
		},
	}
}

func (c *command) auditExport() *cobra.Command {
	return &cobra.Command{
		Use: "export 文件", Short: "导出操作记录（每行一条 JSON）", Args: want("文件"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.take(cmd.Context(), "audit/export", args[0], "操作记录已导出到 %s。\n")
		},
	}
}

// backup copies the store to a file.
func (c *command) backup(ctx context.Context, file string) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	path, err := storePath(cfg)
	if err != nil {
		return err
	}
	if err := replaceable(file); err != nil {
		return err
	}
	if sameFile(path, file) {
		return fmt.Errorf("%s 就是数据文件本身，请换一个文件名", file)
	}
	err = bolt.Save(file, func(w io.Writer) error { return c.do(ctx, "backup", nil, nil, w) })
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, "已备份到 %s，校验无误。\n", file)
	return err
}

// restore puts a backup in the place of the store.
func (c *command) restore(file string) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	path, err := storePath(cfg)
	if err != nil {
		return err
	}
	_, err = os.Stat(path)
	existed := err == nil
	if err := bolt.Restore(file, path); err != nil {
		return err
	}
	kept := "。"
	if existed {
		kept = "，原有数据改名保留在旁边（.before-restore-…）。"
	}
	_, err = fmt.Fprintf(c.out, "已用 %s 恢复到 %s%s\n", file, path, kept)
	return err
}
