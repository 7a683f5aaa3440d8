package app

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"yunzhuan/chat/aibot/aibottest"
	"yunzhuan/chat/dingtalk/dingtalktest"
	"yunzhuan/chat/wechat/wechattest"
	"yunzhuan/chat/wecom/wecomtest"
	"yunzhuan/internal/config"
	"yunzhuan/internal/obs"
	"yunzhuan/office/people"
	"yunzhuan/store"
	"yunzhuan/store/bolt"
)

// filesEnv puts the files of the bot into dir.
func filesEnv(dir string) []string {
	return []string{
		"YUNZHUAN_STORE=bolt://" + filepath.ToSlash(filepath.Join(dir, "yunzhuan.db")),
		"YUNZHUAN_PEOPLE=" + filepath.Join(dir, "people.csv"),
		"YUNZHUAN_HTTP_LISTEN=127.0.0.1:0",
		"YUNZHUAN_BACKUPS_DIR=" + filepath.Join(dir, "backups"),
	}
}

// gatewayEnv configures the bot, with its files in dir, for a stand-in gateway.
func gatewayEnv(dir string, g *dingtalktest.Gateway) []string {
	return append(filesEnv(dir),
		"YUNZHUAN_DINGTALK_CLIENT_ID="+g.ClientID, "YUNZHUAN_DINGTALK_CLIENT_SECRET="+g.ClientSecret,
		"YUNZHUAN_DINGTALK_ROBOT_CODE="+g.RobotCode,
		"YUNZHUAN_DINGTALK_API_BASE="+g.URL, "YUNZHUAN_DINGTALK_OAPI_BASE="+g.URL,
		"YUNZHUAN_DINGTALK_WEBHOOK_HOSTS="+g.Host,
	)
}

// wecomEnv configures WeCom's application for a stand-in.
func wecomEnv(p *wecomtest.Platform) []string {
	return []string{
		"YUNZHUAN_WECOM_CORP_ID=" + p.CorpID, fmt.Sprint("YUNZHUAN_WECOM_AGENT_ID=", p.AgentID), "YUNZHUAN_WECOM_SECRET=" + p.Secret,
		"YUNZHUAN_WECOM_TOKEN=" + p.Token, "YUNZHUAN_WECOM_ENCODING_AES_KEY=" + p.EncodingAESKey, "YUNZHUAN_WECOM_API_BASE=" + p.URL,
	}
}

// robotEnv configures WeCom's smart robot for a stand-in.
func robotEnv(s *aibottest.Server) []string {
	return []string{
		"YUNZHUAN_WECOM_AIBOT_BOT_ID=" + s.BotID, "YUNZHUAN_WECOM_AIBOT_SECRET=" + s.Secret, "YUNZHUAN_WECOM_AIBOT_WS_URL=" + s.URL,
	}
}

// accountEnv configures the official account for a stand-in.
func accountEnv(s *wechattest.Server) []string {
	return []string{
		"YUNZHUAN_WECHAT_APP_ID=" + s.AppID, "YUNZHUAN_WECHAT_APP_SECRET=" + s.AppSecret, "YUNZHUAN_WECHAT_TOKEN=" + s.Token,
		"YUNZHUAN_WECHAT_ENCODING_AES_KEY=" + s.AESKey, "YUNZHUAN_WECHAT_API_BASE=" + s.URL,
	}
}

// writeSample puts the sample county's directory into dir.
func writeSample(t testing.TB, dir string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "people.csv"), people.SampleCSV(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// dingtalkApp wires the bot in this process for a gateway, with the sample county
// as its directory; a nil clock is the real one.
func dingtalkApp(t testing.TB, g *dingtalktest.Gateway, clock func() time.Time) *app {
	t.Helper()
	dir := t.TempDir()
	writeSample(t, dir)
	cfg, err := config.Load("", gatewayEnv(dir, g), nil)
	if err != nil {
		t.Fatal(err)
	}
	path, err := storePath(cfg)
	if err != nil {
		t.Fatal(err)
	}
	db, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m := obs.NewMetrics("test")
	s, err := store.Open(db, store.Options{Clock: clock, OnCommit: m.Commit})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	a, err := newApp(t.Context(), cfg, storage{s, db}, slog.New(slog.DiscardHandler), m)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// runApp runs a wired bot until the test ends, and waits for its connection.
func runApp(t testing.TB, a *app, g *dingtalktest.Gateway) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() { ran <- a.run(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ran; err != nil {
			t.Error(err)
		}
	})
	if err := g.WaitConnected(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
}
