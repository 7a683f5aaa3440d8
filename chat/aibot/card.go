package aibot

import (
	"slices"
	"strings"
	"unicode/utf8"

	"yunzhuan/chat"
	"yunzhuan/chat/internal/wire"
)

// button says a line when it is tapped.
type button struct {
	Text string `json:"text"`
	Key  string `json:"key"` // the line; it comes back as the event_key
}

// Limits of a card with buttons (aibot-node-sdk): six buttons, keys of 1024 bytes
// that differ; titles of 26 characters and labels of 10 are advised.
const (
	maxButtons   = 6
	maxKey       = 1024
	maxCardTitle = 26
	maxLabel     = 16
)

// cardsOf makes cards of the actions of a Body that say a line. rest are those
// that stand in the text: pages, and lines too long for a button.
func cardsOf(b chat.Body) (cards []piece, rest []chat.Action) {
	var cur []button
	flush := func() {
		if len(cur) > 0 {
			cards = append(cards, piece{kind: pieceCard, title: cardTitle(b.Caption()), buttons: cur})
		}
		cur = nil
	}
	for _, a := range b.Actions {
		line := strings.TrimSpace(wire.CleanLine(a.Send))
		if line == "" || len(line) > maxKey {
			rest = append(rest, a)
			continue
		}
		bt := button{Text: labelOf(a.Label, line), Key: line}
		if slices.Contains(cur, bt) {
			continue
		}
		if len(cur) == maxButtons || slices.ContainsFunc(cur, func(other button) bool { return other.Key == bt.Key }) {
			flush()
		}
		cur = append(cur, bt)
	}
	flush()
	return cards, rest
}

func labelOf(label, line string) string {
	label = strings.TrimSpace(wire.CleanLine(label))
	if label == "" {
		label = line
	}
	return ellipsis(label, maxLabel)
}

func cardTitle(title string) string {
	title = strings.TrimSpace(wire.CleanLine(title))
	if title == "" {
		return "请选择"
	}
	return ellipsis(title, maxCardTitle)
}

// ellipsis shortens s to n runes.
func ellipsis(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return clip(s, n-1) + "…"
}

// templateCard is a card with buttons as the platform takes it (aibot-node-sdk).
type templateCard struct {
	CardType  string   `json:"card_type"`
	MainTitle cardHead `json:"main_title"`
	Buttons   []button `json:"button_list"`
	TaskID    string   `json:"task_id"` // letters, digits, "_-@", at most 128 bytes; the robot uses one once
}

type cardHead struct {
	Title string `json:"title"`
}

func (p piece) card(taskID string) templateCard {
	return templateCard{CardType: "button_interaction", MainTitle: cardHead{Title: p.title}, Buttons: p.buttons, TaskID: taskID}
}
