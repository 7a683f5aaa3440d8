package config

import (
	"fmt"
	"net"
	"reflect"
	"slices"
	"strings"
)

// whole describes the Config itself.
var whole = field{typ: reflect.TypeFor[Config]()}

func settings(c *Config) reflect.Value { return reflect.ValueOf(c).Elem() }

// find is the place of a key, or of the nearest one above it that was given.
func (d *decoder) find(path string) place {
	for p := path; p != ""; p = p[:max(strings.LastIndexAny(p, ".["), 0)] {
		if at, ok := d.places[p]; ok {
			at.key = path
			return at
		}
	}
	if d.report.file == "" {
		return place{src: &source{name: envPrefix + "_*", variable: true}, key: path}
	}
	return place{src: &source{name: d.report.file}, line: 1, col: 1, key: path}
}

// bothGiven reports every secret that one layer gave itself and by a file, and
// lets the environment's one win over the file's other.
func (d *decoder) bothGiven() {
	for path, f := range d.files {
		layer, ok := d.given[path]
		switch {
		case ok && layer == f.layer:
			d.report.fault(f.at, "密钥直接写了一处，又写了 _file，不知道用哪一个", "只留一处，建议留 "+f.f.name+"_file")
			delete(d.files, path)
		case ok && layer > f.layer:
			delete(d.files, path)
		}
	}
}

func (d *decoder) checkSecret(secret string, f secretFile) {
	if message := f.f.broken(reflect.ValueOf(secret)); message != "" {
		d.report.fault(f.at, "密钥文件的内容："+message, "文件里只放密钥一行")
	}
}

// together checks what single values do not show, and sets what follows from
// others.
func (d *decoder) together(c *Config, validateSpec func(string) error) {
	if c.DingTalk.RobotCode == "" {
		c.DingTalk.RobotCode = c.DingTalk.ClientID
	}
	for _, base := range []*string{
		&c.HTTP.PublicURL, &c.DingTalk.APIBase, &c.DingTalk.OAPIBase, &c.WeCom.APIBase, &c.WeComAIBot.WSURL, &c.WeChat.APIBase,
	} {
		*base = strings.TrimRight(*base, "/")
	}
	d.platforms(c)
	d.robots(c)
	d.demo(c)
	d.groups(c)
	d.jobs(c, validateSpec)
	d.advise(c)
}

// part is one setting of a platform.
type part struct {
	name     string
	set      bool
	optional bool
}

// platforms reports the platforms that are half configured. The first part of
// each switches it on.
func (d *decoder) platforms(c *Config) {
	for section, parts := range map[string][]part{
		"dingtalk": {
			{name: "client_id", set: c.DingTalk.ClientID != ""},
			{name: "client_secret", set: d.isSet("dingtalk.client_secret", c.DingTalk.ClientSecret)},
			{name: "robot_code", set: c.DingTalk.RobotCode != "", optional: true},
		},
		"wecom": {
			{name: "corp_id", set: c.WeCom.CorpID != ""},
			{name: "agent_id", set: c.WeCom.AgentID != 0},
			{name: "secret", set: d.isSet("wecom.secret", c.WeCom.Secret)},
			{name: "token", set: d.isSet("wecom.token", c.WeCom.Token)},
			{name: "encoding_aes_key", set: d.isSet("wecom.encoding_aes_key", c.WeCom.EncodingAESKey)},
		},
		"wecom_aibot": {
			{name: "bot_id", set: c.WeComAIBot.BotID != ""},
			{name: "secret", set: d.isSet("wecom_aibot.secret", c.WeComAIBot.Secret)},
		},
		"wechat": {
			{name: "app_id", set: c.WeChat.AppID != ""},
			{name: "app_secret", set: d.isSet("wechat.app_secret", c.WeChat.AppSecret)},
			{name: "token", set: d.isSet("wechat.token", c.WeChat.Token)},
			{name: "encoding_aes_key", set: d.isSet("wechat.encoding_aes_key", c.WeChat.EncodingAESKey), optional: c.WeChat.Mode == "plaintext"},
		},
	} {
		d.half(section, parts)
	}
}

// robots reports the custom robots without an address.
func (d *decoder) robots(c *Config) {
	url, _ := find(fields(reflect.TypeFor[CustomRobot]()), "url")
	for layer, robot := range c.DingTalk.CustomRobots {
		path := "dingtalk.custom_robots." + layer
		if _, byFile := d.files[path+".url"]; robot.URL == "" && !byFile {
			d.report.fault(d.find(path), "缺少 url", url.remedy())
		}
	}
}

// isSet says whether a secret is given, be it by a file that could not be read.
func (d *decoder) isSet(path string, s Secret) bool {
	_, byFile := d.files[path]
	_, given := d.given[path]
	return s != "" || byFile || given
}

func (d *decoder) half(section string, parts []part) {
	i := slices.IndexFunc(parts, func(p part) bool { return p.set })
	if i < 0 {
		return
	}
	sub, _ := find(fields(whole.typ), section)
	known := fields(sub.typ)
	for _, p := range parts {
		if p.set || p.optional {
			continue
		}
		f, _ := find(known, p.name)
		message := fmt.Sprintf("填了 %s，还缺 %s", parts[i].name, p.name)
		d.report.fault(d.find(section+"."+parts[i].name), message, f.remedy())
	}
}

// demo reports a demo beside real credentials, or open to others.
func (d *decoder) demo(c *Config) {
	if !c.Demo {
		return
	}
	if c.AnyPlatform() || d.platformSecret() {
		d.report.fault(d.find("demo"), "演示不能与真实平台的凭证放在一起", "demo: false，或去掉各平台的凭证")
	}
	host, _, err := net.SplitHostPort(c.HTTP.Listen)
	if err == nil && !isLoopback(host) {
		d.report.fault(d.find("http.listen"), "演示里谁都可以冒充任何人，只能在本机打开", "listen: 127.0.0.1:8642")
	}
}

// platformSecret says whether any secret but the store's address was given.
func (d *decoder) platformSecret() bool {
	for path := range d.given {
		if path != "store" {
			return true
		}
	}
	for path := range d.files {
		if path != "store" {
			return true
		}
	}
	return false
}

// groups reports a group that is listed twice.
func (d *decoder) groups(c *Config) {
	first := map[[2]string]int{}
	for i, g := range c.Groups {
		if g.ID == "" {
			continue
		}
		id := [2]string{g.Platform, g.ID}
		if before, twice := first[id]; twice {
			at := d.find(fmt.Sprintf("groups[%d]", before))
			d.report.fault(d.find(fmt.Sprintf("groups[%d]", i)), fmt.Sprintf("这个群写了两次，第 %d 行已有", at.line), "一个群只写一次，只属于一种群")
			continue
		}
		first[id] = i
	}
}

// jobs reports the times of jobs that the scheduler does not take.
func (d *decoder) jobs(c *Config, validateSpec func(string) error) {
	at, _ := find(fields(reflect.TypeFor[Job]()), "at")
	for name, job := range c.Jobs {
		if job.At == "" {
			continue
		}
		if err := validateSpec(job.At); err != nil {
			message, _, _ := strings.Cut(err.Error(), "\n") // what follows is a hint for chat
			d.report.fault(d.find("jobs."+name+".at"), "执行时间不对："+message, at.remedy())
		}
	}
}

// advise warns of what works but is probably not meant.
func (d *decoder) advise(c *Config) {
	if !c.Demo && !c.AnyPlatform() {
		d.report.warn(d.find(""), "没有配置任何聊天平台，只有网页能用", "至少填好 dingtalk、wecom、wecom_aibot、wechat 之一")
	}
	if c.HTTP.PublicURL == "" && (c.DingTalk.On() || c.WeCom.On() || c.WeComAIBot.On() || c.WeChat.On()) {
		d.report.warn(d.find("http.public_url"), "没有填对外网址，问卷和登录的链接只能在本机打开", "public_url: https://bot.example.edu.cn")
	}
	if strings.HasPrefix(c.HTTP.PublicURL, "http://") && !isBase(c.HTTP.PublicURL, "https", "http", false) {
		d.report.warn(d.find("http.public_url"), "对外网址没有加密，登录链接可能被旁人看到", "public_url: https://…")
	}
	if c.WeChat.On() && c.WeChat.Mode == "plaintext" {
		d.report.warn(d.find("wechat.mode"), "明文模式下消息不加密", "mode: safe")
	}
	on := map[string]bool{
		"dingtalk": c.DingTalk.On(), "wecom": c.WeCom.On(), "wecom_aibot": c.WeComAIBot.On(), "webchat": c.Demo,
	}
	for i, g := range c.Groups {
		if isOn, known := on[g.Platform]; known && !isOn {
			d.report.warn(d.find(fmt.Sprintf("groups[%d]", i)), "这个群所在的平台没有启用："+g.Platform, "填好 "+g.Platform+" 的凭证，或删去这一行")
		}
	}
}
