package patrol

// Count is findings in numbers.
type Count struct {
	Findings   int `json:"findings"`             // without what is in order and without praise
	Unverified int `json:"unverified,omitempty"` // of them
	Praise     int `json:"praise"`
	// Kinds are the Findings by kind, in the order of Kinds; of a kind that does not
	// occur there is none.
	Kinds []KindCount `json:"kinds,omitempty"`
}

// KindCount is how many findings are of a kind.
type KindCount struct {
	Kind       Kind `json:"kind"`
	Findings   int  `json:"findings"`
	Unverified int  `json:"unverified,omitempty"` // of them
}

// CountOf counts findings.
func CountOf(found []Finding) Count {
	var c Count
	for _, k := range Kinds {
		kind := KindCount{Kind: k}
		for _, f := range found {
			if f.Kind == k {
				kind.Findings++
				if f.Unverified {
					kind.Unverified++
				}
			}
		}
		switch {
		case k == InOrder || kind.Findings == 0:
		case k == Praise:
			c.Praise = kind.Findings
		default:
			c.Findings += kind.Findings
			c.Unverified += kind.Unverified
			c.Kinds = append(c.Kinds, kind)
		}
	}
	return c
}
