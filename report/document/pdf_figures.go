package document

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"image/png"

	"github.com/signintech/gopdf"

	"yunzhuan/report/internal/typeset"
)

// figures draws key numbers between two thin rules, at most four in a row.
func (p *paper) figures(all []Figure) {
	for _, row := range figureRows(all) {
		width := textWidth / float64(len(row))
		room := width - 8
		small := p.ruler.At(12)
		var labels, notes [][]string
		tallest, lowest := 0, 0
		for _, f := range row {
			labels = append(labels, typeset.Wrap(f.Label, 0, room, small))
			var note []string
			if f.Note != "" {
				note = typeset.Wrap(f.Note, 0, room, small)
			}
			notes = append(notes, note)
			tallest, lowest = max(tallest, len(labels[len(labels)-1])), max(lowest, len(note))
		}
		height := float64(tallest+lowest)*17 + 48
		if height > (pageBottom-pageTop)/2 { // long texts: a list can go over pages
			for _, f := range row {
				p.item(f.line())
			}
			continue
		}
		p.need(height + 6)
		p.y += 6
		p.rule(p.y, 0.5, grey)
		for i, f := range row {
			x, y := pageLeft+width*float64(i)+4, p.y+6
			for _, line := range labels[i] {
				p.aligned(0.5, x, y, room, 12, 17, grey, false, line)
				y += 17
			}
			y = p.y + 6 + float64(tallest)*17
			p.aligned(0.5, x, y, room, p.ruler.Fit(f.Value, 24, 1, room), 36, red, true, f.Value)
			y += 36
			for _, line := range notes[i] {
				p.aligned(0.5, x, y, room, 12, 17, grey, false, line)
				y += 17
			}
		}
		p.y += height
		p.rule(p.y, 0.5, grey)
		p.y += 10
	}
}

// pictureSize is the size of a picture on the page.
func pictureSize(img image.Image) (w, h float64) {
	return within(img.Bounds(), textWidth, pageBottom-pageTop-20-2*bodyLine, 0.75)
}

func (p *paper) picture(pic Picture) {
	img, err := pic.decode()
	if err != nil {
		p.keep(err)
		return
	}
	w, h := pictureSize(img)
	data, err := plainPNG(pic.PNG, img)
	if err != nil {
		p.keep(err)
		return
	}
	holder, err := gopdf.ImageHolderByBytes(data)
	if err != nil {
		p.keep(err)
		return
	}
	p.need(h + 20)
	p.keep(p.pdf.ImageByHolder(holder, pageLeft+(textWidth-w)/2, p.y+6, &gopdf.Rect{W: w, H: h}))
	p.y += h + 20
}

// plainPNG is a picture as a PNG that the library can embed: not interlaced, at
// most 8 bits a channel, nothing transparent.
func plainPNG(data []byte, img image.Image) ([]byte, error) {
	const depth, interlace = 24, 28 // where the first chunk has them
	o, ok := img.(interface{ Opaque() bool })
	if ok && o.Opaque() && data[depth] <= 8 && data[interlace] == 0 {
		return data, nil
	}
	flat := image.NewRGBA(image.Rectangle{Max: img.Bounds().Size()})
	draw.Draw(flat, flat.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(flat, flat.Bounds(), img, img.Bounds().Min, draw.Over)
	var b bytes.Buffer
	if err := png.Encode(&b, flat); err != nil {
		return nil, fmt.Errorf("encode picture: %w", err)
	}
	return b.Bytes(), nil
}
