package dingtalk_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"yunzhuan/chat"
	"yunzhuan/chat/dingtalk"
)

// Every row of the table, as the platform says it.
func TestJudge(t *testing.T) {
	t.Parallel()
	old := func(code string) string { return `{"errcode":` + code + `,"errmsg":"text of the message, token=abc"}` }
	api := func(code string) string {
		return `{"code":"` + code + `","message":"token=abc","requestid":"REQ-1"}`
	}
	tests := []struct {
		name   string
		status int
		body   string
		want   chat.SendKind
		code   string
		wait   time.Duration
	}{
		{"reply address, number", 200, `{"errcode":0,"errmsg":"ok"}`, "", "", 0},
		{"reply address, string", 200, `{"errcode":"0","errmsg":"ok"}`, "", "", 0},
		{"server API", 200, `{"processQueryKey":"k"}`, "", "", 0},

		{"busy", 200, old("-1"), chat.Temporary, "-1", 0},
		{"token", 200, old("40014"), chat.Temporary, "40014", time.Minute},
		{"token expired", 200, old("42001"), chat.Temporary, "42001", time.Minute},
		{"token, by sub code", 200, `{"errcode":88,"sub_code":"40014","sub_msg":"x"}`, chat.Temporary, "88/40014", time.Minute},
		{"parameters, by sub code", 200, `{"errcode":88,"sub_code":"40035"}`, chat.Final, "88/40035", 0},
		{"88 alone", 200, old("88"), chat.Temporary, "88", time.Minute},
		{"calls a second", 200, old("90002"), chat.Limited, "90002", time.Second},
		{"calls a second of the app", 200, old("90018"), chat.Limited, "90018", time.Second},
		{"calls of the month", 200, old("90020"), chat.Limited, "90020", time.Hour},
		{"webhook over limit", 200, old("90030"), chat.Limited, "90030", time.Minute},
		{"more than 20 a minute", 200, old("130101"), chat.Limited, "130101", time.Minute},
		{"too fast", 200, old("410100"), chat.Limited, "410100", time.Minute},
		{"too many a minute", 200, old("660026"), chat.Limited, "660026", time.Minute},
		{"shut out", 200, `{"status":1111,"wait":10,"source":"x5","punish":"deny","uuid":"u"}`, chat.Limited, "1111", 10 * time.Minute},
		{"too fast inside shut out", 200, `{"errcode":130101,"errmsg":"send too fast","status":1111,"wait":10,"punish":"deny"}`, chat.Limited, "1111", 10 * time.Minute},
		{"shut out, page", 200, "  <html></html>", chat.Limited, "", 5 * time.Minute},
		{"shut out, page with status", 403, "<html></html>", chat.Limited, "", 5 * time.Minute},
		{"parameters", 200, old("40035"), chat.Final, "40035", 0},
		{"content type", 200, old("43004"), chat.Final, "43004", 0},
		{"session gone", 200, old("300001"), chat.Final, "300001", 0},
		{"token of a robot gone", 200, old("300005"), chat.Final, "300005", 0},
		{"keyword, sign, address", 200, old("310000"), chat.Final, "310000", 0},
		{"group dissolved", 200, old("400013"), chat.Final, "400013", 0},
		{"robot's token", 200, old("400101"), chat.Final, "400101", 0},
		{"robot disabled", 200, old("400102"), chat.Final, "400102", 0},
		{"message type", 200, old("400105"), chat.Final, "400105", 0},
		{"robot absent", 200, old("400106"), chat.Final, "400106", 0},
		{"content 1", 200, old("430101"), chat.Final, "430101", 0},
		{"content 2", 200, old("430102"), chat.Final, "430102", 0},
		{"content 3", 200, old("430103"), chat.Final, "430103", 0},
		{"content 4", 200, old("430104"), chat.Final, "430104", 0},
		{"too long", 200, old("460101"), chat.Final, "460101", 0},
		{"code as a string", 200, old(`"310000"`), chat.Final, "310000", 0},
		{"code not known", 200, old("987654"), chat.Final, "987654", 0},

		{"API token", 400, api("InvalidAuthentication"), chat.Temporary, "InvalidAuthentication", time.Minute},
		{"API token 2", 400, api("invalidParameter.token.invalid"), chat.Temporary, "invalidParameter.token.invalid", time.Minute},
		{"API credentials", 400, api("invalidClientIdOrSecret"), chat.Temporary, "invalidClientIdOrSecret", 5 * time.Minute},
		{"API permission", 403, api("Forbidden.AccessDenied.AccessTokenPermissionDenied"), chat.Final, "Forbidden.AccessDenied.AccessTokenPermissionDenied", 0},
		{"API calls a second", 403, api("Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"), chat.Limited, "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi", time.Second},
		{"API calls of the month", 403, api("Forbidden.AccessDenied.ApiCountLimitForOrg"), chat.Limited, "Forbidden.AccessDenied.ApiCountLimitForOrg", time.Hour},
		{"API address", 403, api("Forbidden.AccessDenied.IpNotInWhiteList"), chat.Final, "Forbidden.AccessDenied.IpNotInWhiteList", 0},
		{"API throttling", 503, api("Throttling.Api"), chat.Limited, "Throttling.Api", time.Second},
		{"API too fast", 400, api("send.too.fast"), chat.Limited, "send.too.fast", time.Minute},
		{"API too many people", 400, api("too.many.people"), chat.Limited, "too.many.people", time.Minute},
		{"API too many groups", 400, api("too.many.group"), chat.Limited, "too.many.group", time.Minute},
		{"API too long", 400, api("invalidParameter.msgParam.tooLong"), chat.Final, "invalidParameter.msgParam.tooLong", 0},
		{"API users", 400, api("invalidParameter.userIds.overMax"), chat.Final, "invalidParameter.userIds.overMax", 0},
		{"API no direct chat", 400, api("robot.oto.notExist"), chat.Final, "robot.oto.notExist", 0},
		{"API no such person", 400, api("staffId.notExisted"), chat.Final, "staffId.notExisted", 0},
		{"API not allowed", 400, api("chatbotId.notAllow.sendOTO"), chat.Final, "chatbotId.notAllow.sendOTO", 0},
		{"API group gone", 400, api("group.disbanded"), chat.Final, "group.disbanded", 0},
		{"API robot stopped", 400, api("bot.stopped"), chat.Final, "bot.stopped", 0},
		{"API code not known", 400, api("something.new"), chat.Final, "something.new", 0},
		{"API code not known, server's fault", 500, api("system.error"), chat.Unknown, "system.error", 0},
		{"code that is no code", 400, api("token=abc&x"), chat.Final, "unreadable", 0},

		{"429", 429, "", chat.Limited, "", time.Minute},
		{"401", 401, "", chat.Temporary, "", time.Minute},
		{"404", 404, "not found", chat.Final, "", 0},
		{"408", 408, "", chat.Temporary, "", 0},
		{"redirect", 302, "", chat.Final, "", 0},
		{"500", 500, "", chat.Unknown, "", 0},
		{"502", 502, "<html>bad gateway</html>", chat.Unknown, "", 0},
		{"503", 503, "", chat.Unknown, "", 0},
		{"504", 504, "", chat.Unknown, "", 0},
		{"unreadable", 200, "ok", chat.Unknown, "", 0},
		{"nothing", 200, "", chat.Unknown, "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := dingtalk.Judge(tt.status, nil, tt.body)
			if tt.want == "" {
				if got != nil {
					t.Fatalf("refused: %v", got)
				}
				return
			}
			if got == nil {
				t.Fatal("taken for success")
			}
			if got.Kind != tt.want || got.Code != tt.code || got.RetryAfter != tt.wait {
				t.Errorf("%s, code %q, wait %v; want %s, %q, %v", got.Kind, got.Code, got.RetryAfter, tt.want, tt.code, tt.wait)
			}
			if strings.Contains(got.Error(), "abc") || strings.Contains(got.Error(), "text of the message") {
				t.Errorf("says too much: %v", got)
			}
		})
	}
	if got := dingtalk.Judge(429, map[string][]string{"Retry-After": {"17"}}, ""); got.RetryAfter != 17*time.Second {
		t.Errorf("Retry-After: %v", got.RetryAfter)
	}
}

// What an error may hold stays out of what is said of it.
func TestDescribe(t *testing.T) {
	t.Parallel()
	at := func(err error) error {
		return &url.Error{Op: "Post", URL: "https://x/media/upload?access_token=abc", Err: err}
	}
	tests := map[string]error{
		"none":                              nil,
		"connection refused":                at(&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}),
		"name not resolved":                 at(&net.DNSError{Name: "abc", Err: "no such host"}),
		"timed out":                         at(context.DeadlineExceeded),
		"cancelled":                         at(context.Canceled),
		"certificate not trusted":           at(&tls.CertificateVerificationError{Err: errors.New("abc")}),
		"closed by the other side (1006)":   &websocket.CloseError{Code: 1006, Text: "abc"},
		"connection refused by the gateway": fmt.Errorf("dial abc: %w", websocket.ErrBadHandshake),
		"refused with code no.such":         errors.New(`{"code":"no.such","message":"abc"}`),
		"failed":                            errors.New("secret abc"),
	}
	for want, err := range tests {
		if got := dingtalk.Describe(err); got != want {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
	}
}

func TestWebhookHosts(t *testing.T) {
	t.Parallel()
	hosts := []string{"oapi.dingtalk.com", "127.0.0.1:8642", "bot.example.edu.cn:8443", "10.0.0.1:80", "[::1]:99"}
	tests := map[string]bool{
		"https://oapi.dingtalk.com/robot/sendBySession?session=1": true,
		"https://OAPI.dingtalk.com/x":                             true,
		"https://oapi.dingtalk.com:443/x":                         true,
		"http://127.0.0.1:8642/x":                                 true,
		"http://[::1]:99/x":                                       true,
		"https://bot.example.edu.cn:8443/x":                       true,
		"http://oapi.dingtalk.com/x":                              false,
		"https://oapi.dingtalk.com:8443/x":                        false,
		"https://oapi.dingtalk.com.evil.example/x":                false,
		"https://oapi.dingtalk.com@evil.example/x":                false,
		"https://evil.example/oapi.dingtalk.com":                  false,
		"https://user:pw@oapi.dingtalk.com/x":                     false,
		"http://127.0.0.1/x":                                      false,
		"http://127.0.0.1:22/x":                                   false,
		"http://10.0.0.1:80/x":                                    false,
		"https://bot.example.edu.cn/x":                            false,
		"//oapi.dingtalk.com/x":                                   false,
		"https:oapi.dingtalk.com/x":                               false,
		"file:///etc/passwd":                                      false,
		"":                                                        false,
		"https://oapi.dingtalk.com\\@evil.example/":               false,
	}
	for addr, want := range tests {
		if got := dingtalk.Allows(hosts, addr); got != want {
			t.Errorf("%q: %v", addr, got)
		}
	}
}
