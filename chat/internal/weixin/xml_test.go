package weixin_test

import (
	"encoding/xml"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yunzhuan/chat/internal/weixin"
)

// What is written by hand reads as what was meant, whatever the text.
func TestPassive(t *testing.T) {
	t.Parallel()
	type read struct {
		ToUserName, FromUserName, MsgType, Content string
		CreateTime                                 int64
		Image                                      struct {
			MediaID string `xml:"MediaId"`
		}
	}
	at := time.Unix(1_790_000_000, 0)
	for _, text := range []string{"答", "a]]>b", "]]]]>", "<a href=\"x\">&amp;</a>", "𠮷\n二"} {
		var got read
		if err := xml.Unmarshal(weixin.PassiveText("gh_a", "oX", text, at), &got); err != nil {
			t.Errorf("%q: %v", text, err)
		}
		want := read{ToUserName: "oX", FromUserName: "gh_a", MsgType: "text", Content: text, CreateTime: at.Unix()}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
	var got read
	if err := xml.Unmarshal(weixin.PassiveImage("gh_a", "oX", "m1", at), &got); err != nil || got.Image.MediaID != "m1" || got.MsgType != "image" {
		t.Errorf("%+v %v", got, err)
	}
}
