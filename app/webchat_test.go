package app

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"yunzhuan/chat"
	"yunzhuan/internal/bottest"
)

// chatEvents is the web chat's stream of one person's conversations.
type chatEvents struct {
	addr, person string
	body         io.ReadCloser
	lines        *bufio.Scanner
}

// chatEvent is one message in it.
type chatEvent struct {
	Conv string     `json:"conv"`
	From string     `json:"from"` // empty: the bot
	Text string     `json:"text"`
	Body *chat.Body `json:"body"`
}

// listen opens the stream of a person. It starts with what was said before.
func listen(ctx context.Context, addr, person string) (*chatEvents, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/chat/events?as="+person, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		_ = resp.Body.Close() // the status says it all
		return nil, fmt.Errorf("events: %s", resp.Status)
	}
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	return &chatEvents{addr: addr, person: person, body: resp.Body, lines: lines}, nil
}

// errStreamEnd is what next fails with when the server ends the stream.
var errStreamEnd = errors.New("the stream ended")

// until reads messages until want takes one. A nil want reads what was said
// before.
func (s *chatEvents) until(want func(chatEvent) bool) (chatEvent, error) {
	name := ""
	for s.lines.Scan() {
		line := s.lines.Text()
		if event, ok := strings.CutPrefix(line, "event: "); ok {
			name = event
		}
		data, ok := strings.CutPrefix(line, "data: ")
		switch {
		case !ok:
		case name == "now" && want == nil:
			return chatEvent{}, nil
		case name == "message" && want != nil:
			var e chatEvent
			if err := json.Unmarshal([]byte(data), &e); err != nil {
				return e, err
			}
			if want(e) {
				return e, nil
			}
		}
	}
	return chatEvent{}, errors.Join(errStreamEnd, s.lines.Err())
}

func (s *chatEvents) close() { _ = s.body.Close() } // was only read

// post says a line, and returns once it is durable.
func post(ctx context.Context, addr, person, conv, line string) error {
	body, err := json.Marshal(map[string]string{"as": person, "conv": conv, "text": line, "id": rand.Text()})
	if err != nil {
		return err
	}
	return postJSON(ctx, "http://"+addr+"/chat/send", body)
}

func postJSON(ctx context.Context, url string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }() // was only read
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", resp.Status, answer)
	}
	return nil
}

// ask says a line in the direct chat with the bot and returns the answer.
func ask(ctx context.Context, addr, person, line string) (chat.Body, error) {
	events, err := listen(ctx, addr, person)
	if err != nil {
		return chat.Body{}, err
	}
	defer events.close()
	if _, err := events.until(nil); err != nil {
		return chat.Body{}, err
	}
	direct := "dm:" + person
	if err := post(ctx, addr, person, direct, line); err != nil {
		return chat.Body{}, err
	}
	e, err := events.until(func(e chatEvent) bool { return e.From == "" && e.Conv == direct })
	if err != nil {
		return chat.Body{}, err
	}
	return *e.Body, nil
}

// getPage is a program for scripts: “get PATH” prints a page of the server at
// $HTTP, its status first.
func getPage() {
	resp, err := http.Get("http://" + os.Getenv("HTTP") + os.Args[1])
	endOn(err)
	body, err := io.ReadAll(resp.Body)
	endOn(err)
	fmt.Printf("%s\n%s", resp.Status, body)
	os.Exit(0)
}

// sayLine is a program for scripts: “say PERSON LINE…” prints the bot's answer.
func sayLine() {
	body, err := ask(context.Background(), os.Getenv("HTTP"), os.Args[1], strings.Join(os.Args[2:], " "))
	endOn(err)
	fmt.Println(bottest.Text(body))
	os.Exit(0)
}
