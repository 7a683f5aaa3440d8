package main

import (
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

// supported says whether a platform is configured that is in the factory map.
func supported(cfg *config.Config) bool {
	return cfg.DingTalk.On() || len(cfg.DingTalk.CustomRobots) > 0
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
