package control

import (
	"encoding/json"
	"net/http"
)

// failure is the body of an answer that is an error.
type failure struct {
	Error string `json:"error"`
}

// WriteJSON answers with v, which Client.Post decodes.
func WriteJSON(w http.ResponseWriter, v any) { write(w, http.StatusOK, v) }

// WriteError answers with a message for the user, in Chinese, which the Client
// returns as an *Error. An answer that has begun is broken off instead by
// panicking with http.ErrAbortHandler.
func WriteError(w http.ResponseWriter, status int, message string) {
	write(w, status, failure{message})
}

func write(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the asking command is gone if this fails
}
