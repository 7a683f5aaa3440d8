// Package config reads the settings of the bot: a YAML file, the environment
// (YUNZHUAN_ and the key's path in capitals) and secret files. Whatever is wrong
// is found in one go and named by line, column and key, with what would be right
// (Faults). Nothing of this package shows a secret.
package config

import (
	"time"
	_ "time/tzdata" // the named zone is there on a machine without zone files

	"github.com/goccy/go-yaml"
)

// Config is the whole of the settings, with the defaults in place of what was
// not given. The tags of a field say how it is read: yaml its key, validate the
// rules its value must keep, example what stands in the remedy of a fault, and
// keys from which list the keys of a map come.
type Config struct {
	Store         SecretURL            `yaml:"store" validate:"store_url" example:"bolt://data/yunzhuan.db"`
	Timezone      string               `yaml:"timezone" validate:"zone" example:"Asia/Shanghai"`
	People        string               `yaml:"people" validate:"table_file" example:"people.csv"`
	Surveys       string               `yaml:"surveys" validate:"required" example:"surveys/"`
	Issuer        string               `yaml:"issuer" validate:"required,max=40" example:"县教委办公室"`
	HTTP          HTTP                 `yaml:"http"`
	Log           Log                  `yaml:"log"`
	Demo          bool                 `yaml:"demo" example:"false"`
	DingTalk      DingTalk             `yaml:"dingtalk"`
	WeCom         WeCom                `yaml:"wecom"`
	WeComWebhooks map[string]SecretURL `yaml:"wecom_webhooks" keys:"layer" validate:"webhook=key" example:"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=群机器人的key"`
	WeComAIBot    WeComAIBot           `yaml:"wecom_aibot"`
	WeChat        WeChat               `yaml:"wechat"`
	Groups        []Group              `yaml:"groups"`
	Jobs          map[string]Job       `yaml:"jobs" keys:"job"`
	Assessment    Assessment           `yaml:"assessment"`
	Privacy       Privacy              `yaml:"privacy"`
	Reminders     Reminders            `yaml:"reminders"`
	Backups       Backups              `yaml:"backups"`

	// Warnings are what may be meant but is worth a word. They stop nothing.
	Warnings []Fault `yaml:"-"`
}

// HTTP is the one listener: pages, survey forms, callbacks, health, metrics.
type HTTP struct {
	Listen    string `yaml:"listen" validate:"listen" example:"127.0.0.1:8642"`
	PublicURL string `yaml:"public_url" validate:"omitempty,public_url" example:"https://bot.example.edu.cn"` // no trailing slash
}

// Log is how the log is written.
type Log struct {
	Level  string `yaml:"level" validate:"oneof=debug info warn error" example:"info"`
	Format string `yaml:"format" validate:"oneof=json text" example:"json"`
}

// DingTalk is the enterprise robot over its stream connection, and custom robots
// that only send.
type DingTalk struct {
	ClientID     string                 `yaml:"client_id" example:"dingxxxxxxxxxxxx"`
	ClientSecret Secret                 `yaml:"client_secret" validate:"omitempty,secret" example:"应用凭证页的 Client Secret"`
	RobotCode    string                 `yaml:"robot_code" example:"dingxxxxxxxxxxxx"` // after Load: client_id where none was given
	APIBase      string                 `yaml:"api_base" validate:"http_base" example:"https://api.dingtalk.com"`
	OAPIBase     string                 `yaml:"oapi_base" validate:"http_base" example:"https://oapi.dingtalk.com"`
	WebhookHosts []string               `yaml:"webhook_hosts" validate:"host" example:"oapi.dingtalk.com"`
	CustomRobots map[string]CustomRobot `yaml:"custom_robots" keys:"layer"`
}

// CustomRobot is a DingTalk custom robot (自定义机器人) of one layer's group.
type CustomRobot struct {
	URL    SecretURL `yaml:"url" validate:"omitempty,webhook=access_token" example:"https://oapi.dingtalk.com/robot/send?access_token=机器人的token"`
	Secret Secret    `yaml:"secret" validate:"omitempty,secret" example:"SECxxxxxxxx"` // 加签; empty where the robot is kept by keyword or IP
}

// WeCom is the self-built application of 企业微信.
type WeCom struct {
	CorpID         string `yaml:"corp_id" example:"wwxxxxxxxxxxxxxxxx"`
	AgentID        int    `yaml:"agent_id" validate:"min=0" example:"1000002"`
	Secret         Secret `yaml:"secret" validate:"omitempty,secret" example:"应用详情页的 Secret"`
	Token          Secret `yaml:"token" validate:"omitempty,secret" example:"接收消息页的 Token"`
	EncodingAESKey Secret `yaml:"encoding_aes_key" validate:"omitempty,aes_key" example:"接收消息页的 EncodingAESKey，43 个字符"`
	APIBase        string `yaml:"api_base" validate:"http_base" example:"https://qyapi.weixin.qq.com"`
}

// WeComAIBot is the 智能机器人 of 企业微信 over its long connection.
type WeComAIBot struct {
	BotID  string `yaml:"bot_id" example:"智能机器人的 Bot ID"`
	Secret Secret `yaml:"secret" validate:"omitempty,secret" example:"长连接专用的 Secret"`
	WSURL  string `yaml:"ws_url" validate:"ws_base" example:"wss://openws.work.weixin.qq.com"`
}

// WeChat is the official account (公众号).
type WeChat struct {
	AppID          string `yaml:"app_id" example:"wxxxxxxxxxxxxxxxxx"`
	AppSecret      Secret `yaml:"app_secret" validate:"omitempty,secret" example:"公众号的 AppSecret"`
	Token          Secret `yaml:"token" validate:"omitempty,secret" example:"服务器配置页的 Token"`
	EncodingAESKey Secret `yaml:"encoding_aes_key" validate:"omitempty,aes_key" example:"服务器配置页的 EncodingAESKey，43 个字符"`
	Mode           string `yaml:"mode" validate:"oneof=safe plaintext" example:"safe"`
	APIBase        string `yaml:"api_base" validate:"http_base" example:"https://api.weixin.qq.com"`

	Template Template `yaml:"template"`
}

// Template is the template message (模板消息) that goes where no other message of
// the official account may.
type Template struct {
	ID    string `yaml:"id" example:"模板库里的模板 ID"`
	Title string `yaml:"title" validate:"required" example:"thing1"` // the keyword that takes the title
	Text  string `yaml:"text" validate:"required" example:"thing2"`  // the keyword that takes the text
}

// Group binds a platform's group to a layer.
type Group struct {
	Platform string `yaml:"platform" validate:"required,oneof=dingtalk wecom wecom_aibot webchat" example:"dingtalk"`
	ID       string `yaml:"id" validate:"required" example:"cidXXXX"`
	Layer    string `yaml:"layer" validate:"required,layer" example:"办公室群"`
}

// Job overrides one entry of the table of jobs. An empty At or Days leaves the
// table's own.
type Job struct {
	At      string `yaml:"at" example:"30 17 * * *"`
	Days    string `yaml:"days" validate:"omitempty,oneof=workday any" example:"workday"`
	Enabled bool   `yaml:"enabled" example:"true"` // true where not given
}

// Assessment says where the rules of assessment are; the built-in ones hold
// while the file does not exist.
type Assessment struct {
	Rules string `yaml:"rules" validate:"yaml_file" example:"assessment.yaml"`
}

// Privacy is what may be shown and how long it is kept.
type Privacy struct {
	MinGroup       int    `yaml:"min_group" validate:"min=2" example:"5"`
	KeepAuditDays  int    `yaml:"keep_audit_days" validate:"min=180" example:"400"`
	PublicFindings string `yaml:"public_findings" validate:"oneof=unit name" example:"unit"`
}

// Reminders is the budget of one person and the common quiet hours.
type Reminders struct {
	PerPersonPerDay int    `yaml:"per_person_per_day" validate:"min=1" example:"3"`
	Quiet           string `yaml:"quiet" validate:"omitempty,quiet" example:"22:00-07:00"` // "HH:MM-HH:MM" or empty for none
	// Order is where a person is looked for who has not been heard on any platform, or
	// cannot be reached on the one they used last.
	Order []string `yaml:"order" validate:"oneof=dingtalk wecom wecom_aibot wechat" example:"dingtalk"`
}

// Backups is where the daily copies of the store go and how many are kept.
type Backups struct {
	Dir  string `yaml:"dir" validate:"required" example:"data/backups"`
	Keep int    `yaml:"keep" validate:"min=1" example:"14"`
}

// Layers are the kinds of group that a config may name.
var Layers = []string{"委领导群", "机关中层群", "机关职工群", "校长群", "办公室群", "教师群"}

// JobNames are the jobs that a config may override.
var JobNames = []string{
	"attendance-reminder", "attendance-close", "duty-notice", "patrol-reminder", "bulletin-preview", "bulletin",
	"digest", "weekly-check", "monthly-check", "survey-reminder", "draft-reminder", "task-reminder",
	"meeting-reminder", "canteen", "calendar-warning", "backup",
}

// defaults is the Config of an empty file.
func defaults() *Config {
	return &Config{
		Store:    "bolt://data/yunzhuan.db",
		Timezone: "Asia/Shanghai",
		People:   "people.csv",
		Surveys:  "surveys/",
		Issuer:   "县教委办公室",
		HTTP:     HTTP{Listen: "127.0.0.1:8642"},
		Log:      Log{Level: "info", Format: "json"},
		DingTalk: DingTalk{
			APIBase:      "https://api.dingtalk.com",
			OAPIBase:     "https://oapi.dingtalk.com",
			WebhookHosts: []string{"oapi.dingtalk.com"},
		},
		WeCom:      WeCom{APIBase: "https://qyapi.weixin.qq.com"},
		WeComAIBot: WeComAIBot{WSURL: "wss://openws.work.weixin.qq.com"},
		WeChat:     WeChat{Mode: "safe", APIBase: "https://api.weixin.qq.com", Template: Template{Title: "thing1", Text: "thing2"}},
		Assessment: Assessment{Rules: "assessment.yaml"},
		Privacy:    Privacy{MinGroup: 5, KeepAuditDays: 400, PublicFindings: "unit"},
		Reminders:  Reminders{PerPersonPerDay: 3, Quiet: "22:00-07:00", Order: []string{"dingtalk", "wecom", "wecom_aibot", "wechat"}},
		Backups:    Backups{Dir: "data/backups", Keep: 14},
	}
}

// Demo is the Config of a start with no file and no YUNZHUAN_* variable: the
// defaults, with the embedded sample county on.
func Demo() *Config {
	c := defaults()
	c.Demo = true
	return c
}

// On says whether the DingTalk robot is configured.
func (d DingTalk) On() bool { return d.ClientID != "" }

// On says whether the WeCom application is configured.
func (w WeCom) On() bool { return w.CorpID != "" }

// On says whether the WeCom 智能机器人 is configured.
func (w WeComAIBot) On() bool { return w.BotID != "" }

// On says whether the official account is configured.
func (w WeChat) On() bool { return w.AppID != "" }

// AnyPlatform says whether any chat platform is configured, be it one that only
// sends.
func (c *Config) AnyPlatform() bool {
	return c.DingTalk.On() || c.WeCom.On() || c.WeComAIBot.On() || c.WeChat.On() ||
		len(c.WeComWebhooks) > 0 || len(c.DingTalk.CustomRobots) > 0
}

// Location is the configured time zone, which Load has checked.
func (c *Config) Location() (*time.Location, error) { return time.LoadLocation(c.Timezone) }

// Redacted is the Config as YAML with every secret shown as "***", for a log or
// the output of check.
func (c *Config) Redacted() string {
	text, err := yaml.Marshal(c)
	if err != nil {
		return "config: " + err.Error() // the encoder has seen redacted values only
	}
	return string(text)
}
