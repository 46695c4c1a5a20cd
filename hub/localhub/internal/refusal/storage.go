package refusal

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// A Storage is a refusal in the words of an object store: XML, which no client of the Hub
// reads.
type Storage struct {
	Status        int
	Code, Message string
}

func (e *Storage) Error() string { return fmt.Sprintf("%d %s: %s", e.Status, e.Code, e.Message) }

func (e *Storage) Write(w http.ResponseWriter) {
	var message strings.Builder
	xml.EscapeText(&message, []byte(e.Message))
	body := fmt.Sprintf("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>%s</Code><Message>%s</Message></Error>", e.Code, &message)
	w.Header().Set("Content-Type", "application/xml")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(e.Status)
	io.WriteString(w, body)
}
