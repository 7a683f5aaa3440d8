package document

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"testing"
)

// picture is a chart-like PNG.
func picture(t testing.TB, width, height int) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.Set(x, y, color.NRGBA{uint8(x / 5), uint8(y / 3), 200, 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// units are n names of units, some of them long.
func units(n int) []string {
	var out []string
	for i := range n {
		switch {
		case i%9 == 4:
			out = append(out, fmt.Sprintf("职业教育与成人教育及民办教育管理科%d", i+1))
		case i%3 == 0:
			out = append(out, fmt.Sprintf("基础教育科%d", i+1))
		default:
			out = append(out, fmt.Sprintf("县第%d中学", i+1))
		}
	}
	return out
}

// sample is a large bulletin: attendance of 60 units and 100 findings, 30 of them
// in one unit.
func sample(t testing.TB) Document {
	t.Helper()
	d := bulletin(60, 100)
	return d.Heading("四、趋势").Picture(picture(t, 1080, 600), "近 8 周出勤率")
}

// bulletin is a bulletin with so many units and findings.
func bulletin(n, findings int) Document {
	var rows [][]string
	for i, u := range units(n) {
		rows = append(rows, []string{u, fmt.Sprint(10 + i), fmt.Sprint(9 + i), "1", "0", "0"})
	}
	var list []string
	for i := range findings {
		unit := "县教师进修学校"
		if i >= 30 {
			unit = units(60)[i%60]
		}
		text := "空岗，已补假"
		if i%3 == 0 {
			text = "上班时间玩游戏、看视频，经提醒后改正（喆堃玥）"
		}
		list = append(list, fmt.Sprintf("37-%d　%s　9:%02d %s。", i+1, unit, i%60, text))
	}
	d := New("机关巡查信息").Lead("巡查组　", "带班领导：副主任王喆　成员：李堃、张玥、赵一、钱二、孙三、周五、吴六").
		Figures(Figure{"应到", "1,286", ""}, Figure{"实到", "1,241", "较上周 +12"}, Figure{"出勤率", "96.5%", "较上周 +1.2"}, Figure{"巡查记录", "100", "其中表扬 3"}).
		Heading("一、出勤").Table([]string{"单位", "应到", "实到", "请假", "公差", "未到"}, rows).
		Heading("二、巡查情况").Para("8:40 起巡查机关科室 12 个、直属单位 48 个。《办法》第3条规定：“上班时间不得从事与工作无关的活动”，各单位要引以为戒，抓好整改落实，并于 3 个工作日内把整改情况报县教委办公室。").
		List(list...).
		Heading("三、说明").Lead("关于 <a> & \"b\"：", "if a<b && c>d，以 2026-11-23 report_final.xlsx 为准。\n第二段。")
	d.Issuer, d.Number, d.Date, d.Mark = "县教委办公室", "2026年第37期", "2026年11月23日", "补发"
	d.Signature, d.SendTo = "县教委办公室", "发：委领导，机关各科室，直属单位，各中小学、幼儿园，县教师进修学校"
	return d
}
