package aibot_test

import (
	"bytes"
	"testing"

	"yunzhuan/chat"
	"yunzhuan/chat/aibot/aibottest"
)

// png is the beginning of a picture; what follows is not looked at.
func png(n int) []byte {
	return append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat([]byte("p"), n)...)
}

func TestPicturesAndFiles(t *testing.T) {
	t.Parallel()
	r, to := asked(t)
	big, doc := png(1<<20+17), bytes.Repeat([]byte("d"), 600<<10)
	b := chat.Titled("考勤").Para("上").Picture(chat.Picture{Name: "榜", Alt: "榜", Data: big}).Para("下").
		File(chat.File{Name: "通知.docx", Data: doc}).Tap("看", "/看")
	parts, err := r.send(to, b)
	if err != nil || parts != 5 {
		t.Fatalf("%d parts, %v", parts, err)
	}
	if got := r.kinds(); got != "aibot_respond_msg stream, aibot_send_msg image, aibot_respond_msg stream, aibot_send_msg template_card, aibot_send_msg file" {
		t.Fatalf("said: %s", got)
	}
	sent := r.s.Sent()
	if !bytes.Equal(sent[1].Media.Data, big) || sent[1].Media.Name != "榜.png" {
		t.Errorf("picture of %d bytes, %q", len(sent[1].Media.Data), sent[1].Media.Name)
	}
	if !bytes.Equal(sent[4].Media.Data, doc) || sent[4].Media.Name != "通知.docx" {
		t.Errorf("file of %d bytes, %q", len(sent[4].Media.Data), sent[4].Media.Name)
	}
	// What was uploaded is not uploaded again.
	if _, err := r.send(chat.Target{User: "u1"}, chat.Body{}.Picture(chat.Picture{Name: "榜", Data: big})); err != nil {
		t.Fatal(err)
	}
	if n := r.s.Received(aibottest.UploadInit); n != 2 {
		t.Errorf("%d uploads", n)
	}
}

func TestUploadFaults(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		cmd   string
		times int
		fault aibottest.Fault
		want  chat.SendKind
		said  string // the type of what was said
	}{
		"refused":                {aibottest.UploadInit, 1, aibottest.Fault{Code: 40058}, "", "markdown"},
		"no id":                  {aibottest.UploadInit, 1, aibottest.Fault{}, "", "markdown"},
		"not subscribed for it":  {aibottest.UploadInit, 1, aibottest.Fault{Code: 846609}, "", "markdown"},
		"over the rate":          {aibottest.UploadInit, 1, aibottest.Fault{Code: 45009}, chat.Limited, ""},
		"piece met a fault":      {aibottest.UploadChunk, 2, aibottest.Fault{Code: -1}, "", "image"},
		"piece met three":        {aibottest.UploadChunk, 3, aibottest.Fault{Code: -1}, chat.Temporary, ""},
		"broken at the end":      {aibottest.UploadFinish, 1, aibottest.Fault{Drop: true, Deliver: true}, chat.Temporary, ""},
		"end without an id":      {aibottest.UploadFinish, 1, aibottest.Fault{}, "", "markdown"},
		"picture refused itself": {aibottest.Send, 1, aibottest.Fault{Code: 40007}, chat.Final, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := connected(t, keep)
			r.s.Fail(c.cmd, c.times, c.fault)
			_, err := r.send(chat.Target{User: "u1"}, chat.Body{}.Picture(chat.Picture{Name: "榜.png", Alt: "榜[单]", Data: png(9)}))
			if got := chat.KindOf(err); got != c.want {
				t.Fatalf("%v, want kind %q", err, c.want)
			}
			if sent := r.s.Sent(); c.said == "" && len(sent) > 0 || c.said != "" && (len(sent) != 1 || sent[0].Type != c.said) {
				t.Fatalf("said %+v", sent)
			}
			if c.said == "markdown" && r.s.Sent()[0].Text != "（图片：榜［单］）" {
				t.Errorf("said %q", r.s.Sent()[0].Text)
			}
		})
	}
}
