package people

import "yunzhuan/store"

// DefaultIssuer signs where nothing else was said.
const DefaultIssuer = "县教委办公室"

// issuer is who signs what the office publishes (发文单位).
type issuer struct {
	Name string `json:"name"`
}

var issuers = store.NewTable("issuer", store.Schema[issuer]{Version: 1})

const issuerKey = "issuer"

// Issuer is who signs what the office publishes.
func Issuer(tx *store.Tx) (string, error) {
	i, ok, err := issuers.Get(tx, issuerKey)
	if err == nil && !ok {
		i.Name = DefaultIssuer
	}
	return i.Name, err
}

// SetIssuer says who signs from now on; what was published stays as it is.
func SetIssuer(tx *store.Tx, name string) error {
	return issuers.Put(tx, issuerKey, issuer{Name: name})
}
