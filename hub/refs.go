package hub

import "context"

// Branches returns the names of a repo's branches, in the order of the Hub, without those that no revision of ours can name.
// The error is ErrNotFound for a repo that is not there or that the token may not see.
func (c *Client) Branches(ctx context.Context, repo string) ([]string, error) {
	const op = "list the branches of"
	if err := c.checkTarget(op, repo, "main"); err != nil {
		return nil, err
	}
	var refs struct {
		Branches []struct {
			Name string `json:"name"`
		} `json:"branches"`
	}
	if _, err := c.get(ctx, op, repo, c.api(repo, "refs"), infoAnswer, &refs); err != nil {
		return nil, err
	}
	var names []string
	for _, b := range refs.Branches {
		if checkRevision(b.Name) == nil {
			names = append(names, b.Name)
		}
	}
	return names, nil
}
