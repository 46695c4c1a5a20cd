package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// ValidateCard asks the Hub whether it accepts a README.md, before anything is published. The
// warnings are the Hub's and harmless. A refusal is ErrCard with all the Hub's messages. Where the
// Hub cannot tell (no such route, trouble there), that is ErrUnchecked, with which one may go on.
func (c *Client) ValidateCard(ctx context.Context, readme []byte) (warnings []string, err error) {
	if err := c.ready(); err != nil {
		return nil, err
	}
	cl := &call{op: "check the model card", method: http.MethodPost, url: c.route("api/validate-yaml"), auth: true, limit: smallAnswer}
	if err := cl.jsonBody(map[string]string{"content": string(readme), "repoType": "model"}); err != nil {
		return nil, err
	}
	ans, err := c.send(ctx, cl)
	var refusal *Error
	switch {
	case err == nil:
	case !errors.As(err, &refusal) || refusal.Status == 0 || refusal.Status == http.StatusUnauthorized || refusal.Status == http.StatusForbidden:
		return nil, err
	case refusal.Status != http.StatusBadRequest:
		return nil, fmt.Errorf("%w (it answered %d)", ErrUnchecked, refusal.Status)
	}
	var verdict struct {
		Errors   json.RawMessage `json:"errors"`
		Warnings json.RawMessage `json:"warnings"`
	}
	if json.Unmarshal(ans.body, &verdict) != nil {
		if refusal != nil && !isHTML(string(ans.body)) {
			return nil, fmt.Errorf("%w: %s", ErrCard, refusal.reason())
		}
		return nil, fmt.Errorf("%w (its answer is not JSON)", ErrUnchecked)
	}
	warnings = verdicts(verdict.Warnings)
	faults := verdicts(verdict.Errors)
	if refusal != nil && len(faults) == 0 {
		faults = []string{refusal.reason()}
	}
	if len(faults) > 0 {
		return warnings, fmt.Errorf("%w: %s", ErrCard, strings.Join(faults, "; "))
	}
	return warnings, nil
}

// verdicts reads a list of {"message": ...}.
func verdicts(raw json.RawMessage) []string {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return nil
	}
	var lines []string
	for _, text := range texts(v) {
		if text = sentence(text, ""); text != "" {
			lines = append(lines, text)
		}
	}
	return lines
}
