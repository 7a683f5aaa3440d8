// Command yunzhuan (运转) is the work-group bot of a county education
// commission's office. See README.md.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	_ "time/tzdata" // Asia/Shanghai, wherever the binary runs

	"github.com/spf13/cobra"

	"yunzhuan/cron"
	"yunzhuan/internal/config"
)

// version is stamped by the linker (make build).
var version = ""

// Exit codes of the binary.
const (
	exitOK    = 0
	exitFail  = 1 // cannot run
	exitUsage = 2 // bad usage or config
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// usageError is a fault in how the program was called or configured.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// command is one call of the binary: what it was given and where it answers.
type command struct {
	env    []string
	out    io.Writer
	errOut io.Writer
	config string // --config
}

// run is the binary, for main and for tests.
func run(ctx context.Context, args, env []string, out, errOut io.Writer) int {
	c := &command{env: env, out: out, errOut: errOut}
	root := c.root()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(errOut)
	err := root.ExecuteContext(ctx)
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errSilent):
		return exitFail
	case errors.As(err, &usage):
		fmt.Fprintln(errOut, err)
		return exitUsage
	default:
		fmt.Fprintln(errOut, "yunzhuan:", err)
		return exitFail
	}
}

// errSilent ends with exit code 1 and says nothing more: the reason was printed.
var errSilent = errors.New("failed")

func (c *command) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "yunzhuan",
		Short: "运转：县教委办公室的工作群机器人",
		Long: "运转：县教委办公室的工作群机器人。\n\n" +
			"不带任何参数运行，就是用内置的样例县启动网页试用（http://127.0.0.1:8642）。\n" +
			"正式运行请写 config.yaml（参照 config.example.yaml），再执行 yunzhuan serve --config config.yaml。",
		SilenceErrors: true, SilenceUsage: true,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.serve(cmd.Context()) },
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.PersistentFlags().StringVar(&c.config, "config", "", "配置文件；不写时用当前目录的 config.yaml（有的话）")
	root.AddCommand(
		&cobra.Command{
			Use: "serve", Short: "启动机器人", Args: usageArgs(cobra.NoArgs),
			RunE: func(cmd *cobra.Command, _ []string) error { return c.serve(cmd.Context()) },
		},
		c.checkCommand(), c.peopleCommand(), c.calendarCommand(), c.surveyCommand(), c.runJobCommand(),
		c.backupCommand(), c.restoreCommand(), c.auditCommand(),
		&cobra.Command{
			Use: "version", Short: "显示版本", Args: usageArgs(cobra.NoArgs),
			RunE: func(*cobra.Command, []string) error {
				_, err := fmt.Fprintln(c.out, "yunzhuan", versionString())
				return err
			},
		},
	)
	return root
}

// usageArgs makes a wrong number of arguments a fault of usage.
func usageArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usageError{fmt.Errorf("%w\n用法：%s", err, cmd.UseLine())}
		}
		return nil
	}
}

// defaultConfig is read when --config is not given and the file is there.
const defaultConfig = "config.yaml"

// load reads the configuration; with no file and no YUNZHUAN_ variable it is the
// demo.
func (c *command) load() (*config.Config, error) {
	path := c.config
	if path == "" {
		if _, err := os.Stat(defaultConfig); err == nil {
			path = defaultConfig
		}
	}
	cfg, err := config.Load(path, c.env, cron.CheckTimes)
	if err != nil {
		return nil, usageError{err}
	}
	return cfg, nil
}

// versionString is the stamped version, else what the Go toolchain knows.
func versionString() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
