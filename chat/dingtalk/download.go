package dingtalk

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/url"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

// downloadPath gives out the address of what was sent to the robot (KB 0646).
const downloadPath = "/v1.0/robot/messageFiles/download"

var _ chat.Downloader = (*Channel)(nil)

// Download implements chat.Downloader. The code in a message is good for a limited
// time and gives an address that is good for a shorter one: each try asks anew.
func (c *Channel) Download(ctx context.Context, a chat.Attachment) (io.ReadCloser, error) {
	addr, fault := c.downloadURL(ctx, a.Ref)
	if fault != nil {
		return nil, wire.Faulty(fault)
	}
	content, fault := wire.Open(ctx, c.http, secured(addr))
	if fault != nil && fault.Code == "403" {
		fault.Kind = chat.Temporary // its signature is too old
	}
	return content, wire.Faulty(fault)
}

// secured is an address with https in the place of http, but for loopback: the
// storage behind it answers to both and signs neither (field).
func secured(addr string) string {
	u, err := url.Parse(addr)
	if err != nil || u.Scheme != "http" || wire.Secure(u) {
		return addr
	}
	u.Scheme = "https"
	return u.String()
}

// downloadURL asks for the address behind a download code.
func (c *Channel) downloadURL(ctx context.Context, code string) (string, *chat.SendError) {
	if code == "" {
		return "", wire.Final("no download code")
	}
	for attempt := 0; ; attempt++ {
		token, fault := c.token(ctx)
		if fault != nil {
			return "", fault
		}
		a, v, fault := c.say(ctx, c.cfg.APIBase+downloadPath, token, map[string]string{"downloadCode": code, "robotCode": c.cfg.RobotCode})
		if fault != nil && v.token {
			c.tokens.Drop(token)
			if attempt == 0 {
				continue
			}
		}
		if fault != nil {
			return "", fault
		}
		var got struct {
			DownloadURL string `json:"downloadUrl"`
		}
		if json.Unmarshal(a.Body, &got) != nil || got.DownloadURL == "" {
			return "", &chat.SendError{Kind: chat.Temporary, Err: errors.New("no address in the answer")}
		}
		return got.DownloadURL, nil
	}
}
