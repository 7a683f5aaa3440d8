package webchat_test

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"yunzhuan/chat"
	"yunzhuan/chat/webchat"
)

func TestSendReachesConversation(t *testing.T) {
	t.Parallel()
	f := start(t)
	for i, target := range []chat.Target{
		{Group: true, Conv: "g-office"},
		{User: "J1008"},
		{Conv: "dm:J1008"},
		{Conv: "dm:J1008", User: "J1008"},
		{User: "J1001"}, // not for the eyes of J1008
	} {
		target.Channel = webchat.ChannelID
		if _, err := f.channel.Send(t.Context(), chat.Outgoing{Target: target, Body: numbered(i)}); err != nil {
			t.Fatalf("send %d: %v", i, err)
		}
	}
	evs := f.listen(t, "J1008", "").until(t, "now")
	want := "g-office bot: 第 0 条\ndm:J1008 bot: 第 1 条\ndm:J1008 bot: 第 2 条\ndm:J1008 bot: 第 3 条\n"
	if got := said(evs); got != want {
		t.Errorf("streamed:\n%s\nwant:\n%s", got, want)
	}
	var pushes []string
	for _, ev := range evs {
		if ev.Name == "push" {
			pushes = append(pushes, string(ev.Conv)+" "+ev.Brief)
		}
	}
	if len(pushes) != 5 || pushes[4] != "dm:J1001 第 4 条" {
		t.Errorf("list of what was sent: %v", pushes)
	}
}

func TestSendRefusesForGood(t *testing.T) {
	t.Parallel()
	f := start(t)
	tests := map[string]struct {
		out  chat.Outgoing
		code string
	}{
		"unknown group":         {chat.Outgoing{Target: chat.Target{Group: true, Conv: "g-none"}}, "unknown_group"},
		"unknown person":        {chat.Outgoing{Target: chat.Target{User: "J9999"}}, "unknown_user"},
		"unknown direct chat":   {chat.Outgoing{Target: chat.Target{Conv: "dm:J9999"}}, "unknown_user"},
		"nobody":                {chat.Outgoing{}, "unknown_user"},
		"second part":           {chat.Outgoing{Target: chat.Target{User: "J1001"}, Part: 1}, "no_part"},
		"picture without data":  {chat.Outgoing{Target: chat.Target{User: "J1001"}, Body: chat.Body{}.Picture(chat.Picture{Name: "a.png", Blob: "00"})}, "bad_picture"},
		"picture that is a svg": {chat.Outgoing{Target: chat.Target{User: "J1001"}, Body: chat.Body{}.Picture(chat.Picture{Name: "a.png", Data: []byte("<svg onload=x>")})}, "bad_picture"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := f.channel.Send(t.Context(), tt.out)
			se, ok := errors.AsType[*chat.SendError](err)
			if !ok || se.Kind != chat.Final || se.Code != tt.code {
				t.Errorf("got %v, want a final error %s", err, tt.code)
			}
		})
	}
}

func TestSendKeyOnce(t *testing.T) {
	t.Parallel()
	f := start(t)
	out := chat.Outgoing{Target: chat.Target{Group: true, Conv: "g-office"}, Body: numbered(1), Key: "k1"}
	first, err := f.channel.Send(t.Context(), out)
	if err != nil || first.ID == "" || first.More {
		t.Fatalf("first: %+v %v", first, err)
	}
	again, err := f.channel.Send(t.Context(), out)
	if err != nil || again != first {
		t.Errorf("again: %+v %v, want %+v", again, err, first)
	}
	out.Key = "k2"
	if other, err := f.channel.Send(t.Context(), out); err != nil || other == first {
		t.Errorf("other key: %+v %v", other, err)
	}
	want := "g-office bot: 第 1 条\ng-office bot: 第 1 条\n"
	if got := said(f.listen(t, "J1008", "").until(t, "now")); got != want {
		t.Errorf("streamed:\n%s\nwant:\n%s", got, want)
	}
}

func TestSendPicture(t *testing.T) {
	t.Parallel()
	f := start(t)
	data := samplePicture()
	body := chat.Body{}.Picture(chat.Picture{Name: "trend.png", Alt: "走势", Data: data})
	if _, err := f.channel.Send(t.Context(), chat.Outgoing{Target: chat.Target{User: "J1001"}, Body: body}); err != nil {
		t.Fatal(err)
	}
	if body.Blocks[0].Picture.Data == nil {
		t.Error("the caller's body was changed")
	}
	p := f.listen(t, "J1001", "").until(t, "now")[0].Body.Blocks[0].Picture
	if p.Data != nil || p.Name != "trend.png" || p.Alt != "走势" || len(p.Blob) != 64 {
		t.Fatalf("streamed picture: %+v", p)
	}
	res, got := f.get(t, "/chat/pictures/"+p.Blob)
	if res.StatusCode != http.StatusOK || !bytes.Equal([]byte(got), data) {
		t.Errorf("picture: %s, %d bytes", res.Status, len(got))
	}
	for name, want := range map[string]string{"Content-Type": "image/png", "X-Content-Type-Options": "nosniff"} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if res, _ := f.get(t, "/chat/pictures/"+strings.Repeat("0", 64)); res.StatusCode != http.StatusNotFound {
		t.Errorf("unknown picture: %s", res.Status)
	}
}

// TestSendFile: a file is handed out to be kept, whatever is in it.
func TestSendFile(t *testing.T) {
	t.Parallel()
	f := start(t)
	data := []byte("<script>alert(1)</script>")
	body := chat.Body{}.File(chat.File{Name: "S1 结果.html", Data: data})
	if _, err := f.channel.Send(t.Context(), chat.Outgoing{Target: chat.Target{User: "J1001"}, Body: body}); err != nil {
		t.Fatal(err)
	}
	file := f.listen(t, "J1001", "").until(t, "now")[0].Body.Blocks[0].File
	if file.Data != nil || file.Name != "S1 结果.html" || len(file.Blob) != 64 {
		t.Fatalf("streamed file: %+v", file)
	}
	res, got := f.get(t, "/chat/files/"+file.Blob+"/"+url.PathEscape(file.Name))
	if res.StatusCode != http.StatusOK || got != string(data) {
		t.Errorf("file: %s, %q", res.Status, got)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/octet-stream", "X-Content-Type-Options": "nosniff",
		"Content-Disposition": "attachment; filename*=utf-8''S1%20%E7%BB%93%E6%9E%9C.html",
	} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if res, _ := f.get(t, "/chat/files/"+strings.Repeat("0", 64)+"/a.txt"); res.StatusCode != http.StatusNotFound {
		t.Errorf("unknown file: %s", res.Status)
	}
}

func TestSendLinks(t *testing.T) {
	t.Parallel()
	f := start(t)
	body := chat.Body{}.Tap("撤回", "/撤回")
	links := []string{
		"https://bot.example.edu.cn/s/abc", "http://127.0.0.1:8642/s/abc", "/s/abc?x=1",
		"javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "//evil.example", `/\evil.example`, "s/abc", "https:", "",
	}
	for _, l := range links {
		body = body.Link("打开", l)
	}
	if _, err := f.channel.Send(t.Context(), chat.Outgoing{Target: chat.Target{User: "J1001"}, Body: body}); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range f.listen(t, "J1001", "").until(t, "now")[0].Body.Actions {
		got = append(got, a.Send+a.URL)
	}
	want := []string{"/撤回", links[0], links[1], links[2], "", "", "", "", "", "", "", ""}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}
