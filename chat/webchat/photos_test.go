package webchat_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"yunzhuan/chat"
	"yunzhuan/chat/chattest"
	"yunzhuan/internal/browsertest"
)

// choose has the page's own input choose files, as a person would: a PNG of so
// many pixels a side, or a text.
func choose(p *browsertest.Tab, sides ...int) {
	browsertest.Eval[bool](p, fmt.Sprintf(`(async () => {
		const files = new DataTransfer();
		for (const side of %s) {
			let blob = new Blob(['no picture']);
			if (side) {
				const canvas = new OffscreenCanvas(side, side);
				canvas.getContext('2d').fillRect(0, 0, side, side / 2);
				blob = await canvas.convertToBlob();
			}
			files.items.add(new File([blob], side + '.png'));
		}
		const input = document.querySelector('#photos');
		input.files = files.files;
		input.dispatchEvent(new Event('change'));
		return true;
	})()`, strings.ReplaceAll(fmt.Sprint(sides), " ", ",")))
}

func testPhotos(t *testing.T, p *browsertest.Tab, f *fixture) {
	p.Allow("415")
	openAs(p, f, 1440, 900, "#as=J1008")
	choose(p, 30, 40)
	p.Wait(`document.querySelectorAll("#attached img").length === 2 && [...document.querySelectorAll("#attached img")].every(i => i.naturalWidth > 0)`)
	p.Click("#attached li:nth-child(1) button") // not that one
	choose(p, 50)
	p.Wait(`document.querySelectorAll("#attached img").length === 2`)
	p.Type("#line", "/巡查 人事科 办公秩序 桌面杂乱\r")
	p.WaitText(".from-bot .bubble", "收到：/巡查 人事科 办公秩序 桌面杂乱")
	p.Wait(`document.querySelectorAll(".own .picture img").length === 2 && document.querySelector("#attached").hidden`)
	p.Shot("photos")
	first := f.bot.got()[0]
	if len(first.Attachments) != 2 || first.Text != "/巡查 人事科 办公秩序 桌面杂乱" {
		t.Fatalf("the bot got %+v", first)
	}
	for _, a := range first.Attachments {
		data, kind := chattest.Download(t, f.channel, a.Ref)
		if a.Kind != chat.AttachmentPicture || kind != "" || http.DetectContentType(data) != "image/png" {
			t.Errorf("%+v: %d bytes, %q", a, len(data), kind)
		}
	}

	// Without a word.
	choose(p, 60)
	p.Wait(`document.querySelectorAll("#attached img").length === 1`)
	p.Click("#send")
	p.Wait(replies + " === 2")
	if got := f.bot.got()[1]; got.Text != "" || len(got.Attachments) != 1 {
		t.Errorf("the bot got %+v", got)
	}
	p.WaitText("#convs .last", "收到：")

	choose(p, 0)
	p.WaitText("#toast", "0.png：这个文件不是图片")
	choose(p, 70)
	p.Wait(`document.querySelectorAll("#attached img").length === 1`)
	p.Click(`#convs button[data-conv="g-office"]`) // they belong to the conversation
	p.Wait(`document.querySelector("#attached").hidden`)

	p.Reload()
	p.Wait(linked)
	p.Click(`#convs button[data-conv="dm:J1008"]`)
	p.Wait(`document.querySelectorAll(".own .picture img").length === 3`)
	p.Resize(390, 844, true)
	choose(p, 30, 40, 50)
	p.Wait(`document.querySelectorAll("#attached img").length === 3`)
	check(t, p, noSideways)
	p.Shot("photos-phone")
}

func TestSendPictures(t *testing.T) {
	t.Parallel()
	f := start(t)
	post := func(data []byte) (int, string) {
		t.Helper()
		res, err := http.Post(f.url+"/chat/pictures", "application/octet-stream", bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		var body bytes.Buffer
		if _, err := body.ReadFrom(res.Body); err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, body.String()
	}
	for _, c := range []struct {
		data   []byte
		status int
		want   string
	}{
		{samplePicture(), http.StatusOK, `{"picture":"`},
		{[]byte("no picture"), http.StatusUnsupportedMediaType, "这个文件不是图片"},
		{nil, http.StatusUnsupportedMediaType, "这个文件不是图片"},
		{append(samplePicture(), make([]byte, 20<<20)...), http.StatusRequestEntityTooLarge, "照片太大，最多 20 MB"},
	} {
		if status, body := post(c.data); status != c.status || !strings.Contains(body, c.want) {
			t.Errorf("%d bytes: %d %s", len(c.data), status, body)
		}
	}
	_, body := post(samplePicture())
	hash := strings.Split(body, `"`)[3]
	type withPictures struct {
		say
		Pictures []string `json:"pictures"`
	}
	for _, c := range []struct {
		name     string
		m        withPictures
		status   int
		attached int // of what the bot heard last
	}{
		{"with a text", withPictures{say{"J1006", "dm:J1006", "/巡查", "00000001"}, []string{hash}}, http.StatusOK, 1},
		{"again", withPictures{say{"J1006", "dm:J1006", "/巡查", "00000001"}, []string{hash}}, http.StatusOK, 1},
		{"again, with others", withPictures{say{"J1006", "dm:J1006", "/巡查", "00000001"}, nil}, http.StatusConflict, 1},
		{"alone", withPictures{say{"J1006", "dm:J1006", "", "00000002"}, []string{hash, hash}}, http.StatusOK, 2},
		{"alone in a group", withPictures{say{"J1006", "g-office", "", "00000003"}, []string{hash}}, http.StatusOK, 2},
		{"unknown", withPictures{say{"J1006", "dm:J1006", "/巡查", "00000004"}, []string{strings.Repeat("0", 64)}}, http.StatusBadRequest, 2},
		{"too many", withPictures{say{"J1006", "dm:J1006", "/巡查", "00000005"}, make([]string, 21)}, http.StatusBadRequest, 2},
		{"nothing", withPictures{say{"J1006", "dm:J1006", " ", "00000006"}, nil}, http.StatusBadRequest, 2},
	} {
		if status, _ := f.post(t, "/chat/send", c.m); status != c.status {
			t.Errorf("%s: %d", c.name, status)
		}
		if got := f.bot.got(); len(got[len(got)-1].Attachments) != c.attached {
			t.Errorf("%s: heard %+v", c.name, got[len(got)-1])
		}
	}
	if _, kind := chattest.Download(t, f.channel, strings.Repeat("0", 64)); kind != chat.Final {
		t.Errorf("a picture that is gone: %q", kind)
	}
}
