package aibot

import (
	"crypto/rand"
	"encoding/json"
	"fmt"

	"yunzhuan/chat/internal/wire"
)

// Commands of frames (WW 101463, aibot-node-sdk).
const (
	cmdSubscribe      = "aibot_subscribe"
	cmdPing           = "ping"
	cmdMessage        = "aibot_msg_callback"
	cmdEvent          = "aibot_event_callback"
	cmdRespond        = "aibot_respond_msg"
	cmdRespondWelcome = "aibot_respond_welcome_msg"
	cmdSend           = "aibot_send_msg"
	cmdUploadInit     = "aibot_upload_media_init"
	cmdUploadChunk    = "aibot_upload_media_chunk"
	cmdUploadFinish   = "aibot_upload_media_finish"
)

// frame is what goes either way. A frame with a Cmd asks or tells something; one
// without is the answer to the frame of the same request id.
type frame struct {
	Cmd     string          `json:"cmd"`
	Headers headers         `json:"headers"`
	Body    json.RawMessage `json:"body"`
	ErrCode wire.Loose      `json:"errcode"`
}

type headers struct {
	ReqID wire.Loose `json:"req_id"`
}

// outFrame is a frame that the bot writes.
type outFrame struct {
	Cmd     string `json:"cmd"`
	Headers struct {
		ReqID string `json:"req_id"`
	} `json:"headers"`
	Body any `json:"body,omitempty"`
}

func encodeFrame(cmd, reqID string, body any) ([]byte, error) {
	f := outFrame{Cmd: cmd, Body: body}
	f.Headers.ReqID = reqID
	raw, err := wire.Encode(f)
	if err != nil {
		return nil, fmt.Errorf("encode frame: %w", err)
	}
	return raw, nil
}

// newReqID makes an id for a frame of ours that no other has. Its beginning says
// what the frame is, which is how answers to pings are told from others.
func newReqID(cmd string) string { return cmd + "-" + rand.Text() }
