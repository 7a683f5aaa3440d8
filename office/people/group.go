package people

import (
	"slices"
	"strings"

	"yunzhuan/office/sheet"
	"yunzhuan/store"
)

// layerGets says what comes to the groups of a layer.
var layerGets = map[string]string{
	"委领导群":  "《机关巡查信息》、政务督查周报、校务督查通报的全文",
	"机关中层群": "《机关巡查信息》和政务督查周报的公开版",
	"机关职工群": "《机关巡查信息》和政务督查周报的公开版",
	"校长群":   "校务督查通报的公开版、面向校长的问卷通知",
	"办公室群":  "《机关巡查信息》全文和发布前预览、政务督查周报和校务督查通报的全文、办公室日报、考勤未报名单、处理失败的消息",
	"教师群":   "面向教师的问卷",
}

// LayerGets says what comes to the groups of a layer, in Chinese.
func LayerGets(layer string) string { return layerGets[layer] }

// layerRoles says who is in the groups of a layer.
var layerRoles = map[string]Role{
	"委领导群": Leader, "机关中层群": Head, "机关职工群": Staff, "校长群": Principal, OfficeLayer: Office, "教师群": Teacher,
}

// OfLayer lists the people who belong in the groups of a layer, by number.
func OfLayer(tx *store.Tx, layer string) ([]Person, error) { return WithRole(tx, layerRoles[layer]) }

// FindLayer finds a layer by its name, with or without 群 behind it.
func FindLayer(text string) (string, error) {
	word := squeeze(text)
	for _, l := range Layers {
		if word == l || word+"群" == l {
			return l, nil
		}
	}
	return "", store.Errorf("没有“%s”这种群，可以是：%s。", sheet.Clip(word), strings.Join(Layers, "、"))
}

// BindGroup binds a group to a layer and returns what it was bound to before.
func BindGroup(tx *store.Tx, channel, conv, title, layer string) (before string, err error) {
	if !slices.Contains(Layers, layer) {
		_, err := FindLayer(layer)
		return "", err
	}
	g, _, err := GetGroup(tx, channel, conv)
	if err != nil {
		return "", err
	}
	before = g.Layer
	g.Channel, g.Conv, g.Layer, g.Gone = channel, conv, layer, false
	if title != "" {
		g.Title = title
	}
	return before, PutGroup(tx, g)
}

// BindConfigured binds the groups that the config lists; it is called at every
// start, and what the config says of a group wins over what was said in chat.
func BindConfigured(tx *store.Tx, list []Group) error {
	for _, g := range list {
		known, ok, err := GetGroup(tx, g.Channel, g.Conv)
		if err != nil {
			return err
		}
		if ok && known.Layer == g.Layer {
			continue
		}
		if _, err := BindGroup(tx, g.Channel, g.Conv, g.Title, g.Layer); err != nil {
			return err
		}
	}
	return nil
}
