package handlers_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"path/filepath"
	"strings"
	"testing"

	"yunzhuan/handlers"
	"yunzhuan/internal/bottest"
	"yunzhuan/office/calendar"
	"yunzhuan/office/patrol"
	"yunzhuan/office/photo"
	"yunzhuan/store"
)

// shot is a photo that no other number makes.
func shot(n int) []byte {
	img := image.NewGray(image.Rect(0, 0, 40+n, 30))
	img.SetGray(n, 1, color.Gray{Y: 200})
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, img, nil); err != nil {
		panic(err) // a buffer takes everything
	}
	return buf.Bytes()
}

// album is a bot with a folder of photos.
type album struct {
	*bottest.Bot
	t      *testing.T
	folder *photo.Folder
}

func newAlbum(t *testing.T) album {
	return album{newBot(t, "2026-11-23 10:00"), t, photo.Open(filepath.Join(t.TempDir(), "photos"))}
}

// fetch lets all that was sent arrive.
func (a album) fetch() {
	a.t.Helper()
	a.Fetch(handlers.FetchedPhotos{Push: a.Push, Folder: a.folder})
}

// photos are the photos of a finding of the day, each of which must be whole.
func (a album) photos(seq int) (out patrol.Photos) {
	a.t.Helper()
	a.View(func(tx *store.Tx) error {
		f, err := patrol.Offices.Find(tx, calendar.Day("2026-11-23"), seq)
		if err == nil {
			out, err = patrol.PhotosOf(tx, f)
		}
		return err
	})
	for _, f := range out.Files {
		if err := a.folder.Check(f.Name); err != nil {
			a.t.Errorf("photo of finding %d: %v", seq, err)
		}
	}
	return out
}

func TestPhotosWithAFinding(t *testing.T) {
	t.Parallel()
	a := newAlbum(t)
	reply := a.Send(inspector, "/巡查 人事科 办公秩序 桌面杂乱", shot(1), shot(2))
	mustContain(t, reply, "巡查已登记　人事科", "照片已附到：11月23日第 1 条 人事科 办公秩序（共 2 张）")
	if p := a.photos(1); p.Waiting != 2 || len(p.Files) != 0 {
		t.Errorf("before they arrive: %+v", p)
	}
	mustContain(t, a.Say(inspector, "/巡查 照片 1"), "11月23日第 1 条 人事科\n办公秩序　桌面杂乱\n有 2 张还在取，请过一会儿再看。")
	a.Restart() // what was acked is fetched by the next process
	a.fetch()
	if p := a.photos(1); p.Waiting != 0 || len(p.Files) != 2 {
		t.Errorf("photos: %+v", p)
	}
	// One that is there already counts once.
	mustContain(t, a.Send(inspector, "", shot(2)), "照片已附到：11月23日第 1 条 人事科 办公秩序（共 3 张）")
	a.fetch()
	mustContain(t, a.Say(inspector, "/巡查 记录"), "· 第 1 条　人事科　办公秩序　桌面杂乱　照片 2 张\n")
	mustContain(t, a.Say(inspector, "/巡查 照片 1"), "[picture: 照片 1]\n[picture: 照片 2]")
	if got := a.Pushed(inspector); len(got) != 0 {
		t.Errorf("told %q", got)
	}
}

// TestPhotoAlone attaches a photo without a word to what its sender recorded last in
// the conversation, for a quarter of an hour.
func TestPhotoAlone(t *testing.T) {
	t.Parallel()
	a := newAlbum(t)
	const how = "照片要附在一条巡查记录上：先记一条，或发 /巡查 照片 <第几条>，15 分钟内再发照片。"
	const asEver = "图片、文件和语音我还不会处理"
	mustContain(t, a.Send(inspector, "", shot(1)), how)
	mustContain(t, a.Send(writer, "", shot(1)), asEver)               // may record nothing
	mustContain(t, a.Send(leader, "", shot(1)), asEver)               // not on duty
	mustContain(t, a.Send("nobody", "", shot(1)), asEver)             // an outsider
	mustContain(t, a.SendIn("机关中层群", inspector, "", shot(1)), asEver) // in a group
	a.Say(inspector, "/巡查 计财科 正常\n人事科 环境卫生 走廊堆放杂物")
	mustContain(t, a.Send(inspector, "", shot(1)), "照片已附到：11月23日第 2 条 人事科 环境卫生（共 1 张）\n[撤回](/撤回)")
	mustContain(t, a.Send("J1088", "", shot(2)), how)                 // somebody else's
	mustContain(t, a.SendIn("机关中层群", inspector, "", shot(2)), asEver) // another conversation
	a.SayIn("机关中层群", inspector, "@运转 /巡查 党建科 正常")
	mustContain(t, a.SendIn("机关中层群", inspector, "@运转 ", shot(3)), "照片已附到：11月23日第 3 条 党建科 正常（共 1 张）")
	a.Clock.Set("10:14")
	mustContain(t, a.Send(inspector, "", shot(4)), "第 2 条 人事科 环境卫生（共 2 张）")
	a.Clock.Set("10:16")
	mustContain(t, a.Send(inspector, "", shot(5)), how)
	mustContain(t, a.Send(inspector, "/巡查 照片 2", shot(5)), "照片已附到：11月23日第 2 条 人事科 环境卫生（共 3 张）")
	mustContain(t, a.Send("J1088", "/巡查 照片 2", shot(6)), "这条记录不是您记的，照片请记录人附。")
	mustContain(t, a.Send(inspector, "", shot(6)), "第 2 条 人事科 环境卫生（共 4 张）")
	mustContain(t, a.Say(inspector, "/巡查 照片 1"), "11月23日第 1 条 计财科 正常，没有照片。\n15 分钟内再发照片，就附到这一条。")
	mustContain(t, a.Send(inspector, "", shot(7)), "第 1 条 计财科 正常（共 1 张）")
	mustNotContain(t, a.Say("J1088", "/巡查 照片 1"), "就附到这一条")
	mustContain(t, a.Send("J1088", "", shot(8)), how)
	a.fetch()
	for seq, want := range map[int]int{1: 1, 2: 4, 3: 1} {
		if p := a.photos(seq); len(p.Files) != want {
			t.Errorf("finding %d: %+v", seq, p)
		}
	}
	a.Say(inspector, "/巡查 督导室 办公秩序 桌面杂乱")
	a.Say(headOfOffice, "/通报 发布")
	mustContain(t, a.Send(inspector, "", shot(7)), how)
	mustNotContain(t, a.Say(inspector, "/巡查 照片 2"), "就附到这一条")
	mustContain(t, a.Send(inspector, "/巡查 照片 2", shot(7)), "这条记录已载入通报（X1-1），不能再附照片。")
}

// TestPhotosOfSeveralFindings are not attached, for nobody knows to which.
func TestPhotosOfSeveralFindings(t *testing.T) {
	t.Parallel()
	a := newAlbum(t)
	mustContain(t, a.Send(inspector, "/巡查 人事科、计财科 环境卫生 走廊堆放杂物", shot(1)),
		"巡查已登记　2 条", "照片没有附上：一次记了几条，分不清是哪一条的。", "/巡查 照片 2")
	if all := findings(a.Bot, "2026-11-23"); len(all) != 2 || a.photos(1).Count()+a.photos(2).Count() != 0 {
		t.Errorf("recorded %+v", all)
	}
}

func TestPhotoLimits(t *testing.T) {
	t.Parallel()
	a := newAlbum(t)
	var eight [][]byte
	for n := range 8 {
		eight = append(eight, shot(n))
	}
	a.Send(inspector, "/巡查 人事科 办公秩序 桌面杂乱", eight...)
	mustContain(t, a.Send(inspector, "", shot(8), shot(9), shot(10)), "（共 9 张）\n每条最多 9 张，多出的 2 张没有收。")
	mustContain(t, a.Send(inspector, "", shot(9)), "照片没有附上：11月23日第 1 条 人事科 办公秩序 已有 9 张，每条最多 9 张。")
	a.fetch()
	if p := a.photos(1); len(p.Files) != 9 {
		t.Errorf("%d photos", len(p.Files))
	}
}

// TestPhotoFailures tells the sender, in the conversation, and lets them send again.
func TestPhotoFailures(t *testing.T) {
	t.Parallel()
	a := newAlbum(t)
	a.Send(inspector, "/巡查 人事科 办公秩序 桌面杂乱", shot(1), nil, []byte("GIF89a..."))
	a.Clock.Set("10:20")
	a.fetch()
	got := strings.Join(a.Pushed(inspector), "\n")
	mustContain(t, got, "有一张照片没有取到（11月23日第 1 条 人事科 办公秩序）。请把照片再发一次。",
		"有一张照片没有附上（11月23日第 1 条 人事科 办公秩序）：只收 JPEG 和 PNG 格式的照片。请换一张再发。")
	mustContain(t, a.Send(inspector, "", shot(2)), "照片已附到：11月23日第 1 条 人事科 办公秩序（共 2 张）") // the time runs anew
	a.SayIn("办公室群", inspector, "/巡查 计财科 环境卫生 走廊堆放杂物")
	a.SendIn("办公室群", inspector, "@运转", nil)
	a.fetch()
	mustContain(t, strings.Join(a.PushedTo("办公室群"), "\n"), "有一张照片没有取到（11月23日第 2 条 计财科 环境卫生）。请把照片再发一次。\n@"+inspector)
	if p := a.photos(1); len(p.Files) != 2 || a.photos(2).Count() != 0 {
		t.Errorf("photos: %+v, %+v", p, a.photos(2))
	}
}

// TestPhotosTakenBack: what was taken back, or withdrawn, is not shown, and nobody
// hears of its photos any more.
func TestPhotosTakenBack(t *testing.T) {
	t.Parallel()
	a := newAlbum(t)
	a.Send(inspector, "/巡查 人事科 办公秩序 桌面杂乱", shot(1), nil)
	mustContain(t, a.Say(inspector, "/撤回"), "已撤回 10:00 的“/巡查”：附的照片已去掉。")
	a.fetch()
	a.Send(inspector, "/巡查 计财科 办公秩序 桌面杂乱", shot(3)) // the number is given out again
	a.fetch()
	if p := a.photos(1); len(p.Files) != 1 || p.Waiting != 0 {
		t.Errorf("of the new finding: %+v", p)
	}
	// After they have arrived, too.
	mustContain(t, a.Say(inspector, "/撤回"), "附的照片已去掉")
	a.Send(inspector, "/巡查 计财科 办公秩序 桌面杂乱", shot(3))
	a.Send(inspector, "", shot(4))
	a.fetch()
	mustContain(t, a.Say(inspector, "/撤回"), "已撤回 10:00 的“/巡查 照片”：附的照片已去掉。")
	if p := a.photos(1); len(p.Files) != 1 {
		t.Errorf("after one was taken back: %+v", p)
	}
	names := func() (n []string) {
		a.Update(func(tx *store.Tx) (err error) {
			if err = patrol.PrunePhotos(tx); err == nil {
				n, err = patrol.PhotoNames(tx)
			}
			return err
		})
		return n
	}
	if n := names(); len(n) != 1 {
		t.Errorf("referred to are %q", n)
	}
	a.Send(inspector, "", nil)
	a.Say(inspector, "/巡查 撤 1")
	a.fetch()
	mustContain(t, a.Say(inspector, "/巡查 照片 1"), "11月23日第 1 条已经撤销。")
	if got := a.Pushed(inspector); len(got) != 0 {
		t.Errorf("told %q", got)
	}
	a.Send(inspector, "/巡查 党建科 办公秩序 桌面杂乱", shot(5))
	a.Say(headOfOffice, "/通报 发布")
	mustNotContain(t, a.Say(inspector, "/撤回"), "已撤回")
}

// TestPhotoTakenBackTooLate: the photo of a finding that a bulletin holds stays.
func TestPhotoTakenBackTooLate(t *testing.T) {
	t.Parallel()
	a := newAlbum(t)
	a.Say(inspector, "/巡查 人事科 办公秩序 桌面杂乱")
	a.Send(inspector, "", shot(1))
	a.Say(headOfOffice, "/通报 发布")
	mustContain(t, a.Say(inspector, "/撤回"), "这条记录已载入通报（X1-1），照片不能再去掉。")
	a.fetch()
	if p := a.photos(1); len(p.Files) != 1 {
		t.Errorf("photos: %+v", p)
	}
}

// TestWhoSeesPhotos: those who work on findings, and once it is published those
// concerned and their heads.
func TestWhoSeesPhotos(t *testing.T) {
	t.Parallel()
	a := newAlbum(t)
	a.Send(inspector, "/巡查 人事科 脱岗 卢涵贵 9:40", shot(1))
	a.fetch()
	const head, concerned, colleague, otherHead = "J1017", "J1019", "J1018", "J1023"
	const nothing = "没有您能看的照片。"
	see := func(who, line, want string) {
		t.Helper()
		mustContain(t, a.Say(who, line), want)
	}
	for _, who := range []string{inspector, "J1088", leader, officeClerk} {
		see(who, "/巡查 照片 1", "[picture: 照片 1]")
		see(who, "/巡查 照片 第1条 今天", "[picture: 照片 1]")
		see(who, "/巡查 照片 9", "没有第 9 条巡查记录")
	}
	for _, who := range []string{head, concerned, colleague, otherHead, writer} {
		see(who, "/巡查 照片 1", nothing)
		see(who, "/巡查 照片 9", nothing)
	}
	a.Say(headOfOffice, "/通报 发布")
	mustContain(t, strings.Join(a.Pushed(concerned), "\n"), "[X1-1 的照片（1 张）](/巡查 照片 X1-1)")
	mustContain(t, strings.Join(a.Pushed(head), "\n"), "[X1-1 的照片（1 张）](/巡查 照片 X1-1)")
	for _, who := range []string{inspector, leader, officeClerk, head, concerned} {
		see(who, "/巡查 照片 X1-1", "X1-1 人事科\n脱岗　卢涵贵　9:40\n[picture: 照片 1]")
		see(who, "/巡查 照片 1-1", "[picture: 照片 1]")
		see(who, "/巡查 照片 11-23 1", "[picture: 照片 1]")
		see(who, "/巡查 照片 1 11-23", "[picture: 照片 1]")
	}
	for _, who := range []string{colleague, otherHead, writer} {
		see(who, "/巡查 照片 X1-1", nothing)
		see(who, "/巡查 照片 X1-9", nothing)
	}
	see(inspector, "/巡查 照片 X1-9", "2026年第1期没有第 9 条。")
	see(inspector, "/巡查 照片", "请写第几条。")
	see(inspector, "/巡查 照片 1 吧", "例：/巡查 照片 3")

	// In a group of others they come privately; in the two that get all, there.
	mustContain(t, a.SayIn("机关中层群", inspector, "/巡查 照片 X1-1"), "照片已私发给您。")
	mustContain(t, strings.Join(a.Pushed(inspector), "\n"), "脱岗　卢涵贵　9:40\n[picture: 照片 1]")
	for _, group := range []string{"办公室群", "委领导群"} {
		got := a.SayIn(group, inspector, "/巡查 照片 X1-1")
		mustContain(t, got, "脱岗　1 人　9:40\n[picture: 照片 1]")
		mustNotContain(t, got, "卢涵贵")
	}
	a.Clock.Set("2026-11-24 10:00")
	see(inspector, "/巡查 照片 昨天 1", "[picture: 照片 1]")
	a.Say(inspector, "/巡查 人事科 正常")
	see(inspector, "/巡查 照片 1", "11月24日第 1 条 人事科 正常，没有照片。")
}

// TestPhotosOfAQuestion: photos of a finding that is asked back on are not kept.
func TestPhotosOfAQuestion(t *testing.T) {
	t.Parallel()
	a := newAlbum(t)
	a.Say("J1017", "/考勤 缺 卢涵贵(病假)")
	mustContain(t, a.Send(inspector, "/巡查 人事科 缺岗 卢涵贵", shot(1)), "照片请在记上以后再发一次。")
	a.Say(inspector, "/巡查 人事科 缺岗 卢涵贵 照记")
	mustContain(t, a.Send(inspector, "", shot(1)), "照片已附到：11月23日第 1 条 人事科 缺岗（共 1 张）")
	mustContain(t, a.Send(inspector, "/巡查 改 1 人事科 迟到 卢涵贵 照记", shot(2)), "巡查已改", "（共 2 张）")
	mustContain(t, fmt.Sprint(a.photos(1).Waiting), "2")
}

// TestPhotosOfASchool: both books have a first finding of the day, each with its own
// photos; once the monthly check is out, the principal sees those of the school.
func TestPhotosOfASchool(t *testing.T) {
	t.Parallel()
	a := newAlbum(t)
	a.Send(inspector, "/巡查 人事科 办公秩序 桌面杂乱", shot(1), shot(2))
	mustContain(t, a.Send(inspector, "/校务 城区第一小学 环境卫生 操场有垃圾", shot(3)), "校务检查已登记　城区第一小学", "照片已附到：11月23日第 1 条 城区第一小学 环境卫生（共 1 张）")
	mustContain(t, a.Send(inspector, "", shot(4)), "第 1 条 城区第一小学 环境卫生（共 2 张）")
	mustContain(t, a.Send(inspector, "/巡查 照片 1", shot(5)), "第 1 条 人事科 办公秩序（共 3 张）")
	a.fetch()
	if p := a.photos(1); len(p.Files) != 3 {
		t.Errorf("of the office: %+v", p)
	}
	mustContain(t, a.Say(inspector, "/校务 记录"), "城区第一小学　环境卫生　操场有垃圾　照片 2 张")
	mustContain(t, a.Say(principal, "/校务 照片 1"), "没有您能看的照片。记录号在通报里，像 J11-2。")
	a.Clock.Set("2026-12-01 09:00")
	publishMonthly(a.Bot, "2026-11")
	mustContain(t, strings.Join(a.Pushed(principal), "\n"), "[J11-1 的照片（2 张）](/校务 照片 J11-1)")
	mustContain(t, a.Say(principal, "/校务 照片 J11-1"), "J11-1 城区第一小学", "[picture: 照片 1]\n[picture: 照片 2]")
	mustContain(t, a.Say(schoolStaff, "/校务 照片 J11-1"), "没有您能看的照片。")
	mustContain(t, a.Send(inspector, "/校务 照片 J11-1", shot(6)), "这条记录已载入通报（J11-1），不能再附照片。")
}
