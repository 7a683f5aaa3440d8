package aibot_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"yunzhuan/chat"
	"yunzhuan/chat/aibot"
)

// FuzzDecode: whatever comes, the decoder does not panic, and what it takes for a
// message says which one it is and where it was said.
func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/callbacks/*.json")
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		cmd, _ := commandOf(raw)
		f.Add(cmd, "req-1", raw)
	}
	c, err := aibot.New(aibot.Config{BotID: "b", Secret: "s"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, cmd, reqID string, body []byte) {
		m, ok, err := aibot.Decode(c, cmd, reqID, body)
		if !ok {
			return
		}
		if err != nil || m.ID == "" || m.Conv == "" || m.Channel != aibot.ChannelID || m.SentAt.IsZero() {
			t.Errorf("taken for a message: %+v, %v", m, err)
		}
	})
}

// FuzzPieces: whatever is to be said, every piece fits and none of it becomes
// markup.
func FuzzPieces(f *testing.F) {
	for _, a := range attacks {
		f.Add(a, a, uint8(3), uint16(1))
	}
	f.Add("题", strings.Repeat("长句。", 9), uint8(255), uint16(900))
	f.Fuzz(func(t *testing.T, title, text string, shape uint8, times uint16) {
		long := strings.Repeat(text, 1+int(times)%256)
		b := chat.Titled(title).Para(long)
		if shape&1 != 0 {
			b = b.Strong(long, text).Heading(long)
		}
		if shape&2 != 0 {
			b = b.Numbered(chat.Line{Strong: text, Text: long}, chat.Line{Text: text}).Bullets(chat.Line{Text: text})
		}
		if shape&4 != 0 {
			b = b.Table([]string{text, long}, [][]string{{long, text}, {text, long}})
		}
		if shape&8 != 0 {
			b = b.Picture(chat.Picture{Name: text, Alt: long}).Para(text)
		}
		if shape&16 != 0 {
			b = b.Tap(text, long).Tap(title, text).Link(long, "https://ok.example/"+text)
		}
		if shape&32 != 0 {
			b.Mentions = []chat.UserID{chat.UserID(text), "u1"}
		}
		for i, p := range aibot.Pieces(b, shape&64 != 0) {
			if len(p.Text) > aibot.MaxContent || !utf8.ValidString(p.Text) || p.Text == "" {
				t.Errorf("piece %d has %d bytes, valid %v", i, len(p.Text), utf8.ValidString(p.Text))
			}
			if rest := markupLeft(p.Text); rest != "" && p.Kind == "text" {
				t.Errorf("%q stands in piece %d:\n%.500s", rest, i, p.Text)
			}
		}
	})
}
