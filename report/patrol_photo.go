package report

import (
	"fmt"
	"strings"

	"yunzhuan/chat"
	"yunzhuan/office/patrol"
	"yunzhuan/store"
)

// photoCount is how many photos a finding has, as it stands behind the others of
// its words; "" for none.
func photoCount(tx *store.Tx, f patrol.Finding) (string, error) {
	all, err := patrol.PhotosOf(tx, f)
	if err != nil || all.Count() == 0 {
		return "", err
	}
	return fmt.Sprintf("　照片 %d 张", all.Count()), nil
}

// ofFinding names a finding, without its people.
func ofFinding(f patrol.Finding) string {
	if f.Published() && f.Line > 0 {
		return fmt.Sprintf("%s %s %s", f.ID(), f.Unit, f.Kind)
	}
	return fmt.Sprintf("%s第 %d 条 %s %s", f.Day.Short(), f.Seq, f.Unit, f.Kind)
}

// PhotosAttached says which finding photos were attached to, how many there was no
// room for, and how many it has now.
func PhotosAttached(f patrol.Finding, attached, refused, all int) string {
	if attached == 0 {
		return fmt.Sprintf("照片没有附上：%s 已有 %d 张，每条最多 %d 张。", ofFinding(f), all, patrol.MaxPhotos)
	}
	text := fmt.Sprintf("照片已附到：%s（共 %d 张）", ofFinding(f), all)
	if refused > 0 {
		text += fmt.Sprintf("\n每条最多 %d 张，多出的 %d 张没有收。", patrol.MaxPhotos, refused)
	}
	return text
}

// PhotosOfWhich says that photos came with several findings.
func PhotosOfWhich(last patrol.Finding) string {
	return fmt.Sprintf("照片没有附上：一次记了几条，分不清是哪一条的。请先发第几条，再发照片，例如：/%s 照片 %d", last.Book.Command(), last.Seq)
}

// HowToAttach answers a photo that belongs to nothing.
func HowToAttach() chat.Body {
	return chat.Text("照片要附在一条巡查记录上：先记一条，或发 /巡查 照片 <第几条>，15 分钟内再发照片。")
}

// MorePhotos tells whoever may attach photos to a finding how.
const MorePhotos = "15 分钟内再发照片，就附到这一条。"

// PhotoFailed tells whoever sent a photo that it was not attached, and why.
func PhotoFailed(f patrol.Finding, why string) string {
	text := fmt.Sprintf("有一张照片没有取到（%s）。", ofFinding(f))
	if why != "" {
		text = fmt.Sprintf("有一张照片没有附上（%s）：%s", ofFinding(f), why)
	}
	switch {
	case f.Published():
		return text + "这条已载入通报，不能再附。"
	case why == "":
		return text + "请把照片再发一次。"
	}
	return text + "请换一张再发。"
}

// FindingPhotos shows the photos of a finding.
func FindingPhotos(tx *store.Tx, f patrol.Finding, all patrol.Photos, withNames bool) (chat.Body, error) {
	if all.Count() == 0 {
		return chat.Text(ofFinding(f) + "，没有照片。"), nil
	}
	words, err := findingWords(tx, f, withNames)
	b := chat.Body{}.Strong(strings.TrimSuffix(ofFinding(f), " "+string(f.Kind)), "").Strong("", words)
	for i, file := range all.Files {
		b = b.Picture(chat.Picture{
			Name: fmt.Sprintf("photo-%d%s", i+1, file.Name[strings.LastIndex(file.Name, "."):]),
			Alt:  fmt.Sprintf("照片 %d", i+1), Photo: file.Name,
		})
	}
	if all.Waiting > 0 {
		b = b.Para(fmt.Sprintf("有 %d 张还在取，请过一会儿再看。", all.Waiting))
	}
	return b, err
}
