package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"yunzhuan/internal/config"
	"yunzhuan/office/assessment"
	"yunzhuan/office/calendar"
	"yunzhuan/report"
	"yunzhuan/store"
)

func (c *command) assessmentRules() *cobra.Command {
	return &cobra.Command{
		Use: "rules", Short: "显示内置的考核规则，可以抄成 assessment.yaml 再改", Example: "  yunzhuan assessment rules > assessment.yaml",
		RunE: func(*cobra.Command, []string) error {
			_, err := c.out.Write(assessment.BuiltIn)
			return err
		},
	}
}

func (c *command) assessmentCheck() *cobra.Command {
	return &cobra.Command{
		Use: "check 文件", Short: "检查一个考核规则文件，逐行指出不对的地方", Args: want("文件"),
		RunE: func(_ *cobra.Command, args []string) error {
			rules, err := readRules(args[0])
			if err != nil {
				return err
			}
			var b strings.Builder
			fmt.Fprintf(&b, "%s：没有问题，%d 版规则。", args[0], len(rules))
			for _, v := range rules {
				b.WriteString("\n" + v.Summary())
			}
			return say(c.out, b.String(), nil)
		},
	}
}

func (c *command) assessmentTry() *cobra.Command {
	cmd := &cobra.Command{
		Use: "try 文件 [--month MONTH]", Short: "试算：某个月用这个文件的规则，各单位和个人的记分会怎样；什么都不改",
		Example: "  yunzhuan assessment try assessment.yaml --month 上月\n  yunzhuan assessment try assessment.yaml --month 2026-11",
		Args:    want("文件"),
		RunE: func(cmd *cobra.Command, args []string) error {
			in, err := readInput(args[0])
			if err != nil {
				return err
			}
			month, err := cmd.Flags().GetString("month")
			if err != nil {
				return err
			}
			q := url.Values{"name": {filepath.Base(args[0])}, "month": {cmp.Or(month, "本月")}}
			return c.do(cmd.Context(), "assessment/try", q, in, c.out)
		},
	}
	cmd.Flags().String("month", "", "试算哪个月：`MONTH` 写 上月、11月、2026-11；不写就是本月")
	return cmd
}

func opAssessmentTry(ctx context.Context, s storage, q url.Values, in []byte, out io.Writer) error {
	rules, err := assessment.ParseFile(q.Get("name"), in)
	if err != nil {
		return err
	}
	var text string
	err = s.View(ctx, func(tx *store.Tx) error {
		m, err := calendar.ParseMonth(q.Get("month"), calendar.Day(tx.Today()))
		if err != nil {
			return err
		}
		all, err := assessment.Try(tx, rules, m)
		text = report.RulesTrial(m, all)
		return err
	})
	return say(out, text, err)
}

// readRules reads a file of rules that a command was given.
func readRules(file string) (assessment.Rules, error) {
	data, err := readInput(file)
	if err != nil {
		return nil, err
	}
	return assessment.ParseFile(filepath.Base(file), data)
}

// configuredRules are the rules of the configured file; ok is false while there is
// none, or in the demo.
func configuredRules(cfg *config.Config) (rules assessment.Rules, ok bool, err error) {
	if cfg.Demo {
		return nil, false, nil
	}
	if _, err := os.Stat(cfg.Assessment.Rules); errors.Is(err, os.ErrNotExist) {
		return nil, false, nil
	}
	rules, err = readRules(cfg.Assessment.Rules)
	return rules, err == nil, err
}

// rules brings the rules of assessment into the store: those of the configured file,
// or, where there are none yet, the built-in ones.
func (a *app) rules(ctx context.Context) error {
	rules, ok, err := configuredRules(a.cfg)
	if err != nil {
		return usageError{err}
	}
	changed := false
	err = a.store.Update(ctx, func(tx *store.Tx) error {
		tx.SetActor(store.Actor{Command: "assessment rules"})
		var err error
		if ok {
			changed, err = assessment.Adopt(tx, rules)
		} else {
			changed, err = assessment.AdoptBuiltIn(tx)
		}
		return err
	})
	var mistake *store.UserError
	switch {
	case errors.As(err, &mistake):
		return usageError{fmt.Errorf("%s %w", a.cfg.Assessment.Rules, err)}
	case err != nil:
		return fmt.Errorf("adopt rules of assessment: %w", err)
	case changed:
		a.log.Info("rules of assessment adopted", "file", a.cfg.Assessment.Rules, "built_in", !ok)
	}
	return nil
}

// assessment looks at the file of rules.
func (u *checkup) assessment(cfg *config.Config, now time.Time) {
	rules, ok, err := configuredRules(cfg)
	switch {
	case err != nil:
		u.fault("考核规则", err, "改好之前，服务启动不了")
	case !ok:
		u.ok("考核规则", "内置规则（要改：yunzhuan assessment rules > %s）", cfg.Assessment.Rules)
	default:
		v, holds := rules.At(calendar.DayOf(now))
		if !holds {
			u.warn("考核规则", "%s 里没有今天能用的规则，从 %s 起才记分", cfg.Assessment.Rules, rules[0].From)
			return
		}
		u.ok("考核规则", "%s", v.Summary())
	}
}
