package wecom

import (
	"context"
	"strings"
	"time"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

// recallTime is for how long a message of the application can be taken back
// (WW 94867, for agencies 96460).
const recallTime = 24 * time.Hour

// Recallable implements chat.Recaller: messages of the application to people. What goes
// into a group of the application gets no msgid (WW 90248), and a webhook can take
// nothing back (WW 99110).
func (c *Channel) Recallable(t chat.Target) time.Duration {
	if t.Group || c.cfg.CorpID == "" || strings.HasPrefix(string(t.Conv), webhookPrefix) {
		return 0
	}
	return recallTime
}

// Recall implements chat.Recaller by the msgid of the message (WW 94867): from everyone
// it went to, in WeCom; what the platform showed in WeChat (微信插件) stays there. Which
// codes it refuses with stands in no document [U]; what is not known is Final.
func (c *Channel) Recall(ctx context.Context, t chat.Target, receipt string) error {
	if c.Recallable(t) == 0 || receipt == "" {
		return wire.Final("nothing that could be taken back")
	}
	body := map[string]string{"msgid": receipt}
	if fault := explained(c.api.Call(ctx, "/cgi-bin/message/recall", body, nil)); fault != nil {
		return fault
	}
	return nil
}
