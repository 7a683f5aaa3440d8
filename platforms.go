package main

import (
	"errors"
	"fmt"
	"log/slog"

	"yunzhuan/chat"
	"yunzhuan/chat/dingtalk"
	"yunzhuan/internal/config"
)

// platform makes the channel of a chat platform; nil where it is not configured.
type platform func(cfg *config.Config, log *slog.Logger) (chat.Channel, error)

// platforms is the factory map: a new platform is one folder in chat/ and one
// line here. Their order is the one in which a person is looked for.
var platforms = []platform{
	newDingTalk,
}

func newDingTalk(cfg *config.Config, log *slog.Logger) (chat.Channel, error) {
	d := cfg.DingTalk
	if !d.On() && len(d.CustomRobots) == 0 {
		return nil, nil
	}
	robots := map[string]dingtalk.CustomRobot{}
	for layer, r := range d.CustomRobots {
		robots[layer] = dingtalk.CustomRobot{URL: r.URL.Reveal(), Secret: r.Secret.Reveal()}
	}
	return dingtalk.New(dingtalk.Config{
		ClientID: d.ClientID, ClientSecret: d.ClientSecret.Reveal(), RobotCode: d.RobotCode,
		APIBase: d.APIBase, OAPIBase: d.OAPIBase, WebhookHosts: d.WebhookHosts,
		CustomRobots: robots, Log: log.With("platform", "dingtalk"),
	})
}

// needPlatform refuses a configuration by which the bot would talk to nobody.
func needPlatform(cfg *config.Config) error {
	switch {
	case cfg.Demo || cfg.DingTalk.On() || len(cfg.DingTalk.CustomRobots) > 0:
		return nil
	case cfg.AnyPlatform():
		return errors.New("目前只支持钉钉，企业微信和公众号还不支持。请在 config.yaml 里填 dingtalk.client_id 和 client_secret。")
	default:
		return errors.New("没有配置任何聊天平台。请在 config.yaml 里填一个平台（例如 dingtalk.client_id）；要试用演示环境，写 demo: true，或去掉配置文件和 YUNZHUAN_ 变量。")
	}
}

// connect makes every configured channel.
func connect(cfg *config.Config, log *slog.Logger) ([]chat.Channel, error) {
	var out []chat.Channel
	for _, make := range platforms {
		c, err := make(cfg, log)
		if err != nil {
			return nil, fmt.Errorf("set up platform: %w", err)
		}
		if c != nil {
			out = append(out, c)
		}
	}
	return out, nil
}
