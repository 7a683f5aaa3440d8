package dingtalk

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

// recallTime is for how long a message to a person can be taken back
// (help.dingtalk.io/zh/open/development/batch-message-recall-chat). The document on
// groups (…/enterprise-chatbot-withdraws-internal-group-messages) names no time; that
// it is the same is unconfirmed [U], and the platform refuses what is too late.
const recallTime = 24 * time.Hour

// Recallable implements chat.Recaller: what was sent by the server API. A custom robot
// gives no receipt, nor does a reply address.
func (c *Channel) Recallable(t chat.Target) time.Duration {
	if strings.HasPrefix(string(t.Conv), robotPrefix) {
		return 0
	}
	return recallTime
}

// recallReply is an answer to a recall: the keys of what was taken back, and of what
// was not, each with a reason. Which reasons there are stands in no document [U]; they
// are not kept, for they may repeat a text.
type recallReply struct {
	Success []string          `json:"successResult"`
	Failed  map[string]string `json:"failedResult"`
}

// Recall implements chat.Recaller, in a group by its conversation and the key that its
// message got, from people by the key alone, up to 20 in a call. No chat shows that
// something was taken back. A key that neither list of the answer names counts as
// refused [U].
func (c *Channel) Recall(ctx context.Context, t chat.Target, receipt string) error {
	path, limit := "/v1.0/robot/otoMessages/batchRecall", c.userCalls
	body := map[string]any{"robotCode": c.cfg.RobotCode, "processQueryKeys": []string{receipt}}
	if t.Group {
		path, limit = "/v1.0/robot/groupMessages/recall", c.groupCalls
		body["openConversationId"] = t.Conv
	}
	if c.Recallable(t) == 0 || receipt == "" {
		return wire.Final("nothing that could be taken back")
	}
	a, fault := c.callWithToken(ctx, limit, path, body)
	if fault != nil {
		return fault
	}
	var got recallReply
	if json.Unmarshal(a.Body, &got) == nil && slices.Contains(got.Success, receipt) {
		return nil
	}
	return &chat.SendError{Kind: chat.Final, Code: "failedResult", Err: errors.New("the platform did not take the message back")}
}
