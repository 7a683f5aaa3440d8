package app

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"yunzhuan/bot/cmdline"
)

// usageTemplate is the help of a command below its description.
const usageTemplate = `用法：
  {{.UseLine}}
{{- if .HasExample}}

例：
{{.Example}}{{end}}
{{- if .HasAvailableSubCommands}}

命令：{{range .Commands}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}

选项：
{{.Flags.FlagUsages | trimTrailingWhitespaces}}
{{- if .HasAvailableSubCommands}}

一个命令的用法：{{.CommandPath}} 命令 --help{{end}}
`

// helpTemplate is the whole help of a command.
const helpTemplate = `{{with (or .Long .Short)}}{{.}}

{{end}}{{.UsageString}}`

// wrongUsage is a fault in a call of cmd, with how it should be called.
func wrongUsage(cmd *cobra.Command, format string, args ...any) error {
	text := fmt.Sprintf(format, args...) + "\n用法：" + cmd.UseLine()
	if example, _, _ := strings.Cut(strings.TrimSpace(cmd.Example), "\n"); example != "" {
		text += "\n例：" + example
	}
	return usageError{errors.New(text)}
}

// want takes just the arguments of these names.
func want(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return wrongUsage(cmd, "还要写：%s", strings.Join(names[len(args):], "、"))
		case len(args) > len(names):
			return wrongUsage(cmd, "多写了“%s”", args[len(names)])
		}
		return nil
	}
}

// wrongFlag says in Chinese what is wrong with a flag.
func wrongFlag(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var empty *pflag.ValueRequiredError
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() != "":
		return wrongUsage(cmd, "没有 -%s 这个选项", unknown.GetSpecifiedName())
	case errors.As(err, &unknown):
		return wrongUsage(cmd, "没有 --%s 这个选项", unknown.GetSpecifiedName())
	case errors.As(err, &empty):
		return wrongUsage(cmd, "--%s 后面还要写值", empty.GetSpecifiedName())
	}
	return wrongUsage(cmd, "选项不对：%v", err)
}

// noCommand is the fault of naming a command that parent does not have.
func noCommand(parent *cobra.Command, name string) error {
	var names []string
	for _, sub := range parent.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	text := fmt.Sprintf("没有“%s”这个命令", name)
	if near := cmdline.Suggest(name, names); len(near) > 0 {
		text += "，是不是 " + strings.Join(near, "、") + "？"
	}
	return usageError{fmt.Errorf("%s\n全部命令：%s --help", text, parent.CommandPath())}
}

// group is a command that only has others below it.
func group(name, short string, subs ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: name + " 命令", Short: short, Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return noCommand(cmd, args[0])
			}
			var names []string
			for _, sub := range cmd.Commands() {
				names = append(names, sub.Name())
			}
			return usageError{fmt.Errorf("“%s”后面还要写做什么：%s\n用法见 %s --help", cmd.Name(), strings.Join(names, "、"), cmd.CommandPath())}
		},
	}
	cmd.AddCommand(subs...)
	return cmd
}

// helpCommand is “yunzhuan help 命令”, for those who try it before --help.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use: "help [命令]", Short: "显示一个命令的用法",
		RunE: func(cmd *cobra.Command, args []string) error {
			target, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return noCommand(cmd.Root(), strings.Join(args, " "))
			}
			return target.Help()
		},
	}
}

// completionCommand prints the script that completes commands in a shell.
func (c *command) completionCommand() *cobra.Command {
	shells := map[string]func(*cobra.Command, io.Writer) error{
		"bash":       func(root *cobra.Command, w io.Writer) error { return root.GenBashCompletionV2(w, true) },
		"zsh":        (*cobra.Command).GenZshCompletion,
		"fish":       func(root *cobra.Command, w io.Writer) error { return root.GenFishCompletion(w, true) },
		"powershell": (*cobra.Command).GenPowerShellCompletionWithDesc,
	}
	return &cobra.Command{
		Use: "completion bash|zsh|fish|powershell", Short: "输出命令补全脚本，装上后按 Tab 补全命令和任务名",
		Example: "  source <(yunzhuan completion bash)        # 写进 ~/.bashrc 就一直有效\n" +
			"  yunzhuan completion zsh > \"${fpath[1]}/_yunzhuan\"\n" +
			"  yunzhuan completion fish > ~/.config/fish/completions/yunzhuan.fish\n" +
			"  yunzhuan completion powershell | Out-String | Invoke-Expression",
		Args: want("bash、zsh、fish 或 powershell"), ValidArgs: []string{"bash", "zsh", "fish", "powershell"},
		RunE: func(cmd *cobra.Command, args []string) error {
			generate := shells[args[0]]
			if generate == nil {
				return wrongUsage(cmd, "没有“%s”的补全脚本", args[0])
			}
			return generate(cmd.Root(), c.out)
		},
	}
}
