package dingtalk

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strconv"
	"time"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

// sendByRobot writes by a custom robot. The message's key lets the platform take
// it once, however often it is sent (KB 0717: msgUuid).
func (c *Channel) sendByRobot(ctx context.Context, name string, pc piece, out chat.Outgoing) *chat.SendError {
	robot, ok := c.cfg.CustomRobots[name]
	if !ok {
		return wire.Final("no custom robot of this name is configured")
	}
	p, fault := c.renderFor(ctx, pc, dialect{mentions: true})
	if fault != nil {
		return fault
	}
	body := p.robotMessage()
	if out.Key != "" {
		body.UUID = out.Key + "-" + strconv.Itoa(out.Part)
	}
	_, v, fault := c.say(ctx, robot.signed(c.clock()), "", body)
	if fault == nil {
		fault = v.confirmed()
	}
	return fault
}

// signed is the robot's address with the signature of this moment, which is good
// for an hour.
func (r CustomRobot) signed(now time.Time) string {
	if r.Secret == "" {
		return r.URL
	}
	u, err := url.Parse(r.URL)
	if err != nil {
		return r.URL // New has checked it
	}
	ms := strconv.FormatInt(now.UnixMilli(), 10)
	q := u.Query()
	q.Set("timestamp", ms)
	q.Set("sign", sign(ms, r.Secret))
	u.RawQuery = q.Encode()
	return u.String()
}

// sign is base64(HMAC-SHA256(secret, timestamp + "\n" + secret)).
func sign(timestamp, secret string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(timestamp + "\n" + secret)) // never fails
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
