package wechat

import (
	"context"
	"errors"
	"regexp"
	"time"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

// Scenes of the account's codes are a word and an argument, "bind-K7M2QX", and say
// "/bind K7M2QX". A word alone has its hyphen, too. A scene of another kind is not
// ours and says nothing: any account may have had codes printed before.
var (
	sceneForm = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9_]*)-([A-Za-z0-9_.-]*)$`)
	lineForm  = regexp.MustCompile(`^/([A-Za-z][A-Za-z0-9_]*)(?: ([A-Za-z0-9_.-]+))?$`)
)

// Bounds of a code (MP createQRCode).
const (
	sceneMax   = 64
	scanLeast  = time.Minute // MP names none; a shorter one could end before it is shown
	scanMost   = 2_592_000 * time.Second
	scanUsual  = 10 * time.Minute // where a Scan names no end
	qrcodePath = "/cgi-bin/qrcode/create"
)

// lineOfScene is what a scene says; "" for nothing.
func lineOfScene(scene string) string {
	m := sceneForm.FindStringSubmatch(scene)
	switch {
	case m == nil || len(scene) > sceneMax:
		return ""
	case m[2] == "":
		return "/" + m[1]
	}
	return "/" + m[1] + " " + m[2]
}

// sceneOfLine is the scene that says a line; "" where there is none.
func sceneOfLine(line string) string {
	m := lineForm.FindStringSubmatch(line)
	if m == nil || len(m[1])+1+len(m[2]) > sceneMax {
		return ""
	}
	return m[1] + "-" + m[2]
}

// ScanLink implements chat.ScanCoder: a temporary code of the account. Who does not
// follow yet is asked to, and says the line by following.
func (c *Channel) ScanLink(ctx context.Context, s chat.Scan) (string, error) {
	scene := sceneOfLine(s.Line)
	if scene == "" {
		return "", wire.Final("a code holds a command of ASCII letters with at most one argument, 64 characters in all")
	}
	life := scanUsual
	if !s.Until.IsZero() {
		life = min(max(s.Until.Sub(c.clock()), scanLeast), scanMost)
	}
	body := map[string]any{
		"expire_seconds": int64((life + time.Second - 1) / time.Second),
		"action_name":    "QR_STR_SCENE",
		"action_info":    map[string]any{"scene": map[string]string{"scene_str": scene}},
	}
	var got struct {
		URL string `json:"url"`
	}
	if fault := c.api.Ask(ctx, qrcodePath, body, &got); fault != nil {
		return "", fault
	}
	if got.URL == "" {
		return "", &chat.SendError{Kind: chat.Temporary, Err: errors.New("no code in the answer")}
	}
	return got.URL, nil
}
