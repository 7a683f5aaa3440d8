package notice

import (
	"fmt"
	"slices"

	"yunzhuan/chat"
	"yunzhuan/office/bulletin"
	"yunzhuan/office/patrol"
	"yunzhuan/office/people"
	"yunzhuan/push"
	"yunzhuan/report"
	"yunzhuan/report/document"
	"yunzhuan/store"
)

// edition is something that is published in two forms.
type edition struct {
	public, full []string                   // the layers that get the one and the other
	names        bool                       // the public form has names as well
	body         func(names bool) chat.Body // with names, or without
	// illustrate adds a picture to what a group gets; nil for none.
	illustrate func(body chat.Body, names bool) (chat.Body, error)
	// paper is what the office gets as a file, to be printed and filed; nil for none.
	paper func() (document.Document, error)
	// batch names what is sent, so that it can be taken back; "" for what cannot.
	batch string
}

// options are how the messages of a batch go out.
func options(batch string) []store.EnqueueOption {
	if batch == "" {
		return nil
	}
	return []store.EnqueueOption{store.Revocable(batch)}
}

// send brings an edition to the groups of its layers, and to those of the layers'
// people who are on no platform that has groups.
func (e edition) send(tx *store.Tx, p *push.Pusher, sent *Sent) error {
	forms := []struct {
		layers []string
		names  bool
	}{{e.full, true}, {e.public, e.names}} // to whom it goes in full gets it in full
	for _, form := range slices.Backward(forms) {
		body := e.illustrated(form.names)
		for _, layer := range form.layers {
			b := body
			if layer == people.OfficeLayer {
				b = e.filed(body)
			}
			if err := toLayer(tx, p, layer, b, e.batch, sent); err != nil {
				return err
			}
		}
	}
	told := map[people.ID]bool{}
	for _, form := range forms {
		for _, layer := range form.layers {
			members, err := people.OfLayer(tx, layer)
			if err != nil {
				return err
			}
			for _, who := range members {
				outside, err := p.OutsideGroups(tx, who)
				if err != nil {
					return err
				}
				if !outside || told[who.ID] {
					continue
				}
				told[who.ID] = true
				if err := toPerson(tx, p, who.ID, e.body(form.names), e.batch, sent); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// illustrated is what a group gets. What is published goes out in words, whatever
// becomes of its picture.
func (e edition) illustrated(names bool) chat.Body {
	body := e.body(names)
	if e.illustrate == nil {
		return body
	}
	if with, err := e.illustrate(body, names); err == nil {
		return with
	}
	return body
}

// filed is what the office's group gets: it has the paper, too.
func (e edition) filed(body chat.Body) chat.Body {
	if e.paper == nil {
		return body
	}
	d, err := e.paper()
	if err != nil {
		return body
	}
	if with, err := report.Render(body, d, report.Word); err == nil {
		return with
	}
	return body
}

func toLayer(tx *store.Tx, p *push.Pusher, layer string, body chat.Body, batch string, sent *Sent) error {
	n, err := p.Layer(tx, layer, body, options(batch)...)
	sent.Groups += n
	return err
}

func toPerson(tx *store.Tx, p *push.Pusher, id people.ID, body chat.Body, batch string, sent *Sent) error {
	reached, err := p.Person(tx, id, push.Notice, body, options(batch)...)
	if reached {
		sent.People++
	}
	return err
}

// tellConcerned tells those whom findings are about, and the heads of their units:
// a head gets one message about the unit, without what is about the head alone.
func tellConcerned(tx *store.Tx, p *push.Pusher, is bulletin.Issue, batch string, sent *Sent) error {
	var units []string
	byUnit := map[string][]bulletin.Finding{}
	for _, f := range is.Findings {
		if f.Line == 0 {
			continue
		}
		body, err := offerPhotos(tx, report.FindingToPerson(is, f), f)
		if err != nil {
			return err
		}
		for _, id := range f.Persons {
			if err := toPerson(tx, p, id, body, batch, sent); err != nil {
				return err
			}
		}
		if byUnit[f.Unit] == nil {
			units = append(units, f.Unit)
		}
		byUnit[f.Unit] = append(byUnit[f.Unit], f)
	}
	for _, unit := range units {
		heads, err := people.HeadsOf(tx, unit)
		if err != nil {
			return err
		}
		for _, h := range heads {
			others := slices.DeleteFunc(slices.Clone(byUnit[unit]), func(f bulletin.Finding) bool {
				return len(f.Persons) == 1 && f.Persons[0] == h.ID
			})
			if len(others) == 0 {
				continue
			}
			body, err := offerPhotos(tx, report.FindingsToHead(is, others), others...)
			if err != nil {
				return err
			}
			if err := toPerson(tx, p, h.ID, body, batch, sent); err != nil {
				return err
			}
		}
	}
	return nil
}

// offerPhotos lets those who may see the photos of findings ask for them at a tap.
func offerPhotos(tx *store.Tx, body chat.Body, found ...bulletin.Finding) (chat.Body, error) {
	for _, f := range found {
		photos, err := patrol.PhotosOf(tx, f.Finding)
		if err != nil {
			return body, err
		}
		if n := photos.Count(); n > 0 {
			body = body.Tap(fmt.Sprintf("%s 的照片（%d 张）", f.ID(), n), fmt.Sprintf("/%s 照片 %s", f.Book.Command(), f.ID()))
		}
	}
	return body, nil
}
