package app

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"yunzhuan/bot"
	"yunzhuan/chat"
	"yunzhuan/chat/aibot/aibottest"
	"yunzhuan/chat/dingtalk/dingtalktest"
	"yunzhuan/chat/wechat/wechattest"
	"yunzhuan/office/calendar"
	"yunzhuan/office/patrol"
	"yunzhuan/office/people"
	"yunzhuan/store"
)

// shot is a photo that no other number makes.
func shot(n int) []byte {
	img := image.NewGray(image.Rect(0, 0, 320+n, 240))
	for x := range 320 {
		img.SetGray(x, x%240, color.Gray{Y: uint8(x * n)})
	}
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, img, nil); err != nil {
		panic(err) // a buffer takes everything
	}
	return buf.Bytes()
}

// fileOf is where a photo is kept beside a store in dir.
func fileOf(dir string, data []byte) string {
	sum := sha256.Sum256(data)
	name := hex.EncodeToString(sum[:])
	return filepath.Join(dir, "photos", name[:2], name+".jpg")
}

// arrived waits until nothing is left to be fetched.
func (a *app) arrived(t *testing.T) {
	t.Helper()
	for left := 1; left > 0; runtime.Gosched() {
		if err := a.store.View(t.Context(), func(tx *store.Tx) (err error) {
			left, err = bot.Fetching(tx)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// photosOf are the photos of the n-th finding of the bot's day.
func (a *app) photosOf(t *testing.T, n int) (out patrol.Photos) {
	t.Helper()
	err := a.store.View(t.Context(), func(tx *store.Tx) error {
		f, err := patrol.Offices.Find(tx, calendar.Day(tx.Today()), n)
		if err == nil {
			out, err = patrol.PhotosOf(tx, f)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestPhotosOverDingTalk attaches photos the way DingTalk brings them.
func TestPhotosOverDingTalk(t *testing.T) {
	t.Parallel()
	g := dingtalktest.New()
	t.Cleanup(g.Close)
	a := dingtalkApp(t, g, nil)
	runApp(t, a, g)
	path, err := storePath(a.cfg)
	if err != nil {
		t.Fatal(err)
	}
	dir, d := filepath.Dir(path), &desk{t: t, g: g}
	send := func(text string, pictures ...[]byte) string {
		t.Helper()
		cb := dingtalktest.Callback{Conv: "dm-dt1087", StaffID: "dt1087", Text: text, MsgID: fmt.Sprint("once", text, len(pictures), g.Calls(dingtalktest.Reply))}
		for _, p := range pictures {
			cb.Pictures = append(cb.Pictures, g.Attach(p))
		}
		answer := d.push(cb)
		if ack, err := g.Push(t.Context(), cb); err != nil || !ack.OK() { // brought once more
			t.Fatalf("again: %+v, %v", ack, err)
		}
		return answer
	}
	told := func(want string) {
		t.Helper()
		// It may have come before the answer was looked for.
		if _, err := g.WaitSent(testContext(t), func(all []dingtalktest.Sent) bool {
			return slices.ContainsFunc(all, func(s dingtalktest.Sent) bool {
				return slices.Contains(s.Users, "dt1087") && strings.Contains(s.Text, want)
			})
		}); err != nil {
			t.Fatalf("%q: %v", want, err)
		}
	}

	wantAll(t, send("/巡查 人事科 办公秩序 桌面杂乱", shot(1), shot(2)), "巡查已登记", "第 1 条 人事科 办公秩序（共 2 张）")
	a.arrived(t)
	for _, n := range []int{1, 2} {
		if got, err := os.ReadFile(fileOf(dir, shot(n))); err != nil || !bytes.Equal(got, shot(n)) {
			t.Errorf("photo %d: %d bytes, %v", n, len(got), err)
		}
	}

	g.Fail(dingtalktest.Download, 1, dingtalktest.Fault{Status: http.StatusServiceUnavailable})
	wantAll(t, send("", shot(3)), "照片已附到：", "（共 3 张）")
	a.arrived(t)
	if _, err := os.Stat(fileOf(dir, shot(3))); err != nil || g.Calls(dingtalktest.Download) != 4 {
		t.Errorf("after a failure: %v, %d calls", err, g.Calls(dingtalktest.Download))
	}

	g.Fail(dingtalktest.Download, 1, dingtalktest.Fault{Status: http.StatusBadRequest, Body: `{"code":"invalidParameter.downloadCode.expired"}`})
	send("", shot(4))
	told("有一张照片没有取到（")
	send("", []byte("GIF89a"))
	told("只收 JPEG 和 PNG 格式的照片。")
	send("", append(shot(5), make([]byte, 10<<20)...))
	told("照片超过 10 MB。")
	var huge bytes.Buffer
	if err := png.Encode(&huge, image.NewPaletted(image.Rect(0, 0, 12_001, 1), color.Palette{color.Black})); err != nil {
		t.Fatal(err)
	}
	send("", huge.Bytes())
	told("照片太大（12001×1）")
	if p := a.photosOf(t, 1); len(p.Files) != 3 || p.Waiting != 0 {
		t.Errorf("photos: %+v", p)
	}

	send("/巡查 照片 1")
	var ids []string
	for _, s := range g.Sent() {
		if s.Endpoint == dingtalktest.Reply {
			ids = nil
			for _, part := range strings.Split(s.Text, "](")[1:] {
				id, _, _ := strings.Cut(part, ")")
				ids = append(ids, id)
			}
		}
	}
	if len(ids) != 3 {
		t.Fatalf("shown: %q", ids)
	}
	for i, id := range ids {
		if !bytes.Equal(g.Uploaded(id), shot(i+1)) {
			t.Errorf("photo %d is shown as %d bytes", i+1, len(g.Uploaded(id)))
		}
	}
}

// TestPhotosOverWeixin attaches photos that came by WeCom and by the official
// account, where a picture has no words.
func TestPhotosOverWeixin(t *testing.T) {
	t.Parallel()
	c := newCounty(t, "2026-11-23 10:00")
	c.onWeCom("wx1087", "/巡查 人事科 办公秩序 桌面杂乱")
	before := len(c.wecom.SentTo("wx1087"))
	if _, err := c.toWeCom.Picture(t.Context(), "wx1087", c.wecom.Attach(shot(1))); err != nil {
		t.Fatal(err)
	}
	wantAll(t, c.wecomSays("wx1087", before), "照片已附到：11月23日第 1 条 人事科 办公秩序（共 1 张）")
	c.move("wechat", []people.ID{"J1088"}, func(people.ID) string { return "o1088" })
	c.onWeChat("o1088", "/巡查 计财科 环境卫生 走廊堆放杂物")
	id := c.account.Attach(shot(2))
	wantAll(t, c.answered(c.account.Bring(t.Context(), wechatPicture("o1088", id))), "照片已附到：11月23日第 2 条 计财科 环境卫生（共 1 张）")
	c.move("wecom_aibot", []people.ID{"J1007"}, func(people.ID) string { return "wx1007" })
	files := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(shot(3)) // the client may be gone
	}))
	t.Cleanup(files.Close)
	mixed := fmt.Sprintf(`{"msgid":"m1","chattype":"single","from":{"userid":"wx1007"},"msgtype":"mixed","mixed":{"msg_item":[
		{"msgtype":"text","text":{"content":"/巡查 党建科 环境卫生 走廊堆放杂物"}},{"msgtype":"image","image":{"url":"%s/x?sign=1"}}]}}`, files.URL)
	if _, err := c.robot.Push(t.Context(), aibottest.Message, "", []byte(mixed)); err != nil {
		t.Fatal(err)
	}
	wantAll(t, c.robotSays(func(s aibottest.Sent) bool { return s.Text != "" }), "照片已附到：11月23日第 3 条 党建科 环境卫生（共 1 张）")
	c.arrived(t)
	for _, n := range []int{1, 2, 3} {
		if p := c.photosOf(t, n); len(p.Files) != 1 || c.photos.Check(p.Files[0].Name) != nil {
			t.Errorf("finding %d: %+v", n, p)
		}
	}
}

// TestPhotosInTheDemo attaches a photo the way the demo's page does, and looks at it.
func TestPhotosInTheDemo(t *testing.T) {
	t.Parallel()
	ctx, dir := testContext(t), t.TempDir()
	_, addr := startReady(t, dir, append(demoEnv(), atTime+"=2026-11-23 10:00")...)
	resp, err := http.Post("http://"+addr+"/chat/pictures", "application/octet-stream", bytes.NewReader(shot(1)))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var kept struct{ Picture string }
	if err := json.NewDecoder(resp.Body).Decode(&kept); err != nil || kept.Picture == "" {
		t.Fatalf("%s, %v", resp.Status, err)
	}
	message := map[string]any{
		"as": "J1007", "conv": "dm:J1007", "text": "/巡查 人事科 办公秩序 桌面杂乱", "id": "00000001", "pictures": []string{kept.Picture},
	}
	raw, err := json.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	answer := heard(t, addr, "J1007", func() {
		if err := postJSON(ctx, "http://"+addr+"/chat/send", raw); err != nil {
			t.Fatal(err)
		}
	})
	wantAll(t, answer, "照片已附到：11月23日第 1 条 人事科 办公秩序（共 1 张）")
	for {
		body, err := ask(ctx, addr, "J1007", "/巡查 照片 1")
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(body.Blocks, func(b chat.Block) bool { return b.Picture != nil })
		if i < 0 {
			continue // it is on its way
		}
		if got := fetch(t, addr, "/chat/pictures/"+body.Blocks[i].Picture.Blob); got != string(shot(1)) {
			t.Errorf("shown: %d bytes", len(got))
		}
		break
	}
	if _, err := os.Stat(fileOf(filepath.Join(dir, "data"), shot(1))); err != nil {
		t.Error(err)
	}
}

// TestPhotosAfterACrash kills the bot between the ack and the download: the photo
// is there once the next process has run, once.
func TestPhotosAfterACrash(t *testing.T) {
	t.Parallel()
	ctx := testContext(t)
	g := dingtalktest.New()
	t.Cleanup(g.Close)
	dir := t.TempDir()
	writeSample(t, dir)
	env := gatewayEnv(dir, g)
	p, _ := startReady(t, dir, env...)
	if err := g.WaitConnected(ctx, 1); err != nil {
		t.Fatal(err)
	}
	held := make(chan struct{})
	g.Fail(dingtalktest.Content, -1, dingtalktest.Fault{Until: held})
	code := g.Attach(shot(1))
	cb := dingtalktest.Callback{StaffID: "dt1087", MsgID: "m1", Text: "/巡查 人事科 办公秩序 桌面杂乱", Pictures: []string{code, g.Attach(shot(2))}}
	if ack, err := g.Push(ctx, cb); err != nil || !ack.OK() {
		t.Fatalf("ack %+v, %v", ack, err)
	}
	if err := g.WaitCalls(ctx, dingtalktest.Content, 2); err != nil {
		t.Fatal(err)
	}
	p.kill()
	close(held)
	if strings.Contains(p.log(), code) {
		t.Error("the download code is in the log")
	}
	code2, printed := yunzhuan(t, dir, env, "check")
	if code2 != exitOK {
		t.Errorf("check: %d", code2)
	}
	wantAll(t, printed, "正常　照片　0 张，还有 2 张在取")

	g.Heal(dingtalktest.Content)
	p, _ = startReady(t, dir, env...)
	if err := g.WaitConnected(ctx, 1); err != nil {
		t.Fatal(err)
	}
	if ack, err := g.Push(ctx, cb); err != nil || !ack.OK() { // brought once more
		t.Fatalf("ack %+v, %v", ack, err)
	}
	for _, n := range []int{1, 2} {
		for _, err := os.Stat(fileOf(dir, shot(n))); err != nil && ctx.Err() == nil; _, err = os.Stat(fileOf(dir, shot(n))) {
			time.Sleep(5 * time.Millisecond)
		}
	}
	d := &desk{t: t, g: g}
	for text := ""; !strings.Contains(text, "照片 2 张"); {
		text = d.say("dt1087", "/巡查 记录")
		if strings.Contains(text, "第 2 条") {
			t.Fatalf("recorded twice:\n%s", text)
		}
	}
	if code := p.stop(); code != exitOK {
		t.Fatalf("exit code %d\n%s", code, p.log())
	}

	_, printed = yunzhuan(t, dir, env, "check")
	wantAll(t, printed, "正常　照片　2 张，全部核对过")
	if err := os.Remove(fileOf(dir, shot(1))); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(fileOf(dir, shot(2)), shot(3), 0o600); err != nil {
		t.Fatal(err)
	}
	code2, printed = yunzhuan(t, dir, env, "check")
	if code2 != exitOK {
		t.Errorf("check: %d", code2)
	}
	wantAll(t, printed, "提醒　照片　2 张，全部核对过：1 张的文件不在，1 张的内容变了。")
}

// TestStrayPhotos go after a day, and not before this process has known them for
// one: a store that was restored by mistake can be put right.
func TestStrayPhotos(t *testing.T) {
	t.Parallel()
	g := dingtalktest.New()
	t.Cleanup(g.Close)
	a := dingtalkApp(t, g, nil)
	img, err := a.photos.Keep(bytes.NewReader(shot(1)))
	if err != nil {
		t.Fatal(err)
	}
	s, now := strays{}, time.Now()
	for _, c := range []struct {
		after time.Duration
		there bool
	}{{48 * time.Hour, true}, {71 * time.Hour, true}, {73 * time.Hour, false}} {
		if err := a.sweepPhotos(t.Context(), s, now.Add(c.after)); err != nil {
			t.Fatal(err)
		}
		if there := a.photos.Check(img.Name) == nil; there != c.there {
			t.Errorf("after %v: there %v", c.after, there)
		}
	}
}

// wechatPicture is a picture that a follower sends.
func wechatPicture(openid, mediaID string) wechattest.Callback {
	return wechattest.Callback{OpenID: openid, Type: "image", Fields: map[string]string{"PicUrl": "http://mmbiz.example/" + mediaID, "MediaId": mediaID}}
}
