package config

import (
	"encoding/base64"
	"errors"
	"net"
	"net/url"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/go-playground/validator/v10"
)

// rules checks single values by the validate tags of the Config.
var rules = newRules()

func newRules() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	for tag, check := range map[string]func(value, param string) bool{
		"store_url":  func(s, _ string) bool { return storeURL.MatchString(s) },
		"zone":       func(s, _ string) bool { return isZone(s) },
		"table_file": func(s, _ string) bool { return hasExt(s, ".csv", ".xlsx") },
		"yaml_file":  func(s, _ string) bool { return hasExt(s, ".yaml", ".yml") },
		"listen":     func(s, _ string) bool { return isListen(s) },
		"public_url": func(s, _ string) bool { return isBase(s, "https", "http", true) },
		"http_base":  func(s, _ string) bool { return isBase(s, "https", "http", false) },
		"ws_base":    func(s, _ string) bool { return isBase(s, "wss", "ws", false) },
		"webhook":    isWebhook,
		"host":       func(s, _ string) bool { return isHost(s) },
		"layer":      func(s, _ string) bool { return slices.Contains(Layers, s) },
		"quiet":      func(s, _ string) bool { return isQuiet(s) },
		"secret":     func(s, _ string) bool { return !strings.ContainsFunc(s, notInSecret) },
		"aes_key":    func(s, _ string) bool { return isAESKey(s) },
	} {
		err := v.RegisterValidation(tag, func(f validator.FieldLevel) bool {
			return check(f.Field().String(), f.Param())
		})
		if err != nil {
			panic("config: register rule " + tag + ": " + err.Error()) // a tag the validator keeps for itself: a mistake in this file
		}
	}
	return v
}

// broken says what is wrong with a value, or "".
func (f field) broken(v reflect.Value) string {
	if f.validate == "" {
		return ""
	}
	err := rules.Var(v.Interface(), f.validate)
	if err == nil {
		return ""
	}
	var faults validator.ValidationErrors
	if !errors.As(err, &faults) || len(faults) == 0 {
		return "这个值不对"
	}
	return f.message(faults[0], v)
}

var messages = map[string]string{
	"required":   "不能为空",
	"max":        "太长，最多 40 个字",
	"store_url":  "存储地址要以 bolt:// 或 postgres:// 开头，后面是文件路径或数据库地址",
	"zone":       "没有这个时区",
	"table_file": "名册要是 .csv 或 .xlsx 文件",
	"yaml_file":  "规则要是 .yaml 文件",
	"listen":     "监听地址要写成“地址:端口”，端口 0 至 65535",
	"public_url": "要写完整网址，以 https:// 开头，不带用户名和 ? 后的部分",
	"http_base":  "要写以 https:// 开头的网址，不带用户名和 ? 后的部分；http:// 只能指向本机",
	"ws_base":    "要写以 wss:// 开头的地址，不带用户名和 ? 后的部分；ws:// 只能指向本机",
	"host":       "只写主机名，或“主机名:端口”，不带 http:// 和路径",
	"quiet":      "勿扰时段要写成“时:分-时:分”，起止不能相同",
	"secret":     "密钥里有空格或换行，可能是复制时多带了字符",
	"aes_key":    "EncodingAESKey 应是 43 个字母和数字",
}

// message is the sentence for a broken rule. It never holds a value that may be
// a secret.
func (f field) message(fault validator.FieldError, v reflect.Value) string {
	switch fault.Tag() {
	case "oneof":
		choices := strings.Fields(fault.Param())
		message := "只能是 " + strings.Join(choices, "、") + " 之一"
		if near := nearest(v.String(), choices); near != "" {
			message += "，是不是 " + near
		}
		return message
	case "min":
		return "不能小于 " + fault.Param()
	case "layer":
		message := "没有这种群"
		if near := nearest(v.String(), Layers); near != "" {
			message += "，是不是 " + near
		}
		return message + "；可写：" + strings.Join(Layers, "、")
	case "webhook":
		return "要写完整的群机器人地址，以 https:// 开头，带 " + fault.Param() + "="
	}
	if message, ok := messages[fault.Tag()]; ok {
		return message
	}
	return "这个值不对"
}

var (
	storeURL = regexp.MustCompile(`^(bolt://[^\s?#]+|postgres(ql)?://[^\s/]+/?\S*)$`)
	hostName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$`)
	quietFmt = regexp.MustCompile(`^([01]?\d|2[0-3]):([0-5]\d)-([01]?\d|2[0-3]):([0-5]\d)$`)
)

func isZone(s string) bool {
	if s == "" || s == "Local" {
		return false
	}
	_, err := time.LoadLocation(s)
	return err == nil
}

func hasExt(s string, exts ...string) bool {
	return slices.Contains(exts, strings.ToLower(filepath.Ext(s)))
}

func isListen(s string) bool {
	host, port, err := net.SplitHostPort(s)
	if err != nil || !isPort(port) {
		return false
	}
	return host == "" || net.ParseIP(host) != nil || hostName.MatchString(host)
}

func isPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && strconv.FormatUint(n, 10) == s
}

// isBase says whether s is an address to which paths are added: under scheme, or
// under plainScheme if anywhere or on this machine.
func isBase(s, scheme, plainScheme string, anywhere bool) bool {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return false
	}
	if u.Port() != "" && !isPort(u.Port()) || strings.ContainsFunc(s, unicode.IsSpace) {
		return false
	}
	return u.Scheme == scheme || u.Scheme == plainScheme && (anywhere || isLoopback(u.Hostname()))
}

// isWebhook says whether s is a group robot's address whose credential stands in
// the query under param.
func isWebhook(s, param string) bool {
	bare, _, found := strings.Cut(s, "?")
	u, err := url.Parse(s)
	return found && err == nil && isBase(bare, "https", "http", false) && u.Query().Get(param) != "" && u.Fragment == ""
}

func isHost(s string) bool {
	host := s
	if h, port, err := net.SplitHostPort(s); err == nil {
		if !isPort(port) {
			return false
		}
		host = h
	}
	return net.ParseIP(host) != nil || hostName.MatchString(host)
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func isQuiet(s string) bool {
	m := quietFmt.FindStringSubmatch(s)
	if m == nil {
		return false
	}
	from, _ := strconv.Atoi(m[1])
	to, _ := strconv.Atoi(m[3])
	return from != to || m[2] != m[4]
}

func notInSecret(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }

// isAESKey is not strict about the last bits: keys in use have them set.
func isAESKey(s string) bool {
	if len(s) != 43 {
		return false
	}
	key, err := base64.StdEncoding.DecodeString(s + "=")
	return err == nil && len(key) == 32
}
