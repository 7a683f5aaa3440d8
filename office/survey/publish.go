package survey

import (
	"errors"
	"fmt"
	"time"

	"yunzhuan/office/people"
	"yunzhuan/store"
)

// Plan is a survey that is about to be published: what the office was shown and
// has not confirmed yet.
type Plan struct {
	No       uint64      `json:"no"`
	Template Template    `json:"template"`
	Audience string      `json:"audience"`
	People   []people.ID `json:"people"`
	Layers   []string    `json:"layers,omitempty"`
	ClosesAt time.Time   `json:"closes_at"`
	By       people.ID   `json:"by"`
	At       time.Time   `json:"at"`
}

// plans are private: a plan that was not confirmed changed nothing.
var plans = store.NewTable("survey_plans", store.Schema[Plan]{Version: 1, Private: true})

// How long a plan can be confirmed, and how long a survey may and must run.
const (
	planLife = 24 * time.Hour
	minRun   = 10 * time.Minute
	maxRun   = 366 * 24 * time.Hour
)

// NewPlan keeps what publishing would do, for Publish to do it. It replaces the
// person's plan before. minGroup is the number of people below which an anonymous
// survey shows no results.
func NewPlan(tx *store.Tx, by people.ID, t Template, a Audience, closesAt time.Time, minGroup int) (Plan, error) {
	switch run := closesAt.Sub(tx.Now()); {
	case run < minRun:
		return Plan{}, store.Errorf("截止时间 %s 已经过了或太近，请留出 10 分钟以上。", closesAt.Format("1月2日 15:04"))
	case run > maxRun:
		return Plan{}, store.Errorf("截止时间 %s 太远，一份问卷最长一年。", closesAt.Format("2006年1月2日"))
	}
	if t.Anonymous && len(a.People) < minGroup {
		return Plan{}, store.Errorf("不记名问卷至少要发给 %d 人，“%s”只有 %d 人：人少了，结果就等于记名。", minGroup, a.Text, len(a.People))
	}
	if err := dropPlans(tx, by); err != nil {
		return Plan{}, err
	}
	no, err := tx.Next("survey_plan")
	if err != nil {
		return Plan{}, err
	}
	p := Plan{No: no, Template: t, Audience: a.Text, Layers: a.Layers, ClosesAt: closesAt, By: by, At: tx.Now()}
	for _, who := range a.People {
		p.People = append(p.People, who.ID)
	}
	return p, plans.Put(tx, surveyKey(no), p)
}

// dropPlans removes the plans of a person, and anybody's that are too old.
func dropPlans(tx *store.Tx, by people.ID) error {
	var old []string
	err := plans.Scan(tx, "", func(key string, p Plan) (bool, error) {
		if p.By == by || tx.Now().Sub(p.At) > planLife {
			old = append(old, key)
		}
		return true, nil
	})
	for _, key := range old {
		err = errors.Join(err, plans.Delete(tx, key))
	}
	return err
}

// TakePlan reads a plan and removes it, so that it is published or cancelled
// once. A plan that is not there any more is the user's mistake.
func TakePlan(tx *store.Tx, no uint64) (Plan, error) {
	p, ok, err := plans.Get(tx, surveyKey(no))
	if err != nil {
		return p, err
	}
	if !ok || tx.Now().Sub(p.At) > planLife {
		return p, store.Errorf("这次发布已经确认、取消或过期了。请重新发 /问卷 发。")
	}
	return p, plans.Delete(tx, surveyKey(no))
}

// Publish makes a survey of a plan and returns whom it goes to. Who has left
// since is left out. It cannot be undone: the survey leaves the house.
func Publish(tx *store.Tx, p Plan, by people.ID) (Survey, []people.Person, error) {
	if p.ClosesAt.Sub(tx.Now()) < minRun {
		return Survey{}, nil, store.Errorf("截止时间 %s 已经过了或太近，请重新发布。", p.ClosesAt.Format("1月2日 15:04"))
	}
	no, err := tx.Next("survey")
	if err != nil {
		return Survey{}, nil, err
	}
	tx.NoUndo()
	s := Survey{No: no, Template: p.Template, Audience: p.Audience, By: by, PublishedAt: tx.Now(), ClosesAt: p.ClosesAt}
	var who []people.Person
	for _, id := range p.People {
		one, ok, err := people.Get(tx, id)
		if err != nil {
			return s, nil, err
		}
		if !ok || one.Left {
			continue
		}
		if err := targets.Put(tx, s.key(id), target{Person: id, Unit: one.Unit}); err != nil {
			return s, nil, err
		}
		who = append(who, one)
	}
	s.Asked = len(who)
	if err := surveys.Put(tx, surveyKey(no), s); err != nil {
		return s, nil, fmt.Errorf("publish survey: %w", err)
	}
	return s, who, nil
}
