package pipeline

// keptCard is the README.md of the target where a push leaves it as it is, for it was edited since it was published; nil
// where the push writes one.
func (p *Preview) keptCard() []byte {
	if p.Earlier == nil || !p.Earlier.Edited || p.Options.ReplaceCard {
		return nil
	}
	return p.Earlier.Readme
}

// Readme is the card that the repo has after the push, or would have.
func (p *Published) Readme() []byte {
	if p.Kept != nil {
		return p.Kept
	}
	return p.Card
}

// KeptNote is what is said of a card that was edited.
const KeptNote = "README.md was edited since it was published, and is kept; --replace-card writes a new one"
