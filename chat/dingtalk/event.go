package dingtalk

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/open-dingtalk/dingtalk-stream-sdk-go/event"
	"github.com/open-dingtalk/dingtalk-stream-sdk-go/payload"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

// groupEvents are the events that change where the robot is. A robot comes into
// a group as part of a 群聊酷应用 (open.dingtalk.com, 群内安装酷应用事件 and
// 群内卸载酷应用事件); for a robot added by hand no event is documented, and its
// group becomes known with the first message.
var groupEvents = map[string]chat.Event{
	"im_cool_app_install":   chat.EventBotAdded,
	"im_cool_app_uninstall": chat.EventBotRemoved,
}

// groupEvent is the data of a group event. The documents show it bare, inside
// another object, and with capital letters.
type groupEvent struct {
	OpenConversationID string          `json:"openConversationId"` // encoding/json takes capital letters too
	RobotCode          string          `json:"robotCode"`
	Title              string          `json:"title"`
	OperateTime        wire.Loose      `json:"operateTime"` // unix milliseconds
	EventID            string          `json:"eventId"`
	Data               json.RawMessage `json:"data"`
}

// decodeEvent reads an event; ok is false for one that means nothing to the bot.
func (c *Channel) decodeEvent(df *payload.DataFrame) (m chat.Message, ok bool, err error) {
	kind, known := groupEvents[df.GetHeader(event.DataFrameHeaderKEventType)]
	if !known {
		return chat.Message{}, false, nil
	}
	var ev groupEvent
	if err := unmarshalLoose(json.RawMessage(df.Data), &ev); err != nil {
		return chat.Message{}, false, fmt.Errorf("decode event of %d bytes", len(df.Data))
	}
	if ev.OpenConversationID == "" {
		if err := unmarshalLoose(slices.Clone(ev.Data), &ev); err != nil {
			return chat.Message{}, false, fmt.Errorf("decode event of %d bytes", len(df.Data))
		}
	}
	if ev.RobotCode != "" && ev.RobotCode != c.cfg.RobotCode {
		return chat.Message{}, false, nil // another robot of the organisation
	}
	if ev.OpenConversationID == "" {
		return chat.Message{}, false, fmt.Errorf("decode event %s: no conversation", kind)
	}
	id := df.GetHeader(event.DataFrameHeaderKEventId)
	setDefault(&id, ev.EventID)
	m = chat.Message{
		Channel: ChannelID, ID: messageID("event", id, df.Data), Event: kind,
		Conv: chat.ConvID(ev.OpenConversationID), Group: true, ConvTitle: ev.Title,
		SentAt: ev.OperateTime.Moment(),
	}
	if m.SentAt.IsZero() {
		m.SentAt = wire.Loose(df.GetHeader(event.DataFrameHeaderKEventBornTime)).Moment()
	}
	if m.SentAt.IsZero() {
		m.SentAt = c.clock()
	}
	return m, true, nil
}
