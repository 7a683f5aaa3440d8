package wechat

import (
	"context"
	"errors"
	"fmt"

	"yunzhuan/chat/internal/wire"
)

// Button is an entry of the account's menu. Of Line, URL and Sub exactly one is
// set.
type Button struct {
	Name string
	Line string   // a tap says it in the person's name
	URL  string   // a tap opens the page
	Sub  []Button // only at the top
}

// Limits of a menu, in entries and bytes (MP createCustomMenu). Clients show four
// Chinese characters of a name at the top and eight below.
const (
	menuTop     = 3
	menuSub     = 5
	menuTopName = 16
	menuSubName = 60
	menuKey     = 128
	menuURL     = 1024
)

// wireButton is a Button as the platform has it.
type wireButton struct {
	Type string       `json:"type,omitempty"`
	Name string       `json:"name"`
	Key  string       `json:"key,omitempty"`
	URL  string       `json:"url,omitempty"`
	Sub  []wireButton `json:"sub_button,omitempty"`
}

// SetMenu replaces the account's menu. All that is wrong with it is said at once,
// and the platform is not asked.
func (c *Channel) SetMenu(ctx context.Context, top []Button) error {
	if err := checkMenu(top); err != nil {
		return fmt.Errorf("menu: %w", err)
	}
	if fault := c.api.Ask(ctx, "/cgi-bin/menu/create", map[string]any{"button": wireButtons(top)}, nil); fault != nil {
		return fmt.Errorf("create menu: %w", fault)
	}
	return nil
}

// GetMenu returns the account's menu as SetMenu made it; nil for none. Entries of
// other kinds, made elsewhere, have neither Line nor URL.
func (c *Channel) GetMenu(ctx context.Context) ([]Button, error) {
	var got struct {
		Menu struct {
			Button []wireButton `json:"button"`
		} `json:"menu"`
	}
	fault := c.api.Ask(ctx, "/cgi-bin/menu/get", nil, &got)
	if fault != nil && fault.Code == codeNoMenu {
		return nil, nil
	}
	if fault != nil {
		return nil, fmt.Errorf("get menu: %w", fault)
	}
	return buttons(got.Menu.Button), nil
}

func checkMenu(top []Button) error {
	var errs []error
	if len(top) == 0 || len(top) > menuTop {
		errs = append(errs, fmt.Errorf("%d entries, and 1 to %d are possible", len(top), menuTop))
	}
	for _, b := range top {
		errs = append(errs, checkButton(b, menuTopName))
		if len(b.Sub) > menuSub {
			errs = append(errs, fmt.Errorf("%s: %d entries below, and at most %d are possible", b.Name, len(b.Sub), menuSub))
		}
		for _, s := range b.Sub {
			errs = append(errs, checkButton(s, menuSubName))
			if len(s.Sub) > 0 {
				errs = append(errs, fmt.Errorf("%s: a menu has two levels", s.Name))
			}
		}
	}
	return errors.Join(errs...)
}

func checkButton(b Button, nameMax int) error {
	set := 0
	for _, is := range []bool{b.Line != "", b.URL != "", len(b.Sub) > 0} {
		if is {
			set++
		}
	}
	switch {
	case b.Name == "" || len(b.Name) > nameMax:
		return fmt.Errorf("name %q has %d bytes, and 1 to %d are possible", b.Name, len(b.Name), nameMax)
	case set != 1:
		return fmt.Errorf("%s: exactly one of line, address and entries below", b.Name)
	case len(b.Line) > menuKey:
		return fmt.Errorf("%s: the line has %d bytes, and at most %d are possible", b.Name, len(b.Line), menuKey)
	case b.URL != "" && (len(b.URL) > menuURL || wire.LinkAddress(b.URL) == ""):
		return fmt.Errorf("%s: not a web address of at most %d bytes", b.Name, menuURL)
	}
	return nil
}

func wireButtons(bs []Button) []wireButton {
	out := make([]wireButton, len(bs))
	for i, b := range bs {
		out[i] = wireButton{Name: b.Name}
		switch {
		case b.Line != "":
			out[i].Type, out[i].Key = "click", b.Line
		case b.URL != "":
			out[i].Type, out[i].URL = "view", b.URL
		default:
			out[i].Sub = wireButtons(b.Sub)
		}
	}
	return out
}

func buttons(ws []wireButton) []Button {
	if len(ws) == 0 {
		return nil
	}
	out := make([]Button, len(ws))
	for i, w := range ws {
		out[i] = Button{Name: w.Name, Sub: buttons(w.Sub)}
		switch w.Type {
		case "click":
			out[i].Line = w.Key
		case "view":
			out[i].URL = w.URL
		}
	}
	return out
}
