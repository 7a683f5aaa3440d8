package app

import (
	"errors"
	"fmt"
	"log/slog"

	"yunzhuan/chat"
	"yunzhuan/chat/aibot"
	"yunzhuan/chat/dingtalk"
	"yunzhuan/chat/wechat"
	"yunzhuan/chat/wecom"
	"yunzhuan/internal/config"
)

// platform makes the channel of a chat platform; nil where it is not configured.
type platform func(cfg *config.Config, log *slog.Logger) (chat.Channel, error)

// platforms is the factory map: a new platform is one folder in chat/ and one
// line here.
var platforms = []platform{
	newDingTalk,
	newWeCom,
	newAIBot,
	newWeChat,
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

func newWeCom(cfg *config.Config, log *slog.Logger) (chat.Channel, error) {
	w := cfg.WeCom
	if !w.On() && len(cfg.WeComWebhooks) == 0 {
		return nil, nil
	}
	webhooks := map[string]string{}
	for layer, addr := range cfg.WeComWebhooks {
		webhooks[layer] = addr.Reveal()
	}
	return wecom.New(wecom.Config{
		CorpID: w.CorpID, AgentID: w.AgentID, Secret: w.Secret.Reveal(),
		Token: w.Token.Reveal(), EncodingAESKey: w.EncodingAESKey.Reveal(), APIBase: w.APIBase,
		Webhooks: webhooks, Log: log.With("platform", "wecom"),
	})
}

func newAIBot(cfg *config.Config, log *slog.Logger) (chat.Channel, error) {
	b := cfg.WeComAIBot
	if !b.On() {
		return nil, nil
	}
	return aibot.New(aibot.Config{BotID: b.BotID, Secret: b.Secret.Reveal(), WSURL: b.WSURL, Log: log.With("platform", "wecom_aibot")})
}

func newWeChat(cfg *config.Config, log *slog.Logger) (chat.Channel, error) {
	w := cfg.WeChat
	if !w.On() {
		return nil, nil
	}
	var template *wechat.Template
	if w.Template.ID != "" {
		template = &wechat.Template{ID: w.Template.ID, TitleKey: w.Template.Title, TextKey: w.Template.Text}
	}
	return wechat.New(wechat.Config{
		AppID: w.AppID, AppSecret: w.AppSecret.Reveal(), Token: w.Token.Reveal(),
		EncodingAESKey: w.EncodingAESKey.Reveal(), Plaintext: w.Mode == "plaintext",
		APIBase: w.APIBase, Template: template, Log: log.With("platform", "wechat"),
	})
}

// needPlatform refuses a configuration by which the bot would talk to nobody.
func needPlatform(cfg *config.Config) error {
	if cfg.Demo || cfg.AnyPlatform() {
		return nil
	}
	return errors.New("没有配置任何聊天平台。请在 config.yaml 里填一个平台（例如 dingtalk.client_id）；要试用演示环境，写 demo: true，或去掉配置文件和 YUNZHUAN_ 变量。")
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
